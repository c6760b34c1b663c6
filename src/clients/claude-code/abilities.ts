import type { ClientVersion } from '../client-version.ts'

/** The newest client that was measured; of a newer one the same is expected, and said. */
const NEWEST_MEASURED = '2.1.329'

/** A thing that a client can do from a version on, and how that was found out. */
interface Ability {
  /** The oldest version in which it was seen to work. */
  readonly from: string
  readonly worked: readonly string[]
  /** Versions in which it was tried and failed. */
  readonly failed: readonly string[]
}

/**
 * Measured with the real clients, headless, against a scripted API (docs/clients.md has the table and how to repeat it). What
 * was not measured is not claimed: between a version that failed and one that worked, the ability is taken as absent.
 */
export const ABILITIES = {
  /** SendMessage to a dead agent in its resumed parent session. Before, the tool is not offered, or refuses. */
  sendMessage: {
    from: '2.1.187',
    worked: ['2.1.187', '2.1.205', '2.1.220', '2.1.261', '2.1.290', '2.1.329'],
    failed: ['2.1.97', '2.1.128', '2.1.156'],
  },
  /** The same with a transcript beyond `MAX_MESSAGED_BYTES`; before: "No transcript found for agent ID". */
  sendMessageToLarge: { from: '2.1.261', worked: ['2.1.261', '2.1.329'], failed: ['2.1.187', '2.1.205', '2.1.220'] },
  /** The same to an agent that a person stopped. From 2.1.220 on it is refused until that person types to it. */
  sendMessageToStopped: { from: '2.1.187', worked: ['2.1.187'], failed: ['2.1.220', '2.1.261', '2.1.329'] },
  /** Workflow with scriptPath and resumeFromRunId in the resumed session: the first call without a result and all behind it run again. */
  resumeWorkflow: { from: '2.1.156', worked: ['2.1.156', '2.1.187', '2.1.205', '2.1.220', '2.1.261', '2.1.290', '2.1.329'], failed: [] },
  /** An agent's records as a session in the folder of the place where it is opened. */
  promote: {
    from: '2.0.60',
    worked: [
      '2.0.60',
      '2.0.76',
      '2.1.42',
      '2.1.97',
      '2.1.128',
      '2.1.156',
      '2.1.187',
      '2.1.205',
      '2.1.220',
      '2.1.261',
      '2.1.290',
      '2.1.329',
    ],
    failed: [],
  },
  /** `--agent=<type>` beside `--resume`: a promoted agent has its own tools and system prompt again. */
  promoteAsType: { from: '2.1.332', worked: ['2.1.332'], failed: [] },
  /** A headless parent waits for its agents, ten minutes unless CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS says longer, then kills them. */
  waitCeiling: { from: '2.1.187', worked: ['2.1.187', '2.1.205', '2.1.220', '2.1.261', '2.1.290', '2.1.329'], failed: [] },
  /** `--max-budget-usd`, headless only; its agents count, and are cut off when it is reached (2.1.329). */
  maxBudget: { from: '2.0.76', worked: ['2.0.76', '2.1.42', '2.1.97', '2.1.156', '2.1.220', '2.1.329'], failed: [] },
} as const satisfies Record<string, Ability>

/** What can be asked of a client. */
export type AbilityName = keyof typeof ABILITIES

/** The largest transcript that clients before `sendMessageToLarge` continue. Bytes. */
export const MAX_MESSAGED_BYTES = 5 * 1024 * 1024

/** Whether the client can do it. A client whose version is not known can do nothing but what every version can. */
export function supportsAbility(client: ClientVersion, name: AbilityName): boolean {
  const ability: Ability = ABILITIES[name]
  if (client.version === null) return name === 'promote'
  if (name === 'sendMessageToStopped') return ability.worked.includes(client.version)
  return compareVersions(client.version, ability.from) >= 0
}

/** The client in words: `client 2.1.220`, with a doubt where it was not measured or is not installed. */
export function describeVersion({ version, source }: ClientVersion): string {
  if (version === null) return 'a client of unknown version'
  return source === 'installed' ? `client ${version}` : `client ${version} (the transcript’s; none was found installed)`
}

/** What a person should know of the client before anything is run with it; null: nothing. */
export function explainDoubt({ version, source }: ClientVersion): string | null {
  if (version === null) return '`claude --version` gave no answer: see to it that the client can be started.'
  if (source === 'transcript') return `\`claude --version\` gave no answer; planned for ${version}, which wrote the transcript.`
  if (compareVersions(version, NEWEST_MEASURED) > 0) return `Measured up to client ${NEWEST_MEASURED}; of ${version} the same is expected.`
  return null
}

/** Orders versions by their numbers; what is no number counts as nothing. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.', 3).map((part) => Number.parseInt(part, 10) || 0))
  for (let index = 0; index < 3; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
