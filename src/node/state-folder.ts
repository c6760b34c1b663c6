import { join } from 'node:path'
import { FileUnavailable } from '../ports/host.ts'
import type { Env } from './programs.ts'

/** Where programs keep what they have done, for one person: XDG_STATE_HOME or, on Windows, LOCALAPPDATA moves it. */
export function stateFolder(env: Env, home: string): string {
  const { XDG_STATE_HOME: xdg, LOCALAPPDATA: local } = env
  if (xdg !== undefined && xdg.startsWith('/')) return xdg
  if (process.platform === 'win32' && local !== undefined && local !== '') return local
  if (home === '') throw new FileUnavailable('the state folder', 'HOME is empty')
  return join(home, '.local', 'state')
}
