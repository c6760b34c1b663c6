import { z } from 'zod'

/** The place in a transcript where a fact was read. `line` counts from 1, `byteOffset` from 0 (start of the line). */
export interface SourceLocation {
  readonly path: string
  readonly line: number
  readonly byteOffset: number
}

/** Why something could not be read. A closed set: consumers may switch on it. */
const READ_ISSUE_REASONS = [
  'malformed_json',
  'not_an_object',
  'torn_line',
  'oversized_line',
  'too_deep',
  'encoding',
  'invalid_field',
  'timestamp_invalid',
  'foreign_record',
  'repeated_record',
  'missing_transcript',
  'unreadable',
  'vanished',
  'not_a_regular_file',
  'grew_while_read',
  'shrank_while_read',
  'dangling_link',
  'link_outside_root',
  'name_not_utf8',
  'oversized_file',
  'no_root',
  'git',
  'remote_unverified',
] as const
export type ReadIssueReason = (typeof READ_ISSUE_REASONS)[number]

/**
 * Input that could not be read, or only in part. A result, not an exception: a report with read issues has
 * `complete: false`. `line`, `byteOffset` and `bytes` are null when the issue concerns a whole file or folder.
 */
export const ReadIssueSchema = z.strictObject({
  path: z.string(),
  line: z.int().nullable(),
  byteOffset: z.int().nullable(),
  reason: z.enum(READ_ISSUE_REASONS),
  bytes: z.int().nullable(),
  detail: z.string(),
})
export type ReadIssue = z.infer<typeof ReadIssueSchema>
