import native, { posix, win32 } from 'node:path'
import { defaultRoots } from '../clients/index.ts'
import type { ProgramHost } from '../ports/host.ts'
import { isAbsolutePath, isWindowsPath } from '../text/path.ts'
import { EnvironmentError } from './errors.ts'

type Place = Pick<ProgramHost, 'cwd' | 'home' | 'env'>

const NO_HOME = 'HOME is not an absolute path'

/** A path of the command line, absolute; a leading `~` counts, because shells leave it alone in `--root=~/x`. */
export function absolute(path: string, { cwd, home }: Omit<Place, 'env'>): string {
  const rules = rulesOf(home === '' ? cwd : home)
  if ((rules === win32 ? /^~(?=[\\/]|$)/ : /^~(?=\/|$)/).test(path)) {
    if (home === '') throw new EnvironmentError(`${NO_HOME}: cannot resolve ${path}`)
    return rules.join(home, path.slice(1))
  }
  if (rules.isAbsolute(path)) return rules.resolve(path)
  if (cwd === null) throw new EnvironmentError(`the current folder has been deleted: cannot resolve ${path}; go to another folder`)
  return rules.resolve(cwd, path)
}

/** A project as transcripts may name it: also one of another system, which no folder here can be. */
export function projectOf(path: string, place: Omit<Place, 'env'>): string {
  return isWindowsPath(path) && isAbsolutePath(path) ? win32.normalize(path) : absolute(path, place)
}

function rulesOf(place: string | null): typeof native {
  if (place === null || place === '') return native
  return isWindowsPath(place) ? win32 : posix
}

/** Where transcripts are: where a person says, else where the clients keep them. `client`: the id of the only one. */
export function rootsOf(given: readonly string[] | undefined, place: Place, client?: string): readonly string[] {
  const roots = given?.map((root) => absolute(root, place)) ?? defaultRoots(place, client)
  if (roots.length === 0) throw new EnvironmentError(`${NO_HOME}: name the folder of the transcripts with --root <dir>`)
  return roots
}
