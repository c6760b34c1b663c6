import { z } from 'zod'
import type { Limit } from './limit.ts'
import type { Silence, WaitingOn } from './report.ts'
import type { TerminalReason } from './terminal-reason.ts'
import { TERMINAL_REASON_NAMES } from './terminal-reason.ts'

export const BASES = ['reported', 'inferred'] as const
/** `reported`: the agent's own record says how it ended. `inferred`: concluded from what is there and what is missing. */
export type Basis = (typeof BASES)[number]

export const CONFIDENCES = ['high', 'medium', 'low'] as const
/**
 * `high`: the evidence admits no other reason. `medium`: another fits only if something unrecorded happened.
 * `low`: only silence, elapsed time or wording.
 */
export type Confidence = (typeof CONFIDENCES)[number]

/** One thing that was seen (or looked for and not found). `shows` is one plain sentence in our own words. */
export const EvidenceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('record'),
    shows: z.string(),
    path: z.string(),
    line: z.int(),
    byteOffset: z.int(),
    excerpt: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('absence'),
    shows: z.string(),
    path: z.string().nullable(),
    line: z.int().nullable(),
    byteOffset: z.int().nullable(),
  }),
  z.strictObject({
    kind: z.literal('git'),
    shows: z.string(),
    path: z.string(),
    argv: z.array(z.string()),
    excerpt: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('file'),
    shows: z.string(),
    path: z.string(),
    bytes: z.int().nullable(),
    modifiedAt: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('process'),
    shows: z.string(),
    pid: z.int(),
    path: z.string().nullable(),
    alive: z.boolean().nullable(),
  }),
])
export type Evidence = z.infer<typeof EvidenceSchema>
export type EvidenceList = readonly [Evidence, ...Evidence[]]

export const AlternativeSchema = z.strictObject({
  reason: z.enum(TERMINAL_REASON_NAMES),
  basis: z.enum(BASES),
  confidence: z.enum(CONFIDENCES),
  summary: z.string(),
})
export type Alternative = z.infer<typeof AlternativeSchema>

/** One detector's claim about one run. */
export interface Finding {
  readonly detector: string
  readonly reason: TerminalReason
  readonly basis: Basis
  readonly confidence: Confidence
  /** One sentence for a person, without text from the transcript other than names and times. */
  readonly summary: string
  readonly evidence: EvidenceList
  readonly limit?: Limit
  readonly silence?: Silence
  readonly waitingOn?: WaitingOn
}

/** What is concluded about one run: the finding that stands, and those that lost. */
export interface Diagnosis extends Omit<Finding, 'detector'> {
  readonly alternatives: readonly Alternative[]
}
