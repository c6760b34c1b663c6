import { cp, mkdtemp, readdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'

const originals = new Map<string, Promise<string>>()

/**
 * Fills a folder as `build` would. It runs once for each `key`; the other folders are copies, which cost no process. Files of a copy look
 * changed to git until it has compared them: `git update-index --refresh`.
 */
export async function fillByCopy(key: string, folder: string, build: (folder: string) => Promise<void>): Promise<void> {
  let original = originals.get(key)
  if (original === undefined) originals.set(key, (original = buildOriginal(build)))
  const from = await original
  await cp(from, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  await replacePath(folder, from, folder)
}

async function buildOriginal(build: (folder: string) => Promise<void>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(inject('originals'), 'original-')))
  await build(folder)
  return folder
}

/** Git notes absolute paths in small files: where worktrees are, and the addresses of remotes. */
async function replacePath(folder: string, from: string, to: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && entry.name !== 'objects') await replacePath(path, from, to)
    if (!entry.isFile() || !/^(?:\.git|config|gitdir|FETCH_HEAD)$/.test(entry.name)) continue
    const text = await readFile(path, 'utf8')
    if (text.includes(from)) await writeFile(path, text.replaceAll(from, to))
  }
}
