import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'

/** What the client said of an end: its structured word, whether the parent got it, and the text that came with it. */
export interface ClientWord {
  readonly status: string
  readonly delivered: boolean
  readonly text: string
}

/** The client's own word for an end, as the contract counts it: the last structured one, of whatever source. */
export function reportedWord(run: Run, context: RunContext): ClientWord | undefined {
  const word = context.words.findLast((each) => each.status !== null && each.tells !== 'launched' && !LAUNCH_WORDS.has(each.status))
  if (word?.status != null) {
    const delivered = context.words.some((each) => each.delivered && each.status === word.status)
    return { status: word.status, delivered, text: word.text }
  }
  const call = context.workflowCall
  if (call?.state != null) return { status: call.state, delivered: true, text: call.error ?? '' }
  return run.sidecar?.finished === true ? { status: 'finished', delivered: false, text: '' } : undefined
}
const LAUNCH_WORDS: ReadonlySet<string> = new Set(['async_launched', 'remote_launched', 'queued_to_running'])
/** Words by which a client calls an agent finished. */
export const CALLED_COMPLETED: ReadonlySet<string> = new Set(['completed', 'done', 'finished', 'success'])
