import { constants, rmSync } from 'node:fs'
import { copyFile, link, mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { draftOf, removeOldDrafts, untilFinished } from './leftovers.ts'
import { codeOf } from '../ports/system-error.ts'

/** Errors of file systems that know no hard links: exFAT says EPERM on Linux, ENOTSUP on a Mac, EISDIR or EINVAL on Windows. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR', 'EINVAL'])

/** Characters that are collected before they are written: a call for every line would take most of the time. */
const BATCH = 1024 * 1024

/**
 * Writes a file that must not be there yet, readable by its owner alone: whole, or not at all. False: it is there, and was left as
 * it is. A draft beside it gets its name by a link, which no system lets replace a file.
 */
export async function writeNewFile(path: string, chunks: AsyncIterable<string>): Promise<boolean> {
  if (await exists(path)) return false
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await removeOldDrafts(path)
  const draft = draftOf(path)
  const finish = untilFinished(() => rmSync(draft, { force: true }))
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      let waiting = ''
      for await (const chunk of chunks) {
        waiting += chunk
        if (waiting.length < BATCH) continue
        await file.writeFile(waiting)
        waiting = ''
      }
      await file.writeFile(waiting)
      await file.sync()
    } finally {
      await file.close()
    }
    return await linkDraft(draft, path)
  } finally {
    await rm(draft, { force: true })
    finish()
  }
}

/** Gives a draft its name, by a link beside it; false: the name is taken, and stays as it is. */
export async function linkDraft(draft: string, path: string, makeLink: typeof link = link): Promise<boolean> {
  try {
    await makeLink(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!lacksLinks(error)) throw error
  }
  try {
    await copyFile(draft, path, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Whether a link failed because the file system knows none. */
export function lacksLinks(error: unknown): boolean {
  return NO_LINKS.has(codeOf(error) ?? '')
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
