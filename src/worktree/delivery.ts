import type { Commit, Git, Ref, Repository } from '../git.ts'
import type { Delivery, WorktreeReport } from '../model/report.ts'
import { type AskedRemote, type Forge, forgeOf, newRequestUrl, requestRefs, requestUrl } from './origin.ts'

/** Commits beyond this many are counted, not looked at one by one. */
const MAX_COMMITS = 500
/** How many commits of the base are searched for the same change: squashes and rebases are found among them. */
const MAX_BASE_COMMITS = 2_000

/** What the commits of one head have become. */
export interface Fate {
  readonly delivery: Delivery
  readonly mergedBy: WorktreeReport['mergedBy']
  readonly base: string | null
  readonly ahead: number | null
  readonly behind: number | null
  /** Commits that no remote is known to have, newest first. */
  readonly onlyHere: readonly Commit[]
  readonly pullRequest: WorktreeReport['pullRequest']
  readonly newPullRequestUrl: string | null
  readonly remoteUrl: string | null
  readonly remote: WorktreeReport['remote']
  readonly notes: readonly string[]
}

/** Where commits may have gone: what the repository and its remotes have. */
export interface Upstream {
  readonly repository: Repository
  readonly refs: readonly Ref[]
  /** The likeliest push target first. */
  readonly remotes: readonly AskedRemote[]
  /** Object ids that remotes named and that are here. */
  readonly known: ReadonlySet<string>
  readonly checkedAt: string
}

/**
 * How far the commits of a head got. A remote that did not answer proves nothing: what its remote-tracking branches hold
 * then counts, and the row says that nobody asked. `made`: commits that were made in this worktree, by its reflog.
 */
export async function fateOf(git: Git, head: string, branch: string | null, made: readonly string[], upstream: Upstream): Promise<Fate> {
  const { repository, refs, remotes, known } = upstream
  const notes: string[] = []
  const target = remotes[0]
  const answer = target?.answer
  const forge = target === undefined ? undefined : forgeOf(target.remote.pushUrl.display)
  const base = baseOf(refs, target)
  const trackedHeads = refs.filter((ref) => ref.name.startsWith('refs/remotes/') && ref.symbolicTarget === null).map((ref) => ref.oid)
  const answeredHeads = remotes.flatMap(({ answer: each }) => ('refs' in each ? [...each.refs.values()] : []))
  const elsewhere = [...new Set([...(answer !== undefined && 'refs' in answer ? [] : trackedHeads), ...answeredHeads, ...staleOf(remotes, refs)])].filter(
    (oid) => known.has(oid) || trackedHeads.includes(oid),
  )
  const onlyHere = await git.log(repository, { from: [head], not: elsewhere, max: MAX_COMMITS })
  const counted = base === null ? null : await git.countBetween(repository, head, base.oid)
  const remote = target === undefined ? null : answer !== undefined && 'refs' in answer ? { checkedAt: upstream.checkedAt } : { unverified: answer === undefined ? 'failed' : answer.unverified }
  const common = {
    base: base?.name ?? null,
    ahead: counted?.onlyA ?? null,
    behind: counted?.onlyB ?? null,
    onlyHere,
    remoteUrl: target?.remote.pushUrl.display ?? null,
    remote,
  }
  const verdict = (delivery: Delivery, extra: Partial<Fate> = {}): Fate => ({
    ...common,
    delivery,
    mergedBy: null,
    pullRequest: null,
    newPullRequestUrl: null,
    notes,
    ...extra,
  })
  if (remotes.length === 0) notes.push('the repository has no remote: everything in it exists only here')
  const name = branch === null ? null : branch.replace(/^refs\/heads\//, '')
  const remoteBranch = answer !== undefined && 'refs' in answer && name !== null ? answer.refs.get(`refs/heads/${name}`) : undefined
  if (remoteBranch !== undefined && remoteBranch !== head) {
    if (!known.has(remoteBranch)) notes.push('objects_missing: the branch on the remote has commits that are not here; a fetch would tell how they relate')
    else if (await git.isAncestor(repository, head, remoteBranch)) notes.push('the branch on the remote has newer commits')
  }
  if (base === null) return verdict(onlyHere.length > 0 ? 'local' : remotes.length > 0 && remoteBranch !== undefined ? 'pushed' : 'none')

  const ahead = counted?.onlyA ?? 0
  const own = ahead > 0 ? await git.log(repository, { from: [head], not: [base.oid], max: MAX_COMMITS }) : []
  const request = requestOf(head, own, remotes, forge)
  if (ahead === 0) {
    const isMerged = made.length > 0
    const wasTracked = refs.some((ref) => name !== null && ref.name === `refs/remotes/${target?.remote.name ?? ''}/${name}`)
    if (isMerged && wasTracked && remoteBranch === undefined && answer !== undefined && 'refs' in answer) notes.push('the branch was deleted on the remote after it was merged')
    return verdict(isMerged ? 'merged' : 'none', isMerged ? { mergedBy: 'merge', pullRequest: asMerged(request) } : {})
  }
  const mergedBy = await mergedOtherwise(git, repository, head, base.oid, own)
  if (mergedBy !== null) return verdict('merged', { mergedBy, pullRequest: asMerged(request), onlyHere: [] })
  if (request !== null) return verdict('pull_request', { pullRequest: request })
  if (onlyHere.length > 0) return verdict('local')
  const offered = forge === undefined || name === null ? null : newRequestUrl(forge, base.short, name)
  return verdict('pushed', { newPullRequestUrl: offered })
}

/** Remote-tracking branches of remotes that did not answer still say what was there. */
function staleOf(remotes: readonly AskedRemote[], refs: readonly Ref[]): readonly string[] {
  const silent = remotes.filter(({ answer }) => !('refs' in answer)).map(({ remote }) => `refs/remotes/${remote.name}/`)
  return refs.filter((ref) => silent.some((prefix) => ref.name.startsWith(prefix))).map((ref) => ref.oid)
}

interface Base {
  readonly name: string
  readonly short: string
  readonly oid: string
}

/** The branch that work is meant for: the remote's default branch as far as it is here, else a local main. */
function baseOf(refs: readonly Ref[], target: AskedRemote | undefined): Base | null {
  const byName = new Map(refs.map((ref) => [ref.name, ref]))
  const remote = target?.remote.name
  const answered = target !== undefined && 'refs' in target.answer ? target.answer.headTarget : null
  const short = answered?.replace(/^refs\/heads\//, '') ?? null
  const candidates = [
    ...(remote === undefined || short === null ? [] : [`refs/remotes/${remote}/${short}`]),
    ...(remote === undefined ? [] : [byName.get(`refs/remotes/${remote}/HEAD`)?.symbolicTarget ?? '']),
    ...(remote === undefined ? [] : [`refs/remotes/${remote}/main`, `refs/remotes/${remote}/master`]),
    'refs/heads/main',
    'refs/heads/master',
  ]
  for (const name of candidates) {
    const ref = byName.get(name)
    if (ref === undefined) continue
    const shown = name.replace(/^refs\/(?:remotes|heads)\//, '')
    return { name: shown, short: name.startsWith('refs/remotes/') ? shown.replace(/^[^/]+\//, '') : shown, oid: ref.oid }
  }
  return null
}

/** The request whose head is this head, or one of the commits below it. */
function requestOf(head: string, own: readonly Commit[], remotes: readonly AskedRemote[], forge: Forge | undefined): WorktreeReport['pullRequest'] {
  const oids = new Set([head, ...own.map((commit) => commit.oid)])
  for (const { answer } of remotes) {
    if (!('refs' in answer)) continue
    const found = requestRefs(answer.refs).find((request) => oids.has(request.head))
    // A closed request keeps its head: only a token could tell, and history tells a merge.
    if (found !== undefined) return { number: found.number, state: 'unknown', url: forge === undefined ? null : requestUrl(forge, found.number), source: 'refs' }
  }
  return null
}

function asMerged(request: WorktreeReport['pullRequest']): WorktreeReport['pullRequest'] {
  return request === null ? null : { ...request, state: 'merged', source: 'history' }
}

/** Whether the base holds the same changes as other commits: each of them (rebase), or all of them as one (squash). */
async function mergedOtherwise(git: Git, repository: Repository, head: string, base: string, own: readonly Commit[]): Promise<'rebase' | 'squash' | null> {
  const fork = await git.mergeBase(repository, head, base)
  if (fork === null || fork === base) return null
  const [theirs, mine, squashed] = await Promise.all([
    git.patchIds(repository, { from: [base], not: [fork], max: MAX_BASE_COMMITS }),
    git.patchIds(repository, { from: [head], not: [fork], max: MAX_COMMITS }),
    git.squashPatchId(repository, fork, head),
  ])
  const there = new Set(theirs.map((each) => each.patchId))
  if (mine.length > 0 && mine.length === own.filter((commit) => commit.parents.length < 2).length && mine.every((each) => there.has(each.patchId))) {
    return mine.length === 1 ? 'squash' : 'rebase'
  }
  return squashed !== null && there.has(squashed) ? 'squash' : null
}
