import { addTokens } from '../facts/tokens.ts'
import { endsByItself, type Run } from '../facts/run.ts'
import { compare } from '../text/order.ts'
import { mergeActivity } from './activity.ts'

/** So many hexadecimal digits do not meet by chance; ids of 6 to 8 do (2.0.x). */
const LONG_ID = /[0-9a-f]{12,}$/i

/**
 * Joins the transcripts of each agent to one life. An agent has several where `/clear`, a move to the background or a resume took it to
 * another session, where its session was forked, and where a message to one that was at work started a second copy (2.1.275).
 */
export function joinLives(runs: readonly Run[]): readonly Run[] {
  const mains = runs.filter(({ agentId }) => agentId === null)
  const byAgent = new Map<string, Run[]>()
  for (const run of runs) {
    if (run.agentId === null) continue
    const key = lifeOf(run, run.agentId)
    const same = byAgent.get(key)
    if (same === undefined) byAgent.set(key, [run])
    else same.push(run)
  }
  return [...mains, ...[...byAgent.values()].map((same) => (same.length === 1 ? same : same.toSorted(byBeginning)).reduce(joinRuns))]
}

/** The same for all transcripts of one agent: an id names one agent of a project. */
function lifeOf({ format, project, path, firstUuid }: Run, agentId: string): string {
  return LONG_ID.test(agentId) ? `${format}\n${project ?? ''}\n${agentId}` : `${format}\n${firstUuid ?? path ?? ''}\n${agentId}`
}

function byBeginning(a: Run, b: Run): number {
  return (
    (a.startedAt ?? 0) - (b.startedAt ?? 0) ||
    (a.lastRecordAt ?? 0) - (b.lastRecordAt ?? 0) ||
    a.lines - b.lines ||
    compare(a.path ?? '', b.path ?? '')
  )
}

function joinRuns(earlier: Run, later: Run): Run {
  const isCopy = earlier.firstUuid !== null && earlier.firstUuid === later.firstUuid
  if (isCopy) return withTranscripts(lastOf(earlier, later), earlier, later)
  const isBeside = (later.startedAt ?? 0) < (earlier.latest.lastAt ?? earlier.lastRecordAt ?? 0)
  return isBeside ? besideEachOther(earlier, later) : oneAfterTheOther(earlier, later)
}

function lastOf(a: Run, b: Run): Run {
  return (a.lastRecordAt ?? 0) > (b.lastRecordAt ?? 0) || (a.lastRecordAt === b.lastRecordAt && a.lines > b.lines) ? a : b
}

/** Two copies were at work at once: the agent is done where one of them finished. */
function besideEachOther(earlier: Run, later: Run): Run {
  const [isFirstDone, isSecondDone] = [endsByItself(earlier.latest), endsByItself(later.latest)]
  const chosen = isFirstDone === isSecondDone ? lastOf(earlier, later) : isFirstDone ? earlier : later
  const other = chosen === earlier ? later : earlier
  return {
    ...withSums(withTranscripts(chosen, earlier, later), earlier, later),
    workflowRunId: chosen.workflowRunId ?? other.workflowRunId,
  }
}

function oneAfterTheOther(earlier: Run, later: Run): Run {
  const joined = withSums(withTranscripts(later, earlier, later), earlier, later)
  const { latest } = later
  const isOneAttempt = later.firstPrompt === null && later.attempts <= 1
  if (!isOneAttempt) return { ...joined, failedAttempts: joined.failedAttempts + Number(!endsByItself(earlier.latest)) }
  const before = earlier.latest
  return {
    ...joined,
    attempts: Math.max(1, joined.attempts - 1),
    latest: {
      ...latest,
      startedAt: before.startedAt,
      where: before.where,
      turns: before.turns + latest.turns,
      toolCalls: before.toolCalls + latest.toolCalls,
      schema: {
        demanded: before.schema.demanded ?? latest.schema.demanded,
        accepted: before.schema.accepted || latest.schema.accepted,
        failedCalls: before.schema.failedCalls + latest.schema.failedCalls,
      },
    },
  }
}

function withTranscripts(chosen: Run, earlier: Run, later: Run): Run {
  const [first, second] = chosen === later ? [later, earlier] : [chosen, later]
  return {
    ...chosen,
    transcripts: [...earlier.transcripts, ...later.transcripts],
    sidecar: first.sidecar ?? second.sidecar,
    label: first.label ?? second.label,
    toolUseId: first.toolUseId ?? second.toolUseId,
    description: first.description ?? second.description,
    agentType: first.agentType ?? second.agentType,
    parentAgentId: first.parentAgentId ?? second.parentAgentId,
    spawnDepth: first.spawnDepth ?? second.spawnDepth,
    worktreePath: first.worktreePath ?? second.worktreePath,
    worktreeBranch: first.worktreeBranch ?? second.worktreeBranch,
    background: first.background ?? second.background,
    kind: first.kind === 'subagent' ? second.kind : first.kind,
  }
}

/** What two transcripts that share no record say together. */
function withSums(chosen: Run, earlier: Run, later: Run): Run {
  return {
    ...chosen,
    firstPrompt: earlier.firstPrompt ?? later.firstPrompt,
    firstPromptDigest: earlier.firstPrompt === null ? later.firstPromptDigest : earlier.firstPromptDigest,
    firstUuid: earlier.firstUuid,
    lastUuid: later.lastUuid,
    lastText: chosen.lastText ?? earlier.lastText,
    startedAt: earlier.startedAt ?? later.startedAt,
    lastRecordAt: Math.max(earlier.lastRecordAt ?? 0, later.lastRecordAt ?? 0) || null,
    turns: earlier.turns + later.turns,
    toolCalls: earlier.toolCalls + later.toolCalls,
    tokens: addTokens(earlier.tokens, later.tokens),
    context: earlier.context === null ? later.context : { first: earlier.context.first, last: later.context?.last ?? earlier.context.last },
    attempts: earlier.attempts + later.attempts,
    failedAttempts: earlier.failedAttempts + later.failedAttempts,
    activity: mergeActivity([...earlier.activity, ...later.activity]),
    processStarts: [...earlier.processStarts, ...later.processStarts],
    refusals: [...earlier.refusals, ...later.refusals],
    children: [...earlier.children, ...later.children],
    words: [...earlier.words, ...later.words],
    stopCalls: [...earlier.stopCalls, ...later.stopCalls],
    agentsKilled: [...earlier.agentsKilled, ...later.agentsKilled],
    overBudget: later.overBudget ?? earlier.overBudget,
    interrupts: [...earlier.interrupts, ...later.interrupts],
    folders: [...new Set([...earlier.folders, ...later.folders])],
    shellCommands: [...earlier.shellCommands, ...later.shellCommands],
    backgroundTasks: [...earlier.backgroundTasks, ...later.backgroundTasks],
    endedTasks: [...earlier.endedTasks, ...later.endedTasks],
    gitCommands: [...earlier.gitCommands, ...later.gitCommands],
    writtenFiles: [...new Set([...earlier.writtenFiles, ...later.writtenFiles])],
    finishedWrites: [...new Map([...earlier.finishedWrites, ...later.finishedWrites].map((write) => [write.file, write])).values()],
    removingCommands: [...earlier.removingCommands, ...later.removingCommands],
    damagedLines: earlier.damagedLines + later.damagedLines,
  }
}
