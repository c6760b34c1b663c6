import { z } from 'zod'
import { FORMAT_VERSION, ReportSchema } from './report.ts'

/** The JSON Schema (2020-12) of the report. */
export function reportJsonSchema(): object {
  return publishSchema(ReportSchema, `urn:agent-forensics:report:${FORMAT_VERSION}`, 'agent-forensics report')
}

/** A schema as it is published: it allows unknown keys, because a minor version may add some. */
export function publishSchema(of: z.ZodType, id: string, title: string): object {
  const schema = z.toJSONSchema(of, {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  })
  const { $schema, ...rest } = schema
  return { $schema, $id: id, title, ...rest }
}
