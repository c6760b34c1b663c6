import type { Placed, Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { lastSign } from './last-word.ts'

/** A client that spent its budget ends itself and its agents within this time (2.1.275, 2.1.332). Milliseconds. */
const CUT_MS = 10_000

/**
 * The record that tells that the budget of its session was spent when the run ended; undefined: it was not cut by that. An agent that the
 * client ends with it has the marker; earlier clients wait for their agents (2.1.170).
 */
export function findBudgetCut(run: Run, { session: { overBudget } }: RunContext): Placed | undefined {
  const at = lastSign(run)
  if (run.role === 'agent' && run.latest.lastWord.kind !== 'interrupt') return undefined
  if (overBudget?.at == null || at === null || at < overBudget.at - CUT_MS) return undefined
  return at <= overBudget.at + CUT_MS ? overBudget : undefined
}
