import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { HookMemory } from '../ports/hook.ts'
import { stateFolder } from './state-folder.ts'
import type { Env } from './programs.ts'
import { codeOf } from '../ports/system-error.ts'

/** Names are digests of ours. */
const NAME = /^[a-z0-9-]{1,80}$/
/** What is older is forgotten: nobody resumes a session after so long, and if somebody does, a thing is told twice. Milliseconds. */
const OLDEST_MS = 90 * 24 * 60 * 60_000
/** More are never kept; the oldest go first. */
const MOST = 2_000

/**
 * One empty file for each thing that was told or done, in the person's state folder. To make a file is to claim the thing: of any number of
 * processes one succeeds. There is nothing in it that could be damaged, and nothing that tells anybody anything.
 */
export function createHookMemory({ env = process.env, home }: { readonly env?: Env; readonly home: string }): HookMemory {
  const folderOf = (): string => join(stateFolder(env, home), 'agent-forensics', 'hooks')
  const pathOf = (name: string): string => {
    if (!NAME.test(name)) throw new Error(`not a name: ${name}`)
    return join(folderOf(), name)
  }
  return {
    async claim(names) {
      mkdirSync(folderOf(), { recursive: true, mode: 0o700 })
      const own = new Set<string>()
      for (const name of new Set(names)) {
        try {
          make(pathOf(name), 'wx')
          own.add(name)
        } catch (error) {
          if (codeOf(error) !== 'EEXIST') throw error
        }
      }
      if (own.size > 0) forgetOld(folderOf())
      return own
    },
    async listClaimed(names) {
      return new Set(names.filter((name) => statSync(pathOf(name), { throwIfNoEntry: false }) !== undefined))
    },
    async lastNoted(name) {
      return statSync(pathOf(name), { throwIfNoEntry: false })?.mtimeMs ?? null
    },
    async note(name) {
      mkdirSync(folderOf(), { recursive: true, mode: 0o700 })
      const path = pathOf(name)
      make(path, 'a')
      const now = new Date()
      utimesSync(path, now, now)
    },
  }
}

function make(path: string, flag: 'wx' | 'a'): void {
  closeSync(openSync(path, flag, 0o600))
}

/** Only what we made: a file of another name stays. */
function forgetOld(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => NAME.test(name))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.at - a.at)
  for (const [index, { path, at }] of files.entries()) {
    if (index >= MOST || at < Date.now() - OLDEST_MS) rmSync(path, { force: true })
  }
}
