/** A commit that a command made, as git's own answer names it. */
export interface PrintedCommit {
  readonly hash: string
  readonly branch: string
  readonly subject: string
}

/** More than a person wants to see of one command. */
const MOST = 50
/** How much of an answer is searched, from its end: the last lines say what became of the command. Characters. */
const LOOKED_AT = 65_536

// `git -C folder -c key=value --no-pager <command>`
const GIT = String.raw`\bgit(?:\s+-[cC]\s+\S+|\s+--?[\w-]+(?:=\S+)?)*\s+`
const MAKES = new RegExp(`${GIT}(?:commit|merge|rebase|cherry-pick|am|revert|pull)\\b`)
/** It then asks for the commit that it is on: what quiet commands do not say. */
const ASKS = new RegExp(
  `${MAKES.source}[^]*${GIT}(?:rev-parse\\b[^\\n;&|]*\\bHEAD\\b|(?:log|show)\\b[^\\n;&|]*\\s(?:-1|-n ?1|--max-count=1)\\b)`,
)
/** `[main 1a2b3c4] Subject`, `[main (root-commit) 1a2b3c4] Subject` */
const PRINTED = /^\[([^\]\n]{1,250}?)(?: \(root-commit\))? ([0-9a-f]{7,64})\] (.{0,300})/gm
/** `1a2b3c4`, `1a2b3c4 Subject`, `commit 1a2b3c4…` */
const NAMED = /^(?:commit )?([0-9a-f]{7,64})(?:$| (.{0,300}))/gm
/** `Updating 0a1b2c3..1a2b3c4`: a branch went on to a commit that was there. */
const MOVED = /^Updating [0-9a-f]{7,64}\.\.([0-9a-f]{7,64})$/m

/** Whether a shell command may make commits. */
export function mayCommit(command: string): boolean {
  return MAKES.test(command)
}

/** The commits that a command made, by its answer. A quiet command shows none, unless it asks for HEAD afterwards. */
export function findMadeCommits(command: string, answer: string): readonly PrintedCommit[] {
  if (!MAKES.test(command.slice(0, 4_000))) return []
  const end = answer.slice(-LOOKED_AT)
  const printed = [...end.matchAll(PRINTED)].map(([, branch = '', hash = '', subject = '']) => ({ branch, hash, subject: subject.trim() }))
  if (printed.length > 0 || !ASKS.test(command.slice(0, 4_000))) return printed.slice(0, MOST)
  return [...end.matchAll(NAMED)].slice(-1).map(([, hash = '', subject = '']) => ({ branch: 'HEAD', hash, subject: subject.trim() }))
}

/** The commit that a command moved a branch to, by its answer; null: none is named. */
export function findMovedTo(answer: string): string | null {
  return MOVED.exec(answer)?.[1] ?? null
}
