import type { Run } from '../facts/run.ts'
import type { WordOutcome } from '../facts/record.ts'
import type { RunContext } from '../facts/session.ts'

/** What the client said of an end: its structured word, whether the parent got it, and the text that came with it. */
export interface ClientWord {
  readonly status: string
  readonly outcome: WordOutcome | null
  readonly delivered: boolean
  readonly text: string
}

/** The client's own word for an end, as the contract counts it: the last structured one, of whatever source. */
export function reportedWord(run: Run, context: RunContext): ClientWord | undefined {
  const word = context.words.findLast((each) => each.status !== null && each.tells !== 'launched' && each.outcome !== 'launched')
  if (word?.status != null) {
    const delivered = context.words.some((each) => each.delivered && each.status === word.status)
    return { status: word.status, outcome: word.outcome, delivered, text: word.text }
  }
  const call = context.workflowCall
  if (call?.state != null) return { status: call.state, outcome: call.outcome, delivered: true, text: call.error ?? '' }
  return run.sidecar?.finished === true ? { status: 'finished', outcome: 'finished', delivered: false, text: '' } : undefined
}
