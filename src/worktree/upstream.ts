import type { Git, Ref, Repository, Worktree } from '../ports/git.ts'
import { type AskedRemote, isAnswered, type Origins, type PushRules, pushRulesOf } from './origin.ts'
import { shortRef } from '../text/short-ref.ts'
import { isSamePath } from '../text/path.ts'

/** Where commits of a repository may have gone. */
export interface Upstream {
  readonly repository: Repository
  readonly refs: readonly Ref[]
  readonly rules: PushRules
  readonly remotes: readonly AskedRemote[]
  /** Object ids that remotes named and that are here. */
  readonly known: ReadonlySet<string>
  /**
   * What the remotes have: what they answered, as far as it is here; of those that did not answer, and of branches that
   * moved on to commits that are not here, what their remote-tracking branches hold.
   */
  readonly elsewhere: readonly string[]
  /** As `elsewhere`, without what the remotes have under certain names only. */
  readonly elsewhereBut: (isLeftOut: (name: string) => boolean) => readonly string[]
  /** What the main checkout is on. */
  readonly mainBranch: string | null
}

export async function upstreamOf(repository: Repository, listed: readonly Worktree[], git: Git, origins: Origins): Promise<Upstream> {
  const [refs, rules] = await Promise.all([git.refs(repository), pushRulesOf(git, repository)])
  const remotes = await Promise.all(rules.remotes.map((remote) => origins.ask(remote)))
  const answers = remotes.flatMap(({ pushed, fetched }) => [pushed, fetched]).filter(isAnswered)
  const named = [...new Set(answers.flatMap((answer) => [...answer.refs.values()]))]
  const known = named.length === 0 ? new Set<string>() : await git.hasObjects(repository, named)
  const tracked = (name: string): readonly Ref[] =>
    refs.filter((ref) => ref.name.startsWith(`refs/remotes/${name}/`) && ref.symbolicTarget === null)
  const assumed = [
    ...rules.unasked.flatMap(({ name }) => tracked(name)),
    ...remotes.flatMap(({ remote: { name }, fetched }) =>
      tracked(name).filter((ref) => {
        if (!isAnswered(fetched)) return true
        const now = fetched.refs.get(ref.name.replace(`refs/remotes/${name}/`, 'refs/heads/'))
        return now !== undefined && !known.has(now)
      }),
    ),
  ]
  const elsewhere = [...new Set([...known, ...assumed.map((ref) => ref.oid)])]
  const there = [
    ...answers.flatMap((answer) => [...answer.refs].filter(([, oid]) => known.has(oid))),
    ...assumed.map(({ name, oid }) => [name.replace(/^refs\/remotes\/[^/]+\//, 'refs/heads/'), oid] as const),
  ]
  return {
    repository,
    refs,
    rules,
    remotes,
    known,
    elsewhere,
    elsewhereBut(isLeftOut) {
      if (!there.some(([name]) => isLeftOut(name))) return elsewhere
      return [...new Set(there.flatMap(([name, oid]) => (isLeftOut(name) ? [] : [oid])))]
    },
    mainBranch: listed.find(({ path }) => repository.mainWorktree !== null && isSamePath(path, repository.mainWorktree))?.branch ?? null,
  }
}

/** The remote that a branch is pushed to, as git would choose it. */
export function targetOf(branch: string | null, { rules, remotes }: Upstream): AskedRemote | undefined {
  const own = branch === null ? undefined : rules.branches.get(branch)
  const names = [own?.pushRemote, rules.pushDefault, own?.remote, 'origin']
  return names.map((name) => remotes.find(({ remote }) => remote.name === name)).find((found) => found !== undefined) ?? remotes[0]
}

/** The remote whose default branch a branch is meant for: in a fork not the one that is pushed to. */
export function homeOf(branch: string | null, upstream: Upstream): AskedRemote | undefined {
  const own = branch === null ? undefined : upstream.rules.branches.get(branch)
  const named = (name: string | null | undefined): AskedRemote | undefined => upstream.remotes.find(({ remote }) => remote.name === name)
  const followed = own?.merge === branch ? undefined : named(own?.remote)
  return followed ?? named('upstream') ?? named('origin') ?? targetOf(branch, upstream)
}

/** What work is meant for, and counted against. */
export interface Base {
  /** `origin/main`, or `main` where no remote has one. */
  readonly name: string
  readonly short: string
  readonly oid: string
  /** The remote has newer commits that are not here: what they hold is not known. */
  readonly hasMoved: boolean
}

/** The default branch of the home remote, as far as it is here; else a local one. Null for the branch itself. */
export function baseOf(branch: string | null, upstream: Upstream): Base | null {
  const { refs, known, mainBranch } = upstream
  const home = homeOf(branch, upstream)
  const oidOf = new Map(refs.map((ref) => [ref.name, ref.oid]))
  if (home !== undefined) {
    const { name } = home.remote
    const answered = isAnswered(home.fetched) ? home.fetched : undefined
    const symbolic = refs.find((ref) => ref.name === `refs/remotes/${name}/HEAD`)?.symbolicTarget?.replace(`refs/remotes/${name}/`, '')
    const names = [
      answered?.headTarget == null ? undefined : shortRef(answered.headTarget),
      symbolic,
      'main',
      'master',
      mainBranch === null ? undefined : shortRef(mainBranch),
    ]
    for (const short of names) {
      if (short === undefined) continue
      const now = answered?.refs.get(`refs/heads/${short}`)
      const oid = now !== undefined && known.has(now) ? now : oidOf.get(`refs/remotes/${name}/${short}`)
      if (oid !== undefined) return { name: `${name}/${short}`, short, oid, hasMoved: now !== undefined && now !== oid }
    }
  }
  for (const name of ['refs/heads/main', 'refs/heads/master', mainBranch]) {
    const oid = name === null ? undefined : oidOf.get(name)
    if (name === null || oid === undefined) continue
    return name === branch ? null : { name: shortRef(name), short: shortRef(name), oid, hasMoved: false }
  }
  return null
}
