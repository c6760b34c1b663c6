import type { AnalyzeOptions } from '../scan/analyze-options.ts'
import type { ProgramHost, Terminal } from '../ports/host.ts'
import { JournalBusy, type JournalFile, type Journals } from '../ports/journal.ts'
import { preserveWork } from '../preserve/preserve.ts'
import { findNamed, NoSuchAction } from '../recover/choose.ts'
import { Journal } from '../recover/journal.ts'
import { recover as carryOut, type Recovery, type RecoverWorld } from '../recover/recover.ts'
import { listResult } from '../recover/screen.ts'
import { jsonText } from '../report/json-text.ts'
import type { Report } from '../report/report.ts'
import { toolCommand } from '../report/typed.ts'
import { escapeControl } from '../text/escape.ts'
import { redactSecrets } from '../text/redact.ts'
import { formatInstant } from '../time/instant.ts'
import { refuseNoMatch } from './ambiguous.ts'
import { deliver, writeAll } from './deliver.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import type { GateOptions } from './options.ts'
import { absolute } from './paths.ts'
import { typistOf } from './repeated.ts'
import { wishesOf } from './plan.ts'
import { runningIn } from './preserve.ts'
import type { RecoverCommandOptions } from './program.ts'
import { type Analyze, analyzeOptions, runWithProgress, withReport } from './scan.ts'
import { writeNote } from './stderr.ts'
import { TOOL_VERSION } from './version.ts'

/** Runs a command of this program in this process; its exit code. */
export type RunTool = (argv: readonly string[], host: ProgramHost) => Promise<number>

/** So much of what a program printed last is shown. Bytes. */
const SHOWN_BYTES = 4_096

/** `recover`: carries out the plan; what is left open is told, and is the exit code. */
export async function recover(given: RecoverCommandOptions, host: ProgramHost, analyze: Analyze, runTool: RunTool): Promise<ExitCode> {
  try {
    return await run({ ...given, failOn: ['none'] }, host, analyze, runTool)
  } catch (error) {
    if (error instanceof NoSuchAction)
      throw new EnvironmentError(`${error.message}; to list them: ${toolCommand('plan', error.report, typistOf(given, host))}`)
    throw error
  }
}

async function run(options: RecoverCommandOptions & GateOptions, host: ProgramHost, analyze: Analyze, runTool: RunTool): Promise<ExitCode> {
  const ports = await host.recovery?.()
  if (ports === undefined) throw new EnvironmentError('nothing can be started here')
  if (!options.git) throw new UsageError('recover needs git: without it, work at risk is unknown')
  if (options.dryRun === true) return await showPlan(options, host, analyze)
  const person = options.yes === true ? null : ports.person()
  if (person === null && options.yes !== true)
    throw new UsageError('there is no terminal to ask: --yes answers yes to every question, --dry-run shows the plan')
  if (options.interactive === true && !host.stdout.isTTY) throw new UsageError('--interactive needs a terminal')

  const question = analyzeOptions(options, host)
  const wishes = await wishesOf(options, host)
  const planNow = (narrowing: Parameters<RecoverWorld['plan']>[0], quiet: boolean): Promise<Report> => {
    const asked: AnalyzeOptions = { ...analyzeOptions(options, host), plan: { ...wishes, ...narrowing } }
    return runWithProgress(quiet ? { ...options, quiet: true } : options, host, (narrowed) => analyze(asked, narrowed))
  }

  const file = await openJournal(question.roots, options, host, ports.journals)
  const say = async (line: string): Promise<void> => {
    if (options.quiet !== true) await host.stderr.write(`${escapeControl(line)}\n`)
  }
  try {
    let isFirst = true
    const result = await carryOut(
      {
        actions: options.action ?? null,
        only: options.only === undefined ? null : new Set(options.only),
        isInteractive: options.interactive === true,
        permissionMode: options.permissionMode ?? null,
        savesFirst: options.preserve,
        batch: options.batch,
        maxAttempts: options.maxAttempts,
        staggerMs: options.stagger,
        timeZone: question.timeZone,
        toolVersion: TOOL_VERSION,
      },
      {
        plan: async (narrowing) => {
          const report = await planNow(narrowing, !isFirst)
          if (isFirst) refuseNoMatch(report)
          if (isFirst && person !== null) await deliver(report, options, { timeZone: question.timeZone, now: host.now() }, host, 'plan')
          isFirst = false
          return report
        },
        save: (report, worktrees) =>
          preserveWork(
            report.worktrees,
            { ...wishes, running: runningIn(report), ...(worktrees !== null && { worktrees }) },
            host.gitWriter,
          ),
        runTool: (argv) => runOwn(argv, host, runTool),
        programs: ports.programs,
        processes: host.processes,
        journal: new Journal(file, () => host.now()),
        person,
        now: () => host.now(),
        sleep: (ms, stop) => ports.sleep(ms, stop),
        say,
        readEnd: (path) => readEnd(path, host),
        ...(ports.fix !== undefined && { fix: ports.fix }),
      },
    )
    const typist = typistOf(options, host)
    const lines = listResult(result, (...words) => toolCommand('plan', result.report, typist, ...words))
    await (options.json === true
      ? host.stdout.write(`${jsonText(asJson(result, host.now()), 2)}\n`)
      : writeAll(
          lines.map((line) => `${line}\n`),
          host,
        ))
    return result.open.length + result.saved.failures.length > 0 ? EXIT.failOn : EXIT.done
  } finally {
    file.close()
  }
}

/** What would be done. */
async function showPlan(options: RecoverCommandOptions & GateOptions, host: ProgramHost, analyze: Analyze): Promise<ExitCode> {
  const wishes = { ...(await wishesOf(options, host)), headless: options.interactive !== true, consent: new Set(options.action ?? []) }
  return await withReport(
    options,
    host,
    analyze,
    (question) => ({ ...question, plan: wishes }),
    async (whole, question) => {
      const report = options.action === undefined ? whole : narrowToActions(whole, options.action)
      await deliver(report, options, question, host, 'plan')
      await writeNote('nothing was started, saved or written', options, host)
      return EXIT.done
    },
  )
}

/** The actions that were named, and what they depend on. */
function narrowToActions(report: Report, names: readonly string[]): Report {
  const named = names.flatMap((name) => findNamed(name, report))
  const wanted = new Set(named.flatMap(({ id, dependsOn }) => [id, ...dependsOn]))
  return { ...report, plan: { actions: report.plan.actions.filter(({ id }) => wanted.has(id)) } }
}

async function openJournal(
  roots: readonly string[],
  { journal }: RecoverCommandOptions,
  host: ProgramHost,
  journals: Journals,
): Promise<JournalFile> {
  const path = journal === undefined ? null : absolute(journal, host)
  try {
    const real = await Promise.all(roots.map((root) => host.files.realPath(root).catch(() => root)))
    return await journals.open(real, path)
  } catch (error) {
    if (error instanceof JournalBusy)
      throw new EnvironmentError(`${error.message}: wait for its end, or stop it; a stopped recovery continues when it is run again`)
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      throw new EnvironmentError(describeUnwritable(error, path))
    throw error
  }
}

/** Lock and output of clients are in the state folder, wherever the journal is. */
function describeUnwritable(error: Error & { readonly code?: unknown; readonly path?: unknown }, journal: string | null): string {
  const path = typeof error.path === 'string' ? error.path : journal
  const hint = path !== null && path === journal ? '--journal names another file' : 'XDG_STATE_HOME moves the state folder'
  return `cannot write ${path ?? 'the journal'}: ${String(error.code)} (${hint})`
}

/** Runs a command of this program without a word; what it said where it failed. */
async function runOwn(argv: readonly string[], host: ProgramHost, runTool: RunTool): Promise<string | null> {
  let said = ''
  const terminal = (keep: boolean): Terminal => ({
    write(text) {
      if (keep) said += text
      return Promise.resolve(true)
    },
    isTTY: false,
    columns: 80,
  })
  const code = await runTool(argv, { ...host, cwd: '/', stdout: terminal(false), stderr: terminal(true) })
  return code === EXIT.done ? null : `${said.trim()} (${argv[0]} ended with ${code})`
}

/** The last line that says something. */
async function readEnd(path: string, { files }: ProgramHost): Promise<string> {
  try {
    const file = await files.open(path)
    try {
      const parts: Buffer[] = []
      for await (const chunk of file.chunks(Math.max(0, file.facts.bytes - SHOWN_BYTES))) parts.push(Buffer.from(chunk))
      const lines = Buffer.concat(parts).toString('utf8').split('\n')
      const line = lines.findLast((each) => each.trim() !== '') ?? ''
      return redactSecrets(escapeControl(line.trim())).slice(0, 200)
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

function asJson({ done, open, saved }: Recovery, now: number): object {
  return {
    formatVersion: '0.1',
    tool: { name: 'agent-forensics', version: TOOL_VERSION },
    generatedAt: formatInstant(now),
    done: done.map(({ id, isSession, title }) => ({ id, kind: isSession ? 'session' : 'agent', title })),
    open,
    saved: saved.saved,
    notSaved: saved.failures,
  }
}
