/** What a call of a tool sets out to do, in the terms of no product. Texts are whole: whoever keeps one bounds it. */
export type ToolAction =
  | { readonly kind: 'read'; readonly file: string }
  | { readonly kind: 'write'; readonly file: string }
  | { readonly kind: 'command'; readonly command: string; readonly background: boolean }
  | { readonly kind: 'launch'; readonly description: string | null; readonly prompt: string | null; readonly agentType: string | null }
  /** The whole task list, as it is from now on. */
  | { readonly kind: 'task_list'; readonly tasks: readonly Task[] }
  | { readonly kind: 'task_new'; readonly title: string }
  /** null: that stays as it is. */
  | { readonly kind: 'task_change'; readonly id: string; readonly title: string | null; readonly state: string | null }
  | { readonly kind: 'other' }

/** One entry of the task list that an agent keeps for itself. `state` in the client's words (`pending`, `in_progress`, `completed`). */
export interface Task {
  readonly title: string
  readonly state: string
}

/** A call, with what it is about in a word or two. */
export interface WholeCall {
  readonly id: string
  readonly action: ToolAction
  /** What the call is about: a command, a path, a pattern, an address; '' when the input names nothing. */
  readonly about: string
}

/** How a call was answered. */
export interface WholeResult {
  readonly toolUseId: string
  /** `denied`: a person, a rule or a hook did not let it happen; `interrupted`: it was cut off, and may have done something. */
  readonly outcome: 'ok' | 'error' | 'denied' | 'interrupted'
  readonly text: string
  /** Of a command; null where the client tells none, as for every success. */
  readonly exitCode: number | null
  /** The number that the client gave to a new entry of the task list. */
  readonly taskId: string | null
}

/** All that a second reading of one transcript wants of a record, beside the facts that judging needs. Nothing in it is cut. */
export interface WholeRecord {
  /** The texts of its message, whoever speaks; '' when it has none. */
  readonly text: string
  readonly calls: readonly WholeCall[]
  readonly results: readonly WholeResult[]
  /** What a retry says of its reason. */
  readonly retryOf: string | null
  /** What the session has cost up to here, in US dollars, by the client's own count. */
  readonly costUsd: number | null
}
