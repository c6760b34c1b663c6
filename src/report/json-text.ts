import { LOG_COMMAND } from '../text/escape.ts'

/** DEL, C1, invisible and bidirectional characters: JSON allows them raw, a terminal may obey them. */
const TERMINAL_ACTIVE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** Where none of these is, the slower patterns find nothing. */
const BEYOND_ASCII = /[^\0-\x7e]/
const MAY_COMMAND = /::|##/

/**
 * JSON whose strings are safe to print: what a terminal or the log of a CI run would act on is written as `\uXXXX`, which parses back
 * unchanged.
 */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent)
  const safe = BEYOND_ASCII.test(text) ? text.replace(TERMINAL_ACTIVE, escapeUnits) : text
  // Outside of its strings JSON has neither two colons nor a `#`.
  return MAY_COMMAND.test(safe) ? safe.replace(LOG_COMMAND, escapeUnits) : safe
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
