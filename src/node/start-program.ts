import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { type Env, findRunnable, trustedEnvironment } from './programs.ts'
import type { ProgramCall, ProgramEnd, Programs, StartedProgram } from '../ports/programs.ts'

/** The programs of this machine. */
export function createPrograms(env: Env = process.env, platform: NodeJS.Platform = process.platform): Programs {
  return { start: (call) => startProgram(call, env, platform) }
}

function startProgram({ cwd, argv, output, without = [], timeoutMs }: ProgramCall, env: Env, platform: NodeJS.Platform): StartedProgram {
  const [name = '', ...words] = argv
  if (!isFolder(cwd)) return refuseStart(`the folder ${cwd} is not there`)
  const program = findRunnable(name, env, platform)
  if (program === null) return refuseStart(`${name} was not found on the PATH`)
  let file: number | null = null
  try {
    if (output !== 'terminal') file = openSync(output.file, 'a', 0o600)
    const kept = Object.entries(trustedEnvironment(env)).filter(([key]) => !without.includes(key))
    const child = spawn(program.file, [...program.words, ...words], {
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

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
