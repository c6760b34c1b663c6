import { publishSchema } from '../report/schema.ts'
import { AUTOPSY_VERSION, AutopsySchema } from './autopsy.ts'

/** The JSON Schema of what `show --json` prints. */
export function autopsyJsonSchema(): object {
  return publishSchema(AutopsySchema, `urn:agent-forensics:autopsy:${AUTOPSY_VERSION}`, 'agent-forensics autopsy')
}
