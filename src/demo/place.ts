import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** What tells where a person's programs keep what can be made again. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Empty: nothing tells. */
  readonly home: string
  readonly platform: NodeJS.Platform
}

/** The cache folder of this program, as it is spelled without links; null: nothing tells where it would be. */
export function findCacheFolder({ env, home, platform }: Surroundings): string | null {
  const { XDG_CACHE_HOME: xdg = '', LOCALAPPDATA: local = '' } = env
  if (isAbsolute(xdg)) return join(withoutLinks(xdg), NAME)
  if (platform === 'win32' && isAbsolute(local)) return join(withoutLinks(local), NAME, 'Cache')
  if (home === '') return null
  return join(withoutLinks(platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache')), NAME)
}

/** Where the transcripts of the sample incident are; null: nothing tells. */
export function findDemoRoot(surroundings: Surroundings): string | null {
  const cache = findCacheFolder(surroundings)
  return cache === null ? null : join(cache, 'demo', '.claude', 'projects')
}

const NAME = 'agent-forensics'

/** git tells the real paths of worktrees. A folder that is not there yet will be made by us, and be no link. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(withoutLinks(above), basename(path))
  }
}
