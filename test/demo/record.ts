import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { RECORDED } from '../../src/demo/recording.ts'
import { AGENTS, incidentFiles, worktreeOf } from './incident.ts'
import { refundFiles } from './refund-session.ts'
import { buildRepository } from './repository.ts'

/** Files of a repository's git directory that git does not make again by itself. */
const RECORDED_BY_GIT = /^(?:worktrees\/[^/]+\/)?(?:logs\/(?:HEAD|refs\/.*)|locked)$/

/** The files of fixtures/demo/, by their paths below it: the story as it is told in this folder. */
export async function recordDemo(): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'record-demo-'))
  try {
    const scene = { home: `${RECORDED.folder}/.claude`, repo: `${RECORDED.folder}/shop`, now: RECORDED.now }
    const built = { home: folder, repo: join(folder, 'shop'), now: RECORDED.now }
    const commits = await buildRepository(built, join(folder, 'origin.git'))
    const files = new Map<string, string>()
    const add = (path: string, text: string) => files.set(`tree/${path.replaceAll(/(?<=^|\/)\./g, 'dot-')}`, text)
    for (const { path, text } of [...incidentFiles({ ...scene, commits }), ...refundFiles(scene)]) {
      add(relative(RECORDED.folder, path), text)
    }
    const git = (...args: readonly string[]) => execFileSync('git', ['-C', built.repo, ...args], { encoding: 'utf8' })
    files.set('shop.fast-export', git('fast-export', '--branches', '--show-original-ids'))
    for (const path of filesBelow(join(built.repo, '.git')).filter((each) => RECORDED_BY_GIT.test(each))) {
      add(`shop/.git/${path}`, readFileSync(join(built.repo, '.git', path), 'utf8'))
    }
    const worktree = worktreeOf(built.repo, AGENTS.prices)
    const uncommitted = execFileSync('git', ['-C', worktree, 'ls-files', '-z', '--modified', '--others'], { encoding: 'utf8' })
    for (const path of uncommitted.split('\0').filter((each) => each !== '')) {
      add(join(relative(folder, worktree), path), readFileSync(join(worktree, path), 'utf8'))
    }
    return files
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The files below a folder, by their paths from there, with `/`. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted()
}
