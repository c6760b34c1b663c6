import { copyFile, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GitUnavailable, type Repository } from '../ports/git.ts'
import type { CommitFacts, SaveSource } from '../ports/git-writer.ts'
import { guardRepository, notePatternFiles, patternFilesIn } from './git-guard.ts'
import { type ConfigEntry, OID, parseConfig } from './git-parse.ts'
import { readSmall } from './git-repository.ts'
import type { GitCall, GitOutput, RunGit } from './git-run.ts'

/** What of a repository's configuration says how its files are read. */
export interface StoreFacts {
  readonly oidBytes: 20 | 32
  /** Objects may be missing here that a remote has. */
  readonly isPartial: boolean
  readonly settings: readonly string[]
}

/** A git directory without any configuration, over the objects of another one, with copies of its index. */
export interface PrivateGit {
  readonly folder: string
  readonly facts: StoreFacts
  readonly head: CommitFacts | null
  readonly inProgress: readonly string[]
  /** Of the worktree: to add its files to, and as it was. */
  readonly index: string
  readonly staged: string
  /** Where no index is: no call can reach the one of the worktree, whatever else went wrong. */
  readonly noIndex: string
  readonly emptyFile: string
  /** For the environment of git: this git directory, over those objects. */
  readonly env: Readonly<Record<string, string>>
  run(index: string, args: readonly string[], more?: Partial<GitCall>): Promise<GitOutput>
  newIndex(): Promise<string>
  commitFacts(ids: readonly string[]): Promise<ReadonlyMap<string, CommitFacts>>
}

interface Opening {
  readonly run: RunGit
  readonly source: SaveSource
  readonly repository: Repository
  /** The temporary folder. */
  readonly folder: string
}

const HEADS = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']
/** Files of a git directory that hold commits which nothing else may hold. */
const STATE_FILES = [
  'MERGE_HEAD',
  'MERGE_AUTOSTASH',
  'rebase-merge/orig-head',
  'rebase-merge/autostash',
  'rebase-apply/orig-head',
  'rebase-apply/autostash',
]
/** Every conversion off, so that files are saved byte for byte. */
const ATTRIBUTES = '* -text -ident !filter !working-tree-encoding\n'

/** Sets it up. Throws `GitUnavailable`. */
export async function createPrivateGit(opening: Opening): Promise<PrivateGit> {
  try {
    return await setUp(opening)
  } catch (error) {
    if (error instanceof GitUnavailable || !(error instanceof Error && 'code' in error)) throw error
    throw new GitUnavailable('failed', error.message)
  }
}

async function setUp({ run, source, repository, folder }: Opening): Promise<PrivateGit> {
  const isWorktree = source.kind === 'worktree'
  const isBare = repository.mainWorktree === null && repository.gitDir === repository.commonDir
  const real = (args: readonly string[], input?: string): Promise<GitOutput> =>
    run({
      worktree: repository.worktreePath,
      args,
      ...(input !== undefined && { input }),
      env: isBare ? { GIT_DIR: repository.gitDir } : {},
    })
  await guardRepository(run, repository, readSmall)
  const listed = parseConfig((await real(['config', '--list', '--show-scope', '--includes', '-z'])).stdout, true)
  notePatternFiles(repository.worktreePath, patternFilesIn(listed), process.env['HOME'])
  const facts = storeFactsOf(listed)
  const gitDir = join(folder, 'git')
  await writeGitDirectory(gitDir, facts)
  await writeFile(join(gitDir, 'info/attributes'), ATTRIBUTES)
  await copyIfThere(join(repository.commonDir, 'info/exclude'), join(gitDir, 'info/exclude'))
  await copyIfThere(join(repository.commonDir, 'shallow'), join(gitDir, 'shallow'))
  const place = source.kind === 'repository' ? join(folder, 'empty') : source.path
  await mkdir(join(folder, 'empty'))
  await writeFile(join(folder, 'nothing'), '')

  const [index, staged] = [join(folder, 'index'), join(folder, 'staged')]
  const env = { GIT_DIR: gitDir, GIT_WORK_TREE: place, GIT_OBJECT_DIRECTORY: join(repository.commonDir, 'objects') }
  let made = 0
  const inside: Omit<PrivateGit, 'head' | 'inProgress'> = {
    folder,
    facts,
    index,
    staged,
    noIndex: join(folder, 'none'),
    emptyFile: join(folder, 'nothing'),
    env,
    run: (file, args, more = {}) =>
      run({ worktree: place, args, ...more, env: { ...env, GIT_INDEX_FILE: file, ...more.env }, settings: facts.settings }),
    async newIndex() {
      made += 1
      return join(folder, `index-${made}`)
    },
    commitFacts: (ids) =>
      readCommits(
        ids.filter((id) => OID.test(id)),
        (args, input) => inside.run(inside.noIndex, args, { input }),
      ),
  }
  if (!isWorktree) {
    const head = source.head === null ? null : ((await inside.commitFacts([source.head])).get(source.head) ?? null)
    if (source.kind === 'folder' && head !== null) await inside.run(index, ['read-tree', head.oid])
    return { ...inside, head, inProgress: [] }
  }
  await copyIndex(repository.gitDir, gitDir, [index, staged])
  const named = await readCommits(['HEAD', ...HEADS], real)
  const head = named.get('HEAD') ?? null
  const texts = await Promise.all(STATE_FILES.map((file) => readSmall(join(repository.gitDir, file))))
  const told = texts.flatMap((text) => (text ?? '').split('\n').map((line) => line.split(/\s/)[0] ?? ''))
  const states = [...new Set([...HEADS.flatMap((name) => named.get(name)?.oid ?? []), ...told])].filter(
    (oid) => OID.test(oid) && oid !== head?.oid,
  )
  const known = states.length === 0 ? new Map<string, CommitFacts>() : await inside.commitFacts(states)
  return { ...inside, head, inProgress: states.filter((oid) => known.has(oid)) }
}

/** An empty bare git directory of the same kind of objects. */
export async function writeGitDirectory(gitDir: string, { oidBytes }: Pick<StoreFacts, 'oidBytes'>): Promise<void> {
  for (const name of ['objects/pack', 'refs', 'info']) await mkdir(join(gitDir, name), { recursive: true })
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n')
  const format = oidBytes === 32 ? 'repositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n' : 'repositoryformatversion = 0\n'
  await writeFile(join(gitDir, 'config'), `[core]\n\t${format}`)
}

function storeFactsOf(listed: readonly ConfigEntry[]): StoreFacts {
  const own = listed.filter(({ scope }) => scope === 'local' || scope === 'worktree')
  const value = (key: string): string | undefined => own.findLast((entry) => entry.key === key)?.value
  const kept = ['core.filemode', 'core.symlinks', 'core.ignorecase', 'core.excludesfile'].flatMap((key) => {
    const text = value(key)
    return text === undefined ? [] : [`${key}=${text}`]
  })
  return {
    oidBytes: value('extensions.objectformat') === 'sha256' ? 32 : 20,
    isPartial: value('extensions.partialclone') !== undefined || own.some(({ key }) => /^remote\..*\.promisor$/s.test(key)),
    settings: [
      ...kept,
      'core.bare=false',
      'core.autocrlf=false',
      'core.safecrlf=false',
      'core.splitIndex=false',
      // Names that are odd elsewhere are work all the same.
      'core.protectNTFS=false',
      'core.protectHFS=false',
      // Files that git was told not to look at count as soon as they are there.
      'core.sparseCheckout=true',
      'i18n.commitEncoding=UTF-8',
      'core.quotePath=false',
      'maintenance.auto=false',
    ],
  }
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  const stats = await stat(from).catch(() => null)
  if (stats?.isFile() !== true) return false
  await copyFile(from, to)
  return true
}

/** An index that is older than it was only makes git look closer. */
async function copyIndex(from: string, gitDir: string, to: readonly string[]): Promise<void> {
  const stats = await stat(join(from, 'index')).catch(() => null)
  if (stats?.isFile() !== true) return
  const at = Math.floor(stats.mtimeMs / 1000)
  for (const path of to) {
    await copyFile(join(from, 'index'), path)
    await utimes(path, at, at)
  }
  for (const name of await readdir(from)) if (name.startsWith('sharedindex.')) await copyIfThere(join(from, name), join(gitDir, name))
}

/** The commits that names stand for, by name. */
async function readCommits(
  names: readonly string[],
  ask: (args: readonly string[], input: string) => Promise<GitOutput>,
): Promise<ReadonlyMap<string, CommitFacts>> {
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
