import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { ProgramCall, ProgramEnd, Programs, StartedProgram } from '../ports/programs.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The programs of this machine. */
export function createPrograms(env: Env = process.env, platform: NodeJS.Platform = process.platform): Programs {
  return { start: (call) => startProgram(call, env, platform) }
}

function startProgram({ cwd, argv, output, without = [], timeoutMs }: ProgramCall, env: Env, platform: NodeJS.Platform): StartedProgram {
  const [name = '', ...words] = argv
  if (!isFolder(cwd)) return refuseStart(`the folder ${cwd} is not there`)
  const path = trustedPath(env['PATH'] ?? env['Path'] ?? '')
  const program = findProgram(name, path, platform)
  if (program === null) return refuseStart(`${name} was not found on the PATH`)
  let file: number | null = null
  try {
    if (output !== 'terminal') file = openSync(output.file, 'a', 0o600)
    const kept = Object.fromEntries(Object.entries(env).filter(([key]) => !without.includes(key) && key.toUpperCase() !== 'PATH'))
    const child = spawn(program, words, {
      cwd,
      env: { ...kept, PATH: path.join(delimiter) },
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
 * program of any name there.
 */
export function trustedPath(path: string): readonly string[] {
  return path.split(delimiter).filter((folder) => isAbsolute(folder) && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
}

function findProgram(name: string, folders: readonly string[], platform: NodeJS.Platform): string | null {
  if (isAbsolute(name)) return isProgram(name, platform) ? name : null
  if (/[\\/]/.test(name)) return null
  // What Windows runs without a shell; `claude.cmd` is a text for cmd.exe, whose quoting nobody can rely on.
  const names = platform === 'win32' && !/\.(?:exe|com)$/i.test(name) ? [`${name}.exe`, `${name}.com`] : [name]
  for (const folder of folders) {
    const found = names.map((each) => join(folder, each)).find((each) => isProgram(each, platform))
    if (found !== undefined) return found
  }
  return null
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
