import { Buffer } from 'node:buffer'
import type { RawPath } from '../ports/git-writer.ts'

/** A path as reports spell it: what is not UTF-8 with its bytes beyond ASCII as `\xNN`. */
export function shownPath(path: RawPath): string {
  const bytes = Buffer.from(path, 'latin1')
  const text = bytes.toString('utf8')
  if (Buffer.from(text).equals(bytes)) return text
  return path.replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`)
}
