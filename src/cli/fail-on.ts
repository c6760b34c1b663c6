import type { Report } from '../model/report.ts'
import type { TerminalReason } from '../model/terminal-reason.ts'
import { TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../model/terminal-reason.ts'
import { UsageError } from './errors.ts'

/** The reasons that make the program exit with 1; empty for `none`. */
export type FailOn = ReadonlySet<TerminalReason>

/** `any`: whatever died, and whatever nobody can vouch for, because an unknown end is no finished work. */
const ANY = TERMINAL_REASON_NAMES.filter((reason) => ['died', 'unknown'].includes(TERMINAL_REASONS[reason].outcome))

/** Reads the value of `--fail-on`: reasons, `any` or `none`; `at-risk` waits for the version that reads worktrees. */
export function parseFailOn(words: readonly string[], git: boolean): FailOn {
  if (words.includes('at-risk')) {
    throw new UsageError(
      git
        ? "--fail-on at-risk is not possible yet: this version does not read worktrees (use 'any' or reasons)"
        : '--fail-on at-risk and --no-git contradict each other: what is at risk is read from git',
    )
  }
  if (words.includes('none') && words.length > 1) throw new UsageError('--fail-on none cannot stand beside other values')
  return new Set(words.flatMap(meant))
}

function meant(word: string): readonly TerminalReason[] {
  if (word === 'none') return []
  if (word === 'any') return ANY
  if (word === 'rate_limited') return ['rate_limited', 'retry_storm']
  return [word as TerminalReason]
}

/** Whether an agent or a session's main thread ended for one of the reasons; internal helpers do not count. */
export function failsOn(failOn: FailOn, report: Report): boolean {
  const agents = report.agents.filter((agent) => agent.kind !== 'internal')
  return [...agents, ...report.sessions].some(({ reason }) => failOn.has(reason))
}
