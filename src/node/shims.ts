import { win32 } from 'node:path'
import type { Disk } from './programs.ts'

/** What a launcher of a package manager (npm, pnpm, yarn) for Windows starts. */
export interface Shim {
  /** The script or the program. */
  readonly target: string
  /** It takes Node.js to run it. */
  readonly isScript: boolean
  /** The Node.js that lies beside the launcher, where there is one. */
  readonly node: string
  /** As the package says; null: it does not tell. */
  readonly version: string | null
}

/** The last words of such a launcher: `"%dp0%\node_modules\…\cli.js" %*`. */
const TARGET = /"%(?:~dp0|dp0%)\\?([^"%\r\n]+\.(?:[cm]?js|exe))"\s+%\*/i
/** Packages do not lie deeper below their own folder. */
const MOST_LEVELS = 6

/** The launcher of a name in a folder of the PATH; null: there is none, or it is of no known form. */
export function findShim(folder: string, name: string, disk: Disk): Shim | null {
  const named = TARGET.exec(disk.read(win32.join(folder, `${name.replace(/\.cmd$/i, '')}.cmd`)) ?? '')?.[1]
  if (named === undefined) return null
  const target = win32.join(folder, named)
  if (!disk.isProgram(target, 'win32')) return null
  return { target, isScript: !/\.exe$/i.test(target), node: win32.join(folder, 'node.exe'), version: versionOf(target, disk) }
}

/** The version of the package that a file lies in. */
function versionOf(file: string, disk: Disk): string | null {
  let folder = win32.dirname(file)
  for (let left = MOST_LEVELS; left > 0; left -= 1) {
    const text = disk.read(win32.join(folder, 'package.json'))
    if (text !== null) return versionIn(text)
    folder = win32.dirname(folder)
  }
  return null
}

function versionIn(text: string): string | null {
  try {
    const { version } = JSON.parse(text) as { version?: unknown }
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}
