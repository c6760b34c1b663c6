/** A commit, as git's own output names it. */
export interface MadeCommit {
  readonly hash: string
  readonly branch: string
  readonly subject: string
}

/** Something that left the machine. */
export interface Sent {
  readonly kind: 'push' | 'pull_request'
  readonly what: string
}

/** No command makes more in one go than a person wants listed. */
const MOST = 50
/** Where the last lines of an output stand that say what became of it. Characters. */
const LOOKED_AT = 65_536

const COMMITTING = /\bgit\b[^\n]{0,400}?\b(?:commit|cherry-pick|revert|merge|am)\b/
const PUSHING = /\bgit\b[^\n]{0,400}?\bpush\b/
const REQUESTING = /\bgh\b[^\n]{0,200}?\bpr\s+create\b|\bglab\b[^\n]{0,200}?\bmr\s+create\b/

/** The commits that a command made: `[branch 1a2b3c4] subject` in its output. A command that says nothing (`-q`) shows none. */
export function commitsIn(command: string, output: string): readonly MadeCommit[] {
  if (!COMMITTING.test(command.slice(0, 4_000))) return []
  const lines = output.slice(-LOOKED_AT).matchAll(/^\[([^\]\n]{1,250}?)(?: \(root-commit\))? ([0-9a-f]{7,40})\] (.{0,300})/gm)
  return [...lines].slice(0, MOST).map(([, branch = '', hash = '', subject = '']) => ({ branch, hash, subject: subject.trim() }))
}

/** The branches that a command pushed, and the addresses of the requests that it opened. */
export function sentBy(command: string, output: string): readonly Sent[] {
  const head = command.slice(0, 4_000)
  const said = output.slice(-LOOKED_AT)
  const pushed = PUSHING.test(head)
    ? [...said.matchAll(/^ (?:[*+ ]) {1,3}(?:\[new branch\]|[0-9a-f]{7,40}\.{2,3}[0-9a-f]{7,40}) {1,40}\S{1,250} -> (\S{1,250})/gm)]
    : []
  const asked = REQUESTING.test(head) ? [...said.matchAll(/https:\/\/[^\s"'<>]{1,200}\/(?:pull|merge_requests)\/\d{1,9}\b/g)] : []
  return [
    ...pushed.slice(0, MOST).map(([, branch = '']): Sent => ({ kind: 'push', what: branch })),
    ...[...new Set(asked.map(([address]) => address))].slice(0, MOST).map((what): Sent => ({ kind: 'pull_request', what })),
  ]
}
