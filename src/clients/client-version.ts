/** The version of a client that will do the work. */
export interface ClientVersion {
  /** `2.1.329`; null: neither installed nor named by a transcript. */
  readonly version: string | null
  readonly source: 'installed' | 'transcript'
  /** The id of the client that it is a version of; absent: of whichever wrote the transcript. */
  readonly client?: string
}
