import { publishSchema } from '../report/schema.ts'
import { FORMAT_VERSION } from '../report/format-version.ts'
import { ShowDocumentSchema } from './document.ts'

/** The JSON Schema of what `show --json` prints. */
export function showJsonSchema(): object {
  return publishSchema(ShowDocumentSchema, `urn:agent-forensics:show:${FORMAT_VERSION}`, 'agent-forensics show')
}
