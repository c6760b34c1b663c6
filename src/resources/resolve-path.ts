/** A path as a command meant it that ran in a folder; null: nothing tells which folder that was. */
export function resolvePath(folder: string | null, path: string): string | null {
  if (path.startsWith('/')) return normalizePath(path)
  return folder === null ? null : normalizePath(`${folder}/${path}`)
}

/** An absolute path without `.`, `..` and empty parts. */
export function normalizePath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
