import { clip, escapeControl } from '../text/escape.ts'

/** The flag of the client that nothing here ever writes, and the mode that is the same. */
const UNGUARDED = /dangerously[-_]?skip[-_]?permissions|bypass[-_]?permissions/i
const LONGEST_TEXT = 500

/** Why a value can be put into no script; null: it can. The text of a fixed script may have lines. */
export function findScriptHazard(value: string, isFixedScript = false): string | null {
  if (isUnguarded(value)) return 'it would switch off the permissions'
  const shown = isFixedScript ? value.replaceAll(/[\n\t]/g, '') : value
  return escapeControl(shown) === shown ? null : 'it holds control or invisible characters, a line break, or half of a character'
}

/** Whether a value asks the client to ask nobody: it is not even quoted. */
export function isUnguarded(value: string): boolean {
  return UNGUARDED.test(value)
}

/** A value as JSON writes it, in ASCII alone: whatever is in it can be read and does nothing. */
export function jsonEscaped(value: string): string {
  return JSON.stringify(value).replace(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A sentence that a script says: visible, bounded, and never naming the flag that switches permissions off. */
export function sanitizeScriptText(text: string): string {
  const visible = escapeControl(text.replaceAll(/\s+/g, ' ').trim())
  return clip(visible.replaceAll(new RegExp(`(?:-{0,2}\\w*-)?${UNGUARDED.source}`, 'gi'), '(what skips permissions)'), LONGEST_TEXT)
}
