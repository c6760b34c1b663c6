import { defaultRoots } from '../clients/index.ts'
import { type AnalyzeOptions, NothingToScan } from '../scan/analyze-options.ts'
import type { Host, ProgramHost } from '../ports/host.ts'
import { FileUnavailable, NotACache } from '../ports/host.ts'
import type { Report } from '../report/report.ts'
import type { TableOf } from '../report/index.ts'
import { refuseNoMatch } from './ambiguous.ts'
import { deliver, formatOf, unread } from './deliver.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { failsOn, parseFailOn, unansweredIn } from './fail-on.ts'
import { absolute, projectOf, rootsOf } from './paths.ts'
import type { ProgressLine } from './progress.ts'
import { progressLine } from './progress.ts'
import type { ScanOptions } from './program.ts'
import { writeNotice, writeNote } from './stderr.ts'
import { TOOL_VERSION } from './version.ts'

/** Places that a notice names each; the report names all. */
const MOST_TOLD = 20

/** The analysis, as `src/scan/scan.ts` exports it; tests pass another. */
export type Analyze = (options: AnalyzeOptions, host: Host) => Promise<Report>

/**
 * `scan` and `worktrees`, which differ only in their table: reads, judges, prints, and says by its exit code what `--fail-on`
 * and `--strict` ask.
 */
export async function scan(options: ScanOptions, host: ProgramHost, analyze: Analyze, tableOf: TableOf = 'scan'): Promise<ExitCode> {
  formatOf(options)
  return withReport(
    options,
    host,
    analyze,
    (question) => question,
    async (report, question) => {
      if (!(await deliver(report, options, question, host, tableOf))) return EXIT.done
      return resolveExitCode(report, options, host)
    },
  )
}

/**
 * Reads and judges, and hands the report to `use`. `ask` may add to the question. Wrong usage is told before anything is read.
 */
export async function withReport(
  options: ScanOptions,
  host: ProgramHost,
  analyze: Analyze,
  ask: (question: AnalyzeOptions) => AnalyzeOptions | Promise<AnalyzeOptions>,
  use: (report: Report, question: AnalyzeOptions) => Promise<ExitCode>,
): Promise<ExitCode> {
  parseFailOn(options.failOn, options.git)
  const question = await ask(analyzeOptions(options, host))
  const report = await analyzeWithProgress(question, options, host, analyze)
  refuseNoMatch(report)
  return await use(report, question)
}

/** What `--strict` and `--fail-on` make of a report, or of another document with the same parts. */
export async function resolveExitCode(
  report: Pick<Report, 'agents' | 'sessions' | 'worktrees' | 'complete' | 'readIssues'>,
  options: Pick<ScanOptions, 'strict' | 'failOn' | 'git'>,
  host: ProgramHost,
): Promise<ExitCode> {
  if (options.strict === true && !report.complete) {
    await writeNotice(`--strict: the scan is incomplete, ${unread(report)}`, host)
    return EXIT.failed
  }
  const failOn = parseFailOn(options.failOn, options.git)
  const unanswered = failOn.atRisk ? unansweredIn(report) : []
  for (const { path, detail } of unanswered.slice(0, MOST_TOLD)) {
    await writeNotice(`--fail-on at-risk: unknown for ${path === 'git' ? 'any worktree' : path}: ${detail}`, host)
  }
  if (unanswered.length > MOST_TOLD) await writeNotice(`--fail-on at-risk: unknown for ${unanswered.length - MOST_TOLD} more places`, host)
  if (failsOn(failOn, report)) return EXIT.failOn
  return unanswered.length > 0 ? EXIT.failed : EXIT.done
}

/** The question that the options of a command ask. */
export function analyzeOptions(options: ScanOptions, host: ProgramHost): AnalyzeOptions {
  const now = options.now ?? host.now()
  const timeZone = options.timeZone ?? host.timeZone
  const since = options.since(now, timeZone)
  const until = options.until?.(now, timeZone) ?? null
  if (since !== null && until !== null && since >= until)
    throw new UsageError('--since is not before --until (--since is 7d unless it is given)')
  return {
    roots: rootsOf(options.root, host, options.client),
    ...(options.client !== undefined && { client: options.client }),
    now,
    timeZone,
    since,
    until,
    project: options.project === undefined ? null : projectOf(options.project, host),
    session: options.session ?? null,
    agent: options.agent ?? null,
    reasons: options.reason ?? [],
    excerpts: options.excerpts,
    git: options.git,
    offline: options.offline === true,
    gitTimeoutMs: options.gitTimeout,
    toolVersion: TOOL_VERSION,
    usualRoots: defaultRoots(host),
  }
}

function analyzeWithProgress(question: AnalyzeOptions, options: ScanOptions, host: ProgramHost, analyze: Analyze): Promise<Report> {
  return runWithProgress(options, host, (narrowed) => analyze(question, narrowed))
}

/** Runs a job with a line on standard error that says how far it is. Throws `EnvironmentError` where there is nothing to look at. */
export async function runWithProgress<Result>(
  options: ScanOptions,
  host: ProgramHost,
  job: (host: Host) => Promise<Result>,
): Promise<Result> {
  const cache = options.cache === undefined ? null : absolute(options.cache, host)
  const doubt = cache === null ? null : await host.whyUntrusted(cache)
  // What others may have written there, a report would take for what transcripts said.
  if (doubt !== null) throw new EnvironmentError(`--cache: ${cache} is not read: ${doubt}; remove it, or name another file`)
  const line: ProgressLine | null = host.stderr.isTTY && options.quiet !== true ? progressLine(host) : null
  try {
    return await job({
      files: host.files,
      processes: host.processes,
      git: host.git,
      ...(host.forge !== undefined && { forge: host.forge }),
      ...(line !== null && { progress: (progress) => line.draw(progress) }),
      ...(cache !== null && { cache: cacheAt(cache, options, host) }),
    })
  } catch (error) {
    if (error instanceof NotACache) throw new EnvironmentError(`--cache: ${error.message}, and is left as it is`)
    if (error instanceof FileUnavailable && options.cache !== undefined) throw new EnvironmentError(`--cache: ${error.message}`)
    if (!(error instanceof NothingToScan)) throw error
    throw new EnvironmentError(`no transcripts at ${error.looked.join(' or ')}; name the folder with --root <dir>, or try --demo`)
  } finally {
    await line?.erase()
  }
}

/** A report without a cache for the next one is still a report. */
function cacheAt(path: string, options: ScanOptions, host: ProgramHost): NonNullable<Host['cache']> {
  return {
    path,
    async write({ isWhole, pieces }) {
      try {
        await host.writeFile(path, pieces, { isPrivate: true, isAdded: !isWhole })
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error
        await writeNote(`cannot write the cache ${path}: ${String(error.code)}`, options, host)
      }
    },
  }
}
