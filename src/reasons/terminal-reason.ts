// What is derived from the list of reasons. A reason itself does not import it: it would be a cycle.

import { REASONS } from './index.ts'
import type { Outcome, Reason } from './reason.ts'

export type { Outcome, Reason } from './reason.ts'

/** The closed set of ways an agent ends. */
export type TerminalReason = (typeof REASONS)[number]['name']

/** The names, in the contract's order. */
export const TERMINAL_REASON_NAMES: readonly TerminalReason[] = REASONS.toSorted((a, b) => a.place - b.place).map(({ name }) => name)

// Complete by its making: the names and the reasons come from one list.
const byName = new Map<TerminalReason, Reason>(REASONS.map((reason) => [reason.name, reason]))
/** Every reason by its name, in the contract's order. */
export const TERMINAL_REASONS = Object.fromEntries(TERMINAL_REASON_NAMES.map((name) => [name, byName.get(name)])) as Readonly<
  Record<TerminalReason, Reason>
>

const WORST_FIRST = REASONS.toSorted((a, b) => b.severity - a.severity).map(({ name }) => name)
const RANKS: ReadonlyMap<TerminalReason, number> = new Map(WORST_FIRST.map((name, rank) => [name, rank]))

/** The place of a reason among all of them, the worst first: 0 is the worst. */
export function severityRankOf(name: TerminalReason): number {
  return RANKS.get(name) ?? WORST_FIRST.length
}

/** How a reason counts. */
export function outcomeOf(name: TerminalReason): Outcome {
  return TERMINAL_REASONS[name].outcome
}

/** Whether only a person can end what refused it: by a login, or by money. */
export function needsPerson(name: TerminalReason): boolean {
  const { needs } = TERMINAL_REASONS[name].plan
  return needs === 'login' || needs === 'money'
}

/** Whether a limit refused it that resets by itself. */
export function needsReset(name: TerminalReason): boolean {
  return TERMINAL_REASONS[name].plan.needs === 'reset'
}

/** A reason, and those that are special cases of it. */
export function withSpecialCases(name: TerminalReason): readonly TerminalReason[] {
  return TERMINAL_REASON_NAMES.filter((each) => each === name || TERMINAL_REASONS[each].specialCaseOf === name)
}
