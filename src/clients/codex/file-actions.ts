import type { FileAction, FileCall } from '../../facts/file-action.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { isAbsolutePath } from '../../text/path.ts'
import { parseInstant } from '../../time/instant.ts'
import { commandOf, PATCHER, readAnswer, readCall, type RolloutCall, toolResultOf } from './calls.ts'
import { listIn, objectIn, parseObject, textIn } from '../fields.ts'
import { type PatchedFile, readPatch, readUnified } from './patch-text.ts'

const WHOLE = Number.POSITIVE_INFINITY
/** A command that the client takes for a call of its tool: nothing but a patch, perhaps in another folder. */
const HANDED =
  /^\s*(?:cd\s+(?:"([^"$`\\]+)"|'([^']+)'|([^\s"'$`\\;&|<>()]+))\s*&&\s*)?apply_?patch\s+<<-?\s*(["']?)(\w+)\4[ \t]*\n([\s\S]*\n)\5\s*$/
/** The call was cut off: what it did until then, it did. */
const CUT_OFF = /^aborted\b/i
/** What the client writes in the place of what it cut from an output. */
const SHORTENED = /^Total output lines: |tokens truncated|chars truncated|\[\.\.\. omitted \d+ of \d+ lines/m

type Bare<T> = T extends unknown ? Omit<T, 'where' | 'at' | 'cwd' | 'clientVersion'> : never
type Placed = Bare<FileAction> & { readonly cwd?: string | null }

/** What one line of a rollout says of files: patches, commands, and their answers. A relative folder is where the thread ran then. */
export function fileActions(raw: unknown, where: SourceLocation): readonly FileAction[] {
  if (!isObject(raw)) return []
  const item = objectIn(raw, 'payload') ?? raw
  const base = { where, at: raw['timestamp'] === undefined ? null : (parseInstant(raw['timestamp']) ?? null), clientVersion: null }
  return placedActions(item).map((action): FileAction => ({ cwd: null, ...action, ...base }))
}

function placedActions(item: JsonObject): readonly Placed[] {
  const type = textIn(item, 'type')
  if (type === 'patch_apply_end') return reported(textIn(item, 'call_id'), item, item['success'] === true)
  if (type === 'item_completed') {
    const done = objectIn(item, 'item')
    if (done === null || textIn(done, 'type') !== 'FileChange') return []
    return reported(textIn(done, 'id'), done, textIn(done, 'status') === 'completed')
  }
  const call = readCall(item)
  if (call !== null) return calls(call)
  const answer = readAnswer(item)
  if (answer === null || CUT_OFF.test(answer.text)) return []
  const { isError } = toolResultOf(answer)
  return [{ kind: 'result', callId: answer.id, isError, text: outputOf(answer.text), answer: null, spilledTo: null }]
}

function calls(call: RolloutCall): readonly Placed[] {
  const folder = textIn(call.input, 'workdir', WHOLE)
  const at = folder === null || folder === '' ? {} : { cwd: folder }
  const { id } = call
  if (call.name === PATCHER) return patched(id, textIn(call.input, 'input', WHOLE) ?? textIn(call.input, 'patch', WHOLE) ?? call.text, at)
  const command = commandOf(call)
  if (command === null) return []
  const words = listIn(call.input, 'command')
  if (words.length === 2 && /^apply_?patch$/.test(String(words[0])) && typeof words[1] === 'string') return patched(id, words[1], at)
  const [, double, single, bare, , , patch] = HANDED.exec(command) ?? []
  if (patch === undefined) return [{ kind: 'command', id, command, ...at }]
  const below = double ?? single ?? bare
  return patched(id, patch, at, below)
}

/** `below`: the folder, from where it runs, that the paths of a patch are meant from. */
function patched(id: string, text: string, at: { readonly cwd?: string }, below?: string): readonly Placed[] {
  const files = readPatch(text)
  if (files === null) return [{ kind: 'unread', id, tool: PATCHER }]
  return files.map((file) => ({
    ...callOf(id, below === undefined || isAbsolutePath(file.path) ? file : { ...file, path: `${below}/${file.path}` }),
    ...at,
  }))
}

function callOf(id: string, { path, change }: PatchedFile): Bare<FileCall> | Placed {
  return change === null ? { kind: 'unread', id: `${id} ${path}`, tool: PATCHER } : { kind: 'call', id, tool: PATCHER, path, change }
}

/** What the client says that it changed. Whoever called it said so before, and then nothing is said twice: it is the same call of that file. */
function reported(id: string | null, report: JsonObject, isDone: boolean): readonly Placed[] {
  if (id === null) return []
  const changes = objectIn(report, 'changes')
  const text = textIn(report, 'stderr', WHOLE) ?? ''
  return [
    { kind: 'result', callId: id, isError: !isDone, text, answer: null, spilledTo: null },
    ...Object.entries(changes ?? {}).flatMap(([path, change]) =>
      isObject(change) ? changesOf(pathOf(path), change).map((file) => callOf(id, file)) : [],
    ),
  ]
}

/** One change, with its kind in a field, or as the name of what it holds. */
function changesOf(path: string, given: JsonObject): readonly PatchedFile[] {
  const kind = textIn(given, 'type') ?? ['add', 'update', 'delete'].find((each) => isObject(given[each])) ?? ''
  const change = objectIn(given, kind) ?? given
  if (kind === 'delete') return [{ path, change: { kind: 'delete' } }]
  const content = textIn(change, 'content', WHOLE)
  if (kind === 'add') return [{ path, change: content === null ? null : { kind: 'write', content } }]
  const moved = textIn(change, 'move_path', WHOLE)
  if (moved !== null)
    return [
      { path, change: { kind: 'delete' } },
      { path: pathOf(moved), change: null },
    ]
  const hunks = readUnified(textIn(change, 'unified_diff', WHOLE) ?? '')
  return [{ path, change: hunks === null ? null : { kind: 'patch', hunks } }]
}

/** 0.171.0 writes folders as addresses. */
function pathOf(given: string): string {
  if (!given.startsWith('file:///')) return given
  try {
    const path = decodeURIComponent(given.slice('file://'.length))
    return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path
  } catch {
    return given
  }
}

/** What a command printed, without what the client says above it; nothing where some of it was cut out, or it still ran. */
function outputOf(text: string): string {
  const json = text.startsWith('{') ? parseObject(text) : null
  const output = json === null ? null : textIn(json, 'output', WHOLE)
  if (output !== null) return SHORTENED.test(output) ? '' : output
  const at = /^(?:Chunk ID|Wall time|Command|Exit code): /.test(text) ? text.indexOf('\nOutput:\n') : -1
  if (at < 0) return text
  const head = text.slice(0, at)
  return SHORTENED.test(text) || /^Process running\b/m.test(head) ? '' : text.slice(at + '\nOutput:\n'.length)
}
