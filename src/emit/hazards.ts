import { escapeControl, LOG_COMMAND } from '../text/escape.ts'

/** The flag of the client that nothing here ever writes, and the mode that is the same. */
const UNGUARDED = /dangerously[-_]?skip[-_]?permissions|bypass[-_]?permissions/i

/** Why a value can be put into no command; null: it can. */
export function findValueHazard(value: string): string | null {
  if (isUnguarded(value)) return 'it would switch off the permissions'
  return escapeControl(value) === value
    ? null
    : 'it holds control or invisible characters, a line break, half of a character, or a command to a CI log'
}

/** Whether a value asks the client to ask nobody: it is not even quoted. */
export function isUnguarded(value: string): boolean {
  return UNGUARDED.test(value)
}

/** A value as JSON writes it, in ASCII alone: whatever is in it can be read and does nothing. */
export function jsonEscaped(value: string): string {
  return JSON.stringify(value)
    .replace(/[^\u0020-\u007e]/g, escapeUnit)
    .replace(LOG_COMMAND, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
