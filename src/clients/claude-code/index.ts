import type { TranscriptFormat } from '../client.ts'
import { fileActions } from './file-actions.ts'
import { COPIES, normalize } from './normalize.ts'
import { isInternalId, PATTERNS, roleOf } from './paths.ts'
import { readWhole } from './whole.ts'
import { readJournalLine, readSidecar, readWorkflowSummary } from './sidecars.ts'
import { Skimmer } from './skim.ts'

const encoder = new TextEncoder()
/** The key that every record of the conversation begins with, and no other record holds (2.0.76 to 2.1.329). */
const CONVERSATION = '{"parentUuid"'
const SKIPPED = [...COPIES].map((type) => encoder.encode(`{"type":"${type}"`))

/** Claude Code, as seen from 2.0.76 to 2.1.329. */
export const claudeCode: TranscriptFormat = {
  id: 'claude-code',
  patterns: PATTERNS,
  roleOf,
  normalize,
  readWhole,
  fileActions,
  // Warm-up agents (2.0.x) are told by their prompt alone.
  isInternal: (agentId, firstPrompt) => isInternalId(agentId) || firstPrompt === 'Warmup',
  readSidecar,
  readJournalLine,
  readWorkflowSummary,
  skimmer: () => {
    const skimmer = new Skimmer()
    return (line, where) => skimmer.records(line, where)
  },
  isSkippable: (line) =>
    SKIPPED.some((start) => line.length > start.length && start.every((byte, index) => line[index] === byte)) && !holdsConversation(line),
  holdsConversation,
}

function holdsConversation(line: Uint8Array): boolean {
  return Buffer.from(line.buffer, line.byteOffset, line.length).includes(CONVERSATION)
}
