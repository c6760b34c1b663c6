import { join, resolve } from 'node:path'
import { type Client, defineClient } from '../client.ts'
import { LAUNCHER, outcomeOf } from './agents.ts'
import { exitCodeOf, isDenial, runningIn, SERVER_TOOL } from './calls.ts'
import { fileActions } from './file-actions.ts'
import { normalize } from './normalize.ts'
import { recovery } from './recovery.ts'
import { readWhole } from './whole.ts'
import { readOwners } from './writers.ts'
import { PATTERNS, roleOf, roleOfFirstLine } from './rollout.ts'

/** Codex, as run with 0.171.0; the shapes of older versions as their sources and public descriptions tell them. */
export const codex: Client = defineClient({
  id: 'codex',
  name: 'Codex',
  folder: 'sessions',
  rootInWords: '$CODEX_HOME/sessions, else ~/.codex/sessions',
  defaultRoot({ env, home, cwd }) {
    const config = env['CODEX_HOME'] ?? ''
    return join(config === '' ? join(home, '.codex') : resolve(cwd, config.replace(/^~(?=\/|$)/, home)), 'sessions')
  },
  isUsualRoot: (root) => /[\\/]\.codex[\\/]sessions$/.test(root),
  patterns: PATTERNS,
  roleOf,
  roleOfFirstLine,
  normalize,
  readWhole,
  fileActions,
  // A patch writes what it says, whatever stood there.
  fileRules: () => ({ writeKeepsLineEnds: 'no', writeKeepsMark: 'no', editKeepsQuotes: 'no', notebookKeepsNewline: 'no' }),
  isDenial,
  // A command that takes longer than the call waits for it goes on by itself.
  backgroundTaskOf: ({ text }) => runningIn(text),
  isTaskOver: ({ text }) => exitCodeOf(text) !== null,
  isExtensionTool: (name) => name.startsWith(SERVER_TOOL),
  launchTools: [LAUNCHER],
  // It has no watchdog over its agents, and demands no structured output of them.
  unrecordedReasons: ['stalled', 'schema_unmet'],
  outcomeOf,
  readOwners,
  recovery,
})
