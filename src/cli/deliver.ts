import type { ProgramHost } from '../host.ts'
import type { Report } from '../model/report.ts'
import type { Format } from '../report/index.ts'
import { REPORTERS } from '../report/index.ts'
import type { View } from '../report/reporter.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { OutputOptions } from './options.ts'
import { absolute } from './paths.ts'
import { note } from './stderr.ts'
import { colorLevel, columnsOf } from './view.ts'

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
  reader: Pick<View, 'timeZone' | 'now'>,
  host: ProgramHost,
): Promise<boolean> {
  const format = formatOf(options)
  const reporter = await REPORTERS[format]()
  const path = options.output === undefined || options.output === '-' ? null : absolute(options.output, host)
  const view: View = {
    columns: columnsOf(host.stdout, host.env),
    colorLevel: path === null ? colorLevel(host.env, host.stdout.isTTY) : 0,
    all: options.all === true,
    verbose: options.verbose === true,
    ...reader,
  }
  // The table says it itself, so that it would stand twice on one screen.
  if (!report.complete && (format !== 'table' || path !== null))
    await note(`incomplete: ${report.readIssues.length} read issues`, options, host)
  const chunks = reporter.render(report, view)
  if (path === null) return writeAll(chunks, host)
  await save(path, [...chunks].join(''), host)
  await note(`wrote ${path} (${format})`, options, host)
  return true
}

async function writeAll(chunks: Iterable<string>, host: ProgramHost): Promise<boolean> {
  for (const chunk of chunks) if (!(await host.stdout.write(chunk))) return false
  return true
}

async function save(path: string, text: string, host: ProgramHost): Promise<void> {
  try {
    await host.writeFile(path, text)
  } catch (error) {
    throw new EnvironmentError(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
