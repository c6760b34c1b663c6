import { constants, readdirSync, rmSync, type Stats } from 'node:fs'
import { chmod, type FileHandle, lstat, mkdir, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type OutputFolder, OutputRefused } from '../ports/host.ts'
import { untilFinished } from './leftovers.ts'
import { codeOf } from '../ports/system-error.ts'

/** The calls of node:fs behind an output folder: a test that needs a full disk hands in one that fails. */
export interface WritingSystem {
  lstat(path: string): Promise<Pick<Stats, 'isDirectory' | 'isSymbolicLink'>>
  mkdir(path: string, mode: number): Promise<unknown>
  chmod(path: string, mode: number): Promise<void>
  readdir(path: string): Promise<readonly string[]>
  open(path: string, flags: number, mode: number): Promise<Pick<FileHandle, 'writeFile' | 'close'>>
  unlink(path: string): Promise<void>
}

const nodeWritingSystem: WritingSystem = { lstat, mkdir: (path, mode) => mkdir(path, { mode }), chmod, readdir, open, unlink }

// Windows has no O_NOFOLLOW; there, too, O_EXCL refuses a name that is taken, by a link or anything else.
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/** What a salvage writes before its manifest, which comes last: with nothing else, a folder is what a killed run left. */
const IS_OURS = /^(?:files|alternatives|tree|salvage\.patch|main|agent[-~][a-z0-9_-]+)$/

/** Makes the folder, or takes an empty one, so that only its owner may enter; its parent has to be there. */
export async function createOutputFolder(path: string, system: WritingSystem = nodeWritingSystem): Promise<OutputFolder> {
  const found = await system.lstat(path).catch((error: unknown) => (codeOf(error) === 'ENOENT' ? null : refuse(path, error)))
  if (found === null) await system.mkdir(path, 0o700).catch((error: unknown) => refuse(path, error))
  else {
    if (found.isSymbolicLink()) throw new OutputRefused(path, 'is_a_link')
    if (!found.isDirectory()) throw new OutputRefused(path, 'ENOTDIR')
    const refuseFull = async (): Promise<void> => {
      const names = await system.readdir(path).catch((error: unknown) => refuse(path, error))
      if (names.length > 0) throw new OutputRefused(path, names.every((name) => IS_OURS.test(name)) ? 'unfinished' : 'not_empty')
    }
    // Of a folder that is refused nothing is changed; of one that is taken, nobody has put anything in before it was shut.
    await refuseFull()
    await system.chmod(path, 0o700).catch((error: unknown) => refuse(path, error))
    await refuseFull()
  }
  const made = new Set<string>()
  // Of a folder that was there, and empty, only what came into it goes.
  const finish = untilFinished(() => {
    for (const each of found === null ? [path] : readdirSync(path).map((name) => join(path, name)))
      rmSync(each, { recursive: true, force: true })
  })
  return {
    path,
    finish,
    async write(parts, bytes) {
      const unsafe = parts.find((part) => !isPlainName(part))
      if (unsafe !== undefined || parts.length === 0) throw new OutputRefused(path, 'unsafe_name')
      let folder = path
      await refuseLink(folder, system)
      for (const part of parts.slice(0, -1)) {
        folder = join(folder, part)
        // One by one, and looked at without following: a folder that a link stands for is somebody else's.
        if (!made.has(folder))
          await system.mkdir(folder, 0o700).catch((error: unknown) => (codeOf(error) === 'EEXIST' ? undefined : refuse(folder, error)))
        made.add(folder)
        await refuseLink(folder, system)
      }
      const target = join(folder, parts.at(-1) ?? '')
      const file = await system.open(target, CREATE, 0o600).catch((error: unknown) => refuse(target, error))
      try {
        try {
          await file.writeFile(bytes)
        } finally {
          await file.close()
        }
      } catch (error) {
        await system.unlink(target).catch(() => undefined)
        throw new OutputRefused(target, codeOf(error) ?? 'UNKNOWN')
      }
    },
  }
}

async function refuseLink(folder: string, system: WritingSystem): Promise<void> {
  const facts = await system.lstat(folder).catch((error: unknown) => refuse(folder, error))
  if (facts.isSymbolicLink()) throw new OutputRefused(folder, 'is_a_link')
  if (!facts.isDirectory()) throw new OutputRefused(folder, 'ENOTDIR')
}

/** Whoever calls has better rules; this one only makes sure that a name stays a name. */
function isPlainName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !/[\\/\0]/.test(part)
}

function refuse(path: string, error: unknown): never {
  throw new OutputRefused(path, codeOf(error) ?? 'UNKNOWN')
}
