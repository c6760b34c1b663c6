import type { Tail, Tokens } from '../facts/agent.ts'
import type { Limit, LimitKind } from '../facts/limit.ts'
import type { ApiFault, HostLanguage, Launch, ToolCall, ToolPurpose, Word, WordMeaning, WordOutcome } from '../facts/record.ts'
import type { Activity, Attempt, DeniedCall, GitCommand, LastWord, LaunchedChild, Placed, PlacedWord, Refusal } from '../facts/run.ts'
import type { RemovingCommand, ShellCommand } from '../facts/shell-command.ts'
import type { ReadIssue, SourceLocation } from '../facts/source.ts'
import type { RunFacts } from './fold-run.ts'
import type { ReadRun } from './read-run.ts'

/** What a cache holds of a run: everything but its source. */
export type KeptRun = Pick<ReadRun, 'tail' | 'issues'> & { readonly facts: RunFacts }

/** A run as a cache holds it; undefined for whatever else somebody may have put there. */
export function readKeptRun(json: string): KeptRun | undefined {
  try {
    const kept: unknown = JSON.parse(json)
    return isKeptRun(kept) ? (kept as KeptRun) : undefined
  } catch {
    return undefined
  }
}

// By hand, as the fields of the wire: zod takes longer to load than a cache saves on a small tree. The types see to it that no field and no
// word is forgotten.
type Check = (value: unknown) => boolean
type Shape<T> = { readonly [Key in keyof T]-?: Check }
/** What a type adds to another. */
type Beyond<T, Base> = Shape<Omit<T, keyof Base>>

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number'
const isBoolean: Check = (value) => typeof value === 'boolean'

function maybe(check: Check): Check {
  return (value) => value === null || check(value)
}

function list(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check)
}

function object<T>(shape: Shape<T>): Check {
  const fields = Object.entries<Check>(shape)
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    return fields.every(([key, check]) => check((value as Record<string, unknown>)[key]))
  }
}

/** Every word of a closed set, as the keys of an object. */
function oneOf<W extends string>(words: Readonly<Record<W, 1>>): Check {
  return (value) => typeof value === 'string' && Object.hasOwn(words, value)
}

const maybeText = maybe(isText)
const maybeNumber = maybe(isNumber)
const isPlace = object<SourceLocation>({ path: isText, line: isNumber, byteOffset: isNumber })

function placed<T extends Placed>(shape: Beyond<T, Placed>): Check {
  return object<Placed & Omit<T, keyof Placed>>({ at: maybeNumber, where: isPlace, ...shape } as never)
}

const isPlaced = placed<Placed>({})
const isPlacedId = placed<Placed & { readonly id: string }>({ id: isText })

const isLimit = object<Limit>({
  kind: oneOf<LimitKind>({
    five_hour: 1,
    seven_day: 1,
    seven_day_opus: 1,
    seven_day_sonnet: 1,
    seven_day_model: 1,
    extra_usage: 1,
    spend: 1,
    throttle: 1,
    api_key: 1,
    unknown: 1,
  }),
  resetsAt: maybeText,
  resetSource: maybe(oneOf<NonNullable<Limit['resetSource']>>({ structured: 1, text: 1 })),
  text: isText,
})

const isIssue = object<ReadIssue>({
  path: isText,
  line: maybeNumber,
  byteOffset: maybeNumber,
  reason: isText,
  bytes: maybeNumber,
  detail: isText,
})

const isPurpose = maybe(oneOf<ToolPurpose>({ structured_output: 1, report: 1, farewell: 1, wait: 1 }))

const isCall = object<ToolCall>({
  id: isText,
  name: isText,
  key: isText,
  purpose: isPurpose,
  isServers: isBoolean,
  at: maybeNumber,
  where: isPlace,
  launch: maybe(
    object<Launch>({
      kind: oneOf<Launch['kind']>({ agent: 1, workflow: 1 }),
      description: maybeText,
      prompt: maybeText,
      promptDigest: maybeText,
      agentType: maybeText,
      background: maybe(isBoolean),
    }),
  ),
  gitCommand: maybeText,
  shell: maybe(object<NonNullable<ToolCall['shell']>>({ command: isText, clipped: isBoolean, background: isBoolean })),
  file: maybeText,
  target: maybe(
    object<NonNullable<ToolCall['target']>>({
      verb: oneOf<NonNullable<ToolCall['target']>['verb']>({ stop: 1, continue: 1, ask: 1 }),
      id: isText,
    }),
  ),
})

type WordOf<Kind extends LastWord['kind']> = Extract<LastWord, { readonly kind: Kind }>

const LAST_WORDS: Readonly<Record<LastWord['kind'], Check>> = {
  none: () => true,
  prompt: placed<WordOf<'prompt'>>({ kind: isText, text: isText }),
  turn: placed<WordOf<'turn'>>({
    kind: isText,
    messageId: maybeText,
    stopReason: maybeText,
    text: isText,
    calls: list(isText),
    hasContent: isBoolean,
  }),
  tool_result: placed<WordOf<'tool_result'>>({
    kind: isText,
    toolUseId: isText,
    name: maybeText,
    purpose: isPurpose,
    isError: isBoolean,
    isRejected: isBoolean,
  }),
  error: placed<WordOf<'error'>>({
    kind: isText,
    fault: oneOf<ApiFault>({
      usage_limit: 1,
      throttle: 1,
      billing: 1,
      overloaded: 1,
      server_error: 1,
      connection: 1,
      intercepted: 1,
      aborted: 1,
      watchdog: 1,
      context: 1,
      request: 1,
      auth: 1,
      refusal: 1,
      output_limit: 1,
      no_answer: 1,
      turn_cap: 1,
      schema: 1,
      other: 1,
    }),
    code: maybeText,
    status: maybeNumber,
    text: isText,
    limit: maybe(isLimit),
  }),
  interrupt: placed<WordOf<'interrupt'>>({ kind: isText, duringTool: isBoolean, silenceMs: maybeNumber }),
}

const isLastWord: Check = (value) => {
  const kind: unknown = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null
  return typeof kind === 'string' && Object.hasOwn(LAST_WORDS, kind) && LAST_WORDS[kind as LastWord['kind']](value)
}

const isAttempt = object<Attempt>({
  startedAt: maybeNumber,
  where: maybe(isPlace),
  turns: isNumber,
  toolCalls: isNumber,
  lastWord: isLastWord,
  isWokenByNotice: isBoolean,
  mark: maybe(oneOf<NonNullable<Attempt['mark']>>({ open: 1, marked: 1 })),
  lastAt: maybeNumber,
  openCalls: list(isCall),
  retries: maybe(placed<NonNullable<Attempt['retries']>>({ attempt: maybeNumber, of: maybeNumber, status: maybeNumber })),
  needsPermission: isBoolean,
  deniedCalls: list(object<DeniedCall>({ name: isText, command: maybeText, file: maybeText, at: maybeNumber })),
  repeated: isNumber,
  schema: object<Attempt['schema']>({ demanded: maybe(isPlaced), accepted: isBoolean, failedCalls: isNumber }),
})

const isWord = placed<PlacedWord>({
  via: oneOf<Word['via']>({ tool_result: 1, notification: 1, meta: 1, workflow: 1 }),
  agentId: maybeText,
  toolUseId: maybeText,
  workflowRunId: maybeText,
  taskId: maybeText,
  status: maybeText,
  outcome: maybe(oneOf<WordOutcome>({ launched: 1, finished: 1, failed: 1, killed: 1, stopped: 1 })),
  tells: maybe(
    oneOf<WordMeaning>({
      launched: 1,
      launch_refused: 1,
      stopped_by_person: 1,
      stopped_by_parent: 1,
      turn_cap: 1,
      watchdog: 1,
      previous_session_ended: 1,
      no_completion_record: 1,
      resumed: 1,
      schema_unmet: 1,
    }),
  ),
  text: isText,
  worktree: maybe(object<NonNullable<Word['worktree']>>({ path: isText, branch: maybeText })),
  delivered: isBoolean,
})

const isFacts = object<RunFacts>({
  tailTorn: isBoolean,
  lastCwd: maybeText,
  sessionId: maybeText,
  lines: isNumber,
  cwd: maybeText,
  gitBranch: maybeText,
  clientVersion: maybeText,
  model: maybeText,
  firstPrompt: maybeText,
  firstPromptDigest: maybeText,
  firstUuid: maybeText,
  lastUuid: maybeText,
  lastText: maybeText,
  startedAt: maybeNumber,
  lastRecordAt: maybeNumber,
  turns: isNumber,
  toolCalls: isNumber,
  tokens: object<Tokens>({ input: isNumber, output: isNumber, cacheRead: isNumber, cacheWrite: isNumber }),
  context: maybe(object<NonNullable<RunFacts['context']>>({ first: isNumber, last: isNumber })),
  permissionMode: maybeText,
  hostedBy: maybe(oneOf<HostLanguage>({ python: 1, typescript: 1 })),
  extensionTools: list(isText),
  fileCheckpoint: maybeText,
  attempts: isNumber,
  failedAttempts: isNumber,
  latest: isAttempt,
  activity: list(object<Activity>({ from: isNumber, to: isNumber, where: isPlace })),
  processStarts: list(placed<RunFacts['processStarts'][number]>({ sure: isBoolean })),
  refusals: list(placed<Refusal>({ limit: isLimit })),
  children: list(
    object<LaunchedChild>({
      call: isCall,
      refused: maybe(placed<NonNullable<LaunchedChild['refused']>>({ text: isText })),
      isAnswered: isBoolean,
      agentId: maybeText,
    }),
  ),
  words: list(isWord),
  stopCalls: list(isPlacedId),
  agentsKilled: list(isPlaced),
  interrupts: list(isPlaced),
  overBudget: maybe(isPlaced),
  checkpoint: maybe(oneOf<NonNullable<RunFacts['checkpoint']>>({ needs_continuation: 1, timed_out_with_checkpoint: 1, failed: 1 })),
  willContinue: maybe(placed<NonNullable<RunFacts['willContinue']>>({ continuesAt: isNumber })),
  folders: list(isText),
  shellCommands: list(
    placed<ShellCommand>({
      toolUseId: isText,
      command: isText,
      clipped: isBoolean,
      background: isBoolean,
      cwd: maybeText,
      result: maybe(object<NonNullable<ShellCommand['result']>>({ text: isText, isError: isBoolean })),
    }),
  ),
  backgroundTasks: list(isPlacedId),
  endedTasks: list(isPlacedId),
  gitCommands: list(
    placed<GitCommand>({ command: isText, failed: maybe(isBoolean), commits: list(isText), movedTo: maybeText, cwd: maybeText }),
  ),
  writtenFiles: list(isText),
  finishedWrites: list(object<RunFacts['finishedWrites'][number]>({ file: isText, at: maybeNumber })),
  removingCommands: list(object<RemovingCommand>({ command: isText, cwd: maybeText, at: maybeNumber })),
  damagedTail: maybe(isIssue),
  damagedLines: isNumber,
})

const isKeptRun = object<KeptRun>({ facts: isFacts, tail: oneOf<Tail>({ complete: 1, torn: 1, empty: 1 }), issues: list(isIssue) })
