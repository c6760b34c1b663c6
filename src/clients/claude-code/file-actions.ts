import type { FileAction, FileAnswer, FileChange, PatchHunk, TextEdit } from '../../facts/file-action.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { parseInstant } from '../../time/instant.ts'
import { isObject, type JsonObject } from '../../text/json.ts'

/** Tools whose calls say what a file holds; `MultiEdit` up to 2.0.x. Path field by tool. */
const FILE_TOOLS: ReadonlyMap<string, string> = new Map([
  ['Write', 'file_path'],
  ['Edit', 'file_path'],
  ['MultiEdit', 'file_path'],
  ['NotebookEdit', 'notebook_path'],
  ['Read', 'file_path'],
])
/** Tools that run a command of the system's shell. */
const SHELLS: ReadonlySet<string> = new Set(['Bash', 'PowerShell'])
/** What stands in the place of an output that was moved to a file (2.1.97 to 2.1.329). */
const SPILLED = /^<persisted-output>\s*\n[^\n]*saved to: [^\n]*?([\w.-]{1,200})\s*\n/
/** A copy that the client keeps: a hash of the path and a version (2.0.76 to 2.1.329). */
const BACKUP_NAME = /^[0-9a-f]{8,64}@v\d{1,9}$/

/** What one line of a Claude Code transcript says of files, nothing clipped. Whatever is not of the expected type is not there. */
export function fileActions(raw: unknown, where: SourceLocation): readonly FileAction[] {
  if (!isObject(raw) || typeof raw['type'] !== 'string') return []
  const base = {
    where,
    at: raw['timestamp'] === undefined ? null : (parseInstant(raw['timestamp']) ?? null),
    cwd: textIn(raw, 'cwd'),
    clientVersion: textIn(raw, 'version'),
  }
  switch (raw['type']) {
    case 'assistant':
      return blocksOf(raw).flatMap((block) => callsOf(block).map((action) => ({ ...base, ...action })))
    case 'user':
      return resultsOf(raw).map((action) => ({ ...base, ...action }))
    case 'attachment':
      return changedFiles(raw).map((path) => ({ ...base, kind: 'changed' as const, path }))
    case 'file-history-snapshot':
      return snapshotOf(raw).map((backup) => ({ ...base, kind: 'backup' as const, ...backup }))
    case 'file-history-delta':
      return backupOf(textIn(raw, 'trackingPath'), raw['backup']).map((backup) => ({ ...base, kind: 'backup' as const, ...backup }))
    default:
      return []
  }
}

function textIn(fields: unknown, name: string): string | null {
  const value = isObject(fields) && Object.hasOwn(fields, name) ? fields[name] : undefined
  return typeof value === 'string' ? value : null
}

function lineNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

function blocksOf(raw: JsonObject): readonly JsonObject[] {
  const message = raw['message']
  const content = isObject(message) ? message['content'] : undefined
  return Array.isArray(content) ? content.filter(isObject) : []
}

type Bare<T> = T extends unknown ? Omit<T, 'where' | 'at' | 'cwd' | 'clientVersion'> : never

function callsOf(block: JsonObject): readonly Bare<FileAction>[] {
  const id = textIn(block, 'id')
  const tool = textIn(block, 'name')
  if (block['type'] !== 'tool_use' || id === null || tool === null) return []
  const input = block['input']
  if (SHELLS.has(tool)) {
    const command = textIn(input, 'command')
    return command === null ? [] : [{ kind: 'command', id, command }]
  }
  const field = FILE_TOOLS.get(tool)
  if (field === undefined) return []
  const path = textIn(input, field)
  const change = isObject(input) ? changeOf(tool, input) : null
  if (path === null || path === '' || change === null) return tool === 'Read' ? [] : [{ kind: 'unread', id, tool }]
  return [{ kind: 'call', id, tool, path, change }]
}

function changeOf(tool: string, input: JsonObject): FileChange | null {
  switch (tool) {
    case 'Write': {
      const content = textIn(input, 'content')
      return content === null ? null : { kind: 'write', content }
    }
    case 'Edit': {
      const edit = editOf(input)
      return edit === null ? null : { kind: 'edit', edits: [edit] }
    }
    case 'MultiEdit': {
      const list = input['edits']
      if (!Array.isArray(list) || list.length === 0) return null
      const edits = list.map(editOf)
      return edits.every((edit) => edit !== null) ? { kind: 'edit', edits } : null
    }
    case 'NotebookEdit': {
      const mode = textIn(input, 'edit_mode') ?? 'replace'
      const source = textIn(input, 'new_source')
      if (source === null || (mode !== 'replace' && mode !== 'insert' && mode !== 'delete')) return null
      return { kind: 'notebook', mode, source, cellId: textIn(input, 'cell_id'), cellType: textIn(input, 'cell_type') }
    }
    default:
      return { kind: 'read', offset: lineNumber(input['offset']), limit: lineNumber(input['limit']) }
  }
}

function editOf(input: unknown): TextEdit | null {
  const oldText = textIn(input, 'old_string')
  const newText = textIn(input, 'new_string')
  return oldText === null || newText === null || !isObject(input) ? null : { oldText, newText, all: input['replace_all'] === true }
}

function resultsOf(raw: JsonObject): readonly Bare<FileAction>[] {
  const results = blocksOf(raw).filter((block) => block['type'] === 'tool_result' && textIn(block, 'tool_use_id') !== null)
  return results.map((block) => {
    const text = wholeText(block['content'])
    return {
      kind: 'result',
      callId: textIn(block, 'tool_use_id') ?? '',
      isError: block['is_error'] === true,
      text,
      // The structured half does not say whose it is: where a record answers several calls it belongs to none.
      answer: results.length === 1 ? answerOf(raw['toolUseResult']) : null,
      spilledTo: SPILLED.exec(text)?.[1] ?? null,
    }
  })
}

function wholeText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((item) => (isObject(item) && item['type'] === 'text' ? (textIn(item, 'text') ?? '') : '')).join('\n')
}

/** `toolUseResult`: in agents' files up to 2.0.76, in main threads to 2.1.329. */
function answerOf(raw: unknown): FileAnswer | null {
  if (!isObject(raw)) return null
  const file = raw['file']
  const content = textIn(file, 'content')
  return {
    created: raw['type'] === 'create',
    before: textIn(raw, 'originalFile') ?? textIn(raw, 'original_file'),
    after: textIn(raw, 'updated_file'),
    hunks: Array.isArray(raw['structuredPatch']) ? raw['structuredPatch'].flatMap(hunkOf) : [],
    lines:
      content === null || !isObject(file) || raw['type'] !== 'text'
        ? null
        : { from: lineNumber(file['startLine']) ?? 1, text: content, total: lineNumber(file['totalLines']) },
    userModified: raw['userModified'] === true,
  }
}

function hunkOf(raw: unknown): readonly PatchHunk[] {
  const lines = isObject(raw) ? raw['lines'] : undefined
  const newStart = isObject(raw) ? lineNumber(raw['newStart']) : null
  if (newStart === null || !Array.isArray(lines) || !lines.every((line) => typeof line === 'string')) return []
  return [{ newStart, lines }]
}

/** `edited_text_file`: a file that was read is another one now. */
function changedFiles(raw: JsonObject): readonly string[] {
  const attachment = raw['attachment']
  const path = textIn(attachment, 'filename')
  return path !== null && textIn(attachment, 'type') === 'edited_text_file' ? [path] : []
}

interface Backup {
  readonly path: string
  readonly name: string | null
}

/** A snapshot names all copies of its message (2.0.76 to 2.1.156), a delta only the new one (2.1.329). */
function snapshotOf(raw: JsonObject): readonly Backup[] {
  const snapshot = raw['snapshot']
  const tracked = isObject(snapshot) ? snapshot['trackedFileBackups'] : undefined
  return isObject(tracked) ? Object.entries(tracked).flatMap(([path, backup]) => backupOf(path, backup)) : []
}

/** The prompt at which copies of files were kept (a snapshot of none is no checkpoint); null: the record is about none. */
export function checkpointOf(raw: unknown): string | null {
  if (!isObject(raw)) return null
  if (raw['type'] === 'file-history-delta')
    return backupOf(textIn(raw, 'trackingPath'), raw['backup']).length === 0 ? null : textIn(raw, 'snapshotMessageId')
  return raw['type'] === 'file-history-snapshot' && snapshotOf(raw).length > 0 ? textIn(raw['snapshot'], 'messageId') : null
}

function backupOf(path: string | null, raw: unknown): readonly Backup[] {
  if (path === null || path === '' || !isObject(raw)) return []
  const name = raw['backupFileName']
  if (name === null) return [{ path, name: null }]
  return typeof name === 'string' && BACKUP_NAME.test(name) ? [{ path, name }] : []
}
