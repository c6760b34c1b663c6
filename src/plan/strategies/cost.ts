import type { Run } from '../../facts/run.ts'
import type { Candidate } from '../candidate.ts'

/** Tokens that a brief takes, generously. */
const BRIEF = 4_000
/** A context beyond which going on with little left to do is dearer than starting afresh. Tokens. */
const BIG = 100_000

/** What going on is expected to cost, in tokens that are written to the cache before the first new answer. */
export interface Cost {
  /** The whole context of the last turn: after such a pause the cache is cold. null: the transcript does not tell. */
  readonly resume: number | null
  /** What the first turn was asked with, and a brief. */
  readonly fresh: number | null
  /** Evidence that nearly everything is done. */
  readonly littleLeft: boolean
}

/** The figures of one agent. */
export function costOf({ judged: { run }, worktree }: Pick<Candidate, 'judged' | 'worktree'>): Cost {
  const { context } = run
  // What is on a remote as a rescue branch only is safe, and not committed all the same.
  const isDelivered =
    worktree !== null &&
    ['pushed', 'pull_request', 'merged'].includes(worktree.delivery) &&
    worktree.atRisk.length + worktree.saved.length === 0
  return {
    resume: context?.last ?? null,
    fresh: context === null ? null : Math.min(context.first, context.last) + BRIEF,
    littleLeft: isDelivered && (worktree.ahead ?? 0) > 0,
  }
}

/** Why starting afresh is cheaper, with the figures; null: it is not, or nothing tells. */
export function explainFreshIsCheaper(candidate: Candidate): string | null {
  const { resume, fresh, littleLeft } = costOf(candidate)
  if (resume === null || fresh === null || !littleLeft || resume < BIG || resume < 3 * fresh) return null
  return (
    `it would write about ${tokens(resume)} tokens to the cache again, though its work is pushed and nothing is uncommitted: ` +
    `a fresh start with a brief begins at about ${tokens(fresh)}`
  )
}

/** What going on with the old context costs. */
export function resumeCost(candidate: Pick<Candidate, 'judged' | 'worktree'>): string {
  const { resume, fresh } = costOf(candidate)
  if (resume === null) return 'unknown: the transcript names no tokens'
  return (
    `about ${tokens(resume)} tokens are written to the cache once (it is cold by now), and read again with every turn` +
    (fresh === null ? '' : `; a fresh start would begin at about ${tokens(fresh)} and find out again what this context knows`)
  )
}

/** What a start of the parent session costs beside its agents: it reads its own context first, and again with every notice. */
export function parentCost({ context }: Pick<Run, 'context'>): string {
  return context === null
    ? 'The parent session reads its own context at the start and with every notice: how much is unknown'
    : `The parent session reads its own context, about ${tokens(context.last)} tokens, at the start and with every notice`
}

/** What starting afresh costs. */
export function freshCost(candidate: Candidate): string {
  const { resume, fresh } = costOf(candidate)
  if (fresh === null) return `a brief of about ${tokens(BRIEF)} tokens, and what the agent reads again`
  return (
    `begins at about ${tokens(fresh)} tokens (brief included), and what the agent reads again` +
    (resume === null ? '' : `; its old context would be about ${tokens(resume)}`)
  )
}

/** A number of tokens, as exact as it is meant. */
export function tokens(amount: number): string {
  if (amount < 1_000) return String(amount)
  return amount < 10_000_000
    ? `${String(Math.round(amount / 1_000)).replace(/(\d)(?=(?:\d{3})+$)/g, '$1,')}k`
    : `${Math.round(amount / 1_000_000)}M`
}
