import { isAbsolute } from 'node:path'
import { FileUnavailable, type ProgramHost } from '../ports/host.ts'
import {
  listWorkToSave,
  type Preserved,
  type PreserveFailure,
  type PreserveOptions,
  preserveWork,
  type SavedWork,
} from '../preserve/preserve.ts'
import { documentOf, type PreserveDocument } from '../preserve/document.ts'
import { describeRisk, isAtWork, nameRows } from '../preserve/rows.ts'
import { preserveScreen } from '../preserve/screen.ts'
import { jsonText } from '../report/json-text.ts'
import type { Report } from '../report/report.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { writeAll } from './deliver.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { absolute } from './paths.ts'
import type { SaveOptions } from './program.ts'
import { type Analyze, withReport } from './scan.ts'
import { TOOL_VERSION } from './version.ts'
import { colorLevel, columnsOf } from './view.ts'

/** `preserve`: scans, saves the work that exists only on this machine, and says what is where, and what is not. */
export async function preserve(options: SaveOptions, host: ProgramHost, analyze: Analyze): Promise<ExitCode> {
  const { json, quiet, verbose, ...scope } = options
  const question = { ...scope, git: true, excerpts: false, failOn: ['none'], ...(quiet === true && { quiet }) }
  return withReport(
    question,
    host,
    analyze,
    (asked) => asked,
    async (report) => {
      const document = await save(report, options, host)
      const isDone = document.failures.length + document.unreadable.length === 0
      const code = isDone ? EXIT.done : EXIT.failOn
      const view = {
        columns: columnsOf(host.stdout, host.env),
        colorLevel: colorLevel(host.env, host.stdout.isTTY),
        all: verbose === true,
        verbose: verbose === true,
        timeZone: host.timeZone,
        now: host.now(),
      }
      const isDemo = options.demo === true
      const chunks = json === true ? [`${jsonText(document, 2)}\n`] : preserveScreen(document, report.worktrees, view, { isDemo })
      await writeAll(chunks, host)
      return code
    },
  )
}

async function save(report: Report, options: SaveOptions, host: ProgramHost): Promise<PreserveDocument> {
  const worktrees = options.worktree === undefined ? undefined : await pathsOf(options.worktree, host)
  const running = runningIn(report)
  const wishes: PreserveOptions = {
    ref: options.ref,
    push: options.push === true,
    bundle: options.bundle === undefined ? null : absolute(options.bundle, host),
    maxFileBytes: options.maxFile,
    include: options.include ?? [],
    exclude: options.exclude ?? [],
    running,
    ...(worktrees !== undefined && { worktrees }),
  }
  const made = options.dryRun === true ? planned(report, wishes) : await preserveWork(report.worktrees, wishes, host.gitWriter)
  return documentOf({
    preserved: {
      ...made,
      saved: [...made.saved, ...savedBefore(report, wishes)],
      failures: [...made.failures, ...unmetWishes(report, wishes)],
    },
    unreadable: report.readIssues.filter(({ reason, path }) => reason === 'git' && concerns(path, worktrees)),
    isDryRun: options.dryRun === true,
    generatedAt: report.generatedAt,
    toolVersion: TOOL_VERSION,
  })
}

/** What the scan has found in rescue references as it stands now: it is not saved again. */
function savedBefore({ worktrees }: Report, options: PreserveOptions): readonly SavedWork[] {
  const open = new Set(listWorkToSave(worktrees, options).map(({ row }) => row))
  return nameRows(worktrees).flatMap(({ row, name }) => {
    const { path, agents, atRisk, saved } = row
    if (atRisk.length === 0 || open.has(row) || options.worktrees?.has(path) === false) return []
    return saved.map(({ ref, holds, onRemote }) => {
      const words = atRisk.filter(({ what }) => holds.includes(what)).map(describeRisk)
      return { name, path, agents, ref, commit: '', isNew: false, holds: words, bundle: null, isPushed: onRemote }
    })
  })
}

/** What a run would save, as far as the scan can tell. */
function planned({ worktrees }: Report, options: PreserveOptions): Preserved {
  const saved = listWorkToSave(worktrees, options).map(({ row, name }) => {
    const { path, agents } = row
    const ref = `${options.ref}/${name}`
    return { name, path, agents, ref, commit: '', isNew: true, holds: row.atRisk.map(describeRisk), bundle: null, isPushed: false }
  })
  return { saved, failures: [], leftOut: 0 }
}

/** The agents that are at work. */
export function runningIn({ agents }: Report): ReadonlySet<string> {
  return new Set(agents.flatMap(({ agentId, reason }) => (agentId !== null && outcomeOf(reason) === 'running' ? [agentId] : [])))
}

/** The worktrees as the scan spells them: links resolved, where they are there. */
async function pathsOf(given: readonly string[], host: ProgramHost): Promise<ReadonlySet<string>> {
  const paths = await Promise.all(
    given.map(async (path) => {
      const plain = absolute(path, host)
      const real = await host.files.realPath(plain).catch((error: unknown) => {
        if (error instanceof FileUnavailable) return plain
        throw error
      })
      return [plain, real]
    }),
  )
  return new Set(paths.flat())
}

/** Worktrees that were asked for by name and not saved, because nobody knows them, or because they are left to others. */
function unmetWishes({ worktrees: rows }: Report, { worktrees, running }: PreserveOptions): readonly PreserveFailure[] {
  if (worktrees === undefined || running === undefined) return []
  const own = rows.filter(({ path }) => worktrees.has(path))
  if (own.length === 0) {
    const [path = ''] = worktrees
    return [{ path, agents: [], reason: 'the scan knows of no agent that worked there' }]
  }
  const busy = own.filter((row) => isAtWork(row, running) && row.atRisk.length > 0)
  return busy.map(({ path, agents }) => ({ path, agents, reason: 'left to its agents: they are at work now' }))
}

/** Whether what could not be read may be part of one of the worktrees. */
function concerns(path: string, worktrees: ReadonlySet<string> | undefined): boolean {
  if (worktrees === undefined || !isAbsolute(path)) return true
  return [...worktrees].some((each) => each === path || each.startsWith(`${path}/`) || path.startsWith(`${each}/`))
}
