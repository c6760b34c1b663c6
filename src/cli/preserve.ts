import { isAbsolute } from 'node:path'
import { FileUnavailable, type ProgramHost } from '../ports/host.ts'
import { documentOf, type PreserveDocument } from '../preserve/document.ts'
import { listWorkToSave, type PreserveFailure, type PreserveOptions, preserveWork, type SavedWork } from '../preserve/preserve.ts'
import { describeRisk, isAtWork, isForgotten, nameRows, type NamedRow } from '../preserve/rows.ts'
import { preserveScreen } from '../preserve/screen.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { jsonText } from '../report/json-text.ts'
import type { Report } from '../report/report.ts'
import { PLAIN_WISHES } from '../plan/wishes.ts'
import { writeAll } from './deliver.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { absolute } from './paths.ts'
import type { SaveOptions } from './program.ts'
import { type Analyze, withReport } from './scan.ts'
import { TOOL_VERSION } from './version.ts'
import { colorLevel, columnsOf } from './view.ts'

/** `preserve`: scans, saves the work that exists only on this machine, and says what is where, and what is not. */
export async function preserve(options: SaveOptions, host: ProgramHost, analyze: Analyze): Promise<ExitCode> {
  const { json, quiet, verbose = false, color, ...scope } = options
  const question = { ...scope, git: true, excerpts: false, failOn: ['none'], ...(quiet === true && { quiet }) }
  return withReport(
    question,
    host,
    analyze,
    // A client's start may sweep every worktree of a repository, so what is saved is that of all its agents, whoever was named.
    (asked) => ({ ...asked, plan: PLAIN_WISHES }),
    async (report) => {
      const document = await save(report, options, host)
      const { env, stdout, timeZone } = host
      const colors = colorLevel(env, stdout.isTTY, color)
      const view = { columns: columnsOf(stdout, env), colorLevel: colors, all: verbose, verbose, timeZone, now: host.now() }
      const chunks = json === true ? [`${jsonText(document, 2)}\n`] : preserveScreen(document, report.worktrees, view)
      await writeAll(chunks, host)
      return document.failures.length + document.unreadable.length === 0 ? EXIT.done : EXIT.failOn
    },
  )
}

async function save(report: Report, options: SaveOptions, host: ProgramHost): Promise<PreserveDocument> {
  const rows = report.worktrees
  const isDryRun = options.dryRun === true
  const asked = options.worktree === undefined ? undefined : await pathsOf(options.worktree, host)
  const running = runningIn(report)
  const wishes: PreserveOptions = {
    ref: options.ref,
    push: options.push === true,
    bundle: options.bundle === undefined ? null : absolute(options.bundle, host),
    maxFileBytes: options.maxFile,
    include: options.include ?? [],
    exclude: options.exclude ?? [],
    running,
    ...(asked !== undefined && { worktrees: asked }),
  }
  const open = listWorkToSave(rows, wishes)
  const planned = open.map((named) => savedWork(named, `${wishes.ref}/${named.name}`, named.row.atRisk.map(describeRisk), { isNew: true }))
  const made = isDryRun ? { saved: planned, failures: [], leftOut: 0 } : await preserveWork(rows, wishes, host.gitWriter)
  const isOpen = new Set(open.map(({ row }) => row))
  const before = nameRows(rows).filter(({ row }) => !isOpen.has(row) && asked?.has(row.path) !== false)
  const forgotten = new Set(rows.filter(isForgotten).map(({ path }) => path))
  return documentOf({
    preserved: {
      ...made,
      saved: [...made.saved, ...before.flatMap(savedBefore)],
      failures: [...made.failures, ...(asked === undefined ? [] : unmetWishes(report, asked, running))],
    },
    // What git forgot is saved as a folder, or a failure by itself.
    unreadable: report.readIssues.filter(({ reason, path }) => reason === 'git' && concerns(path, asked) && !forgotten.has(path)),
    isDryRun,
    generatedAt: report.generatedAt,
    toolVersion: TOOL_VERSION,
  })
}

/** What the scan has found in rescue references as it stands now: it is not saved again. */
function savedBefore(named: NamedRow): readonly SavedWork[] {
  const { atRisk, saved } = named.row
  if (atRisk.length === 0 && !isForgotten(named.row)) return []
  return saved.map(({ ref, holds, onRemote }) => {
    const words = atRisk.filter(({ what }) => holds.includes(what)).map(describeRisk)
    return savedWork(named, ref, words.length === 0 ? ['its files'] : words, { isPushed: onRemote })
  })
}

function savedWork({ row, name }: NamedRow, ref: string, holds: readonly string[], more: Partial<SavedWork>): SavedWork {
  const { path, agents } = row
  return { name, path, agents, ref, commit: '', isNew: false, holds, bundle: null, isPushed: false, ...more }
}

/** The agents that are at work. */
export function runningIn({ agents }: Report): ReadonlySet<string> {
  return new Set(agents.flatMap(({ agentId, reason }) => (agentId !== null && outcomeOf(reason) === 'running' ? [agentId] : [])))
}

/** The worktrees as the scan spells them: links resolved, where they are there. */
async function pathsOf(given: readonly string[], host: ProgramHost): Promise<ReadonlySet<string>> {
  const plain = given.map((path) => absolute(path, host))
  const real = plain.map((path) =>
    host.files.realPath(path).catch((error: unknown) => {
      if (error instanceof FileUnavailable) return path
      throw error
    }),
  )
  return new Set([...plain, ...(await Promise.all(real))])
}

/** Worktrees that were asked for by name and not saved, because nobody knows them, or because they are left to others. */
function unmetWishes({ worktrees }: Report, asked: ReadonlySet<string>, running: ReadonlySet<string>): readonly PreserveFailure[] {
  const own = worktrees.filter(({ path }) => asked.has(path))
  const [path = ''] = asked
  if (own.length === 0) return [{ path, agents: [], reason: 'no agent is known to have worked there' }]
  const busy = own.filter((row) => isAtWork(row, running) && row.atRisk.length > 0)
  return busy.map((row) => ({ path: row.path, agents: row.agents, reason: 'left to its agents, which are running' }))
}

/** Whether what could not be read may be part of one of the worktrees. */
function concerns(path: string, asked: ReadonlySet<string> | undefined): boolean {
  if (asked === undefined || !isAbsolute(path)) return true
  return [...asked].some((each) => each === path || each.startsWith(`${path}/`) || path.startsWith(`${each}/`))
}
