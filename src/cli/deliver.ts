import { gather } from '../text/gather.ts'
import { defaultRoots } from '../clients/index.ts'
import type { ProgramHost } from '../ports/host.ts'
import type { Report } from '../report/report.ts'
import type { Format, TableOf } from '../report/index.ts'
import { DOCUMENTS, REPORTERS, TABLES } from '../report/index.ts'
import type { View } from '../report/reporter.ts'
import { count } from '../report/words.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { OutputOptions } from './options.ts'
import { absolute } from './paths.ts'
import { typistOf } from './repeated.ts'
import { writeNote } from './stderr.ts'
import { colorLevel, columnsOf } from './view.ts'

/** GitHub shows no longer one. */
const MOST_SUMMARY_BYTES = 2 ** 20

/** The format that was asked for, or a complaint when two were. */
export function formatOf({ format, json }: OutputOptions): Format {
  if (json === true && format !== undefined && format !== 'json')
    throw new UsageError(`--json and --format ${format} contradict each other`)
  return json === true ? 'json' : (format ?? 'table')
}

/** Writes the report where it was asked for; false when the reader went away before the end. */
export async function deliver(
  report: Report,
  options: OutputOptions,
  reader: Pick<View, 'timeZone' | 'now' | 'action'>,
  host: ProgramHost,
  tableOf: TableOf = 'scan',
): Promise<boolean> {
  const format = formatOf(options)
  const reporter = await (format === 'table' ? TABLES[tableOf] : format === 'markdown' ? DOCUMENTS[tableOf] : REPORTERS[format])()
  if (!(await deliverText((view) => reporter.render(report, view), report, options, reader, host))) return false
  if (format === 'github') await addStepSummary(report, reader, options, host)
  return true
}

/** Where a runner of GitHub wants the summary of a step: what is there already stays. */
async function addStepSummary(
  report: Report,
  reader: Pick<View, 'timeZone' | 'now'>,
  options: OutputOptions,
  host: ProgramHost,
): Promise<void> {
  const path = host.env['GITHUB_STEP_SUMMARY'] ?? ''
  if (path === '') return
  const before = await host.files.readText(path, MOST_SUMMARY_BYTES).catch(() => null)
  if (before === null) return await writeNote(`cannot read ${path}: no step summary was written`, options, host)
  const { markdown } = await import('../report/markdown.ts')
  const view: View = { columns: 80, colorLevel: 0, all: false, verbose: false, usualRoots: defaultRoots(host), ...reader }
  await save(path, [before, before === '' || before.endsWith('\n') ? '' : '\n', ...markdown.render(report, view)], host)
}

/** Writes what a reporter makes of a report, or of another thing that may be incomplete. */
export async function deliverText(
  render: (view: View) => Iterable<string>,
  made: Pick<Report, 'complete' | 'readIssues'>,
  options: OutputOptions,
  reader: Pick<View, 'timeZone' | 'now' | 'action'>,
  host: ProgramHost,
): Promise<boolean> {
  const format = formatOf(options)
  const path = options.output === undefined || options.output === '-' ? null : absolute(options.output, host)
  const view: View = {
    columns: columnsOf(path === null ? host.stdout : { ...host.stdout, columns: 0 }, host.env),
    colorLevel: path === null || options.color === true ? colorLevel(host.env, host.stdout.isTTY, options.color) : 0,
    all: options.all === true,
    verbose: options.verbose === true,
    ...typistOf(options, host),
    ...reader,
  }
  const chunks = render(view)
  if (path === null) {
    if (!(await writeAll(chunks, host))) return false
    if (format === 'html' && host.stdout.isTTY)
      await writeNote('that was a page for a browser: --output page.html writes it to a file', options, host)
  } else {
    await save(path, chunks, host)
    await writeNote(`wrote ${path} (${format})`, options, host)
  }
  // A table on the screen has said it already.
  if (!made.complete && (format !== 'table' || path !== null)) await writeNote(`the report is incomplete: ${unread(made)}`, options, host)
  return true
}

/** How much could not be read, in words. */
export function unread({ readIssues }: Pick<Report, 'readIssues'>): string {
  return `${count(readIssues.length, 'thing')} could not be read (readIssues says what)`
}

/** Writes to standard output; false when the reader went away. */
export async function writeAll(chunks: Iterable<string>, host: ProgramHost): Promise<boolean> {
  for (const chunk of gather(chunks)) {
    const accepted = await host.stdout.write(chunk).catch((error: unknown) => cannotWrite('standard output', error))
    if (!accepted) return false
  }
  return true
}

/** Writes a file that the user named, or says why that cannot be. */
export async function save(path: string, text: string | Iterable<string>, host: ProgramHost): Promise<void> {
  await host.writeFile(path, text).catch((error: unknown) => cannotWrite(path, error))
}

// A full disk or a missing folder is told by the system's code, and is no bug of ours.
function cannotWrite(where: string, error: unknown): never {
  if (!(error instanceof Error && 'code' in error)) throw error
  throw new EnvironmentError(`cannot write ${where}: ${String(error.code)}`)
}
