import { type Commit, type Git, GitUnavailable } from '../ports/git.ts'
import type { Delivery, WorktreeReport } from './worktree-report.ts'
import { GONE_ANOTHER_WAY } from './notes.ts'
import { type AskedRemote, forgeOf, isAnswered, newRequestUrl, type Origins, requestRefs, requestUrl } from './origin.ts'
import type { ReflogSummary } from './reflog-summary.ts'
import { type Base, baseOf, homeOf, targetOf, type Upstream } from './upstream.ts'
import { formatInstant } from '../time/instant.ts'
import { shortRef } from '../text/short-ref.ts'

/** Commits beyond this many are not looked at one by one. */
const MAX_COMMITS = 500
/** How many commits of the base are searched for the same change: squashes and rebases are found among them. */
const MAX_BASE_COMMITS = 2_000

type PullRequest = WorktreeReport['pullRequest']

/** What the commits of one worktree or branch have become. */
export interface Fate {
  readonly delivery: Delivery
  readonly mergedBy: WorktreeReport['mergedBy']
  readonly base: string | null
  readonly ahead: number | null
  readonly behind: number | null
  /** Its own commits that the base lacks, newest first. */
  readonly mine: readonly Commit[]
  /** Those of them that no remote is known to have. */
  readonly onlyHere: readonly Commit[]
  readonly pullRequest: PullRequest
  readonly newPullRequestUrl: string | null
  readonly remoteUrl: string | null
  readonly remote: WorktreeReport['remote']
  readonly notes: readonly string[]
}

/** Whose fate is asked about. */
export interface Subject {
  /** HEAD, and the branch that an operation in progress will come back to; empty for a branch without commits. */
  readonly tips: readonly string[]
  /** The full name. */
  readonly branch: string | null
  readonly past: ReflogSummary
  /** A person works here, too: only what agents made counts. */
  readonly isShared: boolean
  /** Whether a reference was made to save this work: on a remote it keeps it safe, and delivers nothing. */
  readonly isRescue: (name: string) => boolean
}

/** Answers for all heads of one repository, and asks git no question twice. */
export class Deliveries {
  readonly #git: Git
  readonly #upstream: Upstream
  readonly #origins: Origins
  readonly #checkedAt: string
  readonly #memory = new Map<string, Promise<unknown>>()

  constructor(git: Git, upstream: Upstream, origins: Origins, now: number) {
    this.#git = git
    this.#upstream = upstream
    this.#origins = origins
    this.#checkedAt = formatInstant(now)
  }

  /**
   * How far the commits of a head got. A remote that did not answer proves nothing: what its remote-tracking branches hold
   * then counts, and the row says that nobody answered.
   */
  async fateOf(subject: Subject): Promise<Fate> {
    const { tips, branch, past, isRescue } = subject
    const [head] = tips
    const target = targetOf(branch, this.#upstream)
    const base = baseOf(branch, this.#upstream)
    const fate = (delivery: Delivery, more: Partial<Fate> = {}): Fate => ({
      delivery,
      mergedBy: null,
      base: base?.name ?? null,
      ahead: null,
      behind: null,
      mine: [],
      onlyHere: [],
      pullRequest: null,
      newPullRequestUrl: null,
      remoteUrl: target?.remote.pushUrl.display ?? null,
      remote: this.#remote(target),
      notes: target === undefined ? ['the repository has no remote: everything in it is local only'] : [],
      ...more,
    })
    if (head === undefined) return fate('none')
    const { own, mine, ahead, behind } = await this.#commitsOf(subject, base)
    const counts = { ahead, behind, mine }
    const place = await this.#placeOn(target, branch, head, base, isRescue)
    const request = await this.#requestOf([...tips, ...mine.map((commit) => commit.oid), ...past.made], place.name, branch)
    const notes = [...fate('none').notes, ...place.notes]
    if (mine.length === 0) {
      const isIn = base !== null && own.length === 0 && (await this.#holdsSome(base, head, past, request))
      if (!isIn) return fate('none', { ...counts, notes, remote: fate('none').remote })
      if (branch !== null && shortRef(branch) === base.short) return fate('pushed', { ...counts, notes })
      if (place.isGone) notes.push('the branch was deleted on the remote after it was merged')
      return fate('merged', { ...counts, mergedBy: 'merge', pullRequest: merged(request), notes })
    }

    const elsewhere = new Set(this.#upstream.elsewhere)
    const delivering = this.#upstream.elsewhereBut((name) => name !== branch && isRescue(name))
    const onlyHere = tips.every((tip) => elsewhere.has(tip)) ? [] : await this.#onlyHere(tips, base, mine, this.#upstream.elsewhere)
    const undelivered = delivering.length === elsewhere.size ? onlyHere : await this.#onlyHere(tips, base, mine, delivering)
    const found = base === null ? null : await this.#comparedWith(base, head, mine, past)
    const mergedBy = found?.mergedBy ?? null
    if (mergedBy !== null || (request?.state === 'merged' && request.head === head)) {
      if (place.isGone) notes.push('the branch was deleted on the remote after it was merged')
      return fate('merged', { ...counts, mergedBy, pullRequest: merged(request), notes })
    }
    notes.push(...(found?.notes ?? []))
    if (place.isGone) notes.push('its branch was pushed once and is no longer on the remote')
    const mayBeMerged = base?.hasMoved === true && isAnswered(target?.pushed)
    if (mayBeMerged)
      notes.push(`objects_missing: ${base.name} has newer commits on the remote; a fetch can tell whether they hold this work`)
    if (mine.length >= MAX_COMMITS) notes.push(`it has ${MAX_COMMITS} commits of its own or more: only that many were checked`)
    const remote =
      mayBeMerged || place.isMissing || found?.isMissing === true ? this.#remote(target, 'objects_missing') : this.#remote(target)
    const common = { ...counts, onlyHere, pullRequest: shown(request), remote }
    if (undelivered.length > 0) {
      if (undelivered.length < mine.length)
        notes.push(`${mine.length - undelivered.length} of its ${mine.length} commits are on the remote`)
      if (onlyHere.length < undelivered.length) notes.push('the remote has its commits on a rescue branch only')
      notes.push(...(await this.#localNotes(head, branch, base)))
      return fate('local', { ...common, notes })
    }
    if (request !== null) return fate('pull_request', { ...common, notes })
    if (place.name === null && isAnswered(target?.pushed)) notes.push('its commits are on the remote as part of other branches')
    return fate('pushed', { ...common, newPullRequestUrl: this.#offer(target, branch, base, place.name), notes })
  }

  #remember<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#memory.get(key) ?? ask()
    this.#memory.set(key, known)
    return known as Promise<T>
  }

  #remote(target: AskedRemote | undefined, missing?: 'objects_missing'): WorktreeReport['remote'] {
    if (target === undefined) return null
    if (!isAnswered(target.pushed)) return { unverified: target.pushed.unverified }
    return missing === undefined ? { checkedAt: this.#checkedAt } : { unverified: missing }
  }

  /** The commits that the base lacks, and those of them that are the subject's own. */
  async #commitsOf(
    { tips, branch, past, isShared, isRescue }: Subject,
    base: Base | null,
  ): Promise<{
    readonly own: readonly Commit[]
    readonly mine: readonly Commit[]
    readonly ahead: number | null
    readonly behind: number | null
  }> {
    const { refs, elsewhere } = this.#upstream
    const [head = ''] = tips
    const counted = base === null ? null : await this.#count(head, base)
    const counts = { ahead: counted?.onlyA ?? null, behind: counted?.onlyB ?? null }
    const rest = tips.filter((tip) => tip !== base?.oid)
    if (rest.length === 0 || (tips.length === 1 && counted?.onlyA === 0)) return { ...counts, own: [], mine: [] }
    const own = await this.#log(rest, base === null ? elsewhere : [base.oid])
    const made = new Set(past.made)
    const inherited = reachable(past.arrived, own)
    for (const oid of made) inherited.delete(oid)
    if (inherited.size === 0 || isShared) return { ...counts, own, mine: own.filter(({ oid }) => !inherited.has(oid)) }
    // What it began with is its own only if nobody else here has it: work of a branch that was taken up again.
    const others = refs.filter(({ name }) => name.startsWith('refs/heads/') && name !== branch && !isRescue(name)).map(({ oid }) => oid)
    const sole = new Set((await this.#log(rest, [...others, ...(base === null ? [] : [base.oid])])).map(({ oid }) => oid))
    return { ...counts, own, mine: own.filter(({ oid }) => !inherited.has(oid) || sole.has(oid)) }
  }

  /** Most heads lie in the recent history of the base, which is read once for all of them. */
  async #count(head: string, base: Base): Promise<{ readonly onlyA: number; readonly onlyB: number }> {
    if (head === base.oid) return { onlyA: 0, onlyB: 0 }
    const { repository } = this.#upstream
    const recent = await this.#remember(`recent ${base.oid}`, () =>
      this.#git.log(repository, { from: [base.oid], not: [], max: MAX_BASE_COMMITS }),
    )
    const below = reachable([head], recent)
    const read = new Set(recent.map(({ oid }) => oid))
    // What was not read hangs on commits below the head only: it counts for neither side.
    const isWhole = recent.every(({ oid, parents }) => below.has(oid) || parents.every((parent) => read.has(parent)))
    if (below.size > 0 && isWhole) return { onlyA: 0, onlyB: recent.length - below.size }
    return this.#remember(`count ${head} ${base.oid}`, () => this.#git.countBetween(repository, head, base.oid))
  }

  #log(from: readonly string[], not: readonly string[]): Promise<readonly Commit[]> {
    const { repository } = this.#upstream
    return this.#remember(`log ${from.join(' ')} ^ ${not.join(' ')}`, () => this.#git.log(repository, { from, not, max: MAX_COMMITS }))
  }

  async #onlyHere(
    tips: readonly string[],
    base: Base | null,
    mine: readonly Commit[],
    elsewhere: readonly string[],
  ): Promise<readonly Commit[]> {
    const here = new Set((await this.#log(tips, [...(base === null ? [] : [base.oid]), ...elsewhere])).map(({ oid }) => oid))
    return mine.filter(({ oid }) => here.has(oid))
  }

  /** Whether the base, which holds the head, got anything from it: made here, or the head of a request. */
  async #holdsSome(base: Base, head: string, { made }: ReflogSummary, request: Request | null): Promise<boolean> {
    if (made.includes(head) || request?.head === head) return true
    if (made.length === 0) return false
    const { repository } = this.#upstream
    const here = await this.#git.hasObjects(repository, made)
    const from = made.filter((oid) => here.has(oid))
    const outside = new Set((await this.#log(from, [base.oid])).map(({ oid }) => oid))
    return from.some((oid) => !outside.has(oid))
  }

  /** Where the branch stands on the remote that it is pushed to. */
  async #placeOn(
    target: AskedRemote | undefined,
    branch: string | null,
    head: string,
    base: Base | null,
    isRescue: Subject['isRescue'],
  ): Promise<Standing> {
    const { repository, refs, rules, known } = this.#upstream
    const remote = target?.remote.name ?? ''
    const own = branch === null ? undefined : rules.branches.get(branch)
    const followed = own?.remote === remote && own.merge !== null && shortRef(own.merge) !== base?.short ? [shortRef(own.merge)] : []
    const names = [...followed, ...(branch === null ? [] : [shortRef(branch)])]
    const tracked = names.find((name) => refs.some((ref) => ref.name === `refs/remotes/${remote}/${name}`))
    if (!isAnswered(target?.pushed)) return { name: tracked ?? null, isGone: false, isMissing: false, notes: [] }
    const { refs: there } = target.pushed
    const same = [...there].find(([name, oid]) => oid === head && name.startsWith('refs/heads/') && !isRescue(name))?.[0]
    const name =
      names.find((each) => there.has(`refs/heads/${each}`)) ??
      (same === undefined || shortRef(same) === base?.short ? null : shortRef(same))
    if (name === null) return { name, isGone: tracked !== undefined, isMissing: false, notes: [] }
    const oid = there.get(`refs/heads/${name}`) ?? head
    const notes: string[] = []
    if (oid === head || name === base?.short) return { name, isGone: false, isMissing: false, notes }
    if (!known.has(oid)) {
      notes.push(`objects_missing: ${remote}/${name} has commits that are not here; a fetch can tell how they relate to these`)
      return { name, isGone: false, isMissing: true, notes }
    }
    const [isAhead, isBehind] = await Promise.all([
      this.#git.isAncestor(repository, head, oid),
      this.#git.isAncestor(repository, oid, head),
    ])
    if (isAhead) notes.push(`${remote}/${name} has newer commits`)
    else if (isBehind) notes.push(`${remote}/${name} is behind: it lacks the latest commits`)
    else notes.push(`${remote}/${name} ${GONE_ANOTHER_WAY}`)
    return { name, isGone: false, isMissing: false, notes }
  }

  /** The request of a branch or of one of its commits; what a forge's own tool says comes first. */
  async #requestOf(oids: readonly string[], remoteBranch: string | null, branch: string | null): Promise<Request | null> {
    const wanted = new Set(oids)
    const names = new Set([remoteBranch, branch === null ? null : shortRef(branch)])
    for (const { remote, pushed, fetched } of this.#upstream.remotes) {
      for (const [address, answer] of [
        [remote.url, fetched],
        [remote.pushUrl, pushed],
      ] as const) {
        const forge = forgeOf(address.display)
        const told = await this.#origins.requests(address.display)
        const known =
          told.find((each) => each.head !== null && wanted.has(each.head)) ??
          told.find((each) => names.has(each.branch) && each.branch !== '')
        if (known !== undefined && forge !== undefined) {
          return {
            number: known.number,
            state: known.state,
            url: known.url,
            source: forge.kind === 'github' ? 'gh' : 'glab',
            head: known.head,
          }
        }
        if (!isAnswered(answer)) continue
        const found = requestRefs(answer.refs).find((each) => wanted.has(each.head))
        // A closed request keeps its head, and may keep its test merge: only a token could tell.
        if (found !== undefined) {
          const url = forge === undefined ? null : requestUrl(forge, found.number)
          return { number: found.number, state: 'unknown', url, source: 'refs', head: found.head }
        }
      }
    }
    return null
  }

  /** As `#mergedOtherwise`; the objects that it takes may be missing from a partial clone. */
  async #comparedWith(base: Base, head: string, mine: readonly Commit[], past: ReflogSummary): Promise<Elsewhere | null> {
    try {
      return await this.#mergedOtherwise(head, base, mine, past)
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      return {
        mergedBy: null,
        isMissing: true,
        notes: [`objects_missing: whether ${base.name} holds the same changes could not be compared`],
      }
    }
  }

  /** Whether the base holds the same changes as other commits: each of them (rebase), or all of them as one (squash). */
  async #mergedOtherwise(head: string, base: Base, mine: readonly Commit[], { arrived }: ReflogSummary): Promise<Elsewhere | null> {
    const { repository } = this.#upstream
    const fork = await this.#remember(`fork ${head} ${base.oid}`, () => this.#git.mergeBase(repository, head, base.oid))
    if (fork === null || fork === base.oid) return null
    const range = { from: [base.oid], not: [fork], max: MAX_BASE_COMMITS }
    const theirs = await this.#remember(`patches ${fork} ${base.oid}`, () => this.#git.patchIds(repository, range))
    if (theirs.length === 0) return null
    const own = mine.filter((commit) => commit.parents.length < 2)
    const start = mine.flatMap((commit) => commit.parents).find((oid) => arrived.includes(oid) && oid !== fork)
    const [patches, whole, since] = await Promise.all([
      this.#git.patchIds(repository, { from: [head], not: [fork], max: MAX_COMMITS }),
      this.#git.squashPatchId(repository, fork, head),
      start === undefined ? null : this.#git.squashPatchId(repository, start, head),
    ])
    const there = new Map(theirs.map((each) => [each.patchId, each.oid]))
    const patchOf = new Map(patches.map((each) => [each.oid, each.patchId]))
    const twins = own.flatMap((commit) => {
      const oid = there.get(patchOf.get(commit.oid) ?? '')
      return oid === undefined ? [] : [{ commit, oid }]
    })
    // A commit that changes nothing is nowhere to be found, and not missed.
    const changing = own.filter((commit) => patchOf.has(commit.oid))
    const squashed = [whole, since].flatMap((patch) => (patch === null ? [] : (there.get(patch) ?? [])))[0]
    const isEach = changing.length > 0 && twins.length === changing.length
    if (!isEach && squashed === undefined) {
      const notes = twins.length === 0 ? [] : [`${twins.length} of its ${mine.length} commits are in ${base.name} as the same change`]
      return { mergedBy: null, notes }
    }
    const others = new Map((await this.#baseLog(fork, base)).map((commit) => [commit.oid, commit]))
    const landed = isEach ? twins.map(({ oid }) => oid) : squashed === undefined ? [] : [squashed]
    if (landed.some((oid) => isReverted(others.get(oid), [...others.values()]))) {
      return { mergedBy: null, notes: [`its change was in ${base.name} and was reverted there`] }
    }
    if (!isEach) return { mergedBy: 'squash', notes: [] }
    // One commit may have come either way: a rebase keeps the time of its author, a squash on a forge does not.
    const isRebase = twins.length > 1 || twins.every(({ commit, oid }) => others.get(oid)?.authoredAt === commit.authoredAt)
    return { mergedBy: isRebase ? 'rebase' : 'squash', notes: [] }
  }

  #baseLog(fork: string, base: Base): Promise<readonly Commit[]> {
    const { repository } = this.#upstream
    return this.#remember(`base ${fork} ${base.oid}`, () =>
      this.#git.log(repository, { from: [base.oid], not: [fork], max: MAX_BASE_COMMITS }),
    )
  }

  /** A parent often merges its agents' branches at home and never pushes. */
  async #localNotes(head: string, branch: string | null, base: Base | null): Promise<readonly string[]> {
    const { repository, refs } = this.#upstream
    const local = refs.find((ref) => base !== null && ref.name === `refs/heads/${base.short}`)
    if (local === undefined || base === null || local.name === branch || local.oid === base.oid || base.name === base.short) return []
    const isIn = await this.#git.isAncestor(repository, head, local.oid)
    return isIn ? [`it is merged into the local branch ${base.short}, which was not pushed`] : []
  }

  #offer(target: AskedRemote | undefined, branch: string | null, base: Base | null, name: string | null): string | null {
    const home = homeOf(branch, this.#upstream)
    const forge = forgeOf(home?.remote.url.display ?? '')
    const fork = forgeOf(target?.remote.pushUrl.display ?? '')
    if (forge === undefined || fork === undefined || name === null || name === base?.short) return null
    return newRequestUrl(forge, base?.short ?? null, name, fork.page === forge.page ? undefined : fork)
  }
}

type Request = NonNullable<PullRequest> & { readonly head: string | null }

/** A branch on its remote. `isGone`: it was there once; `isMissing`: it holds commits that are not here. */
interface Standing {
  readonly name: string | null
  readonly isGone: boolean
  readonly isMissing: boolean
  readonly notes: readonly string[]
}

interface Elsewhere {
  readonly mergedBy: 'rebase' | 'squash' | null
  /** It could not be compared. */
  readonly isMissing?: boolean
  readonly notes: readonly string[]
}

function shown(request: Request | null): PullRequest {
  if (request === null) return null
  const { head: _head, ...rest } = request
  return rest
}

function merged(request: Request | null): PullRequest {
  const known = shown(request)
  return known === null || known.state === 'merged' ? known : { ...known, state: 'merged', source: 'history' }
}

/** Those of the commits that can be reached from some, by their parents. */
export function reachable(from: readonly string[], commits: readonly Commit[]): Set<string> {
  const byOid = new Map(commits.map((commit) => [commit.oid, commit]))
  const found = new Set<string>()
  const open = [...from]
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    const commit = byOid.get(oid)
    if (commit === undefined || found.has(oid)) continue
    found.add(oid)
    open.push(...commit.parents)
  }
  return found
}

/** By git's own wording: the port of git gives no patch the other way round. */
function isReverted(commit: Commit | undefined, others: readonly Commit[]): boolean {
  if (commit === undefined) return false
  const count = (...subjects: readonly string[]): number => others.filter(({ subject }) => subjects.includes(subject)).length
  const { subject } = commit
  return count(`Revert "${subject}"`) > count(`Reapply "${subject}"`, `Revert "Revert "${subject}""`)
}
