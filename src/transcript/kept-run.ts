import type { Tokens } from '../facts/agent.ts'
import type { Limit } from '../facts/limit.ts'
import type { Launch, ToolCall, ToolPurpose, Word } from '../facts/record.ts'
import type { Activity, Attempt, DeniedCall, GitCommand, LastWord, LaunchedChild, Placed, PlacedWord, Refusal } from '../facts/run.ts'
import type { RemovingCommand, ShellCommand } from '../facts/shell-command.ts'
import type { ReadIssue, SourceLocation } from '../facts/source.ts'
import type { RunFacts } from './fold-run.ts'
import type { ReadRun } from './read-run.ts'

/** What a cache holds of a run: everything but its source. */
export type KeptRun = Pick<ReadRun, 'tail' | 'issues'> & { readonly facts: RunFacts }

/** A run as a cache holds it: rows of values, since names would be most of it. `path`: of its transcript. */
export function packKeptRun(run: KeptRun, path: string): string {
  return JSON.stringify(KEPT_RUN.pack(run, path))
}

/** What was packed; undefined for whatever else somebody may have put there. */
export function readKeptRun(json: string, path: string): KeptRun | undefined {
  try {
    return KEPT_RUN.read(JSON.parse(json), path)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof OtherKind) return undefined
    throw error
  }
}

/** A value is not of the kind that stands in its place. */
class OtherKind extends Error {}

// By hand, as the fields of the wire: zod takes longer to load than a cache saves on a small tree. The types see to it that no field is
// forgotten.
interface Kind<T> {
  pack(this: void, value: T, path: string): unknown
  /** Throws `OtherKind`. */
  read(this: void, kept: unknown, path: string): T
}
type Fields<T> = { readonly [Key in keyof T]-?: Kind<T[Key]> }

/** A value that stands for itself, where a test says that it is one. */
function plain<T>(isOne: (kept: unknown) => boolean): Kind<T> {
  return {
    pack: (value) => value,
    read: (kept) => {
      if (!isOne(kept)) throw new OtherKind()
      return kept as T
    },
  }
}

const text = plain<string>((kept) => typeof kept === 'string')
const number = plain<number>((kept) => typeof kept === 'number')
const boolean = plain<boolean>((kept) => typeof kept === 'boolean')

/** A term of a closed set. It is not looked up: the same build wrote it. */
function term<W extends string>(): Kind<W> {
  return text as Kind<never>
}

function maybe<T>({ pack, read }: Kind<T>): Kind<T | null> {
  return {
    pack: (value, path) => (value === null ? null : pack(value, path)),
    read: (kept, path) => (kept === null ? null : read(kept, path)),
  }
}

/** One for all: most lists of most transcripts are empty. */
const NONE: readonly never[] = []

function list<T>({ pack, read }: Kind<T>): Kind<readonly T[]> {
  return {
    pack: (values, path) => values.map((value) => pack(value, path)),
    read: (kept, path) => {
      const values = listIn(kept)
      return values.length === 0 ? NONE : values.map((value) => read(value, path))
    },
  }
}

function listIn(kept: unknown): readonly unknown[] {
  if (!Array.isArray(kept)) throw new OtherKind()
  return kept
}

/** The values of an object, in the order of its fields here. */
function row<T>(fields: Fields<T>): Kind<T> {
  const named = Object.entries<Kind<unknown>>(fields as never)
  return {
    pack: (value, path) => named.map(([name, { pack }]) => pack(value[name as keyof T], path)),
    read: (kept, path) => {
      const values = listIn(kept)
      if (values.length !== named.length) throw new OtherKind()
      // A copy has all keys, and one hidden class for all rows: filling it is cheaper than adding keys.
      const made: Record<string, unknown> = { ...fields }
      let index = 0
      for (const [name, { read }] of named) made[name] = read(values[index++], path)
      return made as T
    },
  }
}

const maybeText = maybe(text)
const maybeNumber = maybe(number)

/** Nearly always that of the transcript itself, which is not written down each time. */
const pathOf: Kind<string> = {
  pack: (value, path) => (value === path ? null : value),
  read: (kept, path) => (kept === null ? path : text.read(kept, path)),
}

const place = row<SourceLocation>({ path: pathOf, line: number, byteOffset: number })

/** What a fact with a place adds to that. */
function placed<T extends Placed>(fields: Fields<Omit<T, keyof Placed>>): Kind<T> {
  return row<Placed & Omit<T, keyof Placed>>({ at: maybeNumber, where: place, ...fields } as never) as never
}

const nothingPlaced = placed<Placed>({})
const placedId = placed<Placed & { readonly id: string }>({ id: text })

const limit = row<Limit>({
  kind: term(),
  resetsAt: maybeText,
  resetSource: maybe(term()),
  text,
})

const issue = row<ReadIssue>({
  path: pathOf,
  line: maybeNumber,
  byteOffset: maybeNumber,
  reason: term(),
  bytes: maybeNumber,
  detail: text,
})

const purpose = maybe(term<ToolPurpose>())

const call = row<ToolCall>({
  id: text,
  name: text,
  key: text,
  purpose: purpose,
  isServers: boolean,
  at: maybeNumber,
  where: place,
  launch: maybe(
    row<Launch>({
      kind: term(),
      description: maybeText,
      prompt: maybeText,
      promptDigest: maybeText,
      agentType: maybeText,
      background: maybe(boolean),
    }),
  ),
  gitCommand: maybeText,
  shell: maybe(row<NonNullable<ToolCall['shell']>>({ command: text, clipped: boolean, background: boolean })),
  file: maybeText,
  target: maybe(
    row<NonNullable<ToolCall['target']>>({
      verb: term(),
      id: text,
    }),
  ),
})

type WordOf<W extends LastWord['kind']> = Extract<LastWord, { readonly kind: W }>

const LAST_WORDS: { readonly [W in LastWord['kind']]: Kind<WordOf<W>> } = {
  none: row<WordOf<'none'>>({ kind: term() }),
  prompt: placed<WordOf<'prompt'>>({ kind: term(), text }),
  turn: placed<WordOf<'turn'>>({
    kind: term(),
    messageId: maybeText,
    stopReason: maybeText,
    text,
    calls: list(text),
    hasContent: boolean,
  }),
  tool_result: placed<WordOf<'tool_result'>>({
    kind: term(),
    toolUseId: text,
    name: maybeText,
    purpose: purpose,
    isError: boolean,
    isRejected: boolean,
  }),
  error: placed<WordOf<'error'>>({
    kind: term(),
    fault: term(),
    code: maybeText,
    status: maybeNumber,
    text,
    limit: maybe(limit),
  }),
  interrupt: placed<WordOf<'interrupt'>>({ kind: term(), duringTool: boolean, silenceMs: maybeNumber }),
}

const lastWord: Kind<LastWord> = {
  pack: (value, path) => [value.kind, (LAST_WORDS[value.kind] as Kind<LastWord>).pack(value, path)],
  read: (kept, path) => {
    const [kind, values] = listIn(kept)
    if (typeof kind !== 'string' || !Object.hasOwn(LAST_WORDS, kind)) throw new OtherKind()
    return LAST_WORDS[kind as LastWord['kind']].read(values, path)
  },
}

const attempt = row<Attempt>({
  startedAt: maybeNumber,
  where: maybe(place),
  turns: number,
  toolCalls: number,
  lastWord,
  isWokenByNotice: boolean,
  mark: maybe(term()),
  lastAt: maybeNumber,
  openCalls: list(call),
  retries: maybe(placed<NonNullable<Attempt['retries']>>({ attempt: maybeNumber, of: maybeNumber, status: maybeNumber })),
  needsPermission: boolean,
  deniedCalls: list(row<DeniedCall>({ name: text, command: maybeText, file: maybeText, at: maybeNumber })),
  repeated: number,
  schema: row<Attempt['schema']>({ demanded: maybe(nothingPlaced), accepted: boolean, failedCalls: number }),
})

const word = placed<PlacedWord>({
  via: term(),
  agentId: maybeText,
  toolUseId: maybeText,
  workflowRunId: maybeText,
  taskId: maybeText,
  status: maybeText,
  outcome: maybe(term()),
  tells: maybe(term()),
  text,
  worktree: maybe(row<NonNullable<Word['worktree']>>({ path: text, branch: maybeText })),
  delivered: boolean,
})

const FACTS = row<RunFacts>({
  tailTorn: boolean,
  lastCwd: maybeText,
  sessionId: maybeText,
  lines: number,
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
  turns: number,
  toolCalls: number,
  tokens: row<Tokens>({ input: number, output: number, cacheRead: number, cacheWrite: number }),
  context: maybe(row<NonNullable<RunFacts['context']>>({ first: number, last: number })),
  permissionMode: maybeText,
  hostedBy: maybe(term()),
  extensionTools: list(text),
  fileCheckpoint: maybeText,
  attempts: number,
  failedAttempts: number,
  latest: attempt,
  activity: list(row<Activity>({ from: number, to: number, where: place })),
  processStarts: list(placed<RunFacts['processStarts'][number]>({ sure: boolean })),
  refusals: list(placed<Refusal>({ limit: limit })),
  children: list(
    row<LaunchedChild>({
      call: call,
      refused: maybe(placed<NonNullable<LaunchedChild['refused']>>({ text: text })),
      isAnswered: boolean,
      agentId: maybeText,
    }),
  ),
  words: list(word),
  stopCalls: list(placedId),
  agentsKilled: list(nothingPlaced),
  interrupts: list(nothingPlaced),
  overBudget: maybe(nothingPlaced),
  checkpoint: maybe(term()),
  willContinue: maybe(placed<NonNullable<RunFacts['willContinue']>>({ continuesAt: number })),
  folders: list(text),
  shellCommands: list(
    placed<ShellCommand>({
      toolUseId: text,
      command: text,
      clipped: boolean,
      background: boolean,
      cwd: maybeText,
      result: maybe(row<NonNullable<ShellCommand['result']>>({ text, isError: boolean })),
    }),
  ),
  backgroundTasks: list(placedId),
  endedTasks: list(placedId),
  gitCommands: list(placed<GitCommand>({ command: text, failed: maybe(boolean), commits: list(text), movedTo: maybeText, cwd: maybeText })),
  writtenFiles: list(text),
  finishedWrites: list(row<RunFacts['finishedWrites'][number]>({ file: text, at: maybeNumber })),
  removingCommands: list(row<RemovingCommand>({ command: text, cwd: maybeText, at: maybeNumber })),
  damagedTail: maybe(issue),
  damagedLines: number,
})

const KEPT_RUN = row<KeptRun>({ facts: FACTS, tail: term(), issues: list(issue) })
