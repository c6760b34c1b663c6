import type { Action } from './action.ts'
import type { ExternalResource } from '../resources/external-resource.ts'
import { compare } from '../text/order.ts'
import { shellWord } from '../text/shell-word.ts'
import { formatInstant } from '../time/instant.ts'

const HOUR = 3_600_000

/**
 * What to decide about everything that may still cost money. The commands only look; what ends a thing is told in words, because an
 * agent that is resumed may need it.
 */
export function releaseActions(
  rentals: readonly ExternalResource[],
  { now, resetsAt }: { readonly now: number | null; readonly resetsAt: number | null } = { now: null, resetsAt: null },
): Action[] {
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
      const id = unique(idOf(rental), used)
      const { provider, what, ratePerHour, check, agentId, cwd, where } = rental
      return {
        id,
        kind: 'release',
        title: titleOf(rental),
        why: `${who(rental)} ${rental.answered ? 'started it' : 'was about to start it, and nothing tells whether it did'} (${where.path}, line ${where.line}), and no command that ends it was seen. That is a hint and no proof: it may have ended otherwise.`,
        commands: check === null ? [] : [{ cwd: cwd ?? '/', argv: [...check] }],
        preconditions: isLocal(rental) ? ['You are on the machine where the session ran.'] : [`You are logged in to ${provider}.`],
        notBefore: null,
        dependsOn: [],
        risk: riskOf(rental),
        cost: costOf(ratePerHour, now, resetsAt, isLocal(rental), what),
        agents: agentId === null ? [] : [agentId],
      } satisfies Action
    })
}

/** It runs on the person's own machine: it costs power, not money. */
function isLocal({ provider }: ExternalResource): boolean {
  return LOCAL.has(provider)
}
const LOCAL: ReadonlySet<string> = new Set(['shell', 'tmux', 'screen', 'Docker'])

function titleOf({ provider, what, identifier, excerpt, startedAt }: ExternalResource): string {
  const name = identifier ?? (excerpt === null ? null : `"${excerpt}"`)
  const place = provider === 'shell' ? '' : `${provider} `
  return `${place}${what}${name === null ? '' : ` ${name}`}${startedAt === null ? '' : `, since ${formatInstant(startedAt)}`}`
}

function who({ agentId }: ExternalResource): string {
  return agentId === null ? 'The main thread' : `Agent ${agentId}`
}

function riskOf({ identifier, end, check }: ExternalResource): string {
  const need = 'An agent that is resumed may need it: compare what it costs until then with what it takes to set it up again.'
  if (end === null) {
    const how = check === null ? 'Look for it by hand' : 'The check lists what there is'
    return `${need} ${identifier === null ? 'What it is called was not seen, so no command can be given that ends it and nothing else' : 'No command can be given that ends it for sure'}. ${how}.`
  }
  const isPid = end[0] === 'kill'
  // No control character is in what providers call things, nor in a folder that was taken for one.
  return `${need} Where nothing needs it, this ends it, and what is on it is gone: ${end.map(shellWord).join(' ')}${isPid ? ' (pids are given out again: check first that it is the same process)' : ''}`
}

function costOf(rate: number | null, now: number | null, resetsAt: number | null, isFree: boolean, what: string): string {
  if (isFree) return 'It costs no money, only this machine’s time.'
  if (rate === null) return `The transcript does not say what the ${what} costs.`
  const hourly = `${rate.toFixed(2)} USD an hour`
  if (now === null || resetsAt === null || resetsAt <= now) return `${hourly}.`
  const hours = (resetsAt - now) / HOUR
  return `${hourly}: ${(rate * hours).toFixed(2)} USD until the limit resets.`
}

function idOf({ provider, identifier, where }: ExternalResource): string {
  const name = (identifier ?? `line-${where.line}`).replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')
  return `release-${provider.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${name}`.slice(0, 120)
}

function unique(id: string, used: Set<string>): string {
  let one = id
  for (let count = 2; used.has(one); count += 1) one = `${id}-${count}`
  used.add(one)
  return one
}
