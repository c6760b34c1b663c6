import type { ForgeProject, ForgeRequest, ForgeTools } from '../ports/forge.ts'
import {
  type BranchRemote,
  type Git,
  GitUnavailable,
  type Remote,
  type RemoteAddress,
  type RemoteAnswer,
  type Repository,
} from '../ports/git.ts'

export type Answer = RemoteAnswer | { readonly unverified: 'offline_requested'; readonly detail: string }
export type Answered = Extract<Answer, { readonly refs: unknown }>

/** What is known of one remote of a repository: what was pushed to it, and where one fetches from, mostly the same. */
export interface AskedRemote {
  readonly remote: Remote
  readonly pushed: Answer
  readonly fetched: Answer
}

export function isAnswered(answer: Answer | undefined): answer is Answered {
  return answer !== undefined && 'refs' in answer
}

/** Asks every address once per run, whoever needs it; with `offline` none is asked. */
export class Origins {
  readonly #git: Git
  readonly #forge: ForgeTools | undefined
  readonly #offline: boolean
  readonly #answers = new Map<RemoteAddress, Promise<RemoteAnswer>>()
  readonly #requests = new Map<string, Promise<readonly ForgeRequest[] | null>>()

  constructor(git: Git, forge: ForgeTools | undefined, offline: boolean) {
    this.#git = git
    this.#forge = forge
    this.#offline = offline
  }

  async ask(remote: Remote): Promise<AskedRemote> {
    const [pushed, fetched] = await Promise.all([this.#answer(remote.pushUrl), this.#answer(remote.url)])
    return { remote, pushed, fetched }
  }

  /** The requests of the project behind an address, where a person is signed in; otherwise none. */
  async requests(display: string): Promise<readonly ForgeRequest[]> {
    const forge = forgeOf(display)
    if (this.#offline || this.#forge === undefined || forge === undefined) return []
    const asked = this.#requests.get(forge.page) ?? this.#forge.requests(forge)
    this.#requests.set(forge.page, asked)
    return (await asked) ?? []
  }

  async #answer(address: RemoteAddress): Promise<Answer> {
    if (this.#offline) return { unverified: 'offline_requested', detail: 'no remote was asked (--offline)' }
    const asked = this.#answers.get(address) ?? this.#git.lsRemote(address)
    this.#answers.set(address, asked)
    try {
      return await asked
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      return { unverified: 'failed', detail: error.detail }
    }
  }
}

/** The remotes of a repository and what its configuration says about pushing. */
export interface PushRules {
  /** Those worth asking, at most a few, since each costs a request. */
  readonly remotes: readonly Remote[]
  /** Those beyond. */
  readonly unasked: readonly Remote[]
  readonly pushDefault: string | null
  readonly branches: ReadonlyMap<string, BranchRemote>
}

const MAX_REMOTES = 4

export async function pushRulesOf(git: Git, repository: Repository): Promise<PushRules> {
  const { remotes, pushDefault, branches } = await git.remotes(repository)
  const wanted = [pushDefault, 'origin', 'upstream', ...branches.flatMap(({ pushRemote, remote }) => [pushRemote, remote])]
  const rank = (remote: Remote): number => {
    const index = wanted.indexOf(remote.name)
    return index < 0 ? wanted.length : index
  }
  const ranked = remotes.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
  return {
    remotes: ranked.slice(0, MAX_REMOTES),
    unasked: ranked.slice(MAX_REMOTES),
    pushDefault,
    branches: new Map(branches.map((branch) => [branch.branch, branch])),
  }
}

/** A forge that a remote's address names, for the addresses of its pages. */
export interface Forge extends ForgeProject {
  /** `https://host/owner/name`. */
  readonly page: string
}

/** Undefined for a local path and for hosts whose pages are not known. */
export function forgeOf(display: string): Forge | undefined {
  const match =
    /^(?:https?:\/\/|ssh:\/\/)(?:[^@/]*@)?([A-Za-z0-9.-]+)(?::\d+)?\/(.+?)(?:\.git)?\/?$/.exec(display) ??
    /^(?:[^@/\s]+@)?([A-Za-z0-9.-]+):([^/\s].*?)(?:\.git)?\/?$/.exec(display)
  const host = match?.[1]?.toLowerCase() ?? ''
  const name = match?.[2] ?? ''
  if (host === '' || !/^[A-Za-z0-9._~/-]+$/.test(name)) return undefined
  const page = `https://${host}/${name}`
  if (/(?:^|\.)github\.[a-z.]+$/.test(host)) return { kind: 'github', host, name, page }
  return /(?:^|\.)gitlab\./.test(host) ? { kind: 'gitlab', host, name, page } : undefined
}

/** The page where a pull request for a branch is opened. `fork`: where the branch is, when that is another project. */
export function newRequestUrl(forge: Forge, base: string | null, branch: string, fork: Forge | undefined): string {
  if (forge.kind === 'gitlab') {
    const target = base === null || fork !== undefined ? '' : `&merge_request%5Btarget_branch%5D=${encodeURIComponent(base)}`
    return `${(fork ?? forge).page}/-/merge_requests/new?merge_request%5Bsource_branch%5D=${encodeURIComponent(branch)}${target}`
  }
  const owner = fork === undefined || fork.page === forge.page ? '' : `${part(fork.name.split('/')[0] ?? '')}:`
  return `${forge.page}/compare/${base === null ? '' : `${part(base)}...`}${owner}${part(branch)}?expand=1`
}

/** A name of a branch in a path. */
function part(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/')
}

/** A pull or merge request that the remote's references show. */
export interface RequestRef {
  readonly number: number
  readonly head: string
}

/** `refs/pull/N/head` (GitHub) and `refs/merge-requests/N/head` (GitLab), the newest first. */
export function requestRefs(refs: ReadonlyMap<string, string>): readonly RequestRef[] {
  const found: RequestRef[] = []
  for (const [name, head] of refs) {
    const number = /^refs\/(?:pull|merge-requests)\/(\d{1,9})\/head$/.exec(name)?.[1]
    if (number === undefined) continue
    found.push({ number: Number(number), head })
  }
  return found.toSorted((a, b) => b.number - a.number)
}

export function requestUrl(forge: Forge, number: number): string {
  return forge.kind === 'gitlab' ? `${forge.page}/-/merge_requests/${number}` : `${forge.page}/pull/${number}`
}
