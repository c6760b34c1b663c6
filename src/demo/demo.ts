import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Demo } from '../host.ts'
import { incidentFiles, type Scene } from './incident.ts'
import { buildRepository } from './repository.ts'

/**
 * Builds the sample incident in a new temporary folder: transcripts, registry, and a repository with worktrees and an
 * origin. Everything in it follows from `now` but the folder's name. Nothing stays behind when it fails.
 */
export async function createDemo(now: number): Promise<Demo> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'agent-forensics-demo-')))
  const dispose = () => rm(folder, { recursive: true, force: true, maxRetries: 3 })
  try {
    const scene: Scene = { home: join(folder, '.claude'), repo: join(folder, 'shop'), now }
    for (const { path, text, modifiedAt } of incidentFiles(scene)) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
      // `--since` goes by the time of the file, and the story's clock need not be the machine's.
      await utimes(path, modifiedAt / 1000, modifiedAt / 1000)
    }
    await buildRepository(scene, join(folder, 'origin.git'))
    return { root: join(scene.home, 'projects'), now, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
