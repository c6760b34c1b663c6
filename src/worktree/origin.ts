import { type Git, GitUnavailable, type Remote, type RemoteAddress, type RemoteAnswer, type Repository } from '../git.ts'

/** What is known of one remote of a repository. */
export interface AskedRemote {
  readonly remote: Remote
  readonly answer: RemoteAnswer | { readonly unverified: 'offline_requested'; readonly detail: string }
}

/** Asks every remote once per address and run, whoever needs it; with `offline` none is asked. */
export class Origins {
  readonly #git: Git
  readonly #offline: boolean
  readonly #answers = new Map<RemoteAddress, Promise<RemoteAnswer>>()

  constructor(git: Git, offline: boolean) {
    this.#git = git
    this.#offline = offline
  }

  async ask(remote: Remote): Promise<AskedRemote> {
    if (this.#offline) return { remote, answer: { unverified: 'offline_requested', detail: 'no remote was asked (--offline)' } }
    const address = remote.pushUrl
    const asked = this.#answers.get(address) ?? this.#git.lsRemote(address)
    this.#answers.set(address, asked)
    try {
      return { remote, answer: await asked }
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      return { remote, answer: { unverified: 'failed', detail: error.detail } }
    }
  }
}

/** The remotes of a repository that its branches push to, the likeliest first; at most a few, since each costs a request. */
export async function remotesOf(git: Git, repository: Repository): Promise<readonly Remote[]> {
  const { remotes, pushDefault, branches } = await git.remotes(repository)
  const wanted = [pushDefault, ...branches.flatMap(({ pushRemote, remote }) => [pushRemote, remote]), 'origin', 'upstream']
  const rank = (remote: Remote): number => {
    const index = wanted.indexOf(remote.name)
    return index < 0 ? wanted.length : index
  }
  return remotes.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)).slice(0, MAX_REMOTES)
}
const MAX_REMOTES = 4

/** A forge that a remote's address names, for the addresses of its pages. */
export interface Forge {
  readonly kind: 'github' | 'gitlab'
  /** `https://host/owner/name`. */
  readonly page: string
}

/** Undefined for a local path and for hosts whose pages are not known. */
export function forgeOf(display: string): Forge | undefined {
  const match = /^(?:https?:\/\/|ssh:\/\/)(?:[^@/]*@)?([A-Za-z0-9.-]+)(?::\d+)?\/(.+?)(?:\.git)?\/?$/.exec(display) ?? /^(?:[^@/\s]+@)?([A-Za-z0-9.-]+):([^/\s].*?)(?:\.git)?\/?$/.exec(display)
  const [, host = '', path = ''] = match ?? []
  if (host === '' || !/^[A-Za-z0-9._~/-]+$/.test(path)) return undefined
  const page = `https://${host.toLowerCase()}/${path}`
  if (/(?:^|\.)github\.[a-z.]+$/i.test(host)) return { kind: 'github', page }
  return /(?:^|\.)gitlab\./i.test(host) ? { kind: 'gitlab', page } : undefined
}

/** The page where a pull request for a branch is opened. */
export function newRequestUrl(forge: Forge, base: string | null, branch: string): string {
  const name = encodeURIComponent(branch).replaceAll('%2F', '/')
  if (forge.kind === 'gitlab') return `${forge.page}/-/merge_requests/new?merge_request%5Bsource_branch%5D=${encodeURIComponent(branch)}`
  return `${forge.page}/compare/${base === null ? '' : `${encodeURIComponent(base).replaceAll('%2F', '/')}...`}${name}?expand=1`
}

/** A pull or merge request that the remote's references show. */
export interface RequestRef {
  readonly number: number
  readonly head: string
  /** GitHub keeps a test merge only of requests that it could merge. */
  readonly hasMerge: boolean
}

/** `refs/pull/N/head` (GitHub) and `refs/merge-requests/N/head` (GitLab), by head. */
export function requestRefs(refs: ReadonlyMap<string, string>): readonly RequestRef[] {
  const found: RequestRef[] = []
  for (const [name, head] of refs) {
    const number = /^refs\/(?:pull|merge-requests)\/(\d{1,9})\/head$/.exec(name)?.[1]
    if (number === undefined) continue
    found.push({ number: Number(number), head, hasMerge: refs.has(name.replace(/head$/, 'merge')) })
  }
  return found.toSorted((a, b) => b.number - a.number)
}

export function requestUrl(forge: Forge, number: number): string {
  return forge.kind === 'gitlab' ? `${forge.page}/-/merge_requests/${number}` : `${forge.page}/pull/${number}`
}
