import type { ProgramHost } from '../ports/host.ts'
import { FileUnavailable } from '../ports/host.ts'
import type { Report } from '../report/report.ts'
import { NotAReport, readReport } from '../report/read-report.ts'
import { resolveZone } from '../time/zoned-time.ts'
import { deliver, formatOf } from './deliver.ts'
import { EnvironmentError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { absolute } from './paths.ts'
import type { RenderOptions } from './program.ts'

const MAX_BYTES = 256 * 1024 * 1024

/** `render`: a saved report in another format; in its own time zone, but seen from now. */
export async function render(path: string, options: RenderOptions, host: ProgramHost): Promise<ExitCode> {
  formatOf(options)
  const report = await load(path, host)
  const timeZone = options.timeZone ?? resolveZone(report.options.timeZone) ?? host.timeZone
  await deliver(report, options, { timeZone, now: options.now ?? host.now() }, host)
  return EXIT.done
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
