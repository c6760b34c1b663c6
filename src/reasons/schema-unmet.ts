import { absenceOf, cleanEnd, type Detector, finalError, recordOf, withMore, wordOfEnd } from './detector.ts'

/** It never produced the structured output that was demanded. */
export const schemaUnmet: Detector = {
  id: 'schema-unmet',
  concludes: 'schema_unmet',
  lookalikes: ['schema-refused-by-limit', 'schema-met-after-nudge'],
  detect(run, context) {
    const own = finalError(run, 'schema')
    const { schema, lastWord } = run.latest
    if (own !== undefined) {
      const evidence = [recordOf(own, 'the client records that no valid output came', own.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'it never produced the structured output that was demanded', evidence }
    }
    if (schema.demanded === null || schema.accepted || lastWord.kind === 'error' || lastWord.kind === 'interrupt') return undefined
    const ended = cleanEnd(run)
    const gaveUp =
      lastWord.kind === 'tool_result' &&
      lastWord.purpose === 'structured_output' &&
      lastWord.isError &&
      wordOfEnd(run, context) !== undefined
    if (ended === undefined && !gaveUp) return undefined
    return {
      basis: 'reported',
      confidence: 'high',
      summary:
        schema.failedCalls > 0
          ? `it made ${schema.failedCalls} calls of StructuredOutput, none of them valid`
          : 'it ended without calling StructuredOutput though that was demanded',
      evidence: withMore(recordOf(schema.demanded, 'structured output was demanded of it'), [
        absenceOf(run, 'no accepted call of StructuredOutput up to the end of its transcript'),
      ]),
    }
  },
}
