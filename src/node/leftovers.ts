import { randomUUID } from 'node:crypto'
import { lstat, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** What is younger may be somebody’s at work. */
const OLD_MS = 24 * 60 * 60_000
const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

const removals = new Set<() => void>()

/** Takes something away where the process ends, by whatever but a kill, before its job has. The answer is called when it has. */
export function untilFinished(remove: () => void): () => void {
  if (removals.size === 0) process.once('exit', removeUnfinished)
  removals.add(remove)
  return () => {
    removals.delete(remove)
    if (removals.size === 0) process.off('exit', removeUnfinished)
  }
}

/** Takes away what is not finished. */
export function removeUnfinished(): void {
  for (const remove of removals) {
    try {
      remove()
    } catch {
      // The others have to go all the same.
    }
  }
  removals.clear()
}

/** Where a file is written before it gets its name. */
export function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
}

/** Takes away the drafts of a file that runs left which were killed. */
export async function removeOldDrafts(path: string): Promise<void> {
  await removeOld(dirname(path), (name) => name.startsWith(`.${basename(path)}.`) && IS_DRAFT.test(name), 'file')
}

const IS_DRAFT = new RegExp(`\\.${ID}\\.tmp$`)

/** Takes away what a person’s own processes left in a folder long ago; what may not be looked at stays. */
export async function removeOld(folder: string, isOurs: (name: string) => boolean, kind: 'file' | 'folder'): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const path of names.filter(isOurs).map((name) => join(folder, name))) {
    const stats = await lstat(path).catch(() => null)
    if (stats === null || (kind === 'file' ? !stats.isFile() : !stats.isDirectory())) continue
    if (stats.uid !== (process.getuid?.() ?? stats.uid) || Date.now() - stats.mtimeMs < OLD_MS) continue
    await rm(path, { recursive: kind === 'folder', force: true }).catch(() => {})
  }
}
