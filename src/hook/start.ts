import type { HookAnswer, HookInput } from '../clients/hooks.ts'
import { joinStory } from '../incident/story.ts'
import type { Judged } from '../reasons/judged.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import type { JudgedTree } from '../scan/judge-tree.ts'
import { digestOf } from '../text/digest.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { awaitWithin } from './deadline.ts'
import { type Death, deathOf, nameDeath } from './death.ts'
import { findWork, type HookMeans, listAgents, look } from './look.ts'
import { claimDeaths, claimForOthers } from './once.ts'
import type { Reader } from './sentences.ts'
import { announceStart, type StartFacts, tellStart } from './start-sentences.ts'
import { type WorkLeft, workLeftOf } from './work-left.ts'
import { codeOf } from '../ports/system-error.ts'
import { folderAbove } from '../text/path.ts'

/** How far the first look at a project goes back. Milliseconds. */
const FIRST_MS = 7 * 24 * 60 * 60_000
/** An agent that had not written for so long before the last look, and died after it, is not found. Milliseconds. */
const BEFORE_MS = 2 * 60 * 60_000
/** What is kept of the time for saying it. Milliseconds. */
const RESERVE_MS = 500
/** What git may take. Milliseconds. */
const GIT_MS = 2_500
/** So many worktrees of agents that ended well are looked at, the latest. */
const MOST_FINISHED = 24

/**
 * What there is to say when a session begins or is resumed: what died or is at risk in its project, and was not told before. Of a resumed
 * session everything counts, however old; of the others what was written since the last look.
 */
export async function answerStart(input: HookInput, reader: Reader, mostToModel: number, means: HookMeans): Promise<HookAnswer> {
  const isResumed = input.turn === 'resumed'
  const own = isResumed ? await look(input, { session: input.sessionId, since: null }, true, means) : null
  const project = await lookAround(input, isResumed, means)
  // What is claimed is said: nothing that may take long comes between.
  const ownDeaths = own === null ? [] : await claimDeaths(findDeaths(own, input.sessionId), input.sessionId, means)
  const others = project === null ? [] : await claimForOthers(findDeaths(project, null), means)
  const otherDeaths = others.filter(({ sessionId, confidence }) => sessionId !== input.sessionId && confidence !== 'low')
  const deaths = [...ownDeaths, ...otherDeaths]
  const work = await findWorkLeft([...(own === null ? [] : [own]), ...(project === null ? [] : [project])], deaths, means)
  const facts: StartFacts = { sessionId: input.sessionId, own: ownDeaths, others: otherDeaths, ...work }
  return { toModel: tellStart(facts, reader, mostToModel), toPerson: announceStart(facts, reader) }
}

/** The deaths that need something; `sessionId`: only those of this session. */
function findDeaths(tree: JudgedTree, sessionId: string | null): readonly Death[] {
  const { sessions, linked, found } = tree
  const { placeOf } = joinStory({ sessions, workflows: linked.workflows, worktrees: [], roots: found.roots, excerpts: false })
  return listAgents(tree)
    .filter(({ run }) => placeOf.get(run)?.supersededBy == null && (sessionId === null || run.sessionId === sessionId))
    .flatMap((judged) => deathOf(judged) ?? [])
}

/** The whole project since the last look; null: it takes too long, or nothing can be kept, and all would be told at every start. */
async function lookAround(input: HookInput, isResumed: boolean, means: HookMeans): Promise<JudgedTree | null> {
  const { memory } = means
  const name = `looked-${digestOf(folderAbove(input.transcript))}`
  try {
    const last = await memory.lastNoted(name)
    const since = Math.max(means.now() - FIRST_MS, last === null ? 0 : last - BEFORE_MS)
    const tree = await awaitWithin(means.left() - GIT_MS - RESERVE_MS, look(input, { session: null, since }, isResumed, means))
    if (tree === null) return null
    await memory.note(name)
    return tree
  } catch (error) {
    rethrowUnlessSystem(error)
    return null
  }
}

/** Where the work of the dead is, and what agents that ended well left on this machine alone. */
async function findWorkLeft(
  trees: readonly JudgedTree[],
  deaths: readonly Death[],
  means: HookMeans,
): Promise<Pick<StartFacts, 'workOf' | 'finished'>> {
  const dead = new Map(deaths.filter(({ hasWorktree }) => hasWorktree).map(({ judged }) => [nameDeath(judged), judged]))
  const ended = new Map<string, Judged>()
  for (const judged of trees.flatMap(listAgents)) {
    const { run, diagnosis } = judged
    if (run.worktreePath !== null && outcomeOf(diagnosis.reason) === 'finished') ended.set(nameDeath(judged), judged)
  }
  const known = await knownNames([...ended.keys()], means)
  const fresh = [...ended].flatMap(([name, judged]) => (known.has(workName(name)) ? [] : [judged]))
  const finished = fresh.toSorted((a, b) => (b.run.lastRecordAt ?? 0) - (a.run.lastRecordAt ?? 0)).slice(0, MOST_FINISHED)
  const agents = [...dead.values(), ...finished]
  const [tree] = trees.toReversed()
  const timeout = Math.min(GIT_MS, means.left() - RESERVE_MS)
  if (tree === undefined || agents.length === 0 || timeout <= 0)
    return { workOf: ({ hasWorktree }) => (hasWorktree ? 'unknown' : null), finished: [] }
  // Once each, answered or not: a repository that takes too long must not hold up every start.
  if (fresh.length > 0) await means.memory.claim(fresh.map((judged) => workName(nameDeath(judged)))).catch(rethrowUnlessSystem)
  const rows = await findWork(agents, tree, timeout, means)
  const left = finished.flatMap((judged) => leftUnsaved(judged, rows))
  return {
    workOf: ({ judged: { run }, hasWorktree }) =>
      !hasWorktree ? null : isAnswered(run.agentId, rows) ? workLeftOf(run.agentId, rows) : 'unknown',
    finished: left,
  }
}

const workName = (name: string): string => digestOf(`work ${name}`)

/** Those whose work was looked at before; where that cannot be known, all. */
async function knownNames(names: readonly string[], { memory }: HookMeans): Promise<ReadonlySet<string>> {
  const own = names.map(workName)
  try {
    return own.length === 0 ? new Set() : await memory.listClaimed(own)
  } catch (error) {
    rethrowUnlessSystem(error)
    return new Set(own)
  }
}

function leftUnsaved(
  { run }: Judged,
  rows: readonly WorktreeReport[],
): readonly { readonly agentId: string | null; readonly work: WorkLeft }[] {
  const work = workLeftOf(run.agentId, rows)
  return work === null || work.saved === 'all' ? [] : [{ agentId: run.agentId, work }]
}

function isAnswered(agentId: string | null, rows: readonly WorktreeReport[]): boolean {
  return rows.some(({ agents }) => agentId !== null && agents.includes(agentId))
}

function rethrowUnlessSystem(error: unknown): void {
  if (codeOf(error) === null) throw error
}
