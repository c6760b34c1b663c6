import type { Owner } from '../../facts/session.ts'
import type { ProcessFacts, Processes } from '../../ports/host.ts'
import { isPlausibleInstant } from '../../time/instant.ts'
import { parseLstart } from '../../time/lstart.ts'

/** A process's start, as the system tells it, and the client's own note of it may differ by this much. Milliseconds. */
const START_TOLERANCE_MS = 120_000
/** `ps` tells whole seconds. Milliseconds. */
const LSTART_TOLERANCE_MS = 2_000
/** Zones differ by multiples of this, and none is further from UTC than 14 hours. Milliseconds. */
const ZONE_STEP_MS = 15 * 60_000
const ZONE_MAX_MS = 14 * 60 * 60_000
/** A FILETIME counts 100 nanoseconds from 1601 on; this is 1970. Milliseconds. */
const FILETIME_EPOCH_MS = 11_644_473_600_000

/** What a file claims about a process: its pid, the system's start mark, when the client began, and whose pids these are. */
export interface Claim {
  readonly pid: number
  /** Of Linux the ticks of /proc/<pid>/stat, of macOS the text of `ps -o lstart=`. */
  readonly start: string | null
  /** Of Windows (`procStartFt`). */
  readonly filetime: string | null
  readonly startedAt: number | null
  readonly domain: string | null
}

type Alive = Extract<ProcessFacts, { state: 'alive' }>

/** What a claim comes to, and where its process may live all the same. */
export async function judgeClaim(claim: Claim, processes: Processes, domain: string | null): Promise<Pick<Owner, 'state' | 'mayLive'>> {
  const state = await stateOf(claim, processes, domain)
  if (state === 'unknown') return { state, mayLive: 'here' }
  const mayShare = isOfOtherSystem(claim, processes, domain) || (claim.domain !== null && domain === null)
  return state === 'elsewhere' && mayShare ? { state, mayLive: 'elsewhere' } : { state }
}

/**
 * Whether the very process that a claim names lives. A pid alone proves nothing: it is given again, and a tree may come
 * from another machine, system, boot or pid namespace.
 */
export async function stateOf(claim: Claim, processes: Processes, domain: string | null): Promise<Owner['state']> {
  if (claim.domain !== null && domain !== null && claim.domain !== domain) return 'elsewhere'
  if (isOfOtherSystem(claim, processes, domain)) return 'elsewhere'
  const facts = await processes.inspect(claim.pid)
  // Which machine this is cannot be told, and the claim names one: here its process need not be.
  if (facts.state === 'gone' && claim.domain !== null && domain === null) return 'elsewhere'
  if (facts.state !== 'alive') return facts.state
  const isSame = isSameStart(claim, facts)
  if (isSame === false) return 'gone'
  if (claim.startedAt !== null && facts.startedAt !== null) {
    // Start marks count from the boot, so after a reboot they may agree by chance: the wall clock decides.
    return Math.abs(claim.startedAt - facts.startedAt) <= START_TOLERANCE_MS ? 'alive' : 'gone'
  }
  return isSame === true ? 'alive' : 'unknown'
}

function isOfOtherSystem(claim: Claim, { platform }: Processes, domain: string | null): boolean {
  const here = platform ?? (domain === null ? null : systemOf(domain))
  const systems = [claim.domain === null ? null : systemOf(claim.domain), systemOfStart(claim)]
  return here !== null && systems.some((system) => system !== null && system !== here)
}

/** Whether a domain names one machine: every Mac is `darwin`. */
export function namesMachine(domain: string): boolean {
  return domain.includes(':')
}

/** The system that a domain is of, as Node calls it; null: one that nobody knows. */
function systemOf(domain: string): string | null {
  return /^(linux|darwin|win32)(?::|$)/.exec(domain)?.[1] ?? null
}

/** The system that writes such a start mark; null: there is none, or none of a known form. */
function systemOfStart({ start, filetime }: Claim): string | null {
  if (start === null) return filetime === null ? null : 'win32'
  if (/^\d+$/.test(start)) return 'linux'
  return parseLstart(start) === undefined ? null : 'darwin'
}

/** Whether a claim and the system tell the same start; null: they cannot be compared. */
function isSameStart({ start, filetime }: Claim, facts: Alive): boolean | null {
  if (start === null) return filetime === null ? null : isSameFiletime(filetime, facts)
  if (/^\d+$/.test(start)) return facts.start === null ? null : start === facts.start
  return isSameLstart(start, facts)
}

function isSameFiletime(filetime: string, { startedAt }: Alive): boolean | null {
  const claimed = Number(filetime) / 10_000 - FILETIME_EPOCH_MS
  if (!/^\d{17,19}$/.test(filetime) || !isPlausibleInstant(claimed) || startedAt === null) return null
  return Math.abs(claimed - startedAt) <= START_TOLERANCE_MS
}

/** The text says the time of a zone that it does not name. The machine, or its person, may be in another one since. */
function isSameLstart(start: string, { lstart, startedAt }: Alive): boolean | null {
  const claimed = parseLstart(start)
  if (claimed === undefined || startedAt === null) return null
  const spellings = [startedAt, ...(lstart === undefined ? [] : [parseLstart(lstart) ?? startedAt])]
  if (spellings.some((each) => Math.abs(each - claimed) <= LSTART_TOLERANCE_MS)) return true
  const apart = Math.abs(claimed - startedAt)
  const beyond = apart % ZONE_STEP_MS
  const mayBeZone = apart <= ZONE_MAX_MS + LSTART_TOLERANCE_MS && Math.min(beyond, ZONE_STEP_MS - beyond) <= LSTART_TOLERANCE_MS
  return mayBeZone ? null : false
}
