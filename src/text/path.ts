// What tells two spellings of a path as one. Paths come from transcripts, from git and from the system, and each spells in its own way: git for
// Windows with `/`, a Mac with `/private/tmp` and taken-apart accents. Only comparisons go by the key; files are opened by the path itself.

/** Nothing in it has a second spelling. */
const PLAIN = /^\/(?!private\/|\/)[\x20-\x7e]*$/

/** Whether a path is one of Windows: of a drive, or of another machine. */
export function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:(?:[\\/]|$)|^\\\\/.test(path)
}

/** Whether a path leads to the same place wherever one stands. */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]|^\\\\[^\\/]/.test(path)
}

/** The one key of all spellings of a path: separators, the letter case of Windows, `/private` of a Mac, accents in one or two characters. */
export function keyOfPath(path: string): string {
  if (PLAIN.test(path) && !path.includes('//')) return withoutEnd(path)
  const whole = path.normalize('NFC')
  if (!isWindowsPath(whole) && !whole.startsWith('//')) {
    const short = whole.replace(/^\/private(?=\/(?:tmp|var|etc)(?:\/|$))/, '')
    return withoutEnd(short.replaceAll(/\/{2,}/g, '/'))
  }
  const slashes = whole.replaceAll('\\', '/').replace(/^\/\/\?\/(?=[A-Za-z]:)/, '')
  return withoutEnd(slashes.replace(/(?<=[^/])\/{2,}/g, '/').toLowerCase())
}

function withoutEnd(path: string): string {
  return path.endsWith('/') && path.length > 1 ? path.replace(/(?<=[^/])\/+$/, '') : path
}

export function isSamePath(path: string, other: string): boolean {
  return path === other || keyOfPath(path) === keyOfPath(other)
}

/** Whether a path is a folder or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  if (path === folder) return true
  const [inner, outer] = [keyOfPath(path), keyOfPath(folder)]
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`)
}

/** What of a path stands behind a folder, as the path spells it, with `/`; null: it does not lie below it. */
export function pathBelow(path: string, folder: string): string | null {
  if (!isWithin(path, folder)) return null
  const depth = partsOf(keyOfPath(path)).length - partsOf(keyOfPath(folder)).length
  return depth === 0 ? null : partsOf(path).slice(-depth).join('/')
}

function partsOf(path: string): readonly string[] {
  return path.split(isWindowsPath(path) ? /[\\/]+/ : /\/+/).filter((part) => part !== '')
}

/** The folder that a path lies in; of the top, itself. */
export function folderAbove(path: string): string {
  return path.replace(/[\\/]+[^\\/]*[\\/]*$/, '') || (path.startsWith('/') ? '/' : path)
}

/** A path without the names that it ends with; null: it ends with others. */
export function pathAbove(path: string, below: string): string | null {
  const ends = (isWindowsPath(path) ? below.toLowerCase() : below).normalize('NFC')
  if (!keyOfPath(path).endsWith(`/${ends}`)) return null
  let folder = path
  for (let left = below.split('/').length; left > 0; left -= 1) folder = folder.replace(/[\\/]+[^\\/]*[\\/]*$/, '')
  return folder
}

/** Gives each path the spelling in which its place was met first. */
export function createSpeller(first: readonly string[]): (path: string) => string {
  const spellings = new Map<string, string>()
  const spell = (path: string): string => {
    const key = keyOfPath(path)
    const known = spellings.get(key)
    if (known === undefined) spellings.set(key, path)
    return known ?? path
  }
  for (const path of first) spell(path)
  return spell
}
