import { isPlainId } from './plain.ts'

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
