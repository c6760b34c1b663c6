import type { PlanSettings } from '../../plan/candidate.ts'
import { can } from './abilities.ts'
import type { PlanCommand } from '../../plan/strategies/strategy.ts'

/** How long a headless parent waits for its agents; its own bound is ten minutes, then it kills them. Milliseconds. */
const WAIT_MS = 6 * 60 * 60 * 1000

/** What one start of the client is for. */
export interface Start {
  readonly cwd: string
  /** The session to resume; null: a new one. */
  readonly session: string | null
  readonly prompt: string
  /** Work items that it pays for: the budget is per agent. */
  readonly agents: number
  /** It has to stay until its background agents are done. */
  readonly waits?: boolean
  /** Permission rules without which the command itself cannot work. */
  readonly allow?: readonly string[]
}

/** The command that starts the client. Every option is one word with `=`, so that no value can be taken for an option. */
export function claudeCommand(start: Start, settings: PlanSettings): PlanCommand {
  const { headless, client, budget } = settings
  const config = {
    ...(headless &&
      start.waits === true &&
      can(client, 'waitCeiling') && { env: { CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS: String(WAIT_MS) } }),
    ...(headless && start.allow !== undefined && { permissions: { allow: start.allow } }),
  }
  return {
    cwd: start.cwd,
    argv: [
      'claude',
      ...(headless ? ['-p'] : []),
      ...(start.session === null ? [] : [`--resume=${start.session}`]),
      ...(Object.keys(config).length === 0 ? [] : [`--settings=${JSON.stringify(config)}`]),
      ...(hasBudget(settings) && budget !== null ? [`--max-budget-usd=${Math.round(budget * start.agents * 100) / 100}`] : []),
      start.prompt,
    ],
  }
}

function hasBudget({ headless, client, budget }: PlanSettings): boolean {
  return budget !== null && headless && can(client, 'maxBudget')
}

/** What must be said of the budget, where the client's own flag does not hold it. */
export function budgetNote(settings: PlanSettings): readonly string[] {
  if (settings.budget === null || hasBudget(settings)) return []
  return [`The budget of $${settings.budget} is not enforced: the client takes --max-budget-usd only together with -p, from 2.0.76 on.`]
}

/** Modes that a person may be offered; the one that asks nobody anything is not among them. */
const OFFERED: ReadonlySet<string> = new Set(['default', 'acceptEdits', 'plan', 'auto', 'dontAsk'])

/** What the session was allowed to do, said and not assumed. */
export function permissionNote(recorded: string | null, { headless }: PlanSettings): readonly string[] {
  const refused = headless ? 'Headless, what the settings do not allow is refused, not asked. ' : ''
  if (recorded === null || recorded === 'default') return refused === '' ? [] : [refused.trim()]
  if (recorded === 'bypassPermissions') {
    return [
      `${refused}The session ran with all permissions bypassed; this command does not: allow what the agents need in the settings first.`,
    ]
  }
  return OFFERED.has(recorded)
    ? [`${refused}The session ran in permission mode ${recorded}; add --permission-mode=${recorded} to go on in it.`]
    : []
}
