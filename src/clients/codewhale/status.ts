import { isObject } from '../../text/json.ts'

/** How an agent stands, in the client's public names. `text`: what the client adds to it. */
export interface Status {
  readonly name: 'running' | 'completed' | 'interrupted' | 'failed' | 'cancelled' | 'budget_exhausted' | 'unknown'
  readonly text: string
}

const NAMES: ReadonlyMap<string, Status['name']> = new Map([
  ['Running', 'running'],
  ['Completed', 'completed'],
  ['Interrupted', 'interrupted'],
  ['Failed', 'failed'],
  ['Cancelled', 'cancelled'],
  ['BudgetExhausted', 'budget_exhausted'],
])
const MAX_TEXT = 4_000

/** A status as it stands in the document: a bare word, or one with a text below it. */
export function nameStatus(raw: unknown): Status {
  if (typeof raw === 'string') return { name: NAMES.get(raw) ?? 'unknown', text: NAMES.has(raw) ? '' : raw.slice(0, MAX_TEXT) }
  const entries = isObject(raw) ? Object.entries(raw) : []
  const [entry] = entries
  if (entry === undefined || entries.length !== 1) return { name: 'unknown', text: '' }
  const [word, text] = entry
  return { name: NAMES.get(word) ?? 'unknown', text: typeof text === 'string' ? text.slice(0, MAX_TEXT) : '' }
}

/**
 * What the client writes as the reason when a process of its own has ended, or with it the session of the parent (0.8.54 to 0.9.11). `no live
 * executor`: nothing was running it any more when the client looked.
 */
const OWNER_ENDED = /^interrupted by process restart\b|\bparent session closed\b|^no live executor\b/i

/** Whether it was at work until the process that ran it ended. */
export function isOwnerEnded({ name, text }: Status): boolean {
  return name === 'interrupted' && OWNER_ENDED.test(text)
}

/** Whether the result of an agent is the client's own words on how it ended, and not what the agent said last. */
export function isClientsResult({ name }: Status): boolean {
  return name === 'interrupted' || name === 'cancelled'
}

/** Whether the client says that it cancelled an agent itself, for lack of progress. */
export function isAutoCancelled(result: string): boolean {
  return /^auto-cancelled after \d+ ?s\b/i.test(result)
}

/** Whether the reason of an interruption is that a request was not answered in time. */
export function isTimeout(text: string): boolean {
  return /^api call timed out\b/i.test(text)
}
