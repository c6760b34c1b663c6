import type { Limit } from './limit.ts'
import type { SourceLocation } from './source.ts'
import type { Tokens } from './agent.ts'

/**
 * What the client's own error record says went wrong. Product-neutral: each transcript format maps its wordings and
 * codes to one of these, so that no detector reads prose.
 */
const API_FAULTS = [
  'usage_limit',
  'throttle',
  'billing',
  'overloaded',
  'server_error',
  'connection',
  // Something between the client and the API answered in its place.
  'intercepted',
  'aborted',
  'watchdog',
  'context',
  'request',
  'auth',
  'refusal',
  'output_limit',
  // The model's answer was empty, or nothing could be made of it.
  'no_answer',
  'turn_cap',
  'schema',
  'other',
] as const
export type ApiFault = (typeof API_FAULTS)[number]

/**
 * What a call is for, where it ends or holds up a run: it hands over the output that was demanded, or a report to the parent, or agrees to
 * shut down, or waits for something that runs in the background.
 */
export type ToolPurpose = 'structured_output' | 'report' | 'farewell' | 'wait'

/** A call of a tool. `key` is equal for two calls with the same name and the same input. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly key: string
  /** null: none of these. */
  readonly purpose: ToolPurpose | null
  /** Answered within the model's own message, by the API or a gateway: the client owes it no result. */
  readonly isServers: boolean
  readonly at: number | null
  readonly where: SourceLocation
  /** What a launching call says of the agent; null for every other tool. */
  readonly launch: Launch | null
  /** The shell command, clipped, where it names git or a forge's tool; else null. */
  readonly gitCommand: string | null
  /** The shell command of a call that runs one, and whether the client is to run it in the background; else null. */
  readonly shell: { readonly command: string; readonly clipped: boolean; readonly background: boolean } | null
  /** The file that the call writes or edits; else null. */
  readonly file: string | null
  /**
   * The task or agent that a call stops, continues or asks for its output; else null.
   */
  readonly target: { readonly verb: 'stop' | 'continue' | 'ask'; readonly id: string } | null
}

/** What a call that starts an agent (or a workflow run) asks for. */
export interface Launch {
  readonly kind: 'agent' | 'workflow'
  readonly description: string | null
  /** Its beginning. */
  readonly prompt: string | null
  /** Stands for the whole prompt where only its beginning is kept; null: `prompt` is the whole. */
  readonly promptDigest: string | null
  readonly agentType: string | null
  readonly background: boolean | null
}

/** One record of the model's: part of a message, since clients stream a message as several records of one id. */
export interface TurnPart {
  readonly kind: 'turn'
  readonly messageId: string | null
  readonly model: string | null
  /** null while the message was still streaming; older clients also leave it null at the end. */
  readonly stopReason: string | null
  /** The text of this part, clipped from its head; '' when it has none. */
  readonly text: string
  readonly calls: readonly ToolCall[]
  readonly tokens: Tokens | null
  /** False for thinking alone. */
  readonly hasContent: boolean
}

/** An error that the client itself wrote into the conversation in the model's place. */
export interface ApiErrorPart {
  readonly kind: 'error'
  readonly fault: ApiFault
  readonly code: string | null
  readonly status: number | null
  readonly text: string
  readonly limit: Limit | null
}

export interface ToolResult {
  readonly toolUseId: string
  readonly isError: boolean
  /** The beginning of its text, clipped. */
  readonly text: string
  /** The first characters of `text`, where they are quicker to have than all of it. */
  beginning?(length: number): string
}

/** What the client tells a parent about a child: by a tool result, a notification or a notice. */
export interface Word {
  readonly via: 'tool_result' | 'notification' | 'meta' | 'workflow'
  readonly agentId: string | null
  readonly toolUseId: string | null
  readonly workflowRunId: string | null
  /** The client's id for the task that it tells of, where that is no agent's. */
  readonly taskId: string | null
  /** The client's word, verbatim; null: it used none. */
  readonly status: string | null
  /** What that word means; null: something else, or there is none. */
  readonly outcome: WordOutcome | null
  /** What the words mean beyond the status. */
  readonly tells: WordMeaning | null
  readonly text: string
  /** The worktree that the client names with it. */
  readonly worktree: { readonly path: string; readonly branch: string | null } | null
}

/** What a client's status word says of a child: that it began, or how it ended. */
export type WordOutcome = 'launched' | 'finished' | 'failed' | 'killed' | 'stopped'

/** Whether a client says that a child ended, well or badly. */
export function isEnd({ outcome }: Pick<Word, 'outcome'>): boolean {
  return outcome !== null && outcome !== 'launched'
}

export type WordMeaning =
  | 'launched'
  | 'launch_refused'
  | 'stopped_by_person'
  | 'stopped_by_parent'
  | 'turn_cap'
  | 'watchdog'
  | 'previous_session_ended'
  | 'no_completion_record'
  | 'resumed'
  | 'schema_unmet'

/** The language of a program that drives a client. */
export type HostLanguage = 'python' | 'typescript'

/** What the state that a client kept of an agent is worth: whether it can be continued from there, and whether a timeout cut it off. */
export type KeptCheckpoint = 'needs_continuation' | 'timed_out_with_checkpoint' | 'failed'

/** One line of a transcript, normalised, and all that it says. What a format does not know is `other`: counted, never dropped. */
export interface TranscriptRecord extends RecordBase {
  readonly bodies: readonly RecordBody[]
}

/** One thing that a line says, with what holds for all of the line. */
export type RecordPart = RecordBase & RecordBody

/** The things that a line says, each for itself: for a reader of a single transcript. */
export function partsOf(record: TranscriptRecord | null): readonly RecordPart[] {
  if (record === null) return []
  const { bodies, ...base } = record
  return bodies.map((body) => ({ ...base, ...body }))
}

export interface RecordBase {
  readonly where: SourceLocation
  readonly bytes: number
  /** Milliseconds since the epoch; null when the record carries no (valid) time. */
  readonly at: number | null
  readonly uuid: string | null
  /** The record that this one follows from; null: the first of a chain, or the client does not say. */
  readonly parentUuid: string | null
  readonly sessionId: string | null
  readonly agentId: string | null
  readonly isSidechain: boolean | null
  readonly permissionMode: string | null
  readonly cwd: string | null
  readonly gitBranch: string | null
  readonly clientVersion: string | null
}

export type RecordBody =
  | TurnPart
  | ApiErrorPart
  /** A user's or parent's message that asks for an answer. */
  | {
      readonly kind: 'prompt'
      readonly text: string
      /** Stands for the whole text where only its beginning is kept. */
      readonly digest?: string
      readonly origin: 'person' | 'parent' | 'notification' | 'summary'
      /** The language of the program that gave it in a person's place; absent: none is known. */
      readonly hostedBy?: HostLanguage
    }
  | { readonly kind: 'tool_results'; readonly results: readonly ToolResult[]; readonly words: readonly Word[] }
  | { readonly kind: 'interrupt'; readonly duringTool: boolean; readonly results: readonly ToolResult[] }
  /** An internal retry of one request; not an end. */
  | { readonly kind: 'retry'; readonly attempt: number | null; readonly of: number | null; readonly status: number | null }
  | { readonly kind: 'compaction' }
  /** The client marks that it begins to work at a prompt, which follows: it marks the end, too. */
  | { readonly kind: 'work_begins' }
  /**
   * The client marks that it is done with a prompt. `answered`: with an answer of the model's, whose end `text` is; `silent`: without one, and
   * without a word of why; `failed`, `cut`: the error or the interruption stands beside it.
   */
  | { readonly kind: 'work_ends'; readonly how: 'answered' | 'silent' | 'failed' | 'cut'; readonly text: string }
  /**
   * What the client counted up to here. `total`: since the transcript began; `asked`: tokens that its last request was asked with. `spent`: the
   * limit of which nothing was left at that moment; null: something is left of every one; absent: it does not say.
   */
  | {
      readonly kind: 'counts'
      readonly total: Tokens | null
      readonly asked: number | null
      readonly spent?: Limit | null
    }
  /** The model that is asked from here on. */
  | { readonly kind: 'model'; readonly model: string }
  /** Notifications about children, on their way or delivered. */
  | { readonly kind: 'words'; readonly words: readonly Word[]; readonly delivered: boolean }
  /** The client killed all agents of the session at once. */
  | { readonly kind: 'agents_killed' }
  /** The first line of a fork: what follows up to here is the parent's history. */
  | { readonly kind: 'fork_origin' }
  /**
   * A process of the client began (again) to write this transcript. `sure`: nothing else leaves this trace; else a prompt
   * merely arrived in the way in which a starting process takes its first one.
   */
  | { readonly kind: 'process_start'; readonly sure: boolean }
  /** The client kept copies of files at a prompt: they can be put back to how they were then. */
  | { readonly kind: 'file_checkpoint'; readonly promptId: string }
  /** The client tells that more was spent than it may spend. */
  | { readonly kind: 'over_budget' }
  /**
   * The client announces that it goes on by itself. `continuesAt`: when, in milliseconds since the epoch; null: not any more, or nothing
   * that was read says when.
   */
  | { readonly kind: 'will_continue'; readonly continuesAt: number | null }
  /** What the client itself says that an agent's state is worth, if it has died: the last such record counts. */
  | { readonly kind: 'checkpoint'; readonly state: KeptCheckpoint }
  /** The client demanded structured output again. */
  | { readonly kind: 'schema_nudge' }
  | { readonly kind: 'other'; readonly type: string }
