import type { Report } from '../report/report.ts'
import { outcomeOf, type TerminalReason, TERMINAL_REASON_NAMES, withSpecialCases } from '../reasons/terminal-reason.ts'
import { UsageError } from './errors.ts'

/** What makes the program exit with 1; nothing for `none`. */
export interface FailOn {
  readonly reasons: ReadonlySet<TerminalReason>
  /** Work that exists only here. */
  readonly atRisk: boolean
}

/** `any`: whatever died, and whatever nobody can vouch for, because an unknown end is no finished work. */
const ANY = TERMINAL_REASON_NAMES.filter((reason) => ['died', 'unknown'].includes(outcomeOf(reason)))

/** What may be said beside a list of reasons. */
const GROUPS = ['any', 'at-risk', 'none'] as const
/** All that the value of `--fail-on` may hold. */
export const FAIL_ON_WORDS: readonly string[] = [...GROUPS, ...TERMINAL_REASON_NAMES]

/** Reads the value of `--fail-on`: reasons, `any`, `at-risk` or `none`. */
export function parseFailOn(words: readonly string[], git: boolean): FailOn {
  const atRisk = words.includes('at-risk')
  if (atRisk && !git) throw new UsageError('--fail-on at-risk and --no-git contradict each other: only git knows what is at risk')
  if (words.includes('none') && words.length > 1) throw new UsageError('--fail-on none cannot be combined with other values')
  return { reasons: new Set(words.flatMap(meant)), atRisk }
}

function meant(word: string): readonly TerminalReason[] {
  if (word === 'none' || word === 'at-risk') return []
  if (word === 'any') return ANY
  return withSpecialCases(word as TerminalReason)
}

/** What git did not answer: where `at-risk` is asked for, none of it counts as clean. */
export function unansweredIn({ readIssues }: Pick<Report, 'readIssues'>): Report['readIssues'] {
  return readIssues.filter(({ reason }) => reason === 'git')
}

/** Whether an agent or a main thread ended for one of the reasons (internal helpers do not count), or work exists only here. */
export function failsOn({ reasons, atRisk }: FailOn, report: Pick<Report, 'agents' | 'sessions' | 'worktrees'>): boolean {
  const agents = report.agents.filter((agent) => agent.kind !== 'internal')
  if (atRisk && report.worktrees.some((worktree) => worktree.atRisk.length > 0)) return true
  return [...agents, ...report.sessions.filter(countsForFailure)].some(({ reason }) => reasons.has(reason))
}

/** All but main threads that lost nothing: nothing was asked in them, or they wait for their person. */
function countsForFailure({ reason, cutOff }: Report['sessions'][number]): boolean {
  return cutOff !== false || outcomeOf(reason) === 'finished' || outcomeOf(reason) === 'running'
}
