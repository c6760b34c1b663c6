import type { Start, StartCommand, StartSettings } from '../recovery.ts'
import { pathInRule } from './permissions.ts'
import { supportsAbility } from './abilities.ts'

/** The program that people start. */
export const PROGRAM = 'claude'
/** The option that names the session to go on with. */
export const RESUME = '--resume='
/** How long a headless parent waits for its agents; its own bound is ten minutes, then it kills them. Milliseconds. */
const WAIT_MS = 6 * 60 * 60 * 1000

/** The command that starts the client. Every option is one word with `=`, so that no value can be taken for an option. */
export function buildStart(start: Start, settings: StartSettings): StartCommand {
  const { headless, client, budget, permissionMode } = settings
  const refusal = permissionMode === null ? null : refuseMode(permissionMode)
  if (refusal !== null) throw new Error(refusal)
  const config = {
    ...(headless &&
      start.waits === true &&
      supportsAbility(client, 'waitCeiling') && { env: { CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS: String(WAIT_MS) } }),
    ...(headless && start.allow !== undefined && { permissions: { allow: start.allow } }),
  }
  return {
    cwd: start.cwd,
    argv: [
      PROGRAM,
      ...(headless ? ['-p'] : []),
      ...(start.session === null ? [] : [`${RESUME}${start.session}`]),
      ...(start.agentType === undefined ? [] : [`--agent=${start.agentType}`]),
      ...(permissionMode === null ? [] : [`${MODE}${permissionMode}`]),
      ...(Object.keys(config).length === 0 ? [] : [`--settings=${JSON.stringify(config)}`]),
      ...(hasBudget(settings) && budget !== null ? [`--max-budget-usd=${Math.round(budget * start.agents * 100) / 100}`] : []),
      ...(start.prompt === null ? [] : [start.prompt]),
    ],
  }
}

function hasBudget({ headless, client, budget }: StartSettings): boolean {
  return budget !== null && headless && supportsAbility(client, 'maxBudget')
}

/** What must be said of the budget, where the client's own flag does not hold it. */
function budgetNote(settings: StartSettings): readonly string[] {
  if (settings.budget === null || hasBudget(settings)) return []
  return [`The budget of $${settings.budget} is not enforced: the client takes --max-budget-usd only together with -p, from 2.0.76 on.`]
}

/** Modes that a person may be offered; the one that asks nobody anything is not among them. */
const OFFERED: ReadonlySet<string> = new Set(['default', 'acceptEdits', 'plan', 'auto', 'dontAsk'])

/** The option that names the permission mode. */
const MODE = '--permission-mode='

/** Why clients are not started in a permission mode; null: they are. */
export function refuseMode(mode: string): string | null {
  return OFFERED.has(mode) ? null : `no agent is recovered in permission mode ${mode} (${[...OFFERED].join(', ')})`
}

/** What the session was allowed to do, said and not assumed. */
function permissionNote(recorded: string | null, { headless, permissionMode }: StartSettings): readonly string[] {
  if (permissionMode !== null) {
    const refused = headless ? ' Headless, what it and the settings do not allow is refused, not asked.' : ''
    return [`It starts in permission mode ${permissionMode}, as you asked.${refused}`]
  }
  const refused = headless ? 'Headless, what the settings do not allow is refused, not asked. ' : ''
  if (recorded === null || recorded === 'default') return refused === '' ? [] : [refused.trim()]
  if (recorded === 'bypassPermissions') {
    return [
      `${refused}The session ran with all permissions bypassed; this command does not: allow what the agents need in the settings first.`,
    ]
  }
  return OFFERED.has(recorded)
    ? [`${refused}The session ran in permission mode ${recorded}; add ${MODE}${recorded} to continue in it.`]
    : []
}

/** What must be said of permissions and budget. */
export function listNotes(recordedMode: string | null, settings: StartSettings): readonly string[] {
  return [...permissionNote(recordedMode, settings), ...budgetNote(settings)]
}

/** Whether a command starts the client. */
export function isStart([program]: readonly string[]): boolean {
  return program !== undefined && /(?:^|[\\/])claude(?:\.(?:exe|cmd))?$/.test(program)
}

/** The rule that allows to read one file. */
export function ruleToRead(path: string): string {
  return `Read(${pathInRule(path)})`
}
