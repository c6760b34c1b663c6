/** Longest token that is taken for one at a cut: half a secret is no longer known for one. */
const LONGEST_TOKEN = 512

/** The beginning of a text, to be kept until it is quoted: cut between words, so that no half of a secret stands at its end. */
export function headOf(text: string, max: number): string {
  if (text.length <= max) return text
  const earliest = Math.max(0, max - LONGEST_TOKEN)
  let end = max
  // Step by step: a pattern that looks for the end of a long word tries every place in it.
  while (end > earliest && !isBlank(text, end - 1)) end -= 1
  return copied(text.slice(0, end))
}

/** The end of a text, as `headOf` keeps its beginning. */
export function tailOf(text: string, max: number): string {
  if (text.length <= max) return text
  let start = text.length - max
  const latest = Math.min(text.length, start + LONGEST_TOKEN)
  while (start < latest && !isBlank(text, start)) start += 1
  return copied(text.slice(start))
}

function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0
}

/** A part of a string keeps the whole of it in memory: what is kept of a long text must be a string of its own. */
function copied(part: string): string {
  return Buffer.from(part, 'utf16le').toString('utf16le')
}
