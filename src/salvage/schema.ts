import { publishSchema } from '../report/schema.ts'
import { SALVAGE_VERSION, SalvageManifestSchema } from './manifest.ts'

/** The JSON Schema of `manifest.json`, which `salvage --json` prints, too. */
export function salvageJsonSchema(): object {
  return publishSchema(SalvageManifestSchema, `urn:agent-forensics:salvage:${SALVAGE_VERSION}`, 'agent-forensics salvage')
}
