import type { Run } from '../facts/run.ts'
import { mayCommit } from '../facts/git-answer.ts'
import type { RunContext } from '../facts/session.ts'
import { isWithin } from '../text/path.ts'

/** An agent or a main thread, as far as the question where it worked is concerned. Instants in milliseconds since the epoch. */
export interface Worker {
  /** The agent's; of a main thread that of its session. */
  readonly id: string
  readonly isMain: boolean
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** It may still be at work, so that nothing after its last record is anybody else's. */
  readonly isRunning: boolean
  /** Folders that its records ran in. */
  readonly folders: readonly string[]
  readonly writtenFiles: readonly string[]
  readonly finishedWrites: Run['finishedWrites']
  readonly removingCommands: Run['removingCommands']
  /** Worktrees that its own git commands added. */
  readonly addedTrees: readonly string[]
  /** Whether it ran a git command that makes a commit. */
  readonly commits: boolean
  /** Commits that git's answers to it name, in the order in which they were made. */
  readonly made: readonly NamedCommit[]
  /** Whether it ran a git command that puts other commits in the place of some. */
  readonly rewrites: boolean
  /** Names that its own git commands gave to branches. */
  readonly branches: readonly string[]
}

/** A commit that a transcript names. */
export interface NamedCommit {
  /** Mostly abbreviated. */
  readonly id: string
  readonly at: number | null
  /** It took the place of the commit before it. */
  readonly amends: boolean
  /** Git printed it when it made it, and was not asked for it afterwards. */
  readonly isSure: boolean
  /** Where it was made; null: the command does not tell. */
  readonly folder: string | null
}

/** A folder that agents worked in, and how it is known. */
export interface Place {
  readonly path: string
  /** The branch that the client gave the worktree; agents rename and switch branches, so that HEAD decides. */
  readonly branch: string | null
  /** The worktree was made for them. */
  readonly owners: readonly Worker[]
  /** They merely ran there, beside others. */
  readonly visitors: readonly Worker[]
  /** The main threads that ran there. */
  readonly sessions: readonly Worker[]
}

// `git -C folder -c key=value --no-pager <command>`
const GIT = String.raw`\bgit(?:\s+-[cC]\s+\S+|\s+--?[\w-]+(?:=\S+)?)*\s+`
const REWRITES = /\bgit\b[^\n]{0,400}?\s(?:--amend|rebase|--rebase|-r|filter-branch|filter-repo|--autosquash|replace)\b/
const BRANCHES = [
  new RegExp(`${GIT}(?:checkout|switch|worktree\\s+add)\\s+(?:\\S+\\s+){0,3}?(?:-[bBcC]|--create|--force-create)\\s+['"]?([\\w./-]+)`, 'g'),
  new RegExp(`${GIT}branch\\s+(?:-[mM]|--move)\\s+(?:['"]?[\\w./-]+['"]?\\s+)?['"]?([\\w./-]+)`, 'g'),
]

/**
 * Every folder that the runs worked in: worktrees from sidecars, results and notifications, and the folders of their
 * records. Paths come from transcripts, so only absolute ones count; git is asked about each before anything is believed.
 */
export function placesOf(
  runs: readonly { readonly run: Run; readonly context: RunContext; readonly isRunning: boolean }[],
): readonly Place[] {
  const places = new Map<string, OpenPlace>()
  const placeOf = (path: string): OpenPlace => {
    const known = places.get(path)
    if (known !== undefined) return known
    const fresh = { branch: null, owners: new Map(), visitors: new Map(), sessions: new Map() }
    places.set(path, fresh)
    return fresh
  }
  const known = new Set(runs.map(({ run }) => run.agentId))
  for (const { run, context, isRunning } of runs) {
    if (run.kind === 'internal') continue
    const worker = workerOf(run, isRunning)
    // Words come by the id of a call, too, and ids of calls may be given out again: a place belongs to whom its word names.
    const told = context.words.flatMap(({ worktree, agentId }) =>
      worktree === null || (agentId !== null && agentId !== run.agentId && known.has(agentId)) ? [] : [worktree],
    )
    const own = [...(run.worktreePath === null ? [] : [{ path: run.worktreePath, branch: run.worktreeBranch }]), ...told].filter(
      ({ path }) => isUsable(path),
    )
    for (const { path, branch } of own) {
      const place = placeOf(path)
      place.branch ??= branch
      if (worker !== null) place[run.role === 'main' ? 'sessions' : 'owners'].set(worker.id, worker)
    }
    for (const path of new Set([...run.folders, ...(worker?.made ?? []).flatMap(({ folder }) => folder ?? [])])) {
      if (!isUsable(path) || own.some((each) => isWithin(path, each.path))) continue
      const place = placeOf(path)
      if (worker !== null) place[run.role === 'main' ? 'sessions' : 'visitors'].set(worker.id, worker)
    }
  }
  return [...places]
    .map(([path, { branch, owners, visitors, sessions }]) => ({
      path,
      branch,
      owners: [...owners.values()],
      visitors: [...visitors.values()],
      sessions: [...sessions.values()],
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

interface OpenPlace {
  branch: string | null
  readonly owners: Map<string, Worker>
  readonly visitors: Map<string, Worker>
  readonly sessions: Map<string, Worker>
}

function workerOf(run: Run, isRunning: boolean): Worker | null {
  const id = run.role === 'main' ? run.sessionId : run.agentId
  if (id === null || run.path === null) return null
  return {
    id,
    isMain: run.role === 'main',
    startedAt: run.startedAt,
    endedAt: run.lastRecordAt,
    isRunning,
    folders: run.folders,
    writtenFiles: run.writtenFiles,
    finishedWrites: run.finishedWrites,
    removingCommands: run.removingCommands,
    addedTrees: run.gitCommands.flatMap(({ command, cwd }) => treesIn(command, cwd)),
    commits: run.gitCommands.some(({ command }) => mayCommit(command)),
    made: run.gitCommands.flatMap(({ command, at, cwd, commits }) =>
      commits.map((commit) => ({
        id: commit,
        at,
        amends: /\s--amend\b/.test(command),
        isSure: !/\b(?:rev-parse|log|show)\b/.test(command),
        folder: folderOf(command, cwd),
      })),
    ),
    rewrites: run.gitCommands.some(({ command }) => REWRITES.test(command)),
    branches: [...new Set(run.gitCommands.flatMap(({ command }) => branchesIn(command)))],
  }
}

// `cd folder` at the beginning of a command, and `git -C folder`.
const FOLDERS = /(?:(?:^|[;&|\n(])\s*cd|\bgit\s+-C)\s+(?:--\s+)?(?:"([^"\n]+)"|'([^'\n]+)'|([^\s;&|()"']+))/g

const ADDED = new RegExp(`${GIT}worktree\\s+add\\s+([^;&|\\n]+)`, 'g')

/** The worktrees that a shell command adds. */
function treesIn(command: string, cwd: string | null): readonly string[] {
  return [...command.matchAll(ADDED)].flatMap(([, words = '']) => {
    const [path] = words
      .replace(/(?:^|\s)(?:-[bB]|--reason)\s+\S+/g, ' ')
      .split(/\s+/)
      .filter((word) => word !== '' && !word.startsWith('-'))
    return path === undefined ? [] : (folderOf(`cd ${path}`, cwd) ?? [])
  })
}

/** The folder that the last git command of a line runs in; null: it takes a shell to tell. */
export function folderOf(command: string, cwd: string | null): string | null {
  let folder = cwd
  for (const [, ...quoted] of command.matchAll(FOLDERS)) {
    const target = quoted.find((each) => each !== undefined) ?? ''
    if (/[$`*?[~]|^-/.test(target)) return null
    if (/^(?:\/|[A-Za-z]:[\\/])/.test(target)) folder = target
    else if (folder === null) return null
    else folder = `${folder}/${target}`
  }
  if (folder === null || !/(?:^|[\\/])\.\.?(?:[\\/]|$)|[\\/]$/.test(folder)) return folder
  const parts: string[] = []
  for (const part of folder.split(/[\\/]/)) {
    if (part === '..') parts.pop()
    else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part)
  }
  return parts.join('/')
}

/** The names that a shell command gives to branches. */
export function branchesIn(command: string): readonly string[] {
  return command
    .split(/[;&|\n]/)
    .flatMap((part) => BRANCHES.flatMap((pattern) => [...part.matchAll(pattern)].flatMap((match) => match[1] ?? [])))
}

/** Absolute, no network share, and nothing that leads elsewhere; `/` and its like hold no worktree. */
export function isUsable(path: string): boolean {
  if (path.length > 4_096 || path.includes('\0') || path.startsWith('//') || path.startsWith('\\\\')) return false
  if (!path.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(path)) return false
  const parts = path.split(/[\\/]/)
  return !parts.includes('..') && parts.filter((part) => part !== '').length > 1
}
