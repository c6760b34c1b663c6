import { clients } from '../clients/index.ts'
import { clientOf } from '../clients/client.ts'
import { hooksOf, type HookInput } from '../clients/hooks.ts'
import type { GitWriter } from '../ports/git-writer.ts'
import { preserveWork } from '../preserve/preserve.ts'
import type { Judged } from '../reasons/judged.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { findResources } from '../scan/find-resources.ts'
import type { JudgedTree } from '../scan/judge-tree.ts'
import type { ExternalResource } from '../resources/external-resource.ts'
import { isPlainId } from '../text/plain.ts'
import { formatInstantOrNull } from '../time/instant.ts'
import { type Death, deathOf, nameDeath } from './death.ts'
import { findWork, type HookMeans, listAgents, look } from './look.ts'
import { isFirst } from './once.ts'
import { folderAbove } from '../text/path.ts'

/** What is to be done where an agent or a session ended. */
export interface AftermathWishes {
  /** Its worktree is saved to rescue references. */
  readonly preserve: boolean
  /** A command line of the person's; null: none. */
  readonly run: string | null
}

/** What doing it takes beyond looking. */
export interface AftermathMeans extends HookMeans {
  readonly gitWriter: GitWriter
  readonly env: Readonly<Record<string, string | undefined>>
}

/** As `preserve` saves by itself. */
const SAVING = { ref: 'refs/heads/rescue', push: false, bundle: null, maxFileBytes: 512 * 1024 * 1024 } as const
/** What git may take to say what there is to save. Milliseconds. */
const GIT_MS = 60_000
/** Between two looks at whether something ended. Milliseconds. */
const PAUSE_MS = 500
/** An agent's last record is on the disk by then. Milliseconds. */
const SETTLED_MS = 5_000
/** A client that ends is gone by then. Milliseconds. */
const EXIT_MS = 3_000
/** Whoever is still there by then goes on. Milliseconds. */
const MOST_EXIT_MS = 30_000

/** Saves what the event is about, then runs the person's clean-up for everybody who died. Nobody waits for it. */
export async function clearUp(input: HookInput, { preserve, run }: AftermathWishes, means: AftermathMeans): Promise<void> {
  const tree = await look(input, { session: input.sessionId, since: null }, input.turn === 'ended', means)
  if (tree === null) return
  const concerned = listAgents(tree).filter((judged) => isConcerned(judged, input))
  const saved = preserve ? await saveWork(concerned, tree, means) : new Map<string, readonly string[]>()
  if (run === null || input.turn === 'handed_over') return
  const dead = input.event === 'session-end' ? await awaitExit(input, tree, means) : await awaitDeath(input, means)
  for (const { death, tree: seen } of dead) {
    if (death.confidence === 'low' || !(await isFirst(`run ${nameDeath(death.judged)}`, means))) continue
    const { run: subject } = death.judged
    const facts = {
      event: input.event,
      death,
      saved: saved.get(subject.agentId ?? '') ?? [],
      resources: await findOwnResources(death.judged, seen, means),
    }
    const without = clientOf(clients, subject.format).recovery?.notInherited ?? []
    await means.startCommand(run, { cwd: input.cwd ?? folderAbove(input.transcript), env: describeFacts(facts), without })
  }
}

/** At the end of a session all of its agents. */
function isConcerned({ run }: Judged, { event, agentId }: HookInput): boolean {
  return event === 'session-end' || (agentId !== null && run.agentId === agentId)
}

/** The references that hold the work now, by agent. An agent that is at work loses nothing by it: only objects and references are written. */
async function saveWork(
  agents: readonly Judged[],
  tree: JudgedTree,
  means: AftermathMeans,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = agents.length === 0 ? [] : await findWork(agents, tree, GIT_MS, means)
  // No client sweeps a main checkout, and what lies in it may be the person's own.
  const worktrees = rows.filter(({ path, repo }) => path !== repo)
  const { saved } = await preserveWork(worktrees, SAVING, means.gitWriter)
  const refs = new Map<string, string[]>()
  for (const { agents: ids, ref } of saved) for (const id of ids) refs.set(id, [...(refs.get(id) ?? []), ref])
  return refs
}

interface DeathIn {
  readonly death: Death
  readonly tree: JudgedTree
}

/** The death of the one that the event is about, once its records show it. */
async function awaitDeath(input: HookInput, means: HookMeans): Promise<readonly DeathIn[]> {
  const until = means.age() + SETTLED_MS
  for (;;) {
    const tree = await look(input, { session: input.sessionId, since: null }, false, means)
    const judged = tree === null ? null : findSubject(tree, input)
    const death = judged === null ? null : deathOf(judged)
    if (tree !== null && death !== null && death.judged.diagnosis.basis === 'reported') return [{ death, tree }]
    if (means.age() > until) return tree === null || death === null ? [] : [{ death, tree }]
    if (judged !== null && outcomeOf(judged.diagnosis.reason) === 'finished') return []
    await means.sleep(PAUSE_MS)
  }
}

function findSubject(tree: JudgedTree, { agentId, sessionId }: HookInput): Judged | null {
  if (agentId !== null) return listAgents(tree).find(({ run }) => run.agentId === agentId) ?? null
  return tree.sessions.find(({ session }) => session.sessionId === sessionId)?.main ?? null
}

/** The deaths of those who were at work when the client said that it ends, once it has. */
async function awaitExit(input: HookInput, before: JudgedTree, means: AftermathMeans): Promise<readonly DeathIn[]> {
  const atWork = new Set(
    listAgents(before).flatMap(({ run, diagnosis }) =>
      outcomeOf(diagnosis.reason) === 'finished' || deadAlready(diagnosis.basis, diagnosis.reason) ? [] : [run.agentId],
    ),
  )
  if (atWork.size === 0) return []
  const pid = hooksOf(input).ownerPid(means.env)
  const since = means.age()
  for (;;) {
    await means.sleep(PAUSE_MS)
    const passed = means.age() - since
    const isGone = pid === null ? passed >= EXIT_MS : (await means.host.processes.inspect(pid)).state !== 'alive'
    if (!isGone && passed < MOST_EXIT_MS) continue
    if (!isGone) return []
    const tree = await look(input, { session: input.sessionId, since: null }, true, means)
    return tree === null
      ? []
      : listAgents(tree)
          .filter(({ run }) => atWork.has(run.agentId))
          .flatMap((judged) => deathOf(judged) ?? [])
          .map((death) => ({ death, tree }))
  }
}

/** Who died by an error of its own, or was stopped, did not die of the exit. */
function deadAlready(basis: string, reason: Judged['diagnosis']['reason']): boolean {
  return basis === 'reported' && outcomeOf(reason) === 'died'
}

/** What it rented, where it has a name that is safe to hand on. */
async function findOwnResources({ run }: Judged, { linked, owners }: JudgedTree, means: HookMeans): Promise<readonly ExternalResource[]> {
  const runs = linked.sessions.flatMap(({ main, agents }) => [main, ...agents]).filter((each) => each !== null)
  // The client that asks us runs here.
  const all = await findResources({ runs, isReported: (each) => each === run, owners, clients, isUsual: true }, means.host)
  return all.filter(
    ({ agentId, identifier, pid }) => agentId === run.agentId && pid === null && identifier !== null && IDENTIFIER.test(identifier),
  )
}
const IDENTIFIER = /^[A-Za-z0-9][\w.:/@-]{0,200}$/

interface Facts {
  readonly event: string
  readonly death: Death
  readonly saved: readonly string[]
  readonly resources: readonly ExternalResource[]
}

/** The facts as variables of an environment. */
function describeFacts({ event, death, saved, resources }: Facts): Readonly<Record<string, string>> {
  const { judged, reason, confidence, resetsAt, sessionId } = death
  const { run, diagnosis } = judged
  return {
    AGENT_FORENSICS_EVENT: event,
    AGENT_FORENSICS_REASON: reason,
    AGENT_FORENSICS_CONFIDENCE: confidence,
    AGENT_FORENSICS_LIMIT: diagnosis.limit?.kind ?? '',
    AGENT_FORENSICS_RESET: formatInstantOrNull(resetsAt) ?? '',
    AGENT_FORENSICS_AGENT: run.role === 'agent' && isPlainId(run.agentId) ? run.agentId : '',
    AGENT_FORENSICS_SESSION: sessionId ?? '',
    AGENT_FORENSICS_TRANSCRIPT: run.path ?? '',
    AGENT_FORENSICS_WORKTREE: run.worktreePath ?? '',
    AGENT_FORENSICS_SAVED: saved.join(' '),
    AGENT_FORENSICS_RESOURCES: resources.map(({ provider, what, identifier }) => `${provider}\t${what}\t${identifier ?? ''}`).join('\n'),
  }
}
