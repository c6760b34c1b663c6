import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that lasts as long as all tests, for what they build once and copy. */
    readonly originals: string
  }
}

/** Makes the folder before all tests, and removes it behind them. */
export default function provideOriginals(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'originals-'))
  project.provide('originals', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
