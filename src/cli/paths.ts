import { join, resolve } from 'node:path'
import { clients } from '../clients/index.ts'
import type { ProgramHost } from '../ports/host.ts'

type Place = Pick<ProgramHost, 'cwd' | 'home' | 'env'>

/** A path of the command line, absolute; a leading `~` counts, because shells leave it alone in `--root=~/x`. */
export function absolute(path: string, { cwd, home }: Place): string {
  return resolve(cwd, /^~(?=\/|$)/.test(path) ? join(home, path.slice(1)) : path)
}

/** Where the clients keep their transcripts. */
export function defaultRoots(place: Place): readonly string[] {
  return clients.map((client) => client.defaultRoot(place))
}
