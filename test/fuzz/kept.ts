import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Done, Fault } from './check.ts'
import { type Home, readHome } from './home.ts'

const KEPT = fileURLToPath(new URL('../../fixtures/fuzz/', import.meta.url))

/** What a find is about, beside the files that show it. */
export interface Find {
  readonly law: string
  readonly told: string
  /** What was damaged, and how. */
  readonly subject: string
  readonly steps: readonly string[]
  readonly seed: number
  readonly done: Done
  /** Agents that were finished before, and those that were so at any line of their transcripts. */
  readonly completed: readonly string[]
  readonly finished: readonly string[]
}

/** Keeps a find as a fixture, which an ordinary test runs; the folder that it is in. */
export function keep(home: Home, fault: Fault, find: Omit<Find, 'law' | 'told'>): string {
  const hash = createHash('sha256')
  for (const [path, entry] of home) hash.update(JSON.stringify([path, 'link' in entry ? entry.link : entry.bytes.toString('latin1')]))
  const folder = join(KEPT, `${fault.law.replaceAll(' ', '-')}-${hash.digest('hex').slice(0, 8)}`)
  for (const [path, entry] of home) {
    const whole = join(folder, 'root', path)
    mkdirSync(dirname(whole), { recursive: true })
    if ('link' in entry) symlinkSync(entry.link, whole)
    else writeFileSync(whole, entry.bytes)
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'find.json'), `${JSON.stringify({ ...fault, ...find }, null, 2)}\n`)
  return folder
}

/** All that was found, by the name of its folder. */
export function listKept(): readonly { readonly name: string; readonly find: Find; readonly home: Home }[] {
  if (!existsSync(KEPT)) return []
  return readdirSync(KEPT)
    .toSorted()
    .map((name) => ({
      name,
      find: JSON.parse(readFileSync(join(KEPT, name, 'find.json'), 'utf8')) as Find,
      home: readHome(join(KEPT, name, 'root')),
    }))
}
