import type { Run } from '../model/run.ts'
import { escapeControl } from '../text/escape.ts'
import { isPlainId } from '../text/plain.ts'
import { redactSecrets } from '../text/redact.ts'

/** A word for ids and references: the text itself where it is one, else a mark of it. */
export function wordOf(text: string): string {
  return isPlainId(text) ? text : markOf(text)
}

/** Eight hexadecimal digits that stand for a text (FNV-1a): the same on every machine. */
export function markOf(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** Why a value cannot stand in a command that is printed; null: it can. */
export function unspeakable(value: string): string | null {
  if (escapeControl(value) !== value) return 'it holds characters that cannot be shown, or a line break'
  if (value.toWellFormed() !== value || value.includes('\ufffd') || /\\x[\da-f]{2}/.test(value)) return 'its bytes are not UTF-8'
  return redactSecrets(value) === value ? null : 'it looks as if it held a secret'
}

/** As `unspeakable`, of a folder to work in. */
export function unreachable(path: string): string | null {
  return isAbsolute(path) ? unspeakable(path) : 'its path is not absolute'
}

/** What an agent was to do, as people call it. */
export function titleOf({ description, label, agentType, agentId, role }: Run): string {
  if (role === 'main') return 'main thread'
  return description ?? label ?? agentType ?? agentId ?? 'an agent'
}

/** Whether a path leads to the same place wherever one stands. */
export function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
}
