import { join, resolve } from 'node:path'
import { type Client, defineClient } from '../client.ts'
import { fileActions } from './file-actions.ts'
import { normalize } from './normalize.ts'
import { sessionAtStart } from './session-at-start.ts'
import { foldersBeside, isInternalId, PATTERNS, roleOf } from './paths.ts'
import { rulesOf } from './file-rules.ts'
import { readJobs } from './jobs.ts'
import { readPermissions } from './permissions.ts'
import { ownerOfLock, readLocks } from './locks.ts'
import { recovery } from './recovery.ts'
import { BOOKKEEPING, COPIES } from './record-types.ts'
import { readRegistry } from './registry.ts'
import { outcomeOf } from './words.ts'
import { DENIAL, readWhole } from './whole.ts'
import { readJournalLine, readSidecar, readWorkflowSummary } from './sidecars.ts'
import { RecordSkimmer } from './skim.ts'

const encoder = new TextEncoder()
/** The key that every record of the conversation begins with, and no other record holds (2.0.76 to 2.1.329). */
const CONVERSATION = '{"parentUuid"'
const SKIPPED = [...COPIES].map((type) => encoder.encode(`{"type":"${type}"`))

/** The client runs a command in the background: as it was asked to, by itself, or at the person's wish (2.0.76 to 2.1.332). */
const MOVED = /^Command [^\n]{0,200}\bbackground(?:ed by user)? with ID: ([A-Za-z0-9_-]{1,64})/
const MOVED_WITHIN = 300
/** What stands in the place of a call's result when the person says no, or presses Escape (2.0.76 to 2.1.332). */
const REJECTED = /^(?:The user doesn't want to (?:proceed|take this action)|\[Request interrupted by user)/
const MOVED_BEGINS = 'Command '
const TASK_OVER = /<status>(?:completed|failed|killed)<\/status>/

/** Claude Code, as seen from 2.0.76 to 2.1.329. */
export const claudeCode: Client = defineClient({
  id: 'claude-code',
  name: 'Claude Code',
  folder: 'projects',
  rootInWords: '$CLAUDE_CONFIG_DIR/projects, else ~/.claude/projects',
  defaultRoot({ env, home, cwd }) {
    const config = env['CLAUDE_CONFIG_DIR'] ?? ''
    return join(config === '' ? join(home, '.claude') : resolve(cwd, config.replace(/^~(?=\/|$)/, home)), 'projects')
  },
  isUsualRoot: (root) => /[\\/]\.claude[\\/]projects$/.test(root),
  patterns: PATTERNS,
  roleOf,
  transcriptBeside: (sidecar) => sidecar.replace(/\.meta\.json$/, '.jsonl'),
  foldersBeside,
  sessionAtStart,
  normalize,
  readWhole,
  fileActions,
  fileRules: rulesOf,
  // Warm-up agents (2.0.x) are known by their prompt alone.
  isInternal: (agentId, firstPrompt) => isInternalId(agentId) || firstPrompt === 'Warmup',
  readSidecar,
  readJournalLine,
  readWorkflowSummary,
  skimmer: () => RecordSkimmer.make(),
  isSkippable: (line) =>
    SKIPPED.some((start) => line.length > start.length && start.every((byte, index) => line[index] === byte)) && !holdsConversation(line),
  holdsConversation,
  isBookkeeping: (opening) => BOOKKEEPING.test(opening),
  backgroundTaskOf(result) {
    // The first word has to do for most.
    const begins = result.beginning?.(MOVED_BEGINS.length) ?? result.text
    return begins.startsWith(MOVED_BEGINS) ? (MOVED.exec(result.beginning?.(MOVED_WITHIN) ?? result.text)?.[1] ?? null) : null
  },
  isRejection: (text) => REJECTED.test(text),
  isDenial: (text) => DENIAL.test(text),
  isExtensionTool: (name) => name.startsWith('mcp__'),
  isTaskOver: ({ text, isError }) => !isError && TASK_OVER.test(text),
  // 2.1.332 says so in the result of the call; clients before it do it without a word.
  endsCommandsOfAgents: true,
  launchTools: ['Agent', 'Task', 'Workflow'],
  outcomeOf,
  async readOwners(roots, worktreePaths, { files, processes }) {
    const registry = await readRegistry(roots, files, processes)
    const locks = await readLocks(worktreePaths, files, processes)
    const jobs = await readJobs(roots, files)
    const { bySession, isThisMachine } = registry
    return { bySession, ...locks, jobs, registryRead: registry.foldersRead.length > 0, isThisMachine }
  },
  readPermissions,
  worktrees: {
    folder: '.claude/worktrees',
    settings: '.claude',
    // `worktree-agent-<id>`, `worktree-<name>`
    branchPrefix: 'worktree-',
    lockPrefix: 'claude ',
    ownerOf: ownerOfLock,
  },
  recovery,
})

function holdsConversation(line: Uint8Array): boolean {
  return Buffer.from(line.buffer, line.byteOffset, line.length).includes(CONVERSATION)
}
