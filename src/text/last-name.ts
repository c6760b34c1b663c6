/** The last part of a path of any system. */
export function lastName(path: string): string {
  let end = path.length
  // Step by step: a pattern that looks for the end of a long name tries every place in it.
  while (end > 0 && isSeparator(path[end - 1])) end -= 1
  let start = end
  while (start > 0 && !isSeparator(path[start - 1])) start -= 1
  return end === 0 ? path : path.slice(start, end)
}

function isSeparator(character: string | undefined): boolean {
  return character === '/' || character === '\\'
}
