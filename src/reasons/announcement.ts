import type { LastWord, Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { findCleanEnd } from './last-word.ts'

/** A message longer than this reports something, whatever its last sentence says. Characters. */
const MAX_LENGTH = 400
/** How a sentence begins that only says what comes next. English, since clients and most prompts are. */
const ANNOUNCES =
  /^(?:(?:now|next|first|then|ok(?:ay)?|great|good|perfect|so|alright)[,:.!]?\s+)*(?:(?:and|but)\s+)?(?:let me(?! know)|i(?:'|’)ll(?! not)|i will(?! not)|i(?:'|’)m going to|i am going to|proceeding to|waiting for|moving on to)\s+\S/i
/** What makes such a sentence the end of a report after all. */
const CONCLUDES =
  /\b(?:done|complete[ds]?|finished|in summary|summary|successfully|all (?:tests|checks) pass|no further|nothing (?:else|more)|leave (?:it|this|that)|stop here|stand by|happy to|if you|unless you|when you|once you|you can|available|(?:wait|waiting) for (?:your|further|the user|instructions|approval|confirmation))\b/i

/** The final message of an agent that says what it is about to do and nothing else; undefined for every other end. */
export function findAnnouncement(run: Run, context: RunContext): (LastWord & { readonly kind: 'turn' }) | undefined {
  const turn = findCleanEnd(run, context)
  if (turn === undefined || run.role !== 'agent' || (run.latest.toolCalls === 0 && run.damagedLines === 0) || run.latest.schema.accepted)
    return undefined
  // It may well wait for an agent that it launched.
  if (context.openChildren.length > 0) return undefined
  const text = turn.text.trim()
  if (text.length > MAX_LENGTH || CONCLUDES.test(text)) return undefined
  const sentences = text.split(/(?<=[.!?:…])\s+|\n+/).filter((sentence) => sentence !== '')
  const last = sentences.at(-1)?.trim() ?? ''
  return ANNOUNCES.test(last) ? turn : undefined
}
