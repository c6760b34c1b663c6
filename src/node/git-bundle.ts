import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GitUnavailable } from '../ports/git.ts'
import { draftOf, removeOldDrafts } from './leftovers.ts'
import { linkDraft } from './new-file.ts'
import type { PrivateGit } from './private-git.ts'

/** Writes a bundle, or finds the one that holds the same; null: remotes have all of it. */
export async function writeBundle(
  references: ReadonlyMap<string, string>,
  folder: string,
  name: string,
  inside: PrivateGit,
): Promise<string | null> {
  const held = [...references].map((each) => each.join(' ')).toSorted()
  const file = `${name}-${createHash('sha256').update(held.join('\n')).digest('hex').slice(0, 12)}.bundle`
  const path = join(folder, file)
  if ((await stat(path).catch(() => null)) !== null) return path
  // In our own folder: it may hold what was ignored for good reason, and nobody else may read it there.
  const made = join(inside.folder, 'bundle')
  try {
    await inside.real(['bundle', 'create', '--quiet', made, ...references.keys(), '--not', '--remotes'])
  } catch (error) {
    if (error instanceof GitUnavailable && /empty bundle/.test(error.detail)) return null
    throw error
  }
  await inside.real(['bundle', 'verify', '--quiet', made])
  const draft = draftOf(path)
  try {
    await removeOldDrafts(path)
    await mkdir(folder, { recursive: true })
    await chmod(made, 0o600)
    await copyFile(made, draft, constants.COPYFILE_EXCL)
    await linkDraft(draft, path)
  } catch (error) {
    throw new GitUnavailable('failed', `the bundle ${path} could not be written: ${error instanceof Error ? error.message : ''}`)
  } finally {
    await rm(draft, { force: true }).catch(() => {})
  }
  return path
}
