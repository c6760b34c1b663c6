import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GitUnavailable } from '../ports/git.ts'
import { draftOf, removeOldDrafts } from './leftovers.ts'
import { linkDraft } from './new-file.ts'
import type { GitOutput } from './git-run.ts'

interface Bundling {
  readonly references: ReadonlyMap<string, string>
  readonly folder: string
  readonly name: string
  /** Where it is made: it may hold what was ignored for good reason, and nobody else may read it there. */
  readonly temporary: string
  readonly real: (args: readonly string[]) => Promise<GitOutput>
}

/** Writes a bundle, or finds the one that holds the same; null: remotes have all of it. */
export async function writeBundle({ references, folder, name, temporary, real }: Bundling): Promise<string | null> {
  const held = [...references].map((each) => each.join(' ')).toSorted()
  const mark = createHash('sha256').update(held.join('\n')).digest('hex').slice(0, 12)
  const path = join(folder, `${name}-${mark}.bundle`)
  if ((await stat(path).catch(() => null)) !== null) return path
  const made = join(temporary, 'bundle')
  try {
    await real(['bundle', 'create', '--quiet', made, ...references.keys(), '--not', '--remotes'])
  } catch (error) {
    if (error instanceof GitUnavailable && /empty bundle/.test(error.detail)) return null
    throw error
  }
  await real(['bundle', 'verify', '--quiet', made])
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
    await rm(made, { force: true })
  }
  return path
}
