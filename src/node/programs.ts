import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, normalize } from 'node:path'
import type { ProgramCall, ProgramEnd, Programs, StartedProgram } from '../ports/programs.ts'

/** An environment, as a process gets it. */
export type Env = Readonly<Record<string, string | undefined>>

/** The programs of this machine. */
export function createPrograms(env: Env = process.env, platform: NodeJS.Platform = process.platform): Programs {
  return { start: (call) => startProgram(call, env, platform) }
}

function startProgram({ cwd, argv, output, without = [], timeoutMs }: ProgramCall, env: Env, platform: NodeJS.Platform): StartedProgram {
  const [name = '', ...words] = argv
  if (!isFolder(cwd)) return refuseStart(`the folder ${cwd} is not there`)
  const program = findProgram(name, env, platform)
  if (program === null) return refuseStart(`${name} was not found on the PATH`)
  let file: number | null = null
  try {
    if (output !== 'terminal') file = openSync(output.file, 'a', 0o600)
    const kept = Object.entries(trustedEnvironment(env)).filter(([key]) => !without.includes(key))
    const child = spawn(program, words, {
      cwd,
      env: Object.fromEntries(kept),
      shell: false,
      stdio: file === null ? 'inherit' : ['ignore', file, file],
      windowsHide: file !== null,
      ...(timeoutMs !== undefined && { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
    })
    return { pid: child.pid ?? null, ended: endOf(child) }
  } catch (error) {
    return refuseStart(error instanceof Error ? error.message : String(error))
  } finally {
    if (file !== null) closeSync(file)
  }
}

function refuseStart(error: string): StartedProgram {
  return { pid: null, ended: Promise.resolve({ error }) }
}

function endOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ error: error.message }))
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })
}

/**
 * The folders of a PATH in which programs are looked for: absolute ones, and none of a project's own packages. A project could plant a
 * program of any name there, and npx puts those folders first.
 */
export function trustedPath(path: string): readonly string[] {
  return path.split(delimiter).filter((folder) => isAbsolute(folder) && !/[\\/]node_modules[\\/]\.bin[\\/]?$/i.test(normalize(folder)))
}

/** An environment whose PATH is the trusted one: what a program starts in turn is found there, too. */
export function trustedEnvironment<Value extends string | undefined>(env: Readonly<Record<string, Value>>): Record<string, Value | string> {
  const trusted: Record<string, Value | string> = { ...env }
  for (const [name, value] of Object.entries(env))
    if (isPath(name) && value !== undefined) trusted[name] = trustedPath(value).join(delimiter)
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
export function findProgram(name: string, env: Env, platform: NodeJS.Platform = process.platform): string | null {
  if (isAbsolute(name)) return isProgram(name, platform) ? name : null
  if (/[\\/]/.test(name)) return null
  // What Windows runs without a shell; `claude.cmd` is a text for cmd.exe, whose quoting nobody can rely on.
  const names = platform === 'win32' && !/\.(?:exe|com)$/i.test(name) ? [`${name}.exe`, `${name}.com`] : [name]
  return findFirst(names, trustedPath(pathOf(env)), platform)
}

/** The first program that has one of the names; null: none of the folders has one. */
export function findFirst(names: readonly string[], folders: readonly string[], platform: NodeJS.Platform): string | null {
  for (const folder of folders) {
    const found = names.map((each) => join(folder, each)).find((each) => isProgram(each, platform))
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

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
