import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import nodeProcess from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Demo } from '../ports/host.ts'
import { lastInstantOf, restoreName, restoreText, type Target } from './recording.ts'
import { setUpRepository } from './repository.ts'
import { DemoUnavailable } from './unavailable.ts'

/** `src/demo/`, `dist/demo/` and `dist/bundle/` lie equally deep below the package. */
const FIXTURE = fileURLToPath(new URL('../../fixtures/demo/', import.meta.url))

/**
 * Sets up the sample incident in a new temporary folder: transcripts, registry, and a repository with worktrees and an
 * origin, as fixtures/demo/ holds them, moved to `now`. Nothing stays behind when it fails, nor when the program exits
 * before `dispose`. Throws `DemoUnavailable`.
 */
export async function createDemo(now: number): Promise<Demo> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'agent-forensics-demo-')).catch(refuseDemo))
  const atExit = () => rmSync(folder, { recursive: true, force: true })
  nodeProcess.once('exit', atExit)
  const dispose = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    nodeProcess.removeListener('exit', atExit)
  }
  try {
    // First, since the transcripts name the commits, and since the files of the worktrees lie in them.
    await restoreFiles({ folder, now, commits: await setUpRepository(FIXTURE, folder, now) })
    return { root: join(folder, '.claude', 'projects'), now, dispose }
  } catch (error) {
    await dispose()
    return refuseDemo(error)
  }
}

async function restoreFiles(target: Target): Promise<void> {
  const tree = join(FIXTURE, 'tree')
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const recorded = join(entry.parentPath, entry.name)
    const path = join(
      target.folder,
      ...relative(tree, recorded)
        .split(sep)
        .map((name) => restoreName(name, target)),
    )
    const text = restoreText(await readFile(recorded, 'utf8'), target)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    // `--since` goes by the time of the file, and the story's clock need not be the machine's.
    const modifiedAt = path.endsWith('.jsonl') ? lastInstantOf(text) : null
    if (modifiedAt !== null) await utimes(path, modifiedAt / 1000, modifiedAt / 1000)
  }
}

/** What the system refuses (a full disk, a folder that cannot be written) is no bug of ours. */
function refuseDemo(error: unknown): never {
  if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string') {
    throw new DemoUnavailable(tmpdir(), error.code, error.message)
  }
  throw error
}
