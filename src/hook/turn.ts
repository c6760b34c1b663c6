import type { HookAnswer, HookInput } from '../clients/hooks.ts'
import { isEnd, type Word } from '../facts/record.ts'
import type { Judged } from '../reasons/judged.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { countCalls } from '../scan/count-calls.ts'
import type { JudgedTree } from '../scan/judge-tree.ts'
import { type Death, deathOf, nameDeath } from './death.ts'
import { findWork, type HookMeans, listAgents, look } from './look.ts'
import { sayableRun } from './names.ts'
import { claimDeaths, claimRuns } from './once.ts'
import { announceDeath, announceRun, type Reader, type RunEnd, tellDeath, tellRun } from './sentences.ts'
import { isBeingSaved } from './saving.ts'
import { type KnownWork, workLeftOf } from './work-left.ts'

/** Between two looks at a file that is still being written. Milliseconds. */
const PAUSE_MS = 150
/** What an agent left open counts as its end only once its file has been still for so long. Milliseconds. */
const STILL_MS = 2_000
/** What is kept of the time for the last look and for saying it. Milliseconds. */
const RESERVE_MS = 700

/** What the client says has ended, as far as the agents' own records do not support that. */
interface Ends {
  readonly tree: JudgedTree
  readonly deaths: readonly Death[]
  readonly runs: readonly RunEnd[]
}

/**
 * What there is to say where a client tells of agents and workflow runs that ended. It may tell before the last record is on the disk: then
 * it is looked again, and nothing is said of what is not settled in time.
 */
export async function answerTurn(input: HookInput, reader: Reader, means: HookMeans): Promise<HookAnswer> {
  const ends = await findEnds(input, means)
  const deaths = ends === null ? [] : await claimDeaths(ends.deaths, input.sessionId, means)
  const runs = ends === null ? [] : await claimRuns(ends.runs, means)
  if (ends === null || deaths.length + runs.length === 0) return { toModel: null, toPerson: null }
  const work = await findWorkLeft(deaths, ends.tree, means)
  const told = [...deaths.map((death) => tellDeath(death, work(death), reader)), ...runs.map((run) => tellRun(run, reader))]
  const announced = [...deaths.map((death) => announceDeath(death, reader)), ...runs.map(announceRun)]
  return { toModel: told.join('\n'), toPerson: `agent-forensics: ${announced.join('; ')}` }
}

async function findEnds(input: HookInput, means: HookMeans): Promise<Ends | null> {
  const ended = input.said.filter(isEnd)
  if (await haveAllFinished(ended, input, means)) return null
  let stillSince = means.age()
  let bytes = -1
  for (;;) {
    const tree = await look(input, { session: input.sessionId, since: null }, false, means)
    if (tree === null) return null
    const agents = listAgents(tree)
    const subjects = ended.flatMap((word) => subjectsOf(word, agents))
    const size = subjects.reduce((sum, { run }) => sum + run.bytes, 0)
    if (size !== bytes) stillSince = means.age()
    bytes = size
    const isStill = means.age() - stillSince >= STILL_MS
    const isOpen = subjects.some((judged) => isUnsettled(judged, isStill))
    if (!isOpen || means.left() < RESERVE_MS) {
      const settled = agents.filter((judged) => !isUnsettled(judged, isStill))
      return { tree, ...findDead(ended, settled, tree) }
    }
    await means.sleep(PAUSE_MS)
  }
}

/**
 * Whether all agents that the client tells of finished, as their own transcripts say: mostly they did, and those of all the others need not
 * be read. What others wrote can tell more of one that did not finish, and of one that launched some.
 */
async function haveAllFinished(ended: readonly Word[], input: HookInput, means: HookMeans): Promise<boolean> {
  const ids = new Set(ended.flatMap(({ agentId }) => agentId ?? []))
  const tree = await look(input, { session: input.sessionId, since: null, onlyAgents: ids }, false, means)
  const agents = tree === null ? [] : listAgents(tree)
  return ended.every((word) => {
    const subjects = agents.filter(({ run }) => run.path !== null && run.agentId !== null && run.agentId === word.agentId)
    return subjects.length > 0 && subjects.every(hasSurelyFinished)
  })
}

function hasSurelyFinished({ run, diagnosis }: Judged): boolean {
  return outcomeOf(diagnosis.reason) === 'finished' && diagnosis.confidence !== 'low' && run.children.length === 0
}

/** The agents that a word is about: one, or the calls of a workflow run. */
function subjectsOf(word: Word, agents: readonly Judged[]): readonly Judged[] {
  const runId = runOf(word, agents)
  if (runId !== null) return agents.filter(({ run }) => run.workflowRunId === runId)
  const named = agents.filter(({ run }) => run.agentId !== null && run.agentId === word.agentId)
  return named.length > 0 ? named : agents.filter(({ run }) => run.toolUseId !== null && run.toolUseId === word.toolUseId)
}

/** The workflow run that a word is about: the client tells of its task, and told at the launch which run that is. */
function runOf(word: Word, agents: readonly Judged[]): string | null {
  if (word.workflowRunId !== null) return word.workflowRunId
  const [any] = agents
  const runs = any === undefined ? [] : [any.context.session.main, ...any.context.session.agents]
  const launch = runs
    .flatMap((run) => run?.words ?? [])
    .find(
      ({ workflowRunId, taskId, toolUseId }) =>
        workflowRunId !== null && ((taskId !== null && taskId === word.agentId) || (toolUseId !== null && toolUseId === word.toolUseId)),
    )
  return launch?.workflowRunId ?? null
}

/** Whether more of it may be about to be written. */
function isUnsettled({ run, diagnosis }: Judged, isStill: boolean): boolean {
  if (isStill || diagnosis.basis === 'reported' || outcomeOf(diagnosis.reason) === 'finished') return false
  const { lastWord, openCalls } = run.latest
  return !(lastWord.kind === 'error' || (lastWord.kind === 'turn' && openCalls.length === 0 && lastWord.stopReason !== null))
}

function findDead(ended: readonly Word[], agents: readonly Judged[], { linked }: JudgedTree): Pick<Ends, 'deaths' | 'runs'> {
  const runIds = new Set(ended.flatMap((word) => runOf(word, agents) ?? []))
  const single = ended.filter((word) => runOf(word, agents) === null).flatMap((word) => subjectsOf(word, agents))
  const runs = linked.workflows
    .filter(({ runId }) => runIds.has(runId))
    .flatMap((workflow) => {
      const calls = new Map(agents.map((judged) => [judged.run.agentId, judged]))
      const dead = new Set<string | null>()
      const { started, failed } = countCalls(
        workflow,
        (id) => calls.get(id)?.diagnosis.reason,
        ({ agentId }) => void dead.add(agentId),
      )
      const deaths = agents.filter(({ run }) => dead.has(run.agentId)).flatMap((judged) => deathOf(judged) ?? [])
      return deaths.length === 0 ? [] : [{ id: sayableRun(workflow.runId), calls: started, failed, deaths }]
    })
  const subjects = [...new Map(single.map((judged) => [nameDeath(judged), judged])).values()]
  return { deaths: subjects.flatMap((judged) => deathOf(judged) ?? []), runs }
}

async function findWorkLeft(deaths: readonly Death[], tree: JudgedTree, means: HookMeans): Promise<(death: Death) => KnownWork> {
  const homes = deaths.filter(({ hasWorktree }) => hasWorktree)
  if (homes.length === 0) return () => null
  const timeout = means.left() - RESERVE_MS
  const agents = homes.map(({ judged }) => judged)
  const rows = timeout <= 0 ? [] : await findWork(agents, tree, timeout, means)
  const soon = new Set<string | null>()
  for (const { run } of agents) if (await isBeingSaved(run.agentId, means.now(), means.memory)) soon.add(run.agentId)
  return ({ judged: { run }, hasWorktree }) => {
    if (!hasWorktree) return null
    const isKnown = rows.some(({ agents: ids }) => run.agentId !== null && ids.includes(run.agentId))
    const left = isKnown ? workLeftOf(run.agentId, rows) : 'unknown'
    if (left === null || !soon.has(run.agentId)) return left
    return left === 'unknown' ? 'soon' : left.saved === 'all' ? left : { ...left, saved: 'soon' }
  }
}
