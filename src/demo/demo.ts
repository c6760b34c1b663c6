import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lastInstantOf, restoreName, restoreText, type Target } from './recording.ts'
import { setUpRepository } from './repository.ts'

/** `src/demo/`, `dist/demo/` and `dist/bundle/` lie equally deep below the package. */
const FIXTURE = fileURLToPath(new URL('../../fixtures/demo/', import.meta.url))

/** Where the sample incident is made, and how it is given up. */
export interface Making {
  /** Where the files are written. */
  readonly draft: string
  /** Where they will be, beside the draft: what every path in them names. */
  readonly folder: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Ends whatever is at it. */
  readonly signal?: AbortSignal
}

/**
 * Makes the sample incident in an empty folder: transcripts, registry, and a repository with worktrees and an origin, as fixtures/demo/
 * holds them, moved to `now`.
 */
export async function makeDemo(making: Making): Promise<void> {
  // First, since the transcripts name the commits, and since the files of the worktrees lie in them.
  const commits = await setUpRepository(FIXTURE, making)
  await restoreFiles(making.draft, { ...making, commits })
}

async function restoreFiles(draft: string, target: Target): Promise<void> {
  const tree = join(FIXTURE, 'tree')
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const recorded = join(entry.parentPath, entry.name)
    const path = join(
      draft,
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
