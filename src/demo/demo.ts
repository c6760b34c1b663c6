import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import nodeProcess from 'node:process'
import type { Demo } from '../ports/host.ts'
import { incidentFiles, type Scene } from './incident.ts'
import { refundFiles } from './refund-session.ts'
import { buildRepository } from './repository.ts'
import { DemoUnavailable } from './unavailable.ts'

/**
 * Builds the sample incident in a new temporary folder: transcripts, registry, and a repository with worktrees and an
 * origin. Everything in it follows from `now` but the folder's name. Nothing stays behind when it fails, nor when the
 * program exits before `dispose`. Throws `DemoUnavailable`.
 */
export async function createDemo(now: number): Promise<Demo> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'agent-forensics-demo-')).catch(unavailable))
  const atExit = () => rmSync(folder, { recursive: true, force: true })
  nodeProcess.once('exit', atExit)
  const dispose = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    nodeProcess.removeListener('exit', atExit)
  }
  try {
    await build(folder, now)
    return { root: join(folder, '.claude', 'projects'), now, dispose }
  } catch (error) {
    await dispose()
    return unavailable(error)
  }
}

async function build(folder: string, now: number): Promise<void> {
  const scene: Scene = { home: join(folder, '.claude'), repo: join(folder, 'shop'), now }
  await mkdir(scene.home, { recursive: true })
  // First, since the transcripts tell the names of the commits.
  const commits = await buildRepository(scene, join(folder, 'origin.git'))
  for (const { path, text, modifiedAt } of [...incidentFiles({ ...scene, commits }), ...refundFiles(scene)]) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    // `--since` goes by the time of the file, and the story's clock need not be the machine's.
    await utimes(path, modifiedAt / 1000, modifiedAt / 1000)
  }
}

/** What the system refuses (a full disk, a folder that cannot be written) is no bug of ours. */
function unavailable(error: unknown): never {
  if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string') {
    throw new DemoUnavailable(tmpdir(), error.code, error.message)
  }
  throw error
}
