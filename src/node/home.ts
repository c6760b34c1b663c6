import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'

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
