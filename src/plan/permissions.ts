import type { Client, PermissionSettings } from '../clients/client.ts'
import type { DeniedCall, Run } from '../facts/run.ts'
import { compare } from '../text/order.ts'
import { plural } from '../text/plural.ts'
import type { Prose } from './draft.ts'
import { findCommandHazard } from './names.ts'

/** A command that a person takes in at a glance. */
const SHORT = 60
/** So many are named. */
const NAMED = 4

/** Whether settings that were changed since a run's calls were denied allow all of them. */
export function isAllowedSince({ latest: { deniedCalls } }: Run, settings: readonly PermissionSettings[], { recovery }: Client): boolean {
  if (recovery === null || deniedCalls.length === 0) return false
  return deniedCalls.every((call) =>
    settings.some(
      ({ changedAt, allow }) => call.at !== null && changedAt > call.at && allow.some((rule) => recovery.isAllowedBy(rule, call)),
    ),
  )
}

/** Which calls were denied, and what would allow them. */
export function describeDenials({ latest: { deniedCalls } }: Run, { recovery }: Client): Prose {
  const rules = recovery?.rulesFor(deniedCalls) ?? []
  if (recovery === null || deniedCalls.length === 0 || rules.length === 0) return 'Allow what it needs in the settings.'
  return [
    `Denied: ${countDenials(deniedCalls)}. This line in ${recovery.settingsInWords} allows it: `,
    { verbatim: recovery.settingsLine(rules) },
    '.',
  ]
}

/** `2 Bash (npm publish, git push), 1 Edit` */
function countDenials(denied: readonly DeniedCall[]): string {
  const byTool = new Map<string, DeniedCall[]>()
  for (const call of denied) byTool.set(call.name, [...(byTool.get(call.name) ?? []), call])
  return [...byTool]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([name, calls]) => {
      const commands = [...new Set(calls.flatMap(({ command }) => command ?? []))]
      const clean = commands.filter((command) => command.length <= SHORT && findCommandHazard(command) === null)
      const more = commands.length - Math.min(clean.length, NAMED)
      const named = [...clean.slice(0, NAMED), ...(more > 0 && clean.length > 0 ? [`${more} more`] : [])]
      return `${plural(calls.length, `call of ${name}`, `calls of ${name}`)}${named.length === 0 ? '' : ` (${named.join(', ')})`}`
    })
    .join(', ')
}
