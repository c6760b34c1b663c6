import { type Commit, type Git, GitUnavailable, type Ref, type ReflogEntry, type Repository, type Stash, type Worktree } from '../git.ts'
import { type Files, FileUnavailable } from '../host.ts'
import type { WorktreeReport } from '../model/report.ts'
import type { ReadIssue } from '../model/source.ts'
import { committedRisk, uncommitted } from './at-risk.ts'
import { type Fate, fateOf, type Upstream } from './delivery.ts'
import { Origins, remotesOf } from './origin.ts'
import { isWithin, type Place, repositoryFolder, type Worker } from './places.ts'

/** What the inspection may use. `ownerOf` tells whether the process that a lock's reason names lives. */
export interface Means {
  readonly git: Git
  readonly files: Files
  readonly offline: boolean
  readonly now: number
  ownerOf(reason: string): Promise<{ readonly pid: number; readonly alive: boolean | null } | null>
}

export interface Inspection {
  readonly worktrees: readonly WorktreeReport[]
  readonly issues: readonly ReadIssue[]
}

/** Folders asked about per scan, and commits looked for in a reflog. */
const MAX_PLACES = 5_000
const MAX_LOST = 100

/** The client's own names: `.claude/worktrees/…` and `worktree-agent-<id>`. */
const AGENT_BRANCH = /^refs\/heads\/worktree-/

/**
 * The state of every worktree, branch and checkout that agents worked in, most at risk first. Whatever git cannot answer
 * becomes a read issue; nothing is written, no remote is asked twice.
 */
export async function inspectWorktrees(places: readonly Place[], means: Means): Promise<Inspection> {
  const issues: ReadIssue[] = []
  const repositories = new Map<string, { repository: Repository; places: Place[] }>()
  const homeless: Place[] = []
  if (places.length === 0) return { worktrees: [], issues }
  try {
    await means.git.version()
  } catch (error) {
    if (!(error instanceof GitUnavailable)) throw error
    return { worktrees: [], issues: [issueOf('git', error)] }
  }
  for (const place of places.slice(0, MAX_PLACES)) {
    const repository = await repositoryFor(place, means.git, issues)
    if (repository === null) {
      if (place.owners.length > 0) homeless.push(place)
      continue
    }
    const known = repositories.get(repository.commonDir)
    if (known === undefined) repositories.set(repository.commonDir, { repository, places: [place] })
    else known.places.push(place)
  }
  const origins = new Origins(means.git, means.offline)
  const inspected = await Promise.all(
    [...repositories.values()].map(async ({ repository, places: own }) => {
      try {
        return await inspectRepository(repository, own, origins, means, issues)
      } catch (error) {
        if (!(error instanceof GitUnavailable)) throw error
        issues.push(issueOf(repository.mainWorktree ?? repository.commonDir, error))
        return []
      }
    }),
  )
  const worktrees = [...inspected.flat(), ...homeless.map((place) => goneWithItsRepository(place))]
  return { worktrees: worktrees.toSorted(mostAtRiskFirst), issues }
}

function issueOf(path: string, error: GitUnavailable): ReadIssue {
  return { path, line: null, byteOffset: null, reason: 'git', bytes: null, detail: `${error.code}: ${error.detail}` }
}

/** The repository of a folder; of one that is gone, the repository that the client made it in. */
async function repositoryFor(place: Place, git: Git, issues: ReadIssue[]): Promise<Repository | null> {
  const candidates = [place.path, repositoryFolder(place.path)].filter((path) => path !== null)
  for (const path of candidates) {
    try {
      return await git.repositoryOf(path)
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      if (error.code !== 'vanished' && error.code !== 'not_a_repository') {
        issues.push(issueOf(path, error))
        return null
      }
    }
  }
  return null
}

async function inspectRepository(
  asked: Repository,
  places: readonly Place[],
  origins: Origins,
  means: Means,
  issues: ReadIssue[],
): Promise<readonly WorktreeReport[]> {
  const { git } = means
  const [listed, refs, remotes] = await Promise.all([git.worktrees(asked), git.refs(asked), remotesOf(git, asked)])
  const answers = await Promise.all(remotes.map((remote) => origins.ask(remote)))
  for (const { remote, answer } of answers) {
    if ('refs' in answer || answer.unverified === 'offline_requested') continue
    const detail = `${remote.name}: ${answer.unverified}: ${answer.detail}`
    issues.push({ path: asked.mainWorktree ?? asked.commonDir, line: null, byteOffset: null, reason: 'remote_unverified', bytes: null, detail })
  }
  const oids = answers.flatMap(({ answer }) => ('refs' in answer ? [...answer.refs].filter(([name]) => isBranchOrRequest(name)).map(([, oid]) => oid) : []))
  const known = await git.hasObjects(asked, [...new Set(oids)])
  const stashes = await git.stashes(asked)
  const upstream: Upstream = { repository: asked, refs, remotes: answers, known, checkedAt: new Date(means.now).toISOString() }
  const rows: WorktreeReport[] = []
  const seen = new Set<string>()
  const add = async (entry: Worktree | null, path: string, place: Place | undefined): Promise<void> => {
    seen.add(path)
    try {
      rows.push(await inspectWorktree({ entry, path, place, upstream, stashes, means }))
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      issues.push(issueOf(path, error))
    }
  }
  const byPath = new Map(listed.map((entry) => [entry.path, entry]))
  const jobs: Promise<void>[] = []
  for (const entry of listed) {
    const place = joined(places.filter((each) => placedIn(each.path, entry.path, listed)))
    const isMain = entry.path === asked.mainWorktree
    if (isMain ? isWorkedIn(place) : place !== undefined || isAgents(entry)) jobs.push(add(entry, entry.path, place))
  }
  for (const place of places) {
    const isListed = listed.some((entry) => placedIn(place.path, entry.path, listed))
    if (place.owners.length > 0 && (!isListed || !byPath.has(place.path)) && !seen.has(place.path) && repositoryFolder(place.path) !== null) jobs.push(add(null, place.path, place))
  }
  await Promise.all(jobs)
  const checkedOut = new Set([...listed.flatMap((entry) => entry.branch ?? []), ...rows.flatMap((row) => (row.branch === null ? [] : [`refs/heads/${row.branch}`]))])
  const left = refs.filter((ref) => AGENT_BRANCH.test(ref.name) && !checkedOut.has(ref.name))
  await Promise.all(left.map((ref) => inspectBranch(ref, upstream, means).then((row) => rows.push(row), (error: unknown) => {
    if (!(error instanceof GitUnavailable)) throw error
    issues.push(issueOf(ref.name, error))
  })))
  return rows
}

/** The deepest worktree that a folder lies in is the one that was worked in. */
function placedIn(folder: string, worktree: string, listed: readonly Worktree[]): boolean {
  if (!isWithin(folder, worktree)) return false
  return !listed.some((other) => other.path.length > worktree.length && isWithin(folder, other.path)) && (folder === worktree || repositoryFolder(folder) === null || repositoryFolder(worktree) !== null)
}

function isBranchOrRequest(name: string): boolean {
  return name.startsWith('refs/heads/') || name.startsWith('refs/pull/') || name.startsWith('refs/merge-requests/')
}

function isAgents(entry: Worktree): boolean {
  return repositoryFolder(entry.path) !== null || (entry.locked?.startsWith('claude ') ?? false) || AGENT_BRANCH.test(entry.branch ?? '')
}

/** In the main checkout only those who changed something count: everybody starts there. */
function isWorkedIn(place: Place | undefined): boolean {
  return place !== undefined && [...place.owners, ...place.visitors].some((worker) => worker.commits || worker.writtenFiles.length > 0)
}

function joined(places: readonly Place[]): Place | undefined {
  const [first] = places
  if (first === undefined) return undefined
  const unique = (workers: readonly Worker[]): readonly Worker[] => [...new Map(workers.map((worker) => [worker.agentId, worker])).values()]
  const owners = unique(places.flatMap((place) => place.owners))
  const visitors = unique(places.flatMap((place) => place.visitors)).filter((worker) => !owners.some((owner) => owner.agentId === worker.agentId))
  return { path: first.path, branch: first.branch, owners, visitors }
}

interface Subject {
  readonly entry: Worktree | null
  readonly path: string
  readonly place: Place | undefined
  readonly upstream: Upstream
  readonly stashes: readonly Stash[]
  readonly means: Means
}

async function inspectWorktree({ entry, path, place, upstream, stashes, means }: Subject): Promise<WorktreeReport> {
  const { git, files } = means
  const exists = entry !== null && entry.prunable === null && (await isFolder(path, files))
  const workers = [...(place?.owners ?? []), ...(place?.visitors ?? [])]
  const lock = entry?.locked == null ? null : await lockOf(entry.locked, means)
  const common = { path, place, workers, lock, upstream }
  if (!exists) return gone(common, entry, git)
  const own = await git.repositoryOf(path, { commonDir: upstream.repository.commonDir })
  const [status, log] = await Promise.all([git.status(own), reflogOf(git, own, 'HEAD')])
  const isClean = status.entries.length === 0
  const stats = isClean ? [] : await git.diffStat(own)
  const work = await uncommitted(path, status, stats, workers, files)
  const branch = status.branch ?? entry.branch
  const made = madeIn(log)
  const fate = status.head === null ? null : await fateOf(git, status.head, branch, made, upstream)
  const lost = await lostIn(git, own, log, status.head, upstream.refs)
  const ownStashes = stashes.filter((stash) => branch !== null && stash.branch === branch.replace(/^refs\/heads\//, ''))
  const notes = [...notesOf(entry, lock, place, own), ...work.notes, ...(fate?.notes ?? [])]
  if (fate !== null && fate.behind !== null && fate.behind > 0 && fate.base !== null) notes.push(`its base is ${fate.behind} commits behind ${fate.base}`)
  if (place?.branch != null && branch !== null && branch !== `refs/heads/${place.branch}`) notes.push(`it was made for the branch ${place.branch}`)
  return {
    ...rowOf(common, fate),
    branch: branch === null ? null : shortName(branch),
    head: status.head,
    exists: true,
    dirty: work.dirty,
    stashes: ownStashes.length,
    atRisk: [...committedRisk(fate?.onlyHere ?? [], ownStashes, lost), ...work.atRisk],
    notes,
  }
}

interface Common {
  readonly path: string
  readonly place: Place | undefined
  readonly workers: readonly Worker[]
  readonly lock: WorktreeReport['lock']
  readonly upstream: Upstream
}

function rowOf({ path, place, workers, lock, upstream }: Common, fate: Fate | null): WorktreeReport {
  return {
    path,
    repo: upstream.repository.mainWorktree ?? upstream.repository.commonDir,
    remoteUrl: fate?.remoteUrl ?? upstream.remotes[0]?.remote.pushUrl.display ?? null,
    branch: null,
    head: null,
    base: fate?.base ?? null,
    exists: false,
    agents: workers.map((worker) => worker.agentId).toSorted(),
    attribution: place !== undefined && place.owners.length === 1 && place.visitors.length === 0 ? 'sure' : 'uncertain',
    delivery: fate?.delivery ?? 'none',
    mergedBy: fate?.mergedBy ?? null,
    ahead: fate?.ahead ?? null,
    behind: fate?.behind ?? null,
    dirty: { staged: 0, modified: 0, untracked: 0, ignored: 0, conflicted: 0, operation: null },
    stashes: 0,
    atRisk: [],
    pullRequest: fate?.pullRequest ?? null,
    newPullRequestUrl: fate?.newPullRequestUrl ?? null,
    remote: fate?.remote ?? null,
    lock,
    orphan: workers.length === 0,
    notes: [],
  }
}

/** A worktree whose folder is gone: its branch, and what its log still knows, are what is left. */
async function gone(common: Common, entry: Worktree | null, git: Git): Promise<WorktreeReport> {
  const { upstream, place, path } = common
  const names = [entry?.branch, place?.branch == null ? null : `refs/heads/${place.branch}`, `refs/heads/worktree-${nameOf(path)}`]
  const branch = names.map((name) => upstream.refs.find((ref) => ref.name === name)).find((ref) => ref !== undefined)
  const notes = [branch === undefined ? 'the worktree is gone, and no branch of it is left' : 'the worktree is gone; its branch is still here']
  if (entry !== null) notes.push('git still lists it: git worktree prune would forget it')
  const head = branch?.oid ?? entry?.head ?? null
  const log = entry === null ? [] : await reflogOf(git, upstream.repository, `worktrees/${nameOf(path)}/HEAD`)
  const lost = await lostIn(git, upstream.repository, log, null, upstream.refs)
  const isHere = head !== null && (await git.hasObjects(upstream.repository, [head])).has(head)
  const fate = isHere && head !== null ? await fateOf(git, head, branch?.name ?? null, madeIn(log), upstream) : null
  return {
    ...rowOf(common, fate),
    branch: branch === undefined ? null : shortName(branch.name),
    head,
    atRisk: [...committedRisk(fate?.onlyHere ?? [], [], lost)],
    notes: [...notes, ...(fate?.notes ?? [])],
  }
}

/** An agent's branch that no worktree holds any more. */
async function inspectBranch(ref: Ref, upstream: Upstream, { git }: Means): Promise<WorktreeReport> {
  const fate = await fateOf(git, ref.oid, ref.name, [], upstream)
  const path = upstream.repository.mainWorktree ?? upstream.repository.commonDir
  return {
    ...rowOf({ path, place: undefined, workers: [], lock: null, upstream }, fate),
    branch: shortName(ref.name),
    head: ref.oid,
    atRisk: [...committedRisk(fate.onlyHere, [], [])],
    notes: ['a branch of an agent whose worktree is gone', ...fate.notes],
  }
}

function goneWithItsRepository(place: Place): WorktreeReport {
  return {
    path: place.path,
    repo: null,
    remoteUrl: null,
    branch: place.branch,
    head: null,
    base: null,
    exists: false,
    agents: place.owners.map((worker) => worker.agentId).toSorted(),
    attribution: 'sure',
    delivery: 'none',
    mergedBy: null,
    ahead: null,
    behind: null,
    dirty: { staged: 0, modified: 0, untracked: 0, ignored: 0, conflicted: 0, operation: null },
    stashes: 0,
    atRisk: [],
    pullRequest: null,
    newPullRequestUrl: null,
    remote: null,
    lock: null,
    orphan: false,
    notes: ['neither the worktree nor its repository is on this machine, or it was moved'],
  }
}

/** Commits that were made in a worktree, by its own log; what it was created at or pulled is not. */
function madeIn(log: readonly ReflogEntry[]): readonly string[] {
  return log.filter((entry) => /^(?:commit|rebase|cherry-pick|merge|am|revert)\b/.test(entry.message)).map((entry) => entry.oid)
}

/** Commits that only a reflog reaches: amended, reset or left behind on a detached HEAD. */
async function lostIn(git: Git, repository: Repository, log: readonly ReflogEntry[], head: string | null, refs: readonly Ref[]): Promise<readonly Commit[]> {
  const candidates = [...new Set(madeIn(log))].slice(0, MAX_LOST)
  if (candidates.length === 0) return []
  const here = await git.hasObjects(repository, candidates)
  const from = candidates.filter((oid) => here.has(oid))
  const reached = new Set([...(head === null ? [] : [head]), ...refs.filter((ref) => ref.symbolicTarget === null).map((ref) => ref.oid)])
  if (from.length === 0 || from.every((oid) => reached.has(oid))) return []
  return git.log(repository, { from, not: [...reached], max: MAX_LOST })
}

async function reflogOf(git: Git, repository: Repository, ref: string): Promise<readonly ReflogEntry[]> {
  try {
    return await git.reflog(repository, ref)
  } catch (error) {
    // Logs may be switched off, and of a pruned worktree there is none.
    if (error instanceof GitUnavailable) return []
    throw error
  }
}

async function lockOf(reason: string, means: Means): Promise<NonNullable<WorktreeReport['lock']>> {
  const owner = await means.ownerOf(reason)
  return { reason, pid: owner?.pid ?? null, alive: owner?.alive ?? null }
}

function notesOf(entry: Worktree, lock: WorktreeReport['lock'], place: Place | undefined, own: Repository): readonly string[] {
  const notes: string[] = []
  if (lock?.alive === false) notes.push('it is locked by a process that has ended')
  if (entry.detached) notes.push('HEAD is detached: its commits belong to no branch')
  if (place === undefined) notes.push('no transcript of its agent was read')
  const others = (place?.owners.length ?? 0) + (place?.visitors.length ?? 0)
  if (others > 1) notes.push(`${others} agents worked here: who did what is uncertain`)
  else if (own.worktreePath === own.mainWorktree && others > 0) notes.push('it is the main checkout: the person may have worked here, too')
  return notes
}

async function isFolder(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.facts(path)).kind === 'directory'
  } catch (error) {
    if (error instanceof FileUnavailable) return false
    throw error
  }
}

function nameOf(path: string): string {
  return /([^\\/]+)[\\/]*$/.exec(path)?.[1] ?? path
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '')
}

function mostAtRiskFirst(a: WorktreeReport, b: WorktreeReport): number {
  const weight = (row: WorktreeReport): number => row.atRisk.reduce((sum, risk) => sum + risk.count * (risk.what === 'commits' ? 10 : 1), 0)
  const compare = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0)
  return weight(b) - weight(a) || compare(a.path, b.path) || compare(a.branch ?? '', b.branch ?? '')
}
