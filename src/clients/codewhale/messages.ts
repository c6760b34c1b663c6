import type { ToolCall, ToolResult } from '../../facts/record.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { digestOf } from '../../text/digest.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { isAbsolutePath } from '../../text/path.ts'
import { listIn, objectIn, textIn } from '../fields.ts'
import { shellFactsOf } from '../shell-call.ts'

const WHOLE = Number.POSITIVE_INFINITY
const MAX_ID = 200
const MAX_TEXT = 4_000
const NOTHING: JsonObject = {}
const SHELLS: ReadonlySet<string> = new Set(['exec_shell', 'bash', 'shell'])
const READERS: ReadonlySet<string> = new Set(['read_file', 'read'])
const WRITERS: ReadonlySet<string> = new Set(['write_file', 'edit_file', 'multi_edit', 'write', 'edit'])
const WAITERS: ReadonlySet<string> = new Set(['exec_shell_wait', 'exec_wait', 'agent_wait'])
/** The tool that starts agents and asks for them; its first names. */
export const LAUNCHERS: readonly string[] = ['agent', 'agent_open', 'agent_spawn']
/** What the client puts before the answer of a call that failed, or that it did not let happen. */
const FAILED = /^Error: /
const DENIED = /^Error: .{0,200}\b(?:denied|not (?:allowed|permitted|approved)|requires approval|blocked by|cannot prove a bounded)\b/i

/** A call in a message, with its input as it was given. */
export interface MessageCall {
  readonly id: string
  readonly name: string
  readonly input: JsonObject
}

/** The texts of a message, whoever speaks. */
export function textOf(message: JsonObject): string {
  const content = message['content']
  if (typeof content === 'string') return content
  return blocksOf(message)
    .flatMap((block) => (block['type'] === 'text' ? [textIn(block, 'text', WHOLE) ?? ''] : []))
    .filter((text) => text !== '')
    .join('\n')
}

export function callsOf(message: JsonObject): readonly MessageCall[] {
  return blocksOf(message).flatMap((block) => {
    const id = textIn(block, 'id', MAX_ID)
    const name = textIn(block, 'name', MAX_ID)
    return block['type'] === 'tool_use' && id !== null && name !== null ? [{ id, name, input: objectIn(block, 'input') ?? NOTHING }] : []
  })
}

/** The answers in a message. Texts are whole. */
export function answersOf(message: JsonObject): readonly ToolResult[] {
  return blocksOf(message).flatMap((block) => {
    const id = textIn(block, 'tool_use_id', MAX_ID)
    if (block['type'] !== 'tool_result' || id === null) return []
    const text = answerText(block['content'])
    return [{ toolUseId: id, isError: block['is_error'] === true || FAILED.test(text), text }]
  })
}

function blocksOf(message: JsonObject): readonly JsonObject[] {
  return listIn(message, 'content').filter(isObject)
}

function answerText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: unknown) => (isObject(part) ? (textIn(part, 'text', WHOLE) ?? '') : '')).join('')
}

export function commandOf({ name, input }: MessageCall): string | null {
  return SHELLS.has(name) ? (textIn(input, 'command', WHOLE) ?? textIn(input, 'cmd', WHOLE)) : null
}

/** The files that a call writes, as it names them. */
export function filesWrittenBy({ name, input }: MessageCall): readonly string[] {
  if (WRITERS.has(name)) return [textIn(input, 'path') ?? textIn(input, 'file_path')].filter((path) => path !== null)
  if (name !== 'apply_patch') return []
  const patch = textIn(input, 'patch', WHOLE) ?? textIn(input, 'input', WHOLE) ?? ''
  const named = [...patch.matchAll(/^(?:\*\*\* (?:Add|Update) File: |\+\+\+ (?:b\/)?)([^\t\r\n]+)/gm)].map(([, file = '']) => file.trim())
  return named.length === 0 ? [textIn(input, 'path')].filter((path) => path !== null) : named.filter((file) => file !== '/dev/null')
}

export function fileReadBy({ name, input }: MessageCall): string | null {
  return READERS.has(name) ? (textIn(input, 'path') ?? textIn(input, 'file_path')) : null
}

/** A path of a call from the folder that its agent works in. */
export function pathFrom(workspace: string | null, path: string): string {
  return workspace === null || isAbsolutePath(path) ? path : `${workspace.replace(/[\\/]+$/, '')}/${path}`
}

export function isDenial(text: string): boolean {
  return DENIED.test(text)
}

/** A call as everybody reads it. What it launches has an entry of its own in the document, for as long as the client keeps it. */
export function toolCallOf(call: MessageCall, workspace: string | null, at: number | null, where: SourceLocation): ToolCall {
  const command = commandOf(call)
  const [file] = filesWrittenBy(call)
  const isWait = WAITERS.has(call.name) || (LAUNCHERS.includes(call.name) && call.input['action'] === 'wait')
  return {
    id: call.id,
    name: call.name,
    key: digestOf(`${call.name}\n${JSON.stringify(call.input)}`),
    purpose: isWait ? 'wait' : null,
    isServers: false,
    at,
    where,
    launch: null,
    ...shellFactsOf(command, call.input['background'] === true),
    file: file === undefined ? null : pathFrom(workspace, file).slice(0, MAX_TEXT),
    target: null,
  }
}
