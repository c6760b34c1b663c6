import type { AgentKind } from '../facts/agent.ts'
import type { Run, Sidecar } from '../facts/run.ts'
import type { WorkflowCall } from '../facts/session.ts'
import type { Client } from '../clients/client.ts'
import { type ClientWorktrees, conventionsOf } from '../clients/worktree-conventions.ts'
import type { ReadRun } from './read-run.ts'

/** The run that a transcript tells of, with what its sidecar and its workflow add. */
export function runOf(read: ReadRun, sidecar: Sidecar | null, labels: ReadonlyMap<string, WorkflowCall>): Run {
  const { source, facts, tail } = read
  const { client, of, path, bytes } = source
  const agent = of.role === 'agent' ? of : undefined
  const { agentId = null, workflowRunId = null, launch } = agent ?? {}
  const sessionId = ('sessionId' in of ? of.sessionId : null) ?? facts.sessionId
  const call = agentId === null ? undefined : labels.get(agentId)
  return {
    format: client.id,
    role: agentId === null ? 'main' : 'agent',
    kind: launch?.isInternal === true ? 'internal' : kindOf(agentId, facts.firstPrompt, workflowRunId, sidecar, client),
    agentId,
    path,
    transcripts: [{ path, sessionId, bytes, lines: facts.lines, tail }],
    isMissing: false,
    launchedAt: null,
    bytes,
    tail,
    grewWhileRead: read.grewWhileRead,
    modifiedAt: source.modifiedAt,
    sidecar,
    workflowRunId,
    label: call?.label ?? (workflowRunId === null ? null : (sidecar?.description ?? null)),
    toolUseId: sidecar?.toolUseId ?? null,
    description: sidecar?.description ?? call?.label ?? launch?.description ?? null,
    agentType: sidecar?.agentType ?? launch?.agentType ?? null,
    parentAgentId: sidecar?.parentAgentId ?? launch?.parentAgentId ?? null,
    continuesAgentId: launch?.continuesAgentId ?? null,
    spawnDepth: sidecar?.spawnDepth ?? launch?.spawnDepth ?? null,
    worktreePath: sidecar?.worktreePath ?? launch?.worktreePath ?? worktreeOf(facts.lastCwd, client.worktrees),
    worktreeBranch: sidecar?.worktreeBranch ?? launch?.worktreeBranch ?? null,
    background: sidecar?.background ?? launch?.background ?? null,
    project: projectOf(facts.cwd, client.worktrees),
    // Named one by one: a spread of so many fields behind others leaves 3 KB of garbage for each run (Node 20).
    sessionId,
    model: facts.model ?? sidecar?.model ?? null,
    lines: facts.lines,
    cwd: facts.cwd,
    gitBranch: facts.gitBranch,
    clientVersion: facts.clientVersion,
    firstPrompt: facts.firstPrompt,
    firstPromptDigest: facts.firstPromptDigest,
    firstUuid: facts.firstUuid,
    lastUuid: facts.lastUuid,
    lastText: facts.lastText,
    startedAt: facts.startedAt,
    lastRecordAt: facts.lastRecordAt,
    turns: facts.turns,
    toolCalls: facts.toolCalls,
    tokens: facts.tokens,
    context: facts.context,
    permissionMode: facts.permissionMode,
    hostedBy: facts.hostedBy,
    extensionTools: facts.extensionTools,
    fileCheckpoint: facts.fileCheckpoint,
    attempts: facts.attempts,
    failedAttempts: facts.failedAttempts,
    latest: facts.latest,
    activity: facts.activity,
    processStarts: facts.processStarts,
    refusals: facts.refusals,
    children: facts.children,
    words: facts.words,
    stopCalls: facts.stopCalls,
    agentsKilled: facts.agentsKilled,
    interrupts: facts.interrupts,
    overBudget: facts.overBudget,
    willContinue: facts.willContinue,
    checkpoint: facts.checkpoint,
    folders: facts.folders,
    shellCommands: facts.shellCommands,
    backgroundTasks: facts.backgroundTasks,
    endedTasks: facts.endedTasks,
    gitCommands: facts.gitCommands,
    writtenFiles: facts.writtenFiles,
    finishedWrites: facts.finishedWrites,
    removingCommands: facts.removingCommands,
    damagedTail: facts.damagedTail,
    damagedLines: facts.damagedLines,
  }
}

function kindOf(
  agentId: string | null,
  firstPrompt: string | null,
  workflowRunId: string | null,
  sidecar: Sidecar | null,
  client: Client,
): AgentKind {
  if (agentId === null) return 'subagent'
  if (client.isInternal(agentId, firstPrompt)) return 'internal'
  if (workflowRunId !== null) return 'workflow'
  return sidecar?.isFork === true ? 'fork' : 'subagent'
}

/** Without a sidecar an agent's worktree shows in the folder that its records ran in (2.1.97 and before). */
export function worktreeOf(cwd: string | null, worktrees: ClientWorktrees | null): string | null {
  return cwd === null ? null : (conventionsOf(worktrees).split(cwd)?.root ?? null)
}

/** The folder that a session is about: that of the repository, where it runs in a worktree of the client's. */
function projectOf(cwd: string | null, worktrees: ClientWorktrees | null): string | null {
  return cwd === null ? null : (conventionsOf(worktrees).repositoryOf(cwd) ?? cwd)
}
