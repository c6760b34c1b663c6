import { execFile } from 'node:child_process'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createGit } from '../../src/node/git.ts'
import { createGitWriter } from '../../src/node/git-writer.ts'
import type { GitWriter } from '../../src/ports/git-writer.ts'
import { type Preserved, type PreserveOptions, preserveWork } from '../../src/preserve/preserve.ts'
import { emptyRow } from '../../src/worktree/empty-row.ts'
import type { AtRisk, WorktreeReport } from '../../src/worktree/worktree-report.ts'
import type { Lab } from '../git/lab.ts'

export const REF = 'refs/heads/rescue/a1'
export const HIDDEN = 'refs/not-pushed/rescue/a1'

/** What a row says, and what was asked; what is not said is as in a worktree on `main` with one commit at risk. */
export interface Keeping extends Partial<PreserveOptions> {
  readonly branch?: string | null
  readonly row?: Partial<WorktreeReport>
  /** The commit of a branch or a worktree that is gone; null: there is none. */
  readonly commit?: string | null
  readonly stashes?: boolean
  readonly lost?: readonly string[]
  readonly max?: number
  readonly paths?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The row of a place. */
export function rowOf(place: string, { branch = 'main', commit, stashes, lost = [], paths = [], row }: Keeping = {}): WorktreeReport {
  const risk = (what: AtRisk['what'], count: number, named: readonly string[] = []): AtRisk[] =>
    count === 0 ? [] : [{ what, count, lines: null, bytes: null, paths: [...named] }]
  return {
    ...emptyRow(place),
    repo: place,
    exists: commit === undefined,
    head: commit ?? null,
    branch,
    agents: ['a1'],
    atRisk: [
      ...risk('commits', 1),
      ...risk('ignored', paths.length, paths),
      ...risk('stash', stashes === true ? 1 : 0),
      ...risk('reflog', lost.length),
    ],
    lostCommits: [...lost],
    ...row,
  }
}

const writers = new WeakMap<Lab, GitWriter>()

/** The writer of a lab, which has asked for the version of git once; with `env`, one of its own. */
export function writerOf(lab: Lab, env?: Readonly<Record<string, string>>): GitWriter {
  const known = env === undefined ? writers.get(lab) : undefined
  if (known !== undefined) return known
  const whole = { ...lab.env, ...env }
  const writer = createGitWriter(createGit({ env: whole }), { env: whole })
  if (env === undefined) writers.set(lab, writer)
  return writer
}

/** Saves one place. */
export function keep(lab: Lab, place: string, keeping: Keeping = {}): Promise<Preserved> {
  const { max = 1_000_000, env } = keeping
  const options = { ref: 'refs/heads/rescue', push: false, bundle: null, maxFileBytes: max, ...keeping }
  return preserveWork([rowOf(place, keeping)], options, writerOf(lab, env))
}

/** As `keep`; fails unless it worked and nothing but objects and new references came into being. */
export async function keepUntouched(lab: Lab, place: string, keeping: Keeping = {}): Promise<Preserved> {
  const before = await state(lab)
  const kept = await keep(lab, place, keeping)
  expect(kept.failures).toEqual([])
  expect(await state(lab)).toEqual(before)
  return kept
}

/** Everything below the lab's folder with time and content, but for where objects and rescue references go. */
export async function state(lab: Lab): Promise<Map<string, string>> {
  const whole = await lab.snapshot(lab.root)
  const isNew = /\/(?:objects|refs\/not-pushed|refs\/backup|refs\/heads\/rescue|logs\/refs\/heads\/rescue)(?:\/|$)/
  // Folders in which a folder for the new references was made carry its time.
  const isAbove = /^$|\.git$|\/(?:refs|refs\/heads|logs|logs\/refs|logs\/refs\/heads)$/
  return new Map([...whole].filter(([path]) => !isNew.test(path) && !isAbove.test(path) && !path.startsWith('/bundles')))
}

/** What a commit holds, by name: mode and content. Names that are not UTF-8 are told by their bytes. */
export async function heldBy(lab: Lab, repo: string, ref: string): Promise<Map<string, string>> {
  const listed = (await lab.git(repo, 'ls-tree', '-r', '-z', '--full-tree', ref)).split('\0').filter((line) => line !== '')
  const entries = listed.map((line) => /^(\d+) (\w+) ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [])
  const blobs = await readBlobs(
    lab,
    repo,
    entries.flatMap(([, , type, oid = '']) => (type === 'commit' ? [] : [oid])),
  )
  return new Map(entries.map(([, mode = '', , oid = '', path = '']) => [path, `${mode} ${blobs.get(oid) ?? oid}`]))
}

/** Contents of blobs by their ids, all from one git: to start it costs more than to ask. */
async function readBlobs(lab: Lab, repo: string, oids: readonly string[]): Promise<Map<string, string>> {
  const child = execFile('git', ['cat-file', '--batch'], { cwd: repo, env: { ...lab.env }, maxBuffer: 2 ** 26 })
  child.stdin?.end(oids.map((oid) => `${oid}\n`).join(''))
  let stdout = ''
  child.stdout?.on('data', (text) => (stdout += String(text)))
  await new Promise((done) => child.once('close', done))
  const whole = Buffer.from(stdout, 'utf8')
  const blobs = new Map<string, string>()
  for (let at = 0; at < whole.length;) {
    const start = whole.indexOf('\n', at) + 1
    const [oid = '', , size = ''] = whole.toString('utf8', at, start).split(' ')
    at = start + Number(size) + 1
    blobs.set(oid, whole.toString('utf8', start, at - 1))
  }
  return blobs
}

/** What lies in a folder, as `heldBy` tells it; `.git` and `except` left out. */
export async function lyingIn(folder: string, except: readonly string[] = []): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const visit = async (below: string): Promise<void> => {
    for (const name of await readdir(join(folder, below))) {
      const path = below === '' ? name : `${below}/${name}`
      if (name === '.git' || except.includes(path)) continue
      const stats = await lstat(join(folder, path))
      if (stats.isDirectory()) await visit(path)
      else if (stats.isSymbolicLink()) found.set(path, `120000 ${await readlink(join(folder, path))}`)
      else found.set(path, `${(stats.mode & 0o100) === 0 ? '100644' : '100755'} ${await readFile(join(folder, path), 'utf8')}`)
    }
  }
  await visit('')
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The very content of the folder is in the reference. */
export async function expectHeld(lab: Lab, place: string, ref = REF, except: readonly string[] = []): Promise<void> {
  const held = await heldBy(lab, place, ref)
  expect(new Map([...held].toSorted(([a], [b]) => (a < b ? -1 : 1)))).toEqual(await lyingIn(place, except))
}
