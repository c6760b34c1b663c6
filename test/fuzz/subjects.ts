import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Processes } from '../../src/ports/host.ts'
import { BESIDE } from '../hostile/beside.ts'
import { STORIES } from '../hostile/stories.ts'
import { filesOf, noProcesses, NOW } from '../hostile/world.ts'
import { type Home, readHome } from './home.ts'

/** A home to be damaged, and the moment and machine that it is looked at on. */
export interface Subject {
  readonly name: string
  readonly now: number
  readonly processes: Processes
  readonly home: () => Home
}

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url))

interface CaseFile {
  readonly now: string
  readonly processes?: {
    readonly domain?: string
    readonly alive: readonly { readonly pid: number; readonly start: string | null; readonly startedAt: number | null }[]
  }
}

function ofFiles(name: string, files: ReadonlyMap<string, string>): Subject {
  const home = new Map([...files].map(([path, text]) => [path, { bytes: Buffer.from(text) }]))
  return { name, now: NOW, processes: noProcesses, home: () => home }
}

function ofFolder(folder: string, name: string): Subject {
  const path = join(FIXTURES, folder, name)
  const { now, processes } = JSON.parse(readFileSync(join(path, 'case.json'), 'utf8')) as CaseFile
  return {
    name: `${folder}/${name}`,
    now: Date.parse(now),
    processes: {
      domain: async () => processes?.domain ?? null,
      async inspect(pid) {
        const found = processes?.alive.find((each) => each.pid === pid)
        return found === undefined ? { state: 'gone' } : { state: 'alive', start: found.start, startedAt: found.startedAt }
      },
    },
    home: () => readHome(join(path, 'root')),
  }
}

/** The stories that are damaged everywhere, and the roots of all cases and near misses. */
export function listSubjects(): readonly Subject[] {
  return [
    ...Object.entries(STORIES).map(([name, tree]) => ofFiles(name, filesOf(tree))),
    ofFiles('files beside transcripts', BESIDE),
    ...['cases', 'near-misses'].flatMap((folder) =>
      readdirSync(join(FIXTURES, folder))
        .toSorted()
        .map((name) => ofFolder(folder, name)),
    ),
  ]
}
