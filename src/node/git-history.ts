import { join } from 'node:path'
import { GitUnavailable, type CommitRange, type Git, type ReflogEntry, type Repository } from '../ports/git.ts'
import { checkRevision, DIFF, isPlainPath, PATCH } from './git-arguments.ts'
import { COMMIT_FORMAT, OID, parseCommits, parseReflog, stashOf } from './git-parse.ts'
import { readSmall, type GitAccess } from './git-repository.ts'
import { wordOf } from './git-run.ts'

// git counts in 32 bits.
const MAX_COUNT = 2 ** 31 - 1

type HistoryReader = Pick<
  Git,
  | 'log'
  | 'countBetween'
  | 'mergeBase'
  | 'isAncestor'
  | 'patchIds'
  | 'squashPatchId'
  | 'resolveCommits'
  | 'lastCommitted'
  | 'hasObjects'
  | 'reflog'
  | 'stashes'
>

/** The part of git that looks at commits, and at how references moved. */
export function createHistoryReader(access: GitAccess): HistoryReader {
  const presence = new Presence(access)
  const listRevisions = async (repository: Repository, range: CommitRange, args: readonly string[]): Promise<Buffer> => {
    if (range.from.length === 0 || range.max <= 0) return Buffer.alloc(0)
    const excluded = await presence.find(repository, range.not)
    const input = [...range.from.map(checkRevision), ...excluded.map((name) => `^${name}`), ''].join('\n')
    const bound = `--max-count=${Math.min(Math.floor(range.max), MAX_COUNT)}`
    return (await access.ask(repository, ['rev-list', bound, ...args, '--stdin'], { input })).stdout
  }
  return {
    log: async (repository, range) =>
      parseCommits(await listRevisions(repository, range, ['--encoding=UTF-8', '--no-commit-header', `--format=${COMMIT_FORMAT}`])),
    async countBetween(repository, a, b) {
      const output = await access.ask(repository, ['rev-list', '--left-right', '--count', `${checkRevision(a)}...${checkRevision(b)}`])
      const [onlyA, onlyB] = wordOf(output).split('\t').map(Number)
      return { onlyA: onlyA ?? 0, onlyB: onlyB ?? 0 }
    },
    mergeBase: (repository, a, b) => findMergeBase(access, repository, a, b),
    isAncestor: async (repository, ancestor, descendant) =>
      (
        await access.ask(repository, ['merge-base', '--is-ancestor', checkRevision(ancestor), checkRevision(descendant)], {
          answers: [0, 1],
        })
      ).exitCode === 0,
    async patchIds(repository, range) {
      const commits = await listRevisions(repository, range, ['--no-merges'])
      if (commits.length === 0) return []
      // Plumbing: the repository's taste in diffs (diff.orderFile, diff.noprefix, …) would change the ids.
      const { filters } = await access.factsOf(repository)
      const { stdout } = await access.ask(repository, ['diff-tree', '--stdin', '--root', ...PATCH], { input: commits, filters })
      return computePatchIds(access, repository, stdout)
    },
    async squashPatchId(repository, base, tip) {
      const from = await findMergeBase(access, repository, base, tip)
      if (from === null) return null
      const { filters } = await access.factsOf(repository)
      const { stdout } = await access.ask(repository, ['diff-tree', ...PATCH, from, checkRevision(tip)], { filters })
      return (
        (await computePatchIds(access, repository, stdout.length === 0 ? stdout : Buffer.concat([Buffer.from(`${from}\n`), stdout])))[0]
          ?.patchId ?? null
      )
    },
    lastCommitted: (repository, query) => findLastCommitted(access, presence, repository, query),
    resolveCommits: (repository, ids) => resolveCommits(access, repository, ids),
    hasObjects: async (repository, oids) => new Set(await presence.find(repository, oids)),
    reflog: (repository, ref) => readReflog(access, repository, ref),
    stashes: async (repository) => (await readReflog(access, repository, 'refs/stash')).map(stashOf),
  }
}

/**
 * Which objects a repository has. Worktrees that are looked at side by side ask for nearly the same, so that what is being asked already is
 * waited for. One that was found is not asked about again: only a clean-up takes it away, and then git says so.
 */
class Presence {
  readonly #access: GitAccess
  /** By repository and name: whether it is here. */
  readonly #answers = new Map<string, Map<string, Promise<boolean>>>()

  constructor(access: GitAccess) {
    this.#access = access
  }

  /** Those that are here. */
  async find(repository: Repository, names: readonly string[]): Promise<string[]> {
    const asked = [...new Set(names)].map(checkRevision)
    const answers = this.#answers.get(repository.commonDir) ?? new Map<string, Promise<boolean>>()
    this.#answers.set(repository.commonDir, answers)
    const open = asked.filter((name) => !answers.has(name))
    if (open.length > 0) this.#ask(repository, open, answers)
    const here = await Promise.all(asked.map(async (name) => await answers.get(name)))
    return asked.filter((_name, at) => here[at])
  }

  #ask(repository: Repository, names: readonly string[], answers: Map<string, Promise<boolean>>): void {
    const input = names.map((name) => `${name}\n`).join('')
    const output = this.#access.ask(repository, ['cat-file', '--batch-check=%(objectname)'], { input })
    const lines = output.then(({ stdout }) => stdout.toString('utf8').split('\n'))
    for (const [at, name] of names.entries()) {
      const answer = lines.then((all) => OID.test(all[at] ?? ''))
      answers.set(name, answer)
      const forget = (): void => void answers.delete(name)
      // What a name stands for may change, and what is not here may come.
      answer.then((isHere) => (isHere && OID.test(name) ? undefined : forget()), forget)
    }
  }
}

/** Commits looked through for the files that they wrote. */
const MAX_WRITING = 5_000

async function findLastCommitted(
  access: GitAccess,
  presence: Presence,
  repository: Repository,
  { from, paths, since }: Parameters<Git['lastCommitted']>[1],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  const wanted = new Set(paths.filter(isPlainPath))
  const revisions = await presence.find(repository, from)
  if (wanted.size === 0 || revisions.length === 0) return found
  const input = [...revisions, '--', ...[...wanted].filter((path) => !path.includes('\n')), ''].join('\n')
  const bounds = [`--max-count=${MAX_WRITING}`, `--max-age=${Math.max(0, Math.floor(since / 1000))}`]
  const { stdout } = await access.ask(repository, ['rev-list', '--stdin', '--full-history', '--timestamp', ...bounds], { input })
  const times = new Map(
    stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, number] => [line.slice(line.indexOf(' ') + 1), Number(line.slice(0, line.indexOf(' '))) * 1000]),
  )
  if (times.size === 0) return found
  const names = ['diff-tree', '--stdin', '-r', '-m', '-z', '--root', '--name-only', '--diff-filter=d', ...DIFF]
  const listed = await access.ask(repository, names, { input: [...times.keys(), ''].join('\n') })
  let at = 0
  for (const part of listed.stdout.toString('utf8').split('\0')) {
    const time = times.get(part)
    if (time !== undefined) at = time
    else if (wanted.has(part)) found.set(part, Math.max(at, found.get(part) ?? 0))
  }
  return found
}

async function resolveCommits(access: GitAccess, repository: Repository, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const asked = [...new Set(ids)].filter((id) => /^[0-9a-f]{4,64}$/.test(id))
  if (asked.length === 0) return new Map()
  const input = asked.map((id) => `${id}^{commit}\n`).join('')
  const { stdout } = await access.ask(repository, ['cat-file', '--batch-check=%(objectname)'], { input })
  const answers = stdout.toString('utf8').split('\n')
  return new Map(
    asked.flatMap((id, at): [string, string][] => {
      const oid = answers[at] ?? ''
      return OID.test(oid) && oid.startsWith(id) ? [[id, oid]] : []
    }),
  )
}

async function computePatchIds(access: GitAccess, repository: Repository, patches: Buffer): Promise<{ patchId: string; oid: string }[]> {
  if (patches.length === 0) return []
  const lines = wordOf(await access.ask(repository, ['patch-id', '--stable'], { input: patches })).split('\n')
  return lines.flatMap((line) => {
    const [patchId, oid] = line.split(' ')
    return patchId === undefined || oid === undefined ? [] : [{ patchId, oid }]
  })
}

async function findMergeBase(access: GitAccess, repository: Repository, a: string, b: string): Promise<string | null> {
  const output = await access.ask(repository, ['merge-base', checkRevision(a), checkRevision(b)], { answers: [0, 1] })
  return output.exitCode === 0 ? wordOf(output) : null
}

async function readReflog(access: GitAccess, repository: Repository, ref: string): Promise<readonly ReflogEntry[]> {
  const { refStorage } = await access.factsOf(repository)
  if (refStorage !== 'files') throw new GitUnavailable('failed', `logs of references are not read from ${refStorage}`)
  const text = await readSmall(logOf(repository, ref), access.maxBytes)
  return text === null ? [] : parseReflog(text)
}

function logOf({ gitDir, commonDir }: Repository, ref: string): string {
  if (ref === 'HEAD') return join(gitDir, 'logs', 'HEAD')
  const name = /^worktrees\/([^/]+)\/HEAD$/.exec(ref)?.[1]
  if (name !== undefined && name !== '.' && name !== '..') return join(commonDir, 'worktrees', name, 'logs', 'HEAD')
  if (name !== undefined || !checkRevision(ref).startsWith('refs/')) throw new GitUnavailable('failed', 'not a full name of a reference')
  const isOfWorktree = /^refs\/(?:bisect|worktree|rewritten)\//.test(ref)
  return join(isOfWorktree ? gitDir : commonDir, 'logs', ...ref.split('/'))
}
