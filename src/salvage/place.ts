import { posix, sep, win32 } from 'node:path'
import { isWindowsPath } from '../text/path.ts'

/** A path of a transcript, absolute and in its plainest form, with `/`; relative ones are taken from where the record ran. */
export function plainPath(path: string, cwd: string | null): string {
  const windows = isWindowsPath(path) || (cwd !== null && isWindowsPath(cwd) && !path.startsWith('/'))
  if (windows) return win32.normalize(isWindowsPath(path) || cwd === null ? path : win32.join(cwd, path)).replaceAll('\\', '/')
  return posix.normalize(path.startsWith('/') || cwd === null ? path : posix.join(cwd, path))
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
