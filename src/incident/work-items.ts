import type { Confidence } from '../reasons/claim.ts'
import type { BuiltOn, WorkItem } from './work-item.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { Run } from '../facts/run.ts'
import { excerptOf } from '../text/redact.ts'
import type { Join, Joined } from './join-attempts.ts'
import { byStart, type Thread } from './thread.ts'

/** A piece of work with the threads that were attempts at it, in order. */
export interface Piece {
  readonly item: WorkItem
  /** The item's own list, which is filled later. */
  readonly builtOn: BuiltOn[]
  readonly threads: readonly Thread[]
}

/** Enough to know a piece of work by. Characters. */
const LONGEST_TITLE = 120

/** Every agent is an attempt at one piece of work; those that were joined are attempts at the same one. */
export function workItems(
  threads: readonly Thread[],
  { joins, maybe, mains }: Joined,
  worktrees: readonly WorktreeReport[],
  excerpts: boolean,
): readonly Piece[] {
  const isGone = goneWorktrees(worktrees)
  const doneLater = new Map(maybe.map(({ from, to }) => [from, to]))
  const ids = new Set<string>()
  return joinedGroups([...threads, ...mains], joins).map((group): Piece => {
    const members = group.threads.toSorted(byStart)
    const done = members.findLast(({ outcome, run }) => outcome === 'finished' && !run.latest.needsPermission)
    const doing = done === undefined ? members.findLast(({ outcome }) => outcome === 'running') : undefined
    const isOpen = done === undefined && doing === undefined
    const later = isOpen ? members.map((thread) => doneLater.get(thread)).find((thread) => thread !== undefined) : undefined
    const builtOn: BuiltOn[] = []
    const item: WorkItem = {
      id: fresh(`work-${members[0]?.id ?? ''}`, ids),
      title: titleOf(members, excerpts),
      attempts: members.flatMap(countAttempts),
      state: done !== undefined ? 'done' : isOpen && members.every((thread) => nothingIsLeft(thread, isGone)) ? 'lost' : 'open',
      doneBy: done?.id ?? null,
      doingBy: doing?.id ?? null,
      maybeDoneBy: later?.id ?? null,
      certainty: later !== undefined ? 'low' : least(group.joins),
      joins: group.joins
        .toSorted((a, b) => byStart(a.to, b.to) || byStart(a.from, b.from))
        .map(({ from, to, by, certainty }) => ({ from: from.id, to: to.id, by, certainty })),
      builtOn,
    }
    return { item, builtOn, threads: members }
  })
}

interface Group {
  readonly threads: Thread[]
  readonly joins: Join[]
}

function joinedGroups(threads: readonly Thread[], joins: readonly Join[]): readonly Group[] {
  const groups = new Map<Thread, Group>(threads.map((thread) => [thread, { threads: [thread], joins: [] }]))
  for (const join of joins) {
    const one = groups.get(join.from)
    const other = groups.get(join.to)
    if (one === undefined || other === undefined) continue
    const [large, small] = one.threads.length >= other.threads.length ? [one, other] : [other, one]
    large.joins.push(join)
    if (large === small) continue
    large.joins.push(...small.joins)
    for (const thread of small.threads) {
      large.threads.push(thread)
      groups.set(thread, large)
    }
  }
  return [...new Set(groups.values())]
}

function least(joins: readonly Join[]): Confidence {
  return joins.some(({ certainty }) => certainty !== 'high') ? 'medium' : 'high'
}

/** A transcript that was taken up again after a death holds as many attempts. */
function countAttempts({ id, run }: Thread): readonly string[] {
  // A promoted transcript repeats the attempts of the agent's.
  const tries = run.role === 'main' ? 1 : Math.min(run.failedAttempts, MOST_TRIES) + 1
  return Array<string>(tries).fill(id)
}
/** A bound: a transcript is written by somebody else. */
const MOST_TRIES = 1_000

function titleOf(threads: readonly Thread[], excerpts: boolean): string {
  const told = (of: (run: Run) => string | null): string | null => {
    for (const { run } of threads) {
      const text = of(run)
      if (text !== null && text.trim() !== '') return text
    }
    return null
  }
  const title =
    told(({ description }) => description) ??
    told(({ label }) => label) ??
    (excerpts ? told(({ role, firstPrompt }) => (role === 'agent' ? firstPrompt : null)) : null) ??
    told(({ agentType }) => agentType)
  return title === null ? '(no description)' : excerptOf(title, LONGEST_TITLE)
}

/** Nothing that could be continued or done again: no prompt is known of what never began, or the worktree went with the work. */
function nothingIsLeft({ run, judged }: Thread, isGone: (run: Run) => boolean): boolean {
  if (judged.diagnosis.reason === 'never_started') return (run.firstPrompt ?? '').trim() === ''
  return isGone(run) && madeSomething(run)
}

/** It wrote files there, or committed. */
function madeSomething({ worktreePath, writtenFiles, gitCommands }: Run): boolean {
  const wrote = writtenFiles.some((file) => worktreePath !== null && file.startsWith(worktreePath))
  return wrote || gitCommands.some(({ command, failed }) => failed !== true && /\bcommit\b/.test(command))
}

/**
 * A worktree that git no longer has, and of which no commit is left either. Of one whose repository is not here either, nobody knows what became
 * of it: it may be on another machine.
 */
function goneWorktrees(worktrees: readonly WorktreeReport[]): (run: Run) => boolean {
  const gone = new Map(
    worktrees
      .filter(
        ({ exists, delivery, atRisk, path, repo }) =>
          !exists && delivery === 'none' && atRisk.length === 0 && repo !== null && path !== repo,
      )
      .map(({ path, agents }) => [path, new Set(agents)]),
  )
  return ({ worktreePath, agentId }) => worktreePath !== null && agentId !== null && gone.get(worktreePath)?.has(agentId) === true
}

function fresh(id: string, taken: Set<string>): string {
  let free = id
  for (let number = 2; taken.has(free); number += 1) free = `${id}-${number}`
  taken.add(free)
  return free
}
