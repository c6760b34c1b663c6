import type { ExternalResource } from '../resources/external-resource.ts'
import { compare } from '../text/order.ts'
import { formatInstant } from '../time/instant.ts'
import { draft, type Draft, type Prose } from './draft.ts'

const HOUR = 3_600_000
/** A file with a pid is read where it was written; is that folder gone, this says so. */
const IN_FOLDER = ['sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'sh'] as const

/**
 * What to decide about everything that may still cost money. The commands only look; what ends a thing is told in words, because an
 * agent that is resumed may need it.
 */
export function releaseActions(
  rentals: readonly ExternalResource[],
  { now, resetsAt }: { readonly now: number | null; readonly resetsAt: number | null } = { now: null, resetsAt: null },
): readonly Draft[] {
  const used = new Set<string>()
  return rentals
    .toSorted(
      (a, b) =>
        Number(isLocal(a)) - Number(isLocal(b)) ||
        (a.startedAt ?? 0) - (b.startedAt ?? 0) ||
        compare(a.where.path, b.where.path) ||
        a.where.byteOffset - b.where.byteOffset,
    )
    .map((rental) => {
      const { check, agentId, folder } = rental
      return draft({
        step: 'release',
        id: unique(idOf(rental), used),
        kind: 'release',
        title: titleOf(rental),
        why: whyOf(rental),
        commands: check === null ? [] : [{ cwd: '/', argv: folder === null ? [...check] : [...IN_FOLDER, folder, ...check] }],
        preconditions: [preconditionOf(rental)],
        risk: riskOf(rental),
        cost: costOf(rental, now, resetsAt),
        agents: agentId === null ? [] : [agentId],
      })
    })
}

/** It runs on the person's own machine. */
function isLocal({ provider, host }: ExternalResource): boolean {
  return host === null && LOCAL.has(provider)
}
const LOCAL: ReadonlySet<string> = new Set(['shell', 'tmux', 'screen', 'Docker'])

function titleOf({ provider, what, identifier, excerpt, host, startedAt, isRunning }: ExternalResource): string {
  const name = identifier ?? (excerpt === null ? null : `"${excerpt}"`)
  return [
    provider === 'shell' ? '' : `${provider} `,
    what,
    name === null ? '' : ` ${name}`,
    host === null ? '' : ` on ${host}`,
    startedAt === null ? '' : `, since ${formatInstant(startedAt)}`,
    isRunning ? ', running' : '',
  ].join('')
}

function whyOf({ agentId, answered, where, isRunning }: ExternalResource): string {
  const who = agentId === null ? 'The main thread' : `Agent ${agentId}`
  const did = answered ? 'started it' : 'was about to start it, and nobody knows whether it did'
  const start = `${who} ${did} (${where.path}, line ${where.line})`
  return isRunning
    ? `${start}, and it runs: its process was looked up.`
    : `${start}, and no command that ends it was seen. Unconfirmed: it may have stopped some other way.`
}

function preconditionOf(rental: ExternalResource): string {
  if (rental.host !== null) return `You can reach ${rental.host} as the session did.`
  return isLocal(rental) ? 'You are on the machine where the session ran.' : `You are logged in to ${rental.provider}.`
}

function riskOf({ identifier, folder, end, check }: ExternalResource): Prose {
  const need = 'A resumed agent may need it: compare its cost until then with setting it up again.'
  if (end === null) {
    const how = check === null ? 'Look for it by hand' : 'The check lists what there is'
    return `${need} ${identifier === null ? 'Its name was not seen, so no command is safe that ends it' : 'No command ends it for sure'}. ${how}.`
  }
  const isByPid = /(?:^|\s)kill\s/.test(end.join(' '))
  return [
    `${need} If nothing needs it, this ends it, and its data is gone${folder === null ? '' : ` (in ${folder})`}: `,
    { argv: end },
    isByPid ? ' (pids are reused: check first that it is the same process)' : '',
  ]
}

function costOf(rental: ExternalResource, now: number | null, resetsAt: number | null): string {
  const { ratePerHour, what, host } = rental
  if (isLocal(rental)) return 'Its cost is unknown (it may call paid services).'
  if (ratePerHour === null)
    return host === null
      ? `The transcript does not say what the ${what} costs.`
      : 'Its cost is unknown (its machine may be rented, and it may call paid services).'
  const hourly = `${ratePerHour.toFixed(2)} USD an hour`
  if (now === null || resetsAt === null || resetsAt <= now) return `${hourly}.`
  const hours = (resetsAt - now) / HOUR
  return `${hourly}: ${(ratePerHour * hours).toFixed(2)} USD until the limit resets.`
}

function idOf({ provider, identifier, host, where }: ExternalResource): string {
  const words = [provider.toLowerCase(), ...(host === null ? [] : [host.toLowerCase()]), identifier ?? `line-${where.line}`]
  return ['release', ...words.map((word) => word.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, ''))].join('-').slice(0, 120)
}

function unique(id: string, used: Set<string>): string {
  let one = id
  for (let count = 2; used.has(one); count += 1) one = `${id}-${count}`
  used.add(one)
  return one
}
