import { z } from 'zod'
import { FORMAT_VERSION, ReportSchema } from '../model/report.ts'

/** The JSON Schema (2020-12) of the report; it allows unknown keys, because a minor version may add some. */
export function reportJsonSchema(): object {
  const schema = z.toJSONSchema(ReportSchema, {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  })
  const { $schema, ...rest } = schema
  return { $schema, $id: `urn:agent-forensics:report:${FORMAT_VERSION}`, title: 'agent-forensics report', ...rest }
}
