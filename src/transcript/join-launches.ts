import type { LaunchedChild, Run } from '../facts/run.ts'
import { RunFold } from './fold-run.ts'
import type { Client } from '../clients/client.ts'

/** A launching call, with the run that made it. */
export interface LaunchSite {
  readonly by: Run
  readonly child: LaunchedChild
}

/** Finds the call that launched each agent: by tool-use id, by the id in the call's result, else by its very prompt. */
export function joinLaunches(
  agents: readonly Run[],
  sites: readonly LaunchSite[],
): readonly { readonly run: Run; readonly site: LaunchSite | null }[] {
  // A call that stands in two transcripts was copied from the one that comes first: the main thread's.
  const byCall = new Map(sites.toReversed().map((site) => [site.child.call.id, site]))
  const byAgent = new Map(sites.toReversed().flatMap((site) => (site.child.agentId === null ? [] : [[site.child.agentId, site] as const])))
  const taken = new Set<string>()
  const claim = (site: LaunchSite | undefined): LaunchSite | null => {
    if (site === undefined) return null
    taken.add(site.child.call.id)
    return site
  }
  const sure = agents.map((run) => ({
    run,
    site: claim(run.toolUseId === null ? undefined : byCall.get(run.toolUseId)) ?? claim(byAgent.get(run.agentId ?? '')),
  }))
  // Old clients (2.0.x) name the agent only in a result: one that died before is known by the words it was given.
  const byPrompt = new Map<string, LaunchSite[]>()
  for (const site of sites) {
    const prompt = site.child.call.launch?.prompt ?? null
    if (prompt === null || taken.has(site.child.call.id) || site.child.agentId !== null) continue
    const same = byPrompt.get(prompt)
    if (same === undefined) byPrompt.set(prompt, [site])
    else same.push(site)
  }
  return sure.map(({ run, site }) => {
    const found =
      site ?? (run.kind === 'subagent' && run.firstPrompt !== null ? (claim(byPrompt.get(run.firstPrompt)?.shift()) ?? null) : null)
    return { run: found === null ? run : launched(run, found), site: found }
  })
}

function launched(run: Run, { by, child }: LaunchSite): Run {
  const launch = child.call.launch
  return {
    ...run,
    toolUseId: run.toolUseId ?? child.call.id,
    description: run.description ?? launch?.description ?? null,
    agentType: run.agentType ?? launch?.agentType ?? null,
    parentAgentId: run.parentAgentId ?? by.agentId,
    background: run.background ?? launch?.background ?? null,
    launchedAt: { at: child.call.at, where: child.call.where },
  }
}

/**
 * A call without a transcript: refused, or cut off while it was made. Others were filtered out, removed or are of a fork. `known`: the
 * calls that sidecars name.
 */
export function isUnstartedLaunch({ child }: LaunchSite, known: ReadonlySet<string | null>): boolean {
  if (child.agentId !== null) return false
  if (child.refused !== null) return true
  return !child.isAnswered && !known.has(child.call.id)
}

/** The run of a launch that no transcript is there of. Unless the client named it, it has the call's id for its own. */
export function createUnstartedRun({ by, child }: LaunchSite, client: Client): Run {
  const { call } = child
  const { tailTorn: _tailTorn, lastCwd: _lastCwd, ...nothing } = new RunFold(client).finish()
  return {
    ...nothing,
    format: client.id,
    role: 'agent',
    kind: 'subagent',
    sessionId: by.sessionId,
    agentId: child.agentId ?? call.id,
    path: null,
    transcripts: [],
    isMissing: child.agentId !== null,
    launchedAt: { at: call.at, where: call.where },
    bytes: 0,
    tail: 'empty',
    grewWhileRead: false,
    modifiedAt: null,
    cwd: by.cwd,
    gitBranch: by.gitBranch,
    clientVersion: by.clientVersion,
    firstPrompt: call.launch?.prompt ?? null,
    firstPromptDigest: call.launch?.promptDigest ?? null,
    startedAt: call.at,
    // Clocks may run backwards between a call and its answer; a time that is spent may not.
    lastRecordAt: child.refused?.at == null ? call.at : Math.max(child.refused.at, call.at ?? child.refused.at),
    sidecar: null,
    workflowRunId: null,
    label: null,
    toolUseId: call.id,
    description: call.launch?.description ?? null,
    agentType: call.launch?.agentType ?? null,
    parentAgentId: by.agentId,
    continuesAgentId: null,
    spawnDepth: null,
    worktreePath: null,
    worktreeBranch: null,
    background: call.launch?.background ?? null,
    project: by.project,
  }
}
