/** A pull or merge request, as a forge's own tool tells it to a signed-in person. */
export interface ForgeRequest {
  readonly number: number
  readonly state: 'open' | 'closed' | 'merged'
  readonly url: string
  /** The branch that it was opened from. */
  readonly branch: string
  /** The head that the forge knows; null when the tool does not say. */
  readonly head: string | null
}

/** A project on a forge: `host` and `owner/name` (GitLab: any depth of groups). */
export interface ForgeProject {
  readonly kind: 'github' | 'gitlab'
  readonly host: string
  readonly name: string
}

/** The tools `gh` and `glab`, where a person installed them and signed in: the only way to know whether a request is open. */
export interface ForgeTools {
  /** The latest requests of a project in any state, newest first; null when the tool is missing, not signed in, or fails. */
  requests(project: ForgeProject): Promise<readonly ForgeRequest[] | null>
}
