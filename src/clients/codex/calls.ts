import type { ToolCall, ToolResult } from '../../facts/record.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { digestOf } from '../../text/digest.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { launchOf, targetOf } from './agents.ts'
import { listIn, numberIn, objectIn, parseObject, textIn } from '../fields.ts'
import { shellFactsOf } from '../shell-call.ts'

const MAX_TEXT = 4_000
const MAX_ID = 200
const WAITERS: ReadonlySet<string> = new Set(['wait', 'wait_agent'])
/** The tool that changes files. */
export const PATCHER = 'apply_patch'
/** How the names of tools begin that servers bring. */
export const SERVER_TOOL = 'mcp__'
const NOTHING: JsonObject = {}

/** A call of a tool, with its input as it was given. */
export interface RolloutCall {
  readonly id: string
  readonly name: string
  readonly input: JsonObject
  /** The input of a tool that takes a text. */
  readonly text: string
}

/** A call in any of the shapes in which the model makes one; null: it is none that the client answers. */
export function readCall(item: JsonObject): RolloutCall | null {
  const type = textIn(item, 'type')
  const id = textIn(item, 'call_id', MAX_ID) ?? textIn(item, 'id', MAX_ID)
  if (id === null) return null
  if (type === 'function_call') {
    const given = textIn(item, 'arguments', Number.POSITIVE_INFINITY) ?? ''
    return { id, name: nameOf(item), input: parseObject(given) ?? NOTHING, text: given }
  }
  if (type === 'custom_tool_call')
    return { id, name: nameOf(item), input: NOTHING, text: textIn(item, 'input', Number.POSITIVE_INFINITY) ?? '' }
  if (type !== 'local_shell_call') return null
  return { id, name: 'local_shell', input: objectIn(item, 'action') ?? NOTHING, text: '' }
}

function nameOf(item: JsonObject): string {
  const name = textIn(item, 'name', MAX_ID) ?? ''
  const space = textIn(item, 'namespace', MAX_ID)
  return space !== null && space.startsWith(SERVER_TOOL) && !name.startsWith(SERVER_TOOL) ? `${space}__${name}`.slice(0, MAX_ID) : name
}

/** The command line of a call that runs one: a text, or words of which the last is what a shell is given. */
export function commandOf({ input }: RolloutCall): string | null {
  const line = textIn(input, 'cmd', Number.POSITIVE_INFINITY) ?? textIn(input, 'command', Number.POSITIVE_INFINITY)
  if (line !== null) return line
  const words = listIn(input, 'command').filter((word) => typeof word === 'string')
  if (words.length === 0) return null
  const isShell = words.length === 3 && /(?:^|\/)(?:ba|z|da)?sh$/.test(words[0] ?? '') && /^-\w*c$/.test(words[1] ?? '')
  return isShell ? (words[2] ?? null) : words.join(' ')
}

/** The patch of a call that changes files; null: it is no such call. Commands may hand one over, too. */
export function patchOf(call: RolloutCall): string | null {
  const given = call.name === PATCHER ? (textIn(call.input, 'input', Number.POSITIVE_INFINITY) ?? call.text) : (commandOf(call) ?? '')
  const from = given.indexOf('*** Begin Patch')
  return from < 0 ? null : given.slice(from)
}

/** The files that a patch adds or changes, as it names them. */
export function filesOf(patch: string): readonly string[] {
  return [...patch.matchAll(/^\*\*\* (?:Add|Update) File: (.+)$/gm)].map(([, file = '']) => file.trim())
}

/** A call as everybody reads it. */
export function toolCallOf(call: RolloutCall, at: number | null, where: SourceLocation): ToolCall {
  const command = commandOf(call)
  const [file] = filesOf(patchOf(call) ?? '')
  return {
    id: call.id,
    name: call.name,
    key: digestOf(`${call.name}\n${call.text}\n${command ?? ''}`),
    purpose: WAITERS.has(call.name) ? 'wait' : null,
    isServers: false,
    at,
    where,
    launch: launchOf(call.name, call.input),
    ...shellFactsOf(command, false),
    file: file?.slice(0, MAX_TEXT) ?? null,
    target: targetOf(call.name, call.input) ?? questionOf(call),
  }
}

/** The tool that writes to a command that goes on, or only asks how it is. */
const ASKER = 'write_stdin'

function questionOf({ name, input }: RolloutCall): ToolCall['target'] {
  const id = name === ASKER ? numberIn(input, 'session_id') : null
  return id === null ? null : { verb: 'ask', id: String(id) }
}

/** The answer to a call; null: it is none. */
export function readAnswer(item: JsonObject): { readonly id: string; readonly text: string } | null {
  const type = textIn(item, 'type')
  const id = textIn(item, 'call_id', MAX_ID)
  if (id === null || (type !== 'function_call_output' && type !== 'custom_tool_call_output' && type !== 'local_shell_call_output'))
    return null
  return { id, text: outputIn(item['output']) }
}

/** A text, the parts of one, or one below `content`. */
function outputIn(output: unknown): string {
  if (typeof output === 'string') return output
  if (Array.isArray(output))
    return output.map((part: unknown) => (isObject(part) ? (textIn(part, 'text', Number.POSITIVE_INFINITY) ?? '') : '')).join('')
  return isObject(output) ? outputIn(output['content'] ?? '') : ''
}

/** The lines that the answer to a command begins with. */
const HEAD = String.raw`^(?:(?:Chunk ID|Wall time|Command): [^\n]*\n)*`
const EXITED = new RegExp(String.raw`${HEAD}(?:Process exited with code|Exit code:) (-?\d{1,10})`)
const EXIT_FIELD = /"exit_code":\s*(-?\d{1,10})/

/** The exit code that the answer to a command tells; null: it tells none. Up to 0.5x the answer is JSON. */
export function exitCodeOf(text: string): number | null {
  const code = EXITED.exec(text)?.[1] ?? (text.startsWith('{') ? EXIT_FIELD.exec(text)?.[1] : undefined)
  return code === undefined ? null : Number(code)
}

const RUNNING = new RegExp(String.raw`${HEAD}Process running with session ID (\d{1,20})\b`)

/** The command that goes on behind the answer, by the number under which it is asked about; null: none does. */
export function runningIn(text: string): string | null {
  return RUNNING.exec(text)?.[1] ?? null
}

/** What a person, or a rule, did not let happen. */
const DENIED = /^(?:exec command|patch|command|apply_patch) rejected\b|^rejected by user\b/i
/** What never came to anything. */
const FAILED =
  /^(?:execution error|failed to parse function arguments|unsupported call|aborted|apply_patch verification failed|collab spawn failed)\b/i

export function isDenial(text: string): boolean {
  return DENIED.test(text)
}

export function toolResultOf({ id, text }: { readonly id: string; readonly text: string }): ToolResult {
  const code = exitCodeOf(text)
  return { toolUseId: id, isError: (code !== null && code !== 0) || DENIED.test(text) || FAILED.test(text), text: text.slice(0, MAX_TEXT) }
}
