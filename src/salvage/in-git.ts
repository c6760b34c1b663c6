import { type Git, GitUnavailable, type Repository } from '../ports/git.ts'
import type { Client } from '../clients/client.ts'
import { conventionsOf } from '../clients/worktree-conventions.ts'
import type { Sidecar } from '../facts/run.ts'
import { isOurs, nameOf } from './place.ts'
import { textOf } from './text.ts'

/** Where git has the work. */
export interface Places {
  readonly repository: Repository | null
  readonly base: string | null
  readonly tip: string | null
  /** The folder was made for this agent: at its beginning it held what the base has. */
  readonly isFresh: boolean
  readonly unavailable: string | null
}

/** Whose work is looked for. */
export interface Worker {
  readonly client: Client
  readonly worktreePath: string | null
  readonly agentId: string | null
  readonly sidecar: Sidecar | null
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null
}

/** git is not asked. */
export const NO_GIT: Places = { repository: null, base: null, tip: null, isFresh: false, unavailable: 'not asked' }

/** The repository of a folder, with the commits that the work began at and has come to. */
export async function placesIn(
  git: Git,
  place: string,
  { client: { worktrees }, worktreePath, agentId, sidecar, startedAt }: Worker,
): Promise<Places> {
  const isFresh = worktreePath !== null && agentId !== null && nameOf(worktreePath).includes(agentId.slice(0, 8))
  const name = worktreePath === null ? null : nameOf(worktreePath)
  // A relative path would be taken from where we run, and another machine's is none of ours.
  if (!isOurs(place)) return { ...NO_GIT, unavailable: 'the folder is not one of this machine' }
  const around = conventionsOf(worktrees).repositoryOf(place)
  let why = 'no repository'
  for (const path of new Set([place, around ?? place])) {
    try {
      const repository = await git.repositoryOf(path)
      const isGone = worktreePath !== null && path !== place
      // The worktree's folder may be there without being one any more, and then it lies in the repository around it.
      const isOther = worktreePath !== null && nameOf(repository.worktreePath) !== name
      const branch =
        sidecar?.worktreeBranch ?? (agentId === null || worktrees === null ? null : `${worktrees.branchPrefix}agent-${agentId}`)
      const commits =
        isGone || isOther
          ? await pastOf(git, repository, name, branch, startedAt)
          : await presentOf(git, repository, worktreePath !== null, startedAt)
      return { repository, ...commits, isFresh: isFresh && commits.isSure, unavailable: null }
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      why = error.code
    }
  }
  return { ...NO_GIT, unavailable: why }
}

interface Commits {
  readonly base: string | null
  readonly tip: string | null
  readonly isSure: boolean
}

/** Of a worktree that is there: what it began at, and where it is now. */
async function presentOf(git: Git, repository: Repository, isWorktree: boolean, startedAt: number | null): Promise<Commits> {
  const log = await git.reflog(repository, 'HEAD').catch(ifUnavailable)
  const [head] = await git.log(repository, { from: ['HEAD'], not: [], max: 1 })
  const first = isWorktree ? log?.at(-1)?.oid : entryAt(log, startedAt)
  return { base: first ?? head?.oid ?? null, tip: head?.oid ?? null, isSure: isWorktree && first !== undefined }
}

/** Of a worktree that is gone: what git still says of it. */
async function pastOf(
  git: Git,
  repository: Repository,
  name: string | null,
  branch: string | null,
  startedAt: number | null,
): Promise<Commits> {
  const ref = branch !== null && /^[\w./-]{1,200}$/.test(branch) ? `refs/heads/${branch}` : null
  const own =
    name !== null && /^[\w.-]{1,200}$/.test(name) ? await git.reflog(repository, `worktrees/${name}/HEAD`).catch(ifUnavailable) : null
  const ofBranch = ref === null ? null : await git.reflog(repository, ref).catch(ifUnavailable)
  const first = own?.at(-1)?.oid ?? ofBranch?.at(-1)?.oid
  const [tip] = ref === null ? [] : ((await git.log(repository, { from: [ref], not: [], max: 1 }).catch(ifUnavailable)) ?? [])
  if (first !== undefined) return { base: first, tip: tip?.oid ?? null, isSure: true }
  const main = await git.reflog(repository, 'HEAD').catch(ifUnavailable)
  const [head] = await git.log(repository, { from: ['HEAD'], not: [], max: 1 })
  return { base: entryAt(main, startedAt) ?? head?.oid ?? null, tip: tip?.oid ?? null, isSure: false }
}

function entryAt(log: readonly { readonly oid: string; readonly at: number }[] | null, at: number | null): string | undefined {
  if (log === null || at === null) return undefined
  // The log counts seconds.
  return (log.find((entry) => entry.at <= at + 999) ?? log.at(-1))?.oid
}

function ifUnavailable(error: unknown): null {
  if (error instanceof GitUnavailable) return null
  throw error
}

/** A file as git has it. */
export interface GitFile {
  /** Null: not UTF-8, or too large. */
  readonly text: string | null
  readonly isLink: boolean
  readonly filtered: boolean
  readonly lineEnds: boolean
}

/** Files as the base and the tip have them, by relative path. */
export interface Blobs {
  readonly base: ReadonlyMap<string, GitFile> | null
  readonly tip: ReadonlyMap<string, GitFile> | null
  readonly unavailable: string | null
}

/** Reads files of the base and the tip. */
export async function blobsOf(git: Git, { repository, base, tip }: Places, paths: readonly string[]): Promise<Blobs> {
  if (repository === null) return { base: null, tip: null, unavailable: null }
  try {
    const conversions = await git.conversions(repository, paths)
    const read = async (commit: string): Promise<ReadonlyMap<string, GitFile>> => {
      const blobs = await git.readBlobs(repository, commit, paths)
      return new Map(
        [...blobs].map(([path, { mode, bytes }]): [string, GitFile] => {
          const { filtered = false, lineEnds = false } = conversions.get(path) ?? {}
          return [path, { text: bytes === null ? null : textOf(bytes), isLink: mode === '120000', filtered, lineEnds }]
        }),
      )
    }
    const ofBase = base === null ? null : await read(base)
    return { base: ofBase, tip: tip === null ? null : tip === base ? ofBase : await read(tip), unavailable: null }
  } catch (error) {
    if (!(error instanceof GitUnavailable)) throw error
    return { base: null, tip: null, unavailable: error.code }
  }
}
