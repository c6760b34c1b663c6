import type { Limit } from './limit.ts'
import type { ApiErrorPart, HostLanguage, KeptCheckpoint, ToolCall, ToolPurpose, Word } from './record.ts'
import type { RemovingCommand, ShellCommand } from './shell-command.ts'
import type { AgentKind, Tail, Tokens } from './agent.ts'
import type { ReadIssue, SourceLocation } from './source.ts'

/** A fact and where it was read. `at`: milliseconds since the epoch, null when the record has no time. */
export interface Placed {
  readonly at: number | null
  readonly where: SourceLocation
}

/** A message of the model, its streamed records joined. */
export interface Turn extends Placed {
  readonly messageId: string | null
  readonly stopReason: string | null
  /** The end of its text, clipped. */
  readonly text: string
  readonly calls: readonly string[]
  /** False: only thinking, or nothing at all. */
  readonly hasContent: boolean
}

/** The last thing that was said in an attempt, bookkeeping records aside. */
export type LastWord =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'prompt'; readonly text: string } & Placed)
  | ({ readonly kind: 'turn' } & Turn)
  | ({
      readonly kind: 'tool_result'
      readonly toolUseId: string
      readonly name: string | null
      readonly purpose: ToolPurpose | null
      readonly isError: boolean
      /** The person did not let the call happen, which ends a turn. */
      readonly isRejected: boolean
    } & Placed)
  | ({ readonly kind: 'error' } & Placed & Omit<ApiErrorPart, 'kind'>)
  | ({ readonly kind: 'interrupt'; readonly duringTool: boolean; readonly silenceMs: number | null } & Placed)

/** A call that a person, a rule or a hook denied. */
export interface DeniedCall {
  readonly name: string
  /** The shell command, clipped; null: it is no such call. */
  readonly command: string | null
  /** The file that it was to write; null: none. */
  readonly file: string | null
  readonly at: number | null
}

/**
 * One stretch of work: from a prompt to an end, or to the last record. A resumed transcript holds several; only the
 * latest counts.
 */
export interface Attempt {
  readonly startedAt: number | null
  readonly where: SourceLocation | null
  readonly turns: number
  readonly toolCalls: number
  readonly lastWord: LastWord
  /** A notice about a child began it, and nobody's prompt. */
  readonly isWokenByNotice: boolean
  /** The client marks where it begins and ends: this one is `open`, or its end was `marked`. null: no such mark was seen. */
  readonly mark: 'open' | 'marked' | null
  /** The time of the last word. */
  readonly lastAt: number | null
  /** Calls that nothing answered. */
  readonly openCalls: readonly ToolCall[]
  /** Internal retries since the last word. */
  readonly retries: (Placed & { readonly attempt: number | null; readonly of: number | null; readonly status: number | null }) | null
  /** A call was denied, by a rule or since nobody could be asked, and no call succeeded after it: the work waits for a permission. */
  readonly needsPermission: boolean
  /** The calls that were denied since the last that succeeded. */
  readonly deniedCalls: readonly DeniedCall[]
  /** How often in a row the last call was made with the same input. */
  readonly repeated: number
  /** Whether structured output was demanded (a nudge, or its tool was called), and whether a call of it was accepted. */
  readonly schema: { readonly demanded: Placed | null; readonly accepted: boolean; readonly failedCalls: number }
}

/** Whether a call that ends a run was answered, and nothing came after it: an output or a report was handed over. */
export function handsOver({ lastWord, schema }: Attempt): boolean {
  if (lastWord.kind !== 'tool_result' || lastWord.isError || lastWord.name === null) return false
  const { purpose } = lastWord
  return purpose === 'report' || purpose === 'farewell' || (purpose === 'structured_output' && schema.accepted)
}

/** Whether it came to an end of its own: a last message that calls nothing, or something handed over. */
export function endsByItself(attempt: Attempt): boolean {
  const { lastWord, openCalls, mark } = attempt
  return (lastWord.kind === 'turn' && lastWord.hasContent && openCalls.length === 0 && mark !== 'open') || handsOver(attempt)
}

/** Whether no prompt was ever sent: bookkeeping, a snapshot, or commands of the client's own are all that stands there. */
export function wasNothingAsked({ turns, firstPrompt, latest: { lastWord } }: Pick<Run, 'turns' | 'firstPrompt' | 'latest'>): boolean {
  return turns === 0 && firstPrompt === null && lastWord.kind === 'none'
}

/** A stretch of time in which records were written without a pause of half a minute. Milliseconds since the epoch. */
export interface Activity {
  readonly from: number
  readonly to: number
  /** The record that began it. */
  readonly where: SourceLocation
}

/** A child that a run launched, and how the call was answered. */
export interface LaunchedChild {
  readonly call: ToolCall
  readonly refused: (Placed & { readonly text: string }) | null
  /** Whether anything answered the call. */
  readonly isAnswered: boolean
  readonly agentId: string | null
}

/** A word about a child, with its place. */
export type PlacedWord = Word & Placed & { readonly delivered: boolean }

/** A sign that another process of the client took over the transcript: whatever the one before had at work is gone. */
export interface ProcessStart extends Placed {
  readonly sure: boolean
}

/** One refusal by a limit, of any run of a session. */
export interface Refusal extends Placed {
  readonly limit: Limit
}

/** A shell command that names git or a forge's tool. */
export interface GitCommand extends Placed {
  readonly command: string
  /** Its result was an error; null: nothing answered it. */
  readonly failed: boolean | null
  /** The commits that git said it made, abbreviated. */
  readonly commits: readonly string[]
  /** The commit that was there, and that git said it moved a branch to. */
  readonly movedTo: string | null
  /** The folder that its record names. */
  readonly cwd: string | null
}

/** What the sidecar of an agent's transcript says. */
export interface Sidecar {
  readonly path: string
  readonly agentType: string | null
  readonly description: string | null
  readonly toolUseId: string | null
  readonly parentAgentId: string | null
  readonly spawnDepth: number | null
  readonly worktreePath: string | null
  readonly background: boolean | null
  readonly model: string | null
  readonly isFork: boolean
  readonly worktreeBranch: string | null
  readonly stoppedByUser: boolean
  readonly finished: boolean | null
}

/** What stands in one transcript, folded. Instants in milliseconds since the epoch. */
export interface TranscriptFacts {
  readonly sessionId: string | null
  readonly lines: number
  readonly cwd: string | null
  readonly gitBranch: string | null
  readonly clientVersion: string | null
  readonly model: string | null
  /** Its beginning. */
  readonly firstPrompt: string | null
  /** Stands for the whole first prompt where only its beginning is kept. */
  readonly firstPromptDigest: string | null
  readonly firstUuid: string | null
  /** The uuid of the last record that has one: it changes whenever something is added. */
  readonly lastUuid: string | null
  /** The end of the last text that the model wrote, clipped; null: it wrote none. */
  readonly lastText: string | null
  readonly startedAt: number | null
  /** The time of the last record of any kind. */
  readonly lastRecordAt: number | null
  readonly turns: number
  readonly toolCalls: number
  readonly tokens: Tokens
  /** Tokens that the first and the last answer were asked with: what a fresh start, and what going on, has to send again. */
  readonly context: { readonly first: number; readonly last: number } | null
  /** The permission mode of its last prompt, where the client wrote one (main threads). */
  readonly permissionMode: string | null
  /** In which language the program is written that gave it its prompts (an Agent SDK); null: a person or a script did. */
  readonly hostedBy: HostLanguage | null
  /** The tools that it called and that no client brings with it: those of servers and host programs. */
  readonly extensionTools: readonly string[]
  /** The last prompt at which the client kept copies of files that changed later; null: there is none. */
  readonly fileCheckpoint: string | null
  readonly attempts: number
  /** Attempts before the latest that did not come to an end of their own: it was taken up again after a death. */
  readonly failedAttempts: number
  readonly latest: Attempt
  readonly activity: readonly Activity[]
  readonly processStarts: readonly ProcessStart[]
  readonly refusals: readonly Refusal[]
  readonly children: readonly LaunchedChild[]
  readonly words: readonly PlacedWord[]
  readonly stopCalls: readonly (Placed & { readonly id: string })[]
  readonly agentsKilled: readonly Placed[]
  /** Where the person cut something off: interrupt markers, and calls that were rejected. */
  readonly interrupts: readonly Placed[]
  /** Where the client told that its budget was spent; null: nowhere. */
  readonly overBudget: Placed | null
  /**
   * Where the client announced that it goes on by itself, and when it does, in milliseconds since the epoch; null: it did not, or something
   * came of it.
   */
  readonly willContinue: (Placed & { readonly continuesAt: number }) | null
  /** What its client says that its state is worth, if it has died; null: it does not say. */
  readonly checkpoint: KeptCheckpoint | null
  /** Folders that its records ran in, in the order of their first record. */
  readonly folders: readonly string[]
  /** Commands that may have rented, started or ended something outside. */
  readonly shellCommands: readonly ShellCommand[]
  /** Commands that it left in the background. */
  readonly backgroundTasks: readonly (Placed & { readonly id: string })[]
  /** Background tasks of which the client said that they are over. */
  readonly endedTasks: readonly (Placed & { readonly id: string })[]
  readonly gitCommands: readonly GitCommand[]
  readonly writtenFiles: readonly string[]
  /** Files that calls wrote and that were answered as done, with the last time. */
  readonly finishedWrites: readonly { readonly file: string; readonly at: number | null }[]
  readonly removingCommands: readonly RemovingCommand[]
  /** Damage behind the last word, which hides what came then, or records that are not its own; null when there is none. */
  readonly damagedTail: ReadIssue | null
  readonly damagedLines: number
}

/** One of the files in which an agent's life stands. */
export interface TranscriptFile {
  readonly path: string
  readonly sessionId: string | null
  readonly bytes: number
  readonly lines: number
  readonly tail: Tail
}

/**
 * One execution of one agent, or of a session's main thread: the facts of its transcript, and what its file, its sidecar and
 * its launch add. Pure data: detectors judge it, nothing in it is a judgement.
 */
export interface Run extends TranscriptFacts {
  readonly format: string
  readonly role: 'main' | 'agent'
  readonly kind: AgentKind
  readonly agentId: string | null
  /** null: no transcript exists (a launch that was refused). */
  readonly path: string | null
  /** All of its transcripts in the order of time, the one at `path` among them: several where it moved to another session, or was copied. */
  readonly transcripts: readonly TranscriptFile[]
  /** Its launch was acknowledged, and its transcript is missing. */
  readonly isMissing: boolean
  /** The call that launched it; null: it was not read. */
  readonly launchedAt: Placed | null
  readonly bytes: number
  readonly tail: Tail
  readonly grewWhileRead: boolean
  readonly modifiedAt: number | null
  readonly sidecar: Sidecar | null
  readonly workflowRunId: string | null
  readonly label: string | null
  readonly toolUseId: string | null
  readonly description: string | null
  readonly agentType: string | null
  readonly parentAgentId: string | null
  /** The agent of another id whose work its client gave to it; null: none is named. */
  readonly continuesAgentId: string | null
  readonly spawnDepth: number | null
  readonly worktreePath: string | null
  readonly worktreeBranch: string | null
  readonly background: boolean | null
  /** The folder of its first record, outside of any worktree of the client's; null: no record names one. */
  readonly project: string | null
}
