import { isAbsolute, join, resolve } from 'node:path'
import { defaultRoots } from '../clients/index.ts'
import type { ProgramHost } from '../ports/host.ts'
import { EnvironmentError } from './errors.ts'

type Place = Pick<ProgramHost, 'cwd' | 'home' | 'env'>

const NO_HOME = 'HOME is not an absolute path'

/** A path of the command line, absolute; a leading `~` counts, because shells leave it alone in `--root=~/x`. */
export function absolute(path: string, { cwd, home }: Omit<Place, 'env'>): string {
  if (/^~(?=\/|$)/.test(path)) {
    if (home === '') throw new EnvironmentError(`${NO_HOME}: cannot resolve ${path}`)
    return join(home, path.slice(1))
  }
  if (isAbsolute(path)) return resolve(path)
  if (cwd === null) throw new EnvironmentError(`the current folder has been deleted: cannot resolve ${path}; go to another folder`)
  return resolve(cwd, path)
}

/** Where transcripts are: where a person says, else where the clients keep them. `client`: the id of the only one. */
export function rootsOf(given: readonly string[] | undefined, place: Place, client?: string): readonly string[] {
  const roots = given?.map((root) => absolute(root, place)) ?? defaultRoots(place, client)
  if (roots.length === 0) throw new EnvironmentError(`${NO_HOME}: name the folder of the transcripts with --root <dir>`)
  return roots
}
