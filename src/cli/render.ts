import type { ProgramHost } from '../ports/host.ts'
import { FileUnavailable } from '../ports/host.ts'
import { type HostReport, joinReports } from '../render/join-reports.ts'
import type { Report } from '../report/report.ts'
import { NotAReport, readReport } from '../report/read-report.ts'
import { resolveZone } from '../time/zoned-time.ts'
import { deliver, formatOf } from './deliver.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { absolute } from './paths.ts'
import type { RenderOptions } from './program.ts'

const MAX_BYTES = 256 * 1024 * 1024

/** `render`: saved reports in another format, several of them as one; in their own time zone, but seen from now. */
export async function render(paths: readonly string[], options: RenderOptions, host: ProgramHost): Promise<ExitCode> {
  formatOf(options)
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('standard input (-) can be read once')
  const names = nameHosts(paths)
  const reports: HostReport[] = []
  for (const [at, path] of paths.entries()) reports.push({ host: names[at] ?? path, report: await load(path, host) })
  const [first] = reports
  if (first === undefined) throw new UsageError('no report is named')
  const report = reports.length === 1 ? first.report : joinReports(reports)
  const timeZone = options.timeZone ?? resolveZone(report.options.timeZone) ?? host.timeZone
  await deliver(report, options, { timeZone, now: options.now ?? host.now() }, host)
  return EXIT.done
}

/** A machine is called as its file is, as far as it takes to tell them apart. */
function nameHosts(paths: readonly string[]): readonly string[] {
  let length = 1
  while (length < 16 && new Set(paths.map((path) => nameOf(path, length))).size < new Set(paths).size) length += 1
  const seen = new Map<string, number>()
  return paths.map((path) => {
    const name = nameOf(path, length)
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${times})`
  })
}

async function load(path: string, host: ProgramHost): Promise<Report> {
  const name = path === '-' ? 'standard input' : path
  try {
    return readReport(path === '-' ? await host.readStdin(MAX_BYTES) : await host.files.readText(absolute(path, host), MAX_BYTES))
  } catch (error) {
    if (error instanceof NotAReport) throw new EnvironmentError(`cannot render ${name}: ${error.message}`)
    if (error instanceof FileUnavailable) throw new EnvironmentError(`cannot read ${name}: ${error.code}`)
    throw error
  }
}

function partsOf(path: string): readonly string[] {
  const name = path.replace(/(?:\.(?:nd)?jsonl?)$/, '')
  return name.split(/[\\/]+/).filter((part) => part !== '' && part !== '.')
}

/** The end of a path, as long as that. */
function nameOf(path: string, length: number): string {
  return path === '-' ? 'stdin' : partsOf(path).slice(-length).join('/')
}
