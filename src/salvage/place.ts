import { posix, sep, win32 } from 'node:path'

/** Whether a path is one of Windows: of a drive, or of another machine. */
function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:[\\/]|^\\\\/.test(path)
}

/** A path of a transcript, absolute and in its plainest form, with `/`; relative ones are taken from where the record ran. */
export function plainPath(path: string, cwd: string | null): string {
  const windows = isWindowsPath(path) || (cwd !== null && isWindowsPath(cwd) && !path.startsWith('/'))
  if (windows) return win32.normalize(isWindowsPath(path) || cwd === null ? path : win32.join(cwd, path)).replaceAll('\\', '/')
  return posix.normalize(path.startsWith('/') || cwd === null ? path : posix.join(cwd, path))
}

/** What tells files apart: Windows does not tell by letter case. */
export function keyOf(plain: string): string {
  return /^[A-Za-z]:\//.test(plain) || plain.startsWith('//') ? plain.toLowerCase() : plain
}

/** A plain path relative to a plain folder, with `/`; null: outside of it. */
export function relativeTo(root: string, plain: string): string | null {
  const folder = root.replace(/\/+$/, '')
  if (!keyOf(plain).startsWith(`${keyOf(folder)}/`)) return null
  return plain.slice(folder.length + 1)
}

/** The last part of a path of any system. */
export function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

/** Whether a path names a place of this machine: asking for another machine's would call it. */
export function isOurs(path: string): boolean {
  if (path.startsWith('//') || path.startsWith('\\\\')) return false
  return isWindowsPath(path) ? sep === '\\' : path.startsWith('/')
}
