import { z } from 'zod'

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
