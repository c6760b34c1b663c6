import { readlinkSync, rmSync } from 'node:fs'
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { gather } from '../text/gather.ts'
import type { ForgeTools } from '../ports/forge.ts'
import type { HookPorts } from '../ports/hook.ts'
import type { ClientProgram, ProgramHost, RecoveryPorts, Terminal } from '../ports/host.ts'
import { FileUnavailable } from '../ports/host.ts'
import { homeFolder } from './home.ts'
import { draftOf, removeOldDrafts, untilFinished } from './leftovers.ts'
import { createOutputFolder } from './output-folder.ts'
import { writeNewFile } from './new-file.ts'
import { createTerminal } from './terminal.ts'
import { whyUntrusted } from './trust.ts'

/** The parts of the program's world that have files of their own. */
export type Ports = Pick<ProgramHost, 'files' | 'processes' | 'git' | 'gitWriter' | 'demo'> & {
  readonly forge?: ForgeTools
  readonly client?: ClientProgram
  readonly recovery?: () => Promise<RecoveryPorts>
  readonly hooks?: () => Promise<HookPorts>
  /** The words that start this program again. */
  readonly findTool: () => readonly string[]
}

/** The real world of the program: this process, its terminal, its clock. `cwd` null: the current folder has been deleted. */
export function createProgramHost(
  { files, processes, git, gitWriter, forge, client, recovery, hooks, demo, findTool }: Ports,
  cwd: string | null = process.cwd(),
): ProgramHost {
  let stderr: Terminal | undefined
  let timeZone: string | undefined
  let tool: readonly string[] | undefined
  return {
    files,
    processes,
    git,
    gitWriter,
    ...(forge !== undefined && { forge }),
    ...(client !== undefined && { client }),
    ...(recovery !== undefined && { recovery }),
    ...(hooks !== undefined && { hooks }),
    demo,
    stdout: createTerminal(process.stdout),
    get stderr() {
      return (stderr ??= createTerminal(process.stderr))
    },
    env: process.env,
    get tool() {
      return (tool ??= findTool())
    },
    cwd,
    home: homeFolder(),
    get timeZone() {
      return (timeZone ??= hostZone())
    },
    now: () => Date.now(),
    writeFile: replaceFile,
    whyUntrusted,
    outputFolder: (path) => createOutputFolder(path),
    writeNewFile,
    readStdin,
  }
}

/** The zone by the name that Intl gives it. Where it plainly is UTC, as in most containers, Intl need not be loaded, which takes 15 ms. */
export function hostZone(env: NodeJS.ProcessEnv = process.env): string {
  return isPlainlyUtc(env['TZ']) ? 'UTC' : new Intl.DateTimeFormat().resolvedOptions().timeZone
}

function isPlainlyUtc(zone: string | undefined): boolean {
  if (zone !== undefined) return zone === 'UTC'
  try {
    return /\/zoneinfo\/(?:Etc\/)?UTC$/.test(readlinkSync('/etc/localtime'))
  } catch {
    // No link, or another system: Intl knows.
    return false
  }
}

/** Whole or not at all: a new file takes the place of the old one in one step. `isAdded`: behind what is there, as it comes. */
async function replaceFile(
  path: string,
  written: string | Iterable<string>,
  { isPrivate = false, isAdded = false }: { readonly isPrivate?: boolean; readonly isAdded?: boolean } = {},
): Promise<void> {
  const text = typeof written === 'string' ? written : gather(written)
  const target = await realpath(path).catch(() => path)
  const facts = await stat(target).catch(() => null)
  // /dev/null, a pipe: nothing to replace, and renaming over a device would take it away.
  if (facts !== null && !facts.isFile()) return await writeFile(target, text)
  if (isAdded && facts !== null) return await writeFile(target, text, { flag: 'a' })
  await removeOldDrafts(target)
  const draft = draftOf(target)
  const finish = untilFinished(() => rmSync(draft, { force: true }))
  try {
    const file = await open(draft, 'wx', facts === null ? (isPrivate ? 0o600 : 0o666) : facts.mode & 0o777)
    try {
      if (typeof text === 'string') await file.writeFile(text)
      else for (const piece of text) await file.writeFile(piece)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    finish()
  }
}

async function readStdin(maxBytes: number, withinMs?: number): Promise<string> {
  const { stdin } = process
  const chunks: Buffer[] = []
  let bytes = 0
  const timer = withinMs === undefined ? undefined : setTimeout(() => stdin.destroy(), withinMs)
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new FileUnavailable('standard input', 'EFBIG')
      chunks.push(chunk)
    }
  } catch (error) {
    // It was cut off by the timer, and what came is what there is.
    if (withinMs === undefined || !stdin.destroyed || error instanceof FileUnavailable) throw error
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).toString('utf8')
}
