import { join } from 'node:path'
import { type Client, defineClient } from '../client.ts'
import { isDenial, LAUNCHERS } from './messages.ts'
import { normalize } from './normalize.ts'
import { recovery } from './recovery.ts'
import { PATTERNS, PLACES, roleOf, splitDocument } from './store.ts'
import { readWhole } from './whole.ts'

const [STATE] = PLACES

/** CodeWhale (DeepSeek-TUI before), as its sources from 0.8.54 to 0.9.11 and documents that people published show it. */
export const codewhale: Client = defineClient({
  id: 'codewhale',
  name: 'CodeWhale',
  folder: STATE,
  rootInWords: `${STATE} of the current folder and of those that sessions ran in`,
  defaultRoot: ({ cwd }) => join(cwd, STATE),
  places: PLACES,
  patterns: PATTERNS,
  roleOf,
  splitDocument,
  normalize,
  readWhole,
  isDenial,
  isExtensionTool: (name) => name.startsWith('mcp_'),
  launchTools: LAUNCHERS,
  recovery,
})
