import type { Run } from '../facts/run.ts'
import { escapeControl } from '../text/escape.ts'
import { redactSecrets } from '../text/redact.ts'
import { isAbsolutePath } from '../text/path.ts'

/** Why a value cannot stand in a command that is printed; null: it can. */
export function findCommandHazard(value: string): string | null {
  if (escapeControl(value) !== value) return 'it holds characters that cannot be shown, a line break, or a command to a CI log'
  if (value.toWellFormed() !== value || value.includes('\ufffd') || /\\x[\da-f]{2}/.test(value)) return 'its bytes are not UTF-8'
  return redactSecrets(value) === value ? null : 'it looks like a secret'
}

/** As `unspeakable`, of a folder to work in. */
export function findFolderHazard(path: string): string | null {
  return isAbsolutePath(path) ? findCommandHazard(path) : 'its path is not absolute'
}

/** What an agent was to do, as people call it. */
export function titleOf({ description, label, agentType, agentId, role }: Run): string {
  if (role === 'main') return 'main thread'
  return description ?? label ?? agentType ?? agentId ?? 'an agent'
}
