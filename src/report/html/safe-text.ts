import { clip, escapeControl } from '../../text/escape.ts'
import { jsonText } from '../json-text.ts'

/** Longest line of a page; a title or path that is longer was made to be. */
const LONGEST_LINE = 1000
const LONGEST_QUOTE = 4000

/** A foreign text on one line, bounded, with what is invisible or turns text around made visible. Not yet escaped for HTML. */
export function line(text: string, longest = LONGEST_LINE): string {
  return escapeControl(clip(text, longest).replace(/\s*[\t\r\n]\s*/g, ' '))
}

/** As `line`, with the line breaks kept. */
export function quote(text: string): string {
  return escapeControl(clip(text, LONGEST_QUOTE).replaceAll('\r\n', '\n'), { newlines: 'keep' })
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text for HTML, between tags and in quoted attributes alike. */
export function html(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}

/** JSON for a `<script>` of data: nothing in it can end the element or open a comment, and it parses back unchanged. */
export function scriptJson(value: unknown): string {
  return jsonText(value).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}

/** The address when a person may follow it: https, and nothing hidden in it. */
export function followable(url: string | null): `https://${string}` | null {
  const isPlain = url !== null && url.length <= LONGEST_LINE && /^https:\/\/[^\s"'<>\\]+$/.test(url) && escapeControl(url) === url
  return isPlain ? (url as `https://${string}`) : null
}
