import { copyFile, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repository } from '../ports/git.ts'
import type { CommitFacts, GitStore, SaveSource } from '../ports/git-writer.ts'
import type { FactualGit } from './git.ts'
import { OID } from './git-parse.ts'
import { ownDirectory, readSmall, type RepositoryFacts } from './git-repository.ts'
import type { GitCall, GitOutput, RunGit } from './git-run.ts'

/** A git directory without any configuration, over the objects of a repository, with a copy of its index. */
export interface PrivateGit {
  readonly git: FactualGit
  readonly run: RunGit
  readonly repository: Repository
  readonly facts: RepositoryFacts
  /** Where the files are. */
  readonly place: string
  /** The temporary folder; the git directory in it, and the index. */
  readonly folder: string
  readonly gitDir: string
  readonly index: string
  readonly head: CommitFacts | null
  readonly inProgress: readonly string[]
  /** For the environment of git: this git directory, over those objects. */
  readonly env: Readonly<Record<string, string>>
  /** Asks in this git directory. Without `index` there is none: no call can reach the one of the worktree, whatever else went wrong. */
  readonly own: (args: readonly string[], more?: Partial<GitCall> & { readonly index?: string }) => Promise<GitOutput>
  /** Asks the repository itself. */
  readonly real: (args: readonly string[], input?: string) => Promise<GitOutput>
  readonly commitFacts: GitStore['commitFacts']
}

const HEADS = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']
/** Files of a git directory that hold commits which nothing else may hold. */
const STATE_FILES = [
  'MERGE_HEAD',
  'MERGE_AUTOSTASH',
  ...['rebase-merge', 'rebase-apply'].flatMap((name) => [`${name}/orig-head`, `${name}/autostash`]),
]
/** Commits that are asked for at once. */
const MAX_ASKED = 1_000
/** HEAD of a git directory that has no commit. */
export const UNBORN = 'ref: refs/heads/none\n'

/** In logs of references. */
const IDENTITY = { GIT_COMMITTER_NAME: 'agent-forensics', GIT_COMMITTER_EMAIL: 'agent-forensics@localhost' }
/** Whatever the repository says. */
const SETTINGS = ['core.splitIndex=false', 'core.quotePath=false', 'maintenance.auto=false']
const OWN_SETTINGS = [
  ...SETTINGS,
  'core.bare=false',
  'core.autocrlf=false',
  'core.safecrlf=false',
  // Names that are odd elsewhere are work all the same.
  'core.protectNTFS=false',
  'core.protectHFS=false',
  // Files that git was told not to look at count as soon as they are there.
  'core.sparseCheckout=true',
]

interface Opening {
  readonly git: FactualGit
  readonly run: RunGit
  readonly source: SaveSource
  readonly repository: Repository
  readonly folder: string
}

/** Sets it up in a temporary folder. */
export async function createPrivateGit({ git, run, source, repository, folder }: Opening): Promise<PrivateGit> {
  const facts = await git.factsOf(repository)
  const [gitDir, index, noIndex] = [join(folder, 'git'), join(folder, 'index'), join(folder, 'none')]
  const place = source.kind === 'repository' ? join(folder, 'empty') : source.path
  for (const name of ['git/refs', 'git/info', 'empty']) await mkdir(join(folder, name), { recursive: true })
  const format =
    facts.oidBytes === 32 ? 'repositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256' : 'repositoryformatversion = 0'
  await writeFile(join(gitDir, 'config'), `[core]\n\t${format}\n`)
  // Every conversion off, so that files are saved byte for byte.
  await writeFile(join(gitDir, 'info/attributes'), '* -text -ident !filter !working-tree-encoding\n')
  for (const name of ['info/exclude', 'shallow']) await copyIfThere(join(repository.commonDir, name), join(gitDir, name))

  const env = { GIT_DIR: gitDir, GIT_WORK_TREE: place, GIT_OBJECT_DIRECTORY: join(repository.commonDir, 'objects') }
  const own: PrivateGit['own'] = (args, { index: file = noIndex, ...more } = {}) =>
    run({ worktree: place, args, ...more, env: { ...env, GIT_INDEX_FILE: file }, settings: [...facts.files, ...OWN_SETTINGS] })
  const real: PrivateGit['real'] = (args, input) => {
    const around = { ...ownDirectory(repository), GIT_INDEX_FILE: noIndex, ...IDENTITY }
    return run({ worktree: repository.worktreePath, args, ...(input !== undefined && { input }), env: around, settings: SETTINGS })
  }
  const isWorktree = source.kind === 'worktree'
  const told = isWorktree ? await Promise.all(STATE_FILES.map((file) => readSmall(join(repository.gitDir, file)))) : []
  const ids = told.flatMap((text) => (text ?? '').split('\n').map((line) => line.split(/\s/)[0] ?? '')).filter((oid) => OID.test(oid))
  const names = isWorktree ? ['HEAD', ...HEADS, ...ids] : source.head === null ? [] : [source.head]
  const known = await readCommits([...new Set([...names, ...source.commits.slice(0, MAX_ASKED)])], real)
  const [head = null] = names.slice(0, 1).flatMap((name) => known.get(name) ?? [])
  const inProgress = new Set(names.slice(1).flatMap((name) => known.get(name)?.oid ?? []))
  await writeFile(join(gitDir, 'HEAD'), head === null ? UNBORN : `${head.oid}\n`)
  if (isWorktree) await copyIndex(repository.gitDir, index, gitDir)
  else if (source.kind === 'folder' && head !== null) await own(['read-tree', head.oid], { index })
  return {
    git,
    run,
    repository,
    facts,
    place,
    folder,
    gitDir,
    index,
    head,
    env,
    own,
    real,
    inProgress: [...inProgress].filter((oid) => oid !== head?.oid),
    async commitFacts(asked) {
      const others = asked.filter((id) => OID.test(id) && !known.has(id))
      for (const [id, commit] of await readCommits(others, (args, input = '') => own(args, { input }))) known.set(id, commit)
      return new Map(asked.flatMap((id) => (known.has(id) ? [[id, known.get(id) as CommitFacts] as const] : [])))
    },
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  if ((await stat(from).catch(() => null))?.isFile() === true) await copyFile(from, to)
}

/** An index that is older than it was only makes git look closer. */
async function copyIndex(from: string, to: string, gitDir: string): Promise<void> {
  const stats = await stat(join(from, 'index')).catch(() => null)
  if (stats?.isFile() !== true) return
  const at = Math.floor(stats.mtimeMs / 1000)
  await copyFile(join(from, 'index'), to)
  await utimes(to, at, at)
  for (const name of await readdir(from)) if (name.startsWith('sharedindex.')) await copyIfThere(join(from, name), join(gitDir, name))
}

/** The commits that names stand for, by name. */
async function readCommits(names: readonly string[], ask: PrivateGit['real']): Promise<Map<string, CommitFacts>> {
  const found = new Map<string, CommitFacts>()
  if (names.length === 0) return found
  const { stdout } = await ask(['cat-file', '--batch'], names.map((name) => `${name}^{commit}\n`).join(''))
  let at = 0
  for (const name of names) {
    const end = stdout.indexOf(10, at)
    const [oid = '', kind, size] = stdout.toString('latin1', at, end === -1 ? stdout.length : end).split(' ')
    at = end + 1
    if (kind !== 'commit') continue
    const [header = ''] = stdout.toString('latin1', at, at + Number(size)).split('\n\n', 1)
    at += Number(size) + 1
    const tree = /^tree ([0-9a-f]+)$/m.exec(header)?.[1]
    const when = Number(/^committer .*> (\d{1,12}) /m.exec(header)?.[1] ?? 0)
    if (tree !== undefined) found.set(name, { oid, tree, at: when })
  }
  return found
}
