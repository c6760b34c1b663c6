import { z } from 'zod'
import type { ReadIssue } from '../facts/source.ts'
import type { Preserved } from './preserve.ts'

const PRESERVE_VERSION = '0.1'

const SavedWorkSchema = z.strictObject({
  name: z.string().describe('the last part of its rescue reference'),
  path: z.string().describe('the worktree, or where it was'),
  agents: z.array(z.string()),
  ref: z.string().describe('the full name of the reference that holds it'),
  commit: z.string().describe('empty with --dry-run, and where the scan had found it saved'),
  isNew: z.boolean().describe('false: an earlier run had saved the same'),
  holds: z.array(z.string()).describe('what it holds, in words'),
  bundle: z.string().nullable().describe('the file that holds it too'),
  isPushed: z.boolean().describe('origin has it too'),
})

/** What `preserve --json` prints. */
export const PreserveDocumentSchema = z.strictObject({
  formatVersion: z.literal(PRESERVE_VERSION),
  tool: z.strictObject({ name: z.literal('agent-forensics'), version: z.string() }),
  generatedAt: z.string().describe('ISO-8601 UTC instant'),
  dryRun: z.boolean().describe('nothing was written'),
  saved: z.array(SavedWorkSchema).describe('by name'),
  failures: z
    .array(z.strictObject({ path: z.string(), agents: z.array(z.string()), reason: z.string() }))
    .describe('what was not saved, or only in part'),
  unreadable: z
    .array(z.strictObject({ path: z.string(), detail: z.string() }))
    .describe('what git could not read: what it holds is unknown'),
  leftOut: z.int().nonnegative().describe('files that --exclude left out'),
})
export type PreserveDocument = z.infer<typeof PreserveDocumentSchema>

/** Puts together what a run did. */
export function documentOf({
  preserved,
  unreadable,
  isDryRun,
  generatedAt,
  toolVersion,
}: {
  readonly preserved: Preserved
  readonly unreadable: readonly ReadIssue[]
  readonly isDryRun: boolean
  readonly generatedAt: string
  readonly toolVersion: string
}): PreserveDocument {
  return {
    formatVersion: PRESERVE_VERSION,
    tool: { name: 'agent-forensics', version: toolVersion },
    generatedAt,
    dryRun: isDryRun,
    saved: preserved.saved.map((work) => ({ ...work, agents: [...work.agents], holds: [...work.holds] })),
    failures: preserved.failures.map((failure) => ({ ...failure, agents: [...failure.agents] })),
    unreadable: unreadable.map(({ path, detail }) => ({ path, detail })),
    leftOut: preserved.leftOut,
  }
}
