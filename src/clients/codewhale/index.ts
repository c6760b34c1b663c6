import { isAbsolute, join } from 'node:path'
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
  // Without a home nothing is looked for unless somebody names it.
  defaultRoot: ({ home, cwd }) => (isAbsolute(home) ? join(cwd, STATE) : STATE),
  places: PLACES,
  patterns: PATTERNS,
  roleOf,
  splitDocument,
  normalize,
  readWhole,
  isDenial,
  isExtensionTool: (name) => name.startsWith('mcp_'),
  launchTools: LAUNCHERS,
  unrecordedReasons: ['retry_storm', 'schema_unmet', 'pause_killed'],
  recovery,
})
