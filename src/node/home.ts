import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'

/** What tells where a person's programs keep their things. */
export function findSurroundings(): { readonly env: NodeJS.ProcessEnv; readonly home: string; readonly platform: NodeJS.Platform } {
  return { env: process.env, home: homeFolder(), platform: process.platform }
}

/** The person’s folder; empty where nothing tells. With an empty HOME, `~/x` would be `./x` of whatever folder somebody is in. */
export function homeFolder(): string {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : ''
  } catch {
    // A user that this machine does not know, without HOME.
    return ''
  }
}

/** Null: it has been deleted. */
export function currentFolder(): string | null {
  try {
    return process.cwd()
  } catch {
    return null
  }
}
