import type { WorktreeConventions } from '../clients/worktree-conventions.ts'
import type { ForgeTools } from '../ports/forge.ts'
import {
  type Commit,
  type DiffStat,
  type Git,
  GitUnavailable,
  type Ref,
  type Repository,
  type Stash,
  type WorktreeStatus,
} from '../ports/git.ts'
import type { Files } from '../ports/host.ts'
import type { WorktreeReport } from './worktree-report.ts'
import type { ReadIssue } from '../facts/source.ts'
import { FORGOTTEN, FORGOTTEN_SAVED, MOVED_HERE } from './notes.ts'
import { emptyRow } from './empty-row.ts'
import { committedRisk, factsOf, ownEntries, stateNotes, uncommitted, writtenIn } from './at-risk.ts'
import { Deliveries, type Fate, reachable } from './delivery.ts'
import { findGoneFiles } from './gone-files.ts'
import { findHomes, type Home, type Homeless, issueOf, type Met } from './homes.ts'
import { amendedIn, findNamedCommits, type FoundCommit, type NamedCommits } from './named-commits.ts'
import { isAnswered, Origins } from './origin.ts'
import { mergeReflogs, logOf, lostIn, NO_REFLOG, type ReflogSummary, summarizeReflog, wasAtWork } from './reflog-summary.ts'
import type { Place, Worker } from './places.ts'
import { findFolderIn, type Held, isRescueOf, NOT_PUSHED, savedIn } from './saved.ts'
import { type Upstream, upstreamOf } from './upstream.ts'
import { compare } from '../text/order.ts'
import { plural } from '../text/plural.ts'
import { lastName } from '../text/last-name.ts'
import { shortRef } from '../text/short-ref.ts'
import { isSamePath, isWithin } from '../text/path.ts'

/** What the inspection may use. `ownerOf`: whether the process that a lock's reason names lives. */
export interface Means {
  readonly git: Git
  readonly files: Files
  /** Where a person has installed them: whether a request is open, closed or merged. */
  readonly forge?: ForgeTools
  readonly offline: boolean
  readonly now: number
  readonly conventions: WorktreeConventions
  ownerOf(reason: string): Promise<{ readonly pid: number; readonly alive: boolean | null } | null>
}

export interface Inspection {
  readonly worktrees: readonly WorktreeReport[]
  /** The files that are not there any more, by who wrote them. */
  readonly goneFiles: ReadonlyMap<string, readonly string[]>
  readonly issues: readonly ReadIssue[]
}

/** Copied into a new worktree (`.worktreeinclude`) within this time, and not produced by its agent. */
const SETTING_UP_MS = 60_000
/** Logs of branches that are searched for a branch's former name. */
const MAX_LOGS = 500
/** Ends of lost histories that are compared with what was merged. */
const MAX_TIPS = 20
/** Commits of rescue references that are counted. */
const MAX_RESCUED = 500

/**
 * The state of every worktree, branch and checkout that agents worked in, most at risk first. Whatever git cannot answer
 * becomes a read issue; nothing is written, no remote is asked twice.
 */
export async function inspectWorktrees(places: readonly Place[], given: Means): Promise<Inspection> {
  const issues: ReadIssue[] = []
  if (places.length === 0) return { worktrees: [], goneFiles: new Map(), issues }
  try {
    await given.git.version()
  } catch (error) {
    if (!(error instanceof GitUnavailable)) throw error
    return { worktrees: [], goneFiles: new Map(), issues: [issueOf('git', error)] }
  }
  const means = { ...given, git: tellCutOff(given.git, issues) }
  const { met, homeless } = await findHomes(places, means, issues)
  const origins = new Origins(means.git, means.forge, means.offline)
  const strays = workersOutside(met, places)
  const inspected = await Promise.all(
    met.map(async (each) => {
      const rows = await orIssue(folderOf(each.repository), issues, () => inspectRepository(each, strays, origins, means, issues))
      return rows ?? []
    }),
  )
  const worktrees = [...inspected.flat(), ...homeless.map(withoutRepository)]
  const goneFiles = await findGoneFiles(places, met, means)
  const told = new Map(issues.map((issue) => [`${issue.path}\0${issue.detail}`, issue]))
  return {
    worktrees: worktrees.toSorted(mostAtRiskFirst),
    goneFiles,
    issues: [...told.values()].toSorted((a, b) => compare(a.path, b.path) || compare(a.detail, b.detail)),
  }
}

/** What is not a fact of a repository but the end of a question: whoever could do without the answer must not take it for one. */
const CUT_OFF: ReadonlySet<GitUnavailable['code']> = new Set(['timeout', 'unreadable_file'])

/** The same git; each question about a repository that was cut off is an issue, whatever becomes of it. */
function tellCutOff(git: Git, issues: ReadIssue[]): Git {
  return new Proxy(git, {
    get(target, name: keyof Git) {
      const ask = target[name] as (...args: readonly unknown[]) => Promise<unknown>
      return async (...args: readonly unknown[]): Promise<unknown> => {
        try {
          return await ask.call(target, ...args)
        } catch (error) {
          const [about] = args
          const path = typeof about === 'object' && about !== null && 'worktreePath' in about ? about.worktreePath : null
          if (typeof path === 'string' && error instanceof GitUnavailable && CUT_OFF.has(error.code)) issues.push(issueOf(path, error))
          throw error
        }
      }
    },
  })
}

/** Everybody who was in a place, main threads included. */
function everybodyIn({ owners, visitors, sessions }: Pick<Place, 'owners' | 'visitors' | 'sessions'>): readonly Worker[] {
  return [...owners, ...visitors, ...sessions]
}

/** Whoever named commits and worked in none of the repositories that were found. */
function workersOutside(met: readonly Met[], places: readonly Place[]): readonly Worker[] {
  const inside = new Set(met.flatMap(({ homes }) => homes.flatMap(everybodyIn)).map(({ id }) => id))
  const all = new Map(places.flatMap(everybodyIn).map((worker) => [worker.id, worker]))
  return [...all.values()].filter(({ id, made }) => made.length > 0 && !inside.has(id))
}

/** What git refuses to tell is an issue, and the rest of the report goes on. */
async function orIssue<T>(path: string, issues: ReadIssue[], ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof GitUnavailable)) throw error
    issues.push(issueOf(path, error))
    return null
  }
}

/** Everything that the rows of one repository share. */
interface Inquiry {
  readonly met: Met
  readonly upstream: Upstream
  readonly deliveries: Deliveries
  readonly stashes: readonly Stash[]
  readonly named: NamedCommits
  readonly means: Means
  readonly issues: ReadIssue[]
}

async function inspectRepository(
  met: Met,
  strays: readonly Worker[],
  origins: Origins,
  means: Means,
  issues: ReadIssue[],
): Promise<readonly WorktreeReport[]> {
  const { git } = means
  const { repository, listed, homes } = met
  const upstream = await upstreamOf(repository, listed, git, origins)
  for (const { remote, pushed, fetched } of upstream.remotes) {
    for (const answer of new Set([pushed, fetched])) {
      if (isAnswered(answer) || answer.unverified === 'offline_requested') continue
      const detail = `${remote.name}: ${answer.unverified}: ${answer.detail}`
      issues.push({ path: folderOf(repository), line: null, byteOffset: null, reason: 'remote_unverified', bytes: null, detail })
    }
  }
  const stashes = (await orIssue(folderOf(repository), issues, () => git.stashes(repository))) ?? []
  const named = await findNamedCommits(met, strays, git)
  const inquiry: Inquiry = { met, upstream, deliveries: new Deliveries(git, upstream, origins, means.now), stashes, named, means, issues }
  const rows: WorktreeReport[] = []
  await Promise.all(
    homes.filter(isOfInterest).map(async (home) => {
      const row = await orIssue(home.path, issues, () => rowOfHome(home, inquiry))
      if (row !== null) rows.push(row)
    }),
  )
  const shown = new Set([
    ...listed.flatMap((entry) => entry.branch ?? []),
    ...rows.flatMap((row) => (row.branch === null ? [] : [`refs/heads/${row.branch}`])),
  ])
  await Promise.all(
    leftBranches(inquiry, shown).map(async (left) => {
      const row = await orIssue(left.ref.name, issues, () => rowOfBranch(left, inquiry))
      if (row !== null) rows.push(row)
    }),
  )
  return rows

  function isOfInterest(home: Home): boolean {
    return home.owners.length + home.visitors.length > 0 || named.in(home).length > 0 || isOfClient(home, inquiry)
  }
}

/** Whether a client made a worktree, by its place, its branch or its lock. */
function isOfClient({ entry, path }: Home, { met, means: { conventions } }: Inquiry): boolean {
  if (isMainCheckout(path, met)) return false
  if (conventions.split(path) !== null || conventions.isBranchOfClient(entry?.branch ?? '')) return true
  return entry?.locked != null && conventions.isLockedByClient(entry.locked)
}

async function rowOfHome(home: Home, inquiry: Inquiry): Promise<WorktreeReport | null> {
  const isKnown = home.entry !== null && home.entry.prunable === null
  if (!home.exists) return rowOfGone(home, inquiry)
  return isKnown ? rowOfWorktree(home, inquiry) : rowOfForgotten(home, inquiry)
}

/** A worktree that is there. Null: nobody did anything in it that could be told from what a person did. */
async function rowOfWorktree(home: Home, inquiry: Inquiry): Promise<WorktreeReport | null> {
  const { met, upstream, deliveries, means } = inquiry
  const { git, files } = means
  const { entry, path, spellings } = home
  const own = await git.repositoryOf(path, met.repository)
  const isMain = isMainCheckout(path, met)
  const [status, log] = await Promise.all([git.status(own), logOf(git, own, 'HEAD')])
  for (const issue of unreadIn(path, status.submodules)) inquiry.issues.push(issue)
  const branch = status.branch ?? status.operation?.branch ?? entry?.branch ?? null
  const among = home.owners.length > 0 || means.conventions.split(path) !== null ? null : home.visitors.filter((worker) => worker.commits)
  const past =
    among === null && branch !== null
      ? mergeReflogs(summarizeReflog(log, null), summarizeReflog(await logOf(git, own, branch), null))
      : summarizeReflog(log, among)
  const everybody = [...home.owners, ...home.visitors]
  const committedAt = log.filter(({ oid }) => past.made.includes(oid)).map(({ at }) => at)
  const workers = isMain ? await workersIn(home, everybody, status, committedAt, inquiry) : everybody
  const named = inquiry.named.in(home)
  const isOnlyNamed = workers.length === 0 && !isOfClient(home, inquiry)
  if (isOnlyNamed && named.length === 0) return null

  const since = workers.length > 0 ? startOf(workers) : past.bornAt === null ? null : past.bornAt + SETTING_UP_MS
  const workplace = { path, spellings, workers, since, others: met.listed.map((each) => each.path), conventions: means.conventions }
  const hasChanges = status.entries.some(({ kind }) => kind === 'staged' || kind === 'modified' || kind === 'both')
  const work = await uncommitted(workplace, status, hasChanges ? await diffStatOf(own, git) : [], files)
  const pending = upstream.refs.find((ref) => ref.name === status.operation?.branch)?.oid
  const tips = [...new Set([status.head, pending].filter((oid) => oid != null))]
  const rescue = { path, branch, agents: everybody.map(({ id }) => id) }
  const fate = await deliveries.fateOf({ tips, branch, past, isShared: among !== null, isRescue: isRescueOf(rescue) })
  const kept = [...tips, ...keptBy(inquiry)]
  const isRescue = isRescueOf(rescue)
  const lost = await lostOf(own, past, named, kept, isRescue, inquiry)
  if (isOnlyNamed) return lost.length === 0 ? null : rowOfLost(home, own, lost, rescue, fate, inquiry)
  const stashes = inquiry.stashes.filter((stash) =>
    branch === null ? stash.branch === null && everybody.some((worker) => wasAtWork(worker, stash.at)) : stash.branch === shortRef(branch),
  )
  const lock = await lockOf(home, means)
  const isSure = !isMain && home.owners.length === 1 && home.visitors.length === 0
  const notes = [
    ...(home.movedFrom === null ? [] : [`${MOVED_HERE}${home.movedFrom}`]),
    ...(lock?.alive === false ? ['it is locked by a process that has ended'] : []),
    ...(lock?.alive === true ? ['it is locked by a process that is alive'] : []),
    ...(workers.length + home.sessions.length === 0 ? ['its agent has no transcript'] : []),
    ...goneNotes(home, inquiry),
    ...attributionNotes(workers, fate, isMain, isSure),
    ...(home.branch !== null && branch !== null && branch !== `refs/heads/${home.branch}` ? [branchNote(home.branch, upstream)] : []),
    ...(branch === null && fate.mine.length > 0 ? ['HEAD is detached: its commits belong to no branch'] : []),
    ...stateNotes(status),
    ...fate.notes,
    ...(fate.behind !== null && fate.behind > 0 && fate.base !== null ? [`${fate.base} has ${plural(fate.behind, 'newer commit')}`] : []),
  ]
  const held = {
    repository: own,
    head: status.head,
    tips,
    entries: ownEntries(workplace, status),
    hidden: status.hidden.filter((each) => each.differs === true).map((each) => each.path),
    stashes,
    lost,
    atRisk: [...committedRisk(fate.onlyHere, stashes, lost), ...work.atRisk],
  }
  return {
    ...rowFrom(inquiry, path, workers, fate, isMain ? namersOf(lost, named) : home.sessions),
    ...(await riskOf(held, rescue, inquiry)),
    branch: branch === null ? null : shortRef(branch),
    head: status.head,
    exists: true,
    attribution: isSure ? 'sure' : 'uncertain',
    dirty: work.dirty,
    stashes: stashes.length,
    lock,
    notes,
  }
}

/** Null: git could not read one of the files, so that their lines are not known; everything else of the worktree is. */
async function diffStatOf(repository: Repository, git: Git): Promise<readonly DiffStat[] | null> {
  try {
    return await git.diffStat(repository)
  } catch (error) {
    if (error instanceof GitUnavailable && error.code === 'failed') return null
    throw error
  }
}

/** Submodules that could not be asked: what they hold is not known, however clean the rest is. */
function unreadIn(folder: string, submodules: WorktreeStatus['submodules']): readonly ReadIssue[] {
  return submodules.flatMap(({ path, status, unavailable }) => {
    const whole = `${folder}/${path}`
    if (unavailable === null) return unreadIn(whole, status?.submodules ?? [])
    return [issueOf(whole, new GitUnavailable(unavailable, 'the submodule could not be asked'))]
  })
}

/** A worktree of a person, of which nothing is told but the commits that main threads made there and no reference holds. */
async function rowOfLost(
  home: Home,
  repository: Repository,
  lost: readonly Commit[],
  rescue: Parameters<typeof isRescueOf>[0],
  fate: Fate,
  inquiry: Inquiry,
): Promise<WorktreeReport> {
  const named = inquiry.named.in(home)
  const held = { repository, head: null, tips: [], entries: null, hidden: [], stashes: [], lost, atRisk: committedRisk([], [], lost) }
  return {
    ...rowFrom(inquiry, home.path, [], { ...fate, delivery: 'none', mergedBy: null, ahead: null, behind: null }, namersOf(lost, named)),
    ...(await riskOf(held, rescue, inquiry)),
    branch: rescue.branch === null ? null : shortRef(rescue.branch),
    exists: true,
    notes: [...goneNotes(home, inquiry)],
  }
}

/** The main threads that made some of the commits, as far as transcripts name them. */
function namersOf(lost: readonly Commit[], named: readonly FoundCommit[]): readonly Worker[] {
  const oids = new Set(lost.map(({ oid }) => oid))
  return [...new Map(named.flatMap(({ oid, by }) => (oids.has(oid) && by.isMain ? [[by.id, by] as const] : []))).values()]
}

/** Commits that transcripts name and git does not have any more. */
function goneNotes(home: Home, { named }: Inquiry): readonly string[] {
  const gone = named.goneFrom(home)
  if (gone.length === 0) return []
  const ids = gone.slice(0, 5).join(', ')
  return [
    `git has ${gone.length === 1 ? 'one commit' : `${gone.length} commits`} no more that ${gone.length === 1 ? 'was' : 'were'} made here: ${ids}`,
  ]
}

/** Commits that a log or a transcript names, that no reference holds, and whose changes are nowhere else. */
async function lostOf(
  repository: Repository,
  past: ReflogSummary,
  named: readonly FoundCommit[],
  kept: readonly string[],
  isRescue: (name: string) => boolean,
  { deliveries, means: { git }, upstream }: Inquiry,
): Promise<readonly Commit[]> {
  const made = [...new Set([...past.made, ...named.map(({ oid }) => oid)])]
  const lost = await lostIn(git, repository, { ...past, made }, kept, upstream.elsewhere)
  if (lost.length === 0) return lost
  const parents = new Set(lost.flatMap((commit) => commit.parents))
  const landed = new Set(await amendedIn(lost, named, repository, git))
  for (const { oid } of lost.filter((commit) => !parents.has(commit.oid)).slice(0, MAX_TIPS)) {
    const { delivery } = await deliveries.fateOf({ tips: [oid], branch: null, past: { ...NO_REFLOG, made }, isShared: false, isRescue })
    if (delivery === 'merged') for (const each of reachable([oid], lost)) landed.add(each)
  }
  return lost.filter(({ oid }) => !landed.has(oid))
}

/** Everybody starts in the main checkout: only those count who wrote, committed or left something there. */
async function workersIn(
  { path, spellings }: Home,
  everybody: readonly Worker[],
  status: WorktreeStatus,
  committedAt: readonly number[],
  { met, means }: Inquiry,
): Promise<readonly Worker[]> {
  const elsewhere = new Set(met.homes.flatMap((home) => (home.path === path ? [] : home.owners.map((worker) => worker.id))))
  const others = met.listed.map((each) => each.path)
  const isHere = (file: string): boolean =>
    !means.conventions.holdsWorktrees(file) && !others.some((other) => !isSamePath(other, path) && isWithin(`${path}/${file}`, other))
  const kinds = new Set(['staged', 'modified', 'both', 'untracked', 'conflicted'])
  const changed = ownEntries({ path, others, conventions: means.conventions }, status).filter(({ kind }) => kinds.has(kind))
  const facts = await Promise.all(changed.slice(0, 2_000).map((each) => factsOf(`${path}/${each.path}`, means.files)))
  const changedAt = facts.flatMap((each) => (each === undefined ? [] : [each.modifiedAt]))
  return everybody.filter((worker) => {
    if (writtenIn({ spellings, workers: [worker] }).some(isHere)) return true
    if (worker.commits && committedAt.some((at) => wasAtWork(worker, at))) return true
    return !elsewhere.has(worker.id) && worker.startedAt !== null && changedAt.some((at) => wasAtWork(worker, at))
  })
}

function isMainCheckout(path: string, { repository: { mainWorktree } }: Met): boolean {
  return mainWorktree !== null && isSamePath(path, mainWorktree)
}

/** A worktree whose folder is gone: its branch, and what its log still knows, are what is left. */
async function rowOfGone(home: Home, inquiry: Inquiry): Promise<WorktreeReport> {
  const { upstream, deliveries, means, met } = inquiry
  const { git } = means
  const { entry, path } = home
  const { repository } = met
  const workers = [...home.owners, ...home.visitors]
  const branch = await branchOf(home, inquiry)
  const log = await logOf(git, repository, `worktrees/${lastName(path)}/HEAD`)
  const own = branch === null ? NO_REFLOG : summarizeReflog(await logOf(git, repository, branch.name), null)
  const past: ReflogSummary = mergeReflogs(summarizeReflog(log, null), own)
  const rescue = { path, branch: branch?.name ?? null, agents: workers.map(({ id }) => id) }
  const rescues = rescuesOf(rescue, inquiry).filter(({ name }) => !name.startsWith(NOT_PUSHED))
  const named = inquiry.named.in(home)
  // Without a branch, what the transcripts say was committed last.
  const last = branch === null && entry?.head == null ? (named.at(-1)?.oid ?? null) : null
  const head = branch?.oid ?? entry?.head ?? last
  const isHere = head !== null && (branch !== null || (await git.hasObjects(repository, [head])).has(head))
  const tips = isHere ? [head] : []
  const others = keptBy(inquiry, rescues)
  const isElsewhere = last !== null && (await git.log(repository, { from: [last], not: others, max: 1 })).length === 0
  const fate = await deliveries.fateOf({ tips, branch: branch?.name ?? null, past, isShared: false, isRescue: isRescueOf(rescue) })
  const lost = await lostOf(repository, past, named, [...tips, ...keptBy(inquiry)], isRescueOf(rescue), inquiry)
  const stashes = branch === null ? [] : inquiry.stashes.filter((stash) => stash.branch === shortRef(branch.name))
  const gone = goneNotes(home, inquiry)
  const isUntold = branch === null && log.length === 0 && rescues.length + named.length + gone.length === 0
  const isLost = isUntold && workers.some((worker) => worker.commits)
  const lock = await lockOf(home, means)
  const risks = committedRisk(isElsewhere ? [] : fate.onlyHere, stashes, lost)
  const held = { repository, head, tips, entries: null, hidden: [], stashes, lost, atRisk: risks }
  return {
    ...rowFrom(inquiry, path, workers, fate, home.sessions),
    ...(await withRescued(await riskOf(held, rescue, inquiry), rescues, tips, inquiry)),
    branch: branch === null ? null : shortRef(branch.name),
    head,
    attribution: home.owners.length === 1 && home.visitors.length === 0 ? 'sure' : 'uncertain',
    stashes: stashes.length,
    forcesToRestore: isHere ? countForces(home, branch, lock, inquiry) : null,
    lock,
    notes: [
      branch === null ? 'the worktree is gone, and so is its branch' : 'the worktree is gone, but its branch exists',
      ...(entry === null ? [] : [`git still lists it (${entry.prunable ?? 'its folder is missing'}): git worktree prune would forget it`]),
      ...(lock?.alive === false ? ['it is locked by a process that has ended'] : []),
      ...(rescues.length === 0
        ? []
        : [`what was saved of it is in ${rescues.map(({ name }) => shortRef(name)).join(', ')}: git worktree add <folder> brings it back`]),
      ...(last === null || rescues.length > 0
        ? []
        : [isElsewhere ? 'its commits are on another branch' : 'no branch holds its commits: git removes them in time']),
      ...gone,
      ...(isLost ? ['its agent made commits: git fsck --lost-found may still find them'] : []),
      ...(workers.length + home.sessions.length === 0 ? ['its agent has no transcript'] : []),
      ...(workers.length > 1 ? [`${workers.length} agents worked here: it is uncertain who did what`] : []),
      ...(home.branch !== null && branch !== null && branch.name !== `refs/heads/${home.branch}`
        ? [branchNote(home.branch, upstream)]
        : []),
      ...fate.notes,
    ],
  }
}

/**
 * How often `git worktree add` has to be forced for the same path: git refuses one that it still lists, and twice one that is locked. It
 * would not refuse a branch any more that another worktree is on, so then, and where the owner of the lock may live, nothing is forced.
 */
function countForces({ entry, path }: Home, branch: Ref | null, lock: WorktreeReport['lock'], { met }: Inquiry): number | null {
  if (branch === null && entry?.detached !== true) return null
  if (branch !== null && met.listed.some((other) => other.path !== path && other.branch === branch.name)) return null
  if (lock !== null) return lock.alive === false ? 2 : null
  return entry === null ? 0 : 1
}

/** The branch of a worktree that is gone: listed, named by the client, renamed from that, or named by the agent's own git commands. */
async function branchOf({ entry, path, branch, owners }: Home, { upstream, met, means }: Inquiry): Promise<Ref | null> {
  const heads = upstream.refs.filter((ref) => ref.name.startsWith('refs/heads/'))
  const find = (name: string | null | undefined): Ref | undefined => heads.find((ref) => ref.name === name)
  const given = [...(branch === null ? [] : [`refs/heads/${branch}`]), `refs/heads/worktree-${lastName(path)}`]
  const direct = [entry?.branch, ...given].map(find).find((ref) => ref !== undefined)
  if (direct !== undefined || owners.length === 0) return direct ?? null
  const taken = new Set(met.listed.flatMap((each) => each.branch ?? []))
  const free = heads.filter((ref) => !taken.has(ref.name))
  for (const ref of free.slice(0, MAX_LOGS)) {
    const log = await logOf(means.git, met.repository, ref.name)
    if (log.some(({ message }) => given.some((name) => message.startsWith(`Branch: renamed ${name} to `)))) return ref
  }
  const named = new Set(owners.flatMap((worker) => worker.branches))
  return free.find((ref) => named.has(shortRef(ref.name))) ?? null
}

/** A folder that its repository does not know any more: its files are there, and only what was saved to compare them with. */
async function rowOfForgotten(home: Home, inquiry: Inquiry): Promise<WorktreeReport> {
  const row = await rowOfGone(home, inquiry)
  const { met, upstream, means } = inquiry
  const workers = [...home.owners, ...home.visitors]
  const rescues = rescuesOf({ path: home.path, branch: row.branch, agents: workers.map(({ id }) => id) }, inquiry)
  const ref = await findFolderIn(rescues, { repository: met.repository, folder: home.path, head: row.head }, means.git)
  const isTold = ref === null || row.saved.some((each) => each.ref === ref.name)
  const saved = isTold ? row.saved : [...row.saved, { ref: ref.name, holds: [], onRemote: upstream.elsewhere.includes(ref.oid) }]
  const notes = [ref === null ? FORGOTTEN : FORGOTTEN_SAVED, ...row.notes.slice(1)]
  return { ...row, exists: true, forcesToRestore: null, saved, notes }
}

interface LeftBranch {
  readonly ref: Ref
  readonly home: Home | null
}

/** Branches of agents that no worktree is on and no row shows. */
function leftBranches({ met, upstream, means: { conventions } }: Inquiry, shown: ReadonlySet<string>): readonly LeftBranch[] {
  return upstream.refs.flatMap((ref) => {
    if (!ref.name.startsWith('refs/heads/') || shown.has(ref.name)) return []
    const short = shortRef(ref.name)
    const home = met.homes.find(
      (each) =>
        each.branch === short ||
        (conventions.split(each.path) !== null && conventions.isBranchOf(short, lastName(each.path))) ||
        each.owners.some((worker) => worker.branches.includes(short)),
    )
    return home !== undefined || conventions.isBranchOfClient(ref.name) ? [{ ref, home: home ?? null }] : []
  })
}

/** Null: its worktree is on another branch, and this one holds nothing. */
async function rowOfBranch({ ref, home }: LeftBranch, inquiry: Inquiry): Promise<WorktreeReport | null> {
  const { deliveries, met, means } = inquiry
  const past = summarizeReflog(await logOf(means.git, met.repository, ref.name), null)
  const workers = home?.owners ?? []
  const rescue = { path: home?.path ?? folderOf(met.repository), branch: ref.name, agents: workers.map(({ id }) => id) }
  const fate = await deliveries.fateOf({ tips: [ref.oid], branch: ref.name, past, isShared: false, isRescue: isRescueOf(rescue) })
  const lost = home === null ? await lostOf(met.repository, past, [], keptBy(inquiry), isRescueOf(rescue), inquiry) : []
  const stashes = inquiry.stashes.filter((stash) => stash.branch === shortRef(ref.name))
  if (home !== null && home.exists && fate.mine.length + stashes.length === 0) return null
  const held = {
    repository: met.repository,
    head: ref.oid,
    tips: [ref.oid],
    entries: null,
    hidden: [],
    stashes,
    lost,
    atRisk: committedRisk(fate.onlyHere, stashes, lost),
  }
  return {
    ...rowFrom(inquiry, rescue.path, workers, fate, []),
    ...(await riskOf(held, rescue, inquiry)),
    branch: shortRef(ref.name),
    head: ref.oid,
    attribution: workers.length === 1 ? 'sure' : 'uncertain',
    stashes: stashes.length,
    notes: [
      home === null || !home.exists
        ? 'a branch of an agent whose worktree is gone'
        : 'a branch of its agent; the worktree is now on another one',
      ...(workers.length === 0 ? ['its agent has no transcript'] : []),
      ...fate.notes,
    ],
  }
}

function withoutRepository({ place: { path, branch, owners }, exists }: Homeless): WorktreeReport {
  return {
    ...emptyRow(path),
    branch,
    exists,
    agents: owners.map((worker) => worker.id).toSorted(),
    attribution: owners.length === 1 ? 'sure' : 'uncertain',
    notes: [
      exists
        ? 'its folder exists, but its repository is broken or not on this machine: its files cannot be compared'
        : 'neither the worktree nor its repository is on this machine: they belong to another one, or were moved or removed',
    ],
  }
}

function rowFrom({ met }: Inquiry, path: string, workers: readonly Worker[], fate: Fate, sessions: readonly Worker[]): WorktreeReport {
  const { remoteUrl, base, delivery, mergedBy, ahead, behind, pullRequest, newPullRequestUrl, remote } = fate
  return {
    ...emptyRow(path),
    remoteUrl,
    base,
    delivery,
    mergedBy,
    ahead,
    behind,
    pullRequest,
    newPullRequestUrl,
    remote,
    repo: folderOf(met.repository),
    agents: workers.map((worker) => worker.id).toSorted(),
    sessions: sessions.map((worker) => worker.id).toSorted(),
    orphan: workers.length + sessions.length === 0,
  }
}

function attributionNotes(workers: readonly Worker[], { mine }: Fate, isMain: boolean, isSure: boolean): readonly string[] {
  if (isSure || workers.length === 0) return []
  const who = workers.length > 1 ? [`${workers.length} agents worked here: it is uncertain who did what`] : []
  const person = isMain ? ['it is the main checkout: the person may have worked here, too'] : []
  const committers = workers.filter((worker) => worker.commits)
  const counts = new Map<string, number>()
  for (const { committedAt } of mine) {
    const fitting = committers.filter((worker) => wasAtWork(worker, committedAt))
    const key =
      fitting.length === 1 ? `${fitting[0]?.id ?? ''} made` : fitting.length === 0 ? 'nobody’s hours fit' : 'the hours of several fit'
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const shares = [...counts].map(([key, count]) => `${key} ${count}`).toSorted(compare)
  return [
    ...who,
    ...person,
    ...(shares.length === 0 ? [] : [`of its ${plural(mine.length, 'commit')}, by their times: ${shares.join(', ')}`]),
  ]
}

function branchNote(given: string, { refs }: Upstream): string {
  const isHere = refs.some((ref) => ref.name === `refs/heads/${given}`)
  return `it was made for the branch ${given}, which ${isHere ? 'it is no longer on' : 'was renamed or deleted'}`
}

/** What references and worktrees keep: commits that they reach are not lost. What was saved as lost is told as saved, instead. */
function keptBy({ upstream, met }: Inquiry, except: readonly Ref[] = []): readonly string[] {
  const refs = upstream.refs.filter((ref) => ref.symbolicTarget === null && !ref.name.startsWith(NOT_PUSHED) && !except.includes(ref))
  return [...refs.map(({ oid }) => oid), ...met.listed.flatMap(({ head, prunable }) => (prunable === null ? (head ?? []) : []))]
}

/** The references that are named as those that keep work of a row; what a worktree is on is work itself. */
function rescuesOf(rescue: Parameters<typeof isRescueOf>[0], { upstream, met }: Inquiry): readonly Ref[] {
  const taken = new Set([rescue.branch, ...met.listed.map((entry) => entry.branch)])
  const isRescue = isRescueOf(rescue)
  return upstream.refs.filter(({ name }) => !taken.has(name) && isRescue(name))
}

/** Of a worktree that is gone, rescue references may be all that is left: their commits exist only there then. */
async function withRescued(
  { atRisk, saved, lostCommits }: Pick<WorktreeReport, 'atRisk' | 'saved' | 'lostCommits'>,
  rescues: readonly Ref[],
  tips: readonly string[],
  { met, upstream, means }: Inquiry,
): Promise<Pick<WorktreeReport, 'atRisk' | 'saved' | 'lostCommits'>> {
  const commits = atRisk.find(({ what }) => what === 'commits')
  // What the branch holds beyond them is at risk, whatever they hold.
  if (commits !== undefined && !saved.some(({ holds }) => holds.includes('commits'))) return { atRisk, saved, lostCommits }
  const elsewhere = new Set(upstream.elsewhere)
  const here = rescues.filter(({ oid, symbolicTarget }) => symbolicTarget === null && !elsewhere.has(oid))
  if (here.length === 0) return { atRisk, saved, lostCommits }
  const range = { from: here.map(({ oid }) => oid), not: [...tips, ...upstream.elsewhere], max: MAX_RESCUED }
  const more = await means.git.log(met.repository, range)
  if (more.length === 0) return { atRisk, saved, lostCommits }
  const count = more.length + (commits?.count ?? 0)
  const known = new Set(saved.map(({ ref }) => ref))
  return {
    atRisk: [{ what: 'commits', count, lines: null, bytes: null, paths: [] }, ...atRisk.filter((risk) => risk !== commits)],
    saved: [
      ...saved,
      ...here.flatMap(({ name }) => (known.has(name) ? [] : [{ ref: name, holds: ['commits' as const], onRemote: false }])),
    ],
    lostCommits,
  }
}

/** What exists only here, and what of it references hold; what a remote has of those exists there, too. */
async function riskOf(
  held: Held,
  rescue: Parameters<typeof isRescueOf>[0],
  inquiry: Inquiry,
): Promise<Pick<WorktreeReport, 'atRisk' | 'saved' | 'lostCommits'>> {
  const elsewhere = new Set(inquiry.upstream.elsewhere)
  const saved = await savedIn(held, rescuesOf(rescue, inquiry), (oid) => elsewhere.has(oid), inquiry.means.git)
  const there = new Set(saved.flatMap(({ holds, onRemote }) => (onRemote ? holds : [])))
  return {
    atRisk: held.atRisk.filter(({ what }) => !there.has(what)),
    saved: [...saved],
    lostCommits: there.has('reflog') ? [] : held.lost.map(({ oid }) => oid),
  }
}

function startOf(workers: readonly Worker[]): number | null {
  const starts = workers.flatMap((worker) => worker.startedAt ?? [])
  return starts.length === 0 ? null : Math.min(...starts)
}

async function lockOf({ entry }: Home, means: Means): Promise<WorktreeReport['lock']> {
  if (entry?.locked == null) return null
  const owner = await means.ownerOf(entry.locked)
  return { reason: entry.locked, pid: owner?.pid ?? null, alive: owner?.alive ?? null }
}

function folderOf({ mainWorktree, commonDir }: Repository): string {
  return mainWorktree ?? commonDir
}

function mostAtRiskFirst(a: WorktreeReport, b: WorktreeReport): number {
  return weightOf(b) - weightOf(a) || compare(a.path, b.path) || compare(a.branch ?? '', b.branch ?? '')
}

/** A commit is more work than a file. */
function weightOf({ atRisk }: WorktreeReport): number {
  return atRisk.reduce((sum, risk) => sum + risk.count * (risk.what === 'commits' ? 10 : 1), 0)
}
