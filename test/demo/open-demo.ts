import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDemos } from '../../src/demo/demos.ts'
import type { Demo } from '../../src/ports/host.ts'

/** The sample incident in a cache folder of its own, as of an instant. */
export interface OpenedDemo extends Demo {
  /** What holds everything: the client's folder, the repository, the origin. */
  readonly folder: string
  dispose(): void
}

/** Sets up the sample incident for one test; nothing of the person's own is touched. */
export async function openDemo(now: number): Promise<OpenedDemo> {
  const cache = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-sample-')))
  const demo = await createDemos({
    cache,
    now: () => now,
    journalsIn: () => {
      throw new Error('nobody recovers anything here')
    },
  }).open(now)
  return { ...demo, folder: join(cache, 'demo'), dispose: () => rmSync(cache, { recursive: true, force: true }) }
}
