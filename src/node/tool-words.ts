import { readFileSync, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Env, findFirst, pathOf, trustedPath } from './programs.ts'

/** `src/node/`, `dist/node/` and `dist/bundle/` lie equally deep below the package. */
const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
const NAME = 'agent-forensics'
/** A launcher of a package manager is a few lines. Bytes. */
const MOST_BYTES = 16_384

/** What tells how this program was started. */
export interface Start {
  /** As the program found it: without what is taken out of its PATH later. */
  readonly env: Env
  readonly program?: string
  readonly execPath?: string
  readonly platform?: NodeJS.Platform
}

/**
 * The words that start this very program again, from any folder and without a registry: its name where the PATH of the person's shell leads
 * here, `npx` where that started it, else Node.js and the path.
 */
export function findToolWords({
  env,
  program = PROGRAM,
  execPath = process.execPath,
  platform = process.platform,
}: Start): readonly string[] {
  const own = realPath(program)
  const leadsTo = (name: string, target: string): boolean => {
    const names = platform === 'win32' ? ['.com', '.exe', '.bat', '.cmd'].map((end) => `${name}${end}`) : [name]
    const path = pathOf(env)
    // What npm and npx put in front is gone in the person's shell, unless they have put it there, too: both ways have to lead there.
    return [path.split(delimiter).filter((folder) => isAbsolute(folder)), trustedPath(path, platform)].every((folders) => {
      const found = findFirst(names, folders, platform)
      return found !== null && isSame(found, target)
    })
  }
  if (leadsTo(NAME, own)) return [NAME]
  const spec = findNpxSpec(own, env)
  if (spec !== null) return ['npx', '--offline', spec]
  return [leadsTo('node', realPath(execPath)) ? 'node' : execPath, own]
}

/** What a launcher starts; its own folder is named in the way of its shell. */
const LAUNCHED = /"((?:\$basedir|%~?dp0%?)?[^"\r\n]*[\\/]agent-forensics\.js)"/

/** Whether a file of the PATH is a program, or what a package manager writes to start it (Windows, pnpm). */
function isSame(found: string, target: string): boolean {
  if (realPath(found) === target) return true
  const [, named] = LAUNCHED.exec(readLauncher(found)) ?? []
  return named !== undefined && realPath(resolve(named.replace(/^(?:\$basedir|%~?dp0%?)/, dirname(realPath(found))))) === target
}

function readLauncher(path: string): string {
  try {
    return statSync(path).size > MOST_BYTES ? '' : readFileSync(path, 'utf8')
  } catch {
    // What may be run and not be read is none.
    return ''
  }
}

/**
 * What the person gave to npx; null: it was something else that started this, or npx would not find it again by its name alone. The
 * variables of npm are inherited by whatever a script of npm starts, so that the place has to tell, too: only npx installs into `_npx/`, and
 * notes what for. `--offline`: with a bare name it would ask the registry, and install what is newer there.
 */
function findNpxSpec(own: string, env: Env): string | null {
  const [, folder] = /^(.*[\\/]_npx[\\/][^\\/]+)[\\/]node_modules[\\/]agent-forensics[\\/]/.exec(own) ?? []
  if (folder === undefined || env['npm_command'] !== 'exec') return null
  try {
    const { _npx } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { _npx?: { packages?: unknown } }
    const packages: readonly unknown[] = Array.isArray(_npx?.packages) ? _npx.packages : []
    const [spec] = packages
    return packages.length === 1 && typeof spec === 'string' && /^agent-forensics(?:@[\w.-]+)?$/.test(spec) ? spec : null
  } catch {
    return null
  }
}

/** Without links; what is not there, as it stands. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
