import { clients } from '../clients/index.ts'
import type { HookInput } from '../clients/hooks.ts'
import { WorktreeConventions } from '../clients/worktree-conventions.ts'
import type { Host } from '../ports/host.ts'
import type { HookPorts } from '../ports/hook.ts'
import type { Judged } from '../reasons/judged.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { inspectPlaces } from '../scan/inspect-places.ts'
import { judgeTree, type JudgedTree } from '../scan/judge-tree.ts'
import { NothingToScan } from '../scan/analyze-options.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { placesOf } from '../worktree/places.ts'
import { resolveOrphans } from '../worktree/orphans.ts'
import { folderAbove } from '../text/path.ts'

/** The world of a hook. */
export interface HookMeans extends HookPorts {
  readonly host: Pick<Host, 'files' | 'processes' | 'git'>
  /** Milliseconds since the epoch. */
  now(): number
  /** When the client asked. */
  readonly askedAt: number
  /** Milliseconds until an answer is no use any more. */
  left(): number
  readonly timeZone: string
  readonly toolVersion: string
  /** The words that start this program in the person's shell. */
  readonly tool: readonly string[]
  /** Where transcripts are looked for without `--root`. */
  readonly usualRoots: readonly string[]
}

/** What is looked at: one session, or all of the folder that its transcript lies in. Instants in milliseconds since the epoch. */
interface Scope {
  readonly session: string | null
  readonly since: number | null
  /** Of all agents only these; absent: every one. */
  readonly onlyAgents?: ReadonlySet<string>
}

/** How everything ended that is looked at, with what the client says of it now; null: there is nothing. */
export async function look(input: HookInput, scope: Scope, ownerEnded: boolean, means: HookMeans): Promise<JudgedTree | null> {
  const { sessionId, transcript, said } = input
  const now = means.now()
  const options = {
    roots: [folderAbove(transcript)],
    now,
    timeZone: means.timeZone,
    ...scope,
    until: null,
    toolVersion: means.toolVersion,
  }
  try {
    return await judgeTree(options, means.host, { heard: { sessionId, transcript, at: means.askedAt, words: said, ownerEnded } })
  } catch (error) {
    if (!(error instanceof NothingToScan)) throw error
    return null
  }
}

/** All agents of what was looked at, without the client's own helpers. */
export function listAgents({ sessions }: JudgedTree): readonly Judged[] {
  return sessions.flatMap(({ agents }) => agents).filter(({ run }) => run.kind !== 'internal')
}

/** What git knows of the worktrees of agents, at most for so long. No remote is asked. */
export async function findWork(
  agents: readonly Judged[],
  tree: JudgedTree,
  timeoutMs: number,
  means: HookMeans,
): Promise<readonly WorktreeReport[]> {
  const places = placesOf(agents.map((each) => ({ ...each, isRunning: outcomeOf(each.diagnosis.reason) === 'running' })))
  const bounds = { now: means.now(), offline: true, gitTimeoutMs: Math.max(1, Math.floor(timeoutMs)) }
  const { worktrees } = await inspectPlaces(places, CONVENTIONS, bounds, means.host)
  const own = new Set(agents.flatMap(({ run }) => run.agentId ?? []))
  return resolveOrphans(worktrees, tree.agentIds, { agents: own, sessions: new Set(), project: null })
}

/** How the clients that are known name their worktrees. */
export const CONVENTIONS = new WorktreeConventions(clients.flatMap(({ worktrees }) => worktrees ?? []))
