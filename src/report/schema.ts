import { z } from 'zod'
import { AUTOPSY_VERSION, AutopsySchema } from '../model/autopsy.ts'
import { FORMAT_VERSION, ReportSchema } from '../model/report.ts'
import { SALVAGE_VERSION, SalvageManifestSchema } from '../model/salvage.ts'

/** The JSON Schema (2020-12) of the report; it allows unknown keys, because a minor version may add some. */
export function reportJsonSchema(): object {
  return published(ReportSchema, `urn:agent-forensics:report:${FORMAT_VERSION}`, 'agent-forensics report')
}

/** The JSON Schema of what `show --json` prints. */
export function autopsyJsonSchema(): object {
  return published(AutopsySchema, `urn:agent-forensics:autopsy:${AUTOPSY_VERSION}`, 'agent-forensics autopsy')
}

/** The JSON Schema of `manifest.json`, which `salvage --json` prints, too. */
export function salvageJsonSchema(): object {
  return published(SalvageManifestSchema, `urn:agent-forensics:salvage:${SALVAGE_VERSION}`, 'agent-forensics salvage')
}

function published(of: z.ZodType, id: string, title: string): object {
  const schema = z.toJSONSchema(of, {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  })
  const { $schema, ...rest } = schema
  return { $schema, $id: id, title, ...rest }
}
