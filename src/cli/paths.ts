import { join, resolve } from 'node:path'
import type { ProgramHost } from '../ports/host.ts'

type Place = Pick<ProgramHost, 'cwd' | 'home' | 'env'>

/** A path of the command line, absolute; a leading `~` counts, because shells leave it alone in `--root=~/x`. */
export function absolute(path: string, { cwd, home }: Place): string {
  return resolve(cwd, /^~(?=\/|$)/.test(path) ? join(home, path.slice(1)) : path)
}

/** Where Claude Code keeps its transcripts. */
export function defaultRoot(place: Place): string {
  const config = place.env['CLAUDE_CONFIG_DIR'] ?? ''
  return join(config === '' ? join(place.home, '.claude') : absolute(config, place), 'projects')
}
