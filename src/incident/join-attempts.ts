import type { Confidence } from '../reasons/claim.ts'
import type { JudgedSession } from '../reasons/judged.ts'
import type { JoinedBy } from './work-item.ts'
import type { WorkflowRun } from '../facts/session.ts'
import { oneLine } from '../text/one-line.ts'
import { CONTINUES_AGENT, mayContinueAgent } from '../text/prompts.ts'
import { byStart, mainThread, type Thread } from './thread.ts'

/** Two attempts at one piece of work, the later one second, and what says so. */
export interface Join {
  readonly from: Thread
  readonly to: Thread
  readonly by: JoinedBy
  readonly certainty: Confidence
}

/** What was joined. `maybe`: the same description alone, which joins nothing. */
export interface Joined {
  readonly joins: readonly Join[]
  readonly maybe: readonly Join[]
  /** Main threads that are attempts at an agent's work. */
  readonly mains: readonly Thread[]
}

/** A launch that nothing answered ended no sooner than the message that it stood in. Milliseconds. */
const ONE_MESSAGE_MS = 1_000
/** Whoever was refused a launch and makes another of the same name this soon replaces it. Milliseconds. */
const REPLACED_MS = 5 * 60_000
/** So many agents of one description are compared with one that died. */
const MOST_COMPARED = 200
/** A prompt of fewer words says too little for another to be "the same with more". */
const FEWEST_WORDS = 6
const MANY_WORDS = new RegExp(String.raw`^\s*(?:\S+\s+){${FEWEST_WORDS - 1}}\S`)

/** Finds the attempts that belong together: first by ids, which are sure, then by what they were told to do. */
export function joinAttempts(threads: readonly Thread[], sessions: readonly JudgedSession[], workflows: readonly WorkflowRun[]): Joined {
  const mains: Thread[] = []
  const byId = [...sameCall(threads, workflows), ...briefed(threads, threads), ...resumed(threads)]
  const promotions = promoted(threads, sessions, mains)
  const followed = new Set(byId.map(({ from }) => from))
  // A main thread that hands its brief on is not the one that does the work.
  const fresh = freshMains(sessions, mains)
  const handed = briefed(threads, fresh).filter(({ from }) => !followed.has(from))
  mains.push(...new Set(handed.map(({ to }) => to)))
  const sure = [...byId, ...promotions, ...handed]
  const { joins, maybe } = redispatched(threads, sure)
  return { joins: [...sure, ...joins], maybe, mains }
}

/** A workflow's journal has one key for all attempts at one call, also when the run is resumed (2.1.156, 2.1.329). */
function sameCall(threads: readonly Thread[], workflows: readonly WorkflowRun[]): readonly Join[] {
  // Only calls have a key, and a thread knows its call.
  const byAgent = new Map(
    threads.flatMap((thread) => (thread.call === null ? [] : [[`${thread.session.session.sessionId}\n${thread.id}`, thread] as const])),
  )
  const byKey = new Map<string, Thread[]>()
  for (const { runId, sessionId, calls } of workflows) {
    for (const { agentId, key } of calls) {
      const thread = agentId === null || key === null ? undefined : byAgent.get(`${sessionId}\n${agentId}`)
      if (thread === undefined) continue
      add(byKey, `${sessionId}\n${runId}\n${key}`, thread)
    }
  }
  return [...byKey.values()].flatMap((group) =>
    pairs(group.toSorted(byStart)).map(([from, to]): Join => ({ from, to, by: 'workflow_key', certainty: 'high' })),
  )
}

/** A main transcript that begins with an agent's first record is that agent's, made into a session. */
function promoted(threads: readonly Thread[], sessions: readonly JudgedSession[], mains: Thread[]): readonly Join[] {
  const begun = new Set(sessions.map(({ main }) => main?.run.firstUuid))
  const byUuid = new Map(
    threads.flatMap((thread) => {
      const { firstUuid } = thread.run
      return firstUuid !== null && begun.has(firstUuid) ? [[firstUuid, thread] as const] : []
    }),
  )
  return sessions.flatMap((session): readonly Join[] => {
    const { main } = session
    const { sessionId } = session.session
    const from = main?.run.firstUuid == null ? undefined : byUuid.get(main.run.firstUuid)
    if (main === null || sessionId === null || from === undefined || from.session === session) return []
    // Written, but not taken up: it holds nothing that the agent's own transcript does not.
    if ((main.run.lastRecordAt ?? 0) <= (from.run.lastRecordAt ?? 0)) return []
    const to = mainThread(session, main, sessionId, from.run.lastRecordAt)
    mains.push(to)
    return [{ from, to, by: 'promoted', certainty: 'high' }]
  })
}

function freshMains(sessions: readonly JudgedSession[], known: readonly Thread[]): readonly Thread[] {
  const used = new Set(known.map(({ session }) => session))
  return sessions.flatMap((session) => {
    const { main } = session
    const { sessionId } = session.session
    return main === null || sessionId === null || used.has(session) ? [] : [mainThread(session, main, sessionId, main.run.startedAt)]
  })
}

/** A thread whose first prompt names an agent in our own words goes on for it. */
function briefed(threads: readonly Thread[], candidates: readonly Thread[]): readonly Join[] {
  const naming = candidates.filter(({ run }) => run.firstPrompt !== null && mayContinueAgent(run.firstPrompt))
  if (naming.length === 0) return []
  const byId = new Map<string, Thread[]>()
  for (const thread of threads) add(byId, thread.id, thread)
  return naming.flatMap((to) => {
    const ids = new Set([...(to.run.firstPrompt ?? '').matchAll(CONTINUES_AGENT)].map(([, id = '']) => id))
    return [...ids].flatMap((id): readonly Join[] => {
      const named = (byId.get(id) ?? []).filter((from) => from !== to)
      // Short ids (2.0.x) meet by chance.
      const from = named.findLast(({ project }) => project === to.project) ?? named.at(-1)
      return from === undefined ? [] : [{ from, to, by: 'brief', certainty: 'high' }]
    })
  })
}

/** A thread that its client began from the checkpoint of another one, under an id of its own. */
function resumed(threads: readonly Thread[]): readonly Join[] {
  const following = threads.filter(({ run }) => run.continuesAgentId !== null)
  if (following.length === 0) return []
  const byId = new Map(threads.map((thread) => [placeOf(thread.id, thread), thread]))
  return following.flatMap((to): readonly Join[] => {
    const from = byId.get(placeOf(to.run.continuesAgentId, to))
    return from === undefined || from === to ? [] : [{ from, to, by: 'brief', certainty: 'high' }]
  })
}

/** An agent's id, which counts within one product and one project. */
function placeOf(id: string | null, { run, project }: Thread): string {
  return `${id}\n${run.format}\n${project}`
}

/**
 * An agent that died and one that was asked for later, in the same project, with the same words. Each is used once: of three
 * that died and two that were sent again, one stays open.
 */
function redispatched(threads: readonly Thread[], sure: readonly Join[]): Pick<Joined, 'joins' | 'maybe'> {
  const continued = new Set(sure.map(({ from }) => from))
  const taken = new Set(sure.map(({ to }) => to))
  const left = (): readonly Thread[] => threads.filter((thread) => isDead(thread) && !continued.has(thread))
  const dead = left()
  if (dead.length === 0) return { joins: [], maybe: [] }
  // Prompts are long, and each is looked at four times.
  const keys = new Map(threads.map((thread) => [thread, keysOf(thread)]))
  const joins: Join[] = []
  const groupsBy = (key: keyof Keys): ReadonlyMap<string, Successors> => groupsOf(keys, key, dead, taken)
  const groups = { words: groupsBy('words'), longPrompt: groupsBy('longPrompt'), description: groupsBy('description') }
  const join = (key: keyof Keys, by: JoinedBy, fits: (from: Thread, to: Thread) => boolean): void => {
    for (const from of left()) {
      const to = groups[key].get(keys.get(from)?.[key] ?? '')?.find(from, fits)
      if (to === undefined) continue
      taken.add(to)
      continued.add(from)
      joins.push({ from, to, by, certainty: 'medium' })
    }
  }
  join('words', 'prompt', isAskedApart)
  join('longPrompt', 'prompt', isAskedApart)
  join('description', 'prompt', (from, to) => isAskedApart(from, to) && isSameWithMore(from, to))
  join('description', 'branch', (from, to) => isAskedApart(from, to) && namesItsBranch(from, to))
  join('description', 'description', (from, to) => isAskedApart(from, to) && isReplacement(from, to))
  const maybe = left().flatMap((from): readonly Join[] => {
    const to = groups.description.get(keys.get(from)?.description ?? '')?.find(from, (_, each) => each.outcome === 'finished')
    if (to === undefined) return []
    taken.add(to)
    return [{ from, to, by: 'description', certainty: 'low' }]
  })
  return { joins, maybe }
}

function isDead({ outcome }: Thread): boolean {
  return outcome === 'died' || outcome === 'unknown'
}

/** The threads by one of their keys, as far as one of the dead has the same. */
function groupsOf(
  keys: ReadonlyMap<Thread, Keys>,
  by: keyof Keys,
  dead: readonly Thread[],
  taken: ReadonlySet<Thread>,
): ReadonlyMap<string, Successors> {
  const groups = new Map<string, Thread[]>()
  for (const thread of dead) {
    const key = keys.get(thread)?.[by] ?? null
    if (key !== null) groups.set(key, [])
  }
  for (const [thread, { [by]: key }] of keys) if (key !== null) groups.get(key)?.push(thread)
  return new Map([...groups].map(([key, group]) => [key, new Successors(group, taken)]))
}

/** Threads in the order in which they were asked for; groups may hold thousands, so that taken ones are leapt over. */
class Successors {
  readonly #threads: readonly Thread[]
  readonly #taken: ReadonlySet<Thread>
  /** For each place, one at or before the next free one. */
  readonly #next: number[]

  constructor(threads: readonly Thread[], taken: ReadonlySet<Thread>) {
    this.#threads = threads
    this.#taken = taken
    this.#next = threads.map((_, index) => index)
  }

  /** The first free one that came after `from` and fits. */
  find(from: Thread, fits: (from: Thread, to: Thread) => boolean): Thread | undefined {
    if (from.end === null) return undefined
    let low = 0
    let high = this.#threads.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#threads[middle]?.start ?? 0) <= from.end) low = middle + 1
      else high = middle
    }
    let compared = 0
    for (let at = this.#free(low); at < this.#threads.length && compared < MOST_COMPARED; at = this.#free(at + 1)) {
      const to = this.#threads[at]
      compared += 1
      if (to !== undefined && cameAfter(from, to) && fits(from, to)) return to
    }
    return undefined
  }

  #free(from: number): number {
    let at = from
    for (let thread = this.#threads[at]; thread !== undefined && this.#taken.has(thread); thread = this.#threads[at]) {
      at = Math.max(at + 1, this.#next[at] ?? 0)
    }
    if (from < this.#next.length) this.#next[from] = at
    return at
  }
}

/** Attempts do not overlap: whoever was asked for before the other ended is no retry of it. */
function cameAfter(from: Thread, to: Thread): boolean {
  if (from.end === null || to.start === null || from === to) return false
  const isUnanswered = from.run.path === null && from.judged.context.refusedLaunch === null
  return to.start >= from.end + (isUnanswered ? ONE_MESSAGE_MS : 1)
}

/**
 * Calls of one workflow run may wait for their turn: that one began after another died makes it no retry, unless the run's
 * summary says that it was asked for then.
 */
function isAskedApart(from: Thread, to: Thread): boolean {
  const isOneRun = from.run.workflowRunId !== null && from.run.workflowRunId === to.run.workflowRunId && from.session === to.session
  return !isOneRun || to.call?.queuedAt != null
}

/** By what two threads are found to be the same work; null: it has no such words, or no project is known. */
interface Keys {
  /** Prompt and description. */
  readonly words: string | null
  /** The prompt alone, where it says enough. */
  readonly longPrompt: string | null
  readonly description: string | null
}

const NO_KEYS: Keys = { words: null, longPrompt: null, description: null }

function keysOf(thread: Thread): Keys {
  const { run, project } = thread
  if (project === null) return NO_KEYS
  const prompt = run.firstPromptDigest ?? oneLine(run.firstPrompt ?? '')
  const hasPrompt = run.firstPrompt !== null && prompt !== ''
  const description = descriptionOf(thread)
  return {
    words: hasPrompt ? keyFrom(project, prompt, description) : null,
    longPrompt: hasPrompt && isLong(thread) ? keyFrom(project, prompt, null) : null,
    description: description === null ? null : keyFrom(project, description, null),
  }
}

function isLong({ run }: Thread): boolean {
  return MANY_WORDS.test(run.firstPrompt ?? '')
}

function descriptionOf({ run }: Thread): string | null {
  const description = run.description ?? run.label
  return description === null ? null : oneLine(description)
}

/** Different for different parts: only the project, which stands last, may hold a line break. */
function keyFrom(project: string, words: string, more: string | null): string {
  return `${words}\n${more ?? ''}\n${more === null}\n${project}`
}

/** A launch that was refused, and that its launcher made in another way right away: a fork may not fork (2.1.218). */
function isReplacement(from: Thread, to: Thread): boolean {
  if (from.run.path !== null || from.judged.context.refusedLaunch === null || from.session !== to.session) return false
  return from.run.parentAgentId === to.run.parentAgentId && from.end !== null && to.start !== null && to.start - from.end <= REPLACED_MS
}

/** Every word of the first prompt stands in the second, in order: it was sent again with something added. */
function isSameWithMore(from: Thread, to: Thread): boolean {
  if (from.run.firstPromptDigest !== null) return false
  if (!isLong(from)) return false
  const words = oneLine(from.run.firstPrompt ?? '').split(' ')
  let found = 0
  for (const word of oneLine(to.run.firstPrompt ?? '').split(' ')) if (word === words[found]) found += 1
  return found === words.length
}

/** The later one is told of, or works on, the branch that the first one worked on alone, or the same pull request. */
function namesItsBranch(from: Thread, to: Thread): boolean {
  const branch = ownBranch(from)
  const prompt = to.run.firstPrompt ?? ''
  if (branch !== null && (ownBranch(to) === branch || wordsIn(prompt).has(branch))) return true
  const requests = requestsIn(from.run.firstPrompt ?? '')
  return [...requestsIn(prompt)].some((request) => requests.has(request))
}

/** A branch that is not also its session's. */
export function ownBranch({ run, session }: Thread): string | null {
  const branch = run.worktreeBranch ?? run.gitBranch
  return branch === null || branch === 'HEAD' || branch === session.main?.run.gitBranch || MAINLINES.has(branch) ? null : branch
}
const MAINLINES: ReadonlySet<string> = new Set(['main', 'master', 'develop', 'trunk', ''])

/** The pull requests (merge requests) that a text names. */
function requestsIn(text: string): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/(?:\/pull\/|\/merge_requests\/|\b(?:PR|MR|pull request|merge request) ?[#!]?)(\d{1,9})\b/gi)].map(
      ([, number = '']) => number,
    ),
  )
}

/** The words of a text as names are compared: without the marks around them. */
export function wordsIn(text: string): ReadonlySet<string> {
  return new Set(text.split(/[\s"'`()[\]{}<>,;:!?=|*]+/).map((word) => word.replace(/^\.\/|[.…]+$/g, '')))
}

function add<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [value])
  else group.push(value)
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.slice(1).flatMap((to, index) => {
    const from = items[index]
    return from === undefined ? [] : [[from, to] as const]
  })
}
