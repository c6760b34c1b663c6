import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { posix, win32 } from 'node:path'
import { findShim } from './shims.ts'

/** An environment, as a process gets it. */
export type Env = Readonly<Record<string, string | undefined>>

/** What of the disk tells programs from other files. */
export interface Disk {
  isProgram(path: string, platform: NodeJS.Platform): boolean
  /** Null: it cannot be read, or is no small text. */
  read(path: string): string | null
}

/** How a program is started: a file that the system runs, and the words that come before those of the call. */
export interface Runnable {
  readonly file: string
  readonly words: readonly string[]
  /** As the package says that a launcher belongs to; null: it is no launcher, or its package does not tell. */
  readonly version: string | null
}

/**
 * The folders of a PATH in which programs are looked for: absolute ones, and none of a project's own packages. A project could plant a
 * program of any name there, and npx puts those folders first.
 */
export function trustedPath(path: string, platform: NodeJS.Platform = process.platform): readonly string[] {
  const rules = rulesOf(platform)
  // Windows lets a folder stand in quotes there.
  const folders = path.split(rules.delimiter).map((folder) => (platform === 'win32' ? folder.replace(/^"(.*)"$/, '$1') : folder))
  return folders.filter((folder) => rules.isAbsolute(folder) && !/[\\/]node_modules[\\/]\.bin[\\/]?$/i.test(rules.normalize(folder)))
}

function rulesOf(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix
}

/** An environment whose PATH is the trusted one: what a program starts in turn is found there, too. */
export function trustedEnvironment<Value extends string | undefined>(env: Readonly<Record<string, Value>>): Record<string, Value | string> {
  const trusted: Record<string, Value | string> = { ...env }
  for (const [name, value] of Object.entries(env))
    if (isPath(name) && value !== undefined) trusted[name] = trustedPath(value).join(rulesOf(process.platform).delimiter)
  return trusted
}

/**
 * For whatever this process starts, what a project brought along does not exist: under npx, and in scripts of npm, it comes first. Gives the
 * environment as it was.
 */
export function trustOwnPath(): Env {
  const found = { ...process.env }
  Object.assign(process.env, trustedEnvironment(found))
  return found
}

/** Where a program is, by its name alone or by an absolute path; null: nowhere that is trusted. */
export function findProgram(name: string, env: Env, platform: NodeJS.Platform = process.platform, disk: Disk = DISK): string | null {
  if (rulesOf(platform).isAbsolute(name)) return disk.isProgram(name, platform) ? name : null
  if (/[\\/]/.test(name)) return null
  // What Windows runs without a shell.
  const names = platform === 'win32' && !/\.(?:exe|com)$/i.test(name) ? [`${name}.exe`, `${name}.com`] : [name]
  return findFirst(names, trustedPath(pathOf(env), platform), platform, disk)
}

/**
 * How a program is started, also where a package manager put it: on Windows `claude.cmd` is a text for cmd.exe, whose quoting nobody can rely on.
 * What it would start is started in its place.
 */
export function findRunnable(name: string, env: Env, platform: NodeJS.Platform = process.platform, disk: Disk = DISK): Runnable | null {
  if (platform !== 'win32' || /[\\/]/.test(name)) {
    const file = findProgram(name, env, platform, disk)
    return file === null ? null : { file, words: [], version: null }
  }
  // The first folder of the PATH that has it in any form counts, as for the person.
  for (const folder of trustedPath(pathOf(env), platform)) {
    const file = findProgram(name, { PATH: folder }, platform, disk)
    if (file !== null) return { file, words: [], version: null }
    const shim = findShim(folder, name, disk)
    if (shim === null) continue
    const node = [shim.node, findProgram('node', env, platform, disk)].find((each) => each !== null && disk.isProgram(each, platform))
    return shim.isScript
      ? { file: node ?? process.execPath, words: [shim.target], version: shim.version }
      : { file: shim.target, words: [], version: shim.version }
  }
  return null
}

/** The first program that has one of the names; null: none of the folders has one. */
export function findFirst(
  names: readonly string[],
  folders: readonly string[],
  platform: NodeJS.Platform,
  disk: Disk = DISK,
): string | null {
  const rules = rulesOf(platform)
  for (const folder of folders) {
    const found = names.map((each) => rules.join(folder, each)).find((each) => disk.isProgram(each, platform))
    if (found !== undefined) return found
  }
  return null
}

/** The PATH of an environment. */
export function pathOf(env: Env): string {
  return Object.entries(env).find(([key]) => isPath(key))?.[1] ?? ''
}

// Windows spells it `Path`.
function isPath(name: string): boolean {
  return name.toUpperCase() === 'PATH'
}

function isProgram(path: string, platform: NodeJS.Platform): boolean {
  try {
    if (!statSync(path).isFile()) return false
    if (platform !== 'win32') accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const MOST_BYTES = 64 * 1024

const DISK: Disk = {
  isProgram,
  read(path) {
    try {
      return statSync(path).size > MOST_BYTES ? null : readFileSync(path, 'utf8')
    } catch {
      return null
    }
  },
}
