import { findCleanEnd, findFinalError, findEndNotice } from './last-word.ts'
import { absenceOf, recordOf, withMore } from './proof.ts'
import { defineReason } from './reason.ts'

/** It never produced the structured output that was demanded. */
export const schemaUnmet = defineReason({
  name: 'schema_unmet',
  place: 150,
  outcome: 'died',
  severity: 72,
  look: { mark: 'SU', group: 'brief', pattern: 'columns' },
  texts: {
    meaning: 'it never produced the required structured output',
    detection:
      'It ended its turn without a valid StructuredOutput call though one was required, and no limit or error of its own explains that.',
    lookalikes: 'A limit that refused the call is reported in the same words (rate_limited); a turn cap too (max_turns).',
    action: 'Look for its work on disk, then dispatch it again with a simpler schema.',
  },
  checkpoint: 'failed',
  incident: null,
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['schema-refused-by-limit', 'schema-met-after-nudge'],
  detect(run, context) {
    const own = findFinalError(run, 'schema')
    const { schema, lastWord } = run.latest
    if (own !== undefined) {
      const evidence = [recordOf(own, 'the client records that no valid output came', own.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'it never produced the required structured output', evidence }
    }
    if (schema.demanded === null || schema.accepted || lastWord.kind === 'error' || lastWord.kind === 'interrupt') return undefined
    const ended = findCleanEnd(run, context)
    const gaveUp =
      lastWord.kind === 'tool_result' &&
      lastWord.purpose === 'structured_output' &&
      lastWord.isError &&
      findEndNotice(run, context) !== undefined
    if (ended === undefined && !gaveUp) return undefined
    return {
      basis: 'reported',
      confidence: 'high',
      summary:
        schema.failedCalls > 0
          ? `it made ${schema.failedCalls} calls of StructuredOutput, none of them valid`
          : 'it ended without calling StructuredOutput though that was required',
      evidence: withMore(recordOf(schema.demanded, 'structured output was required of it'), [
        absenceOf(run, 'no accepted call of StructuredOutput up to the end of its transcript'),
      ]),
    }
  },
})
