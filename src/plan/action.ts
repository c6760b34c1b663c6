import { z } from 'zod'
import { ACTION_KINDS } from './action-kinds.ts'

const Instant = z.string().describe('ISO-8601 UTC instant')

export const ActionSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(ACTION_KINDS),
  title: z.string(),
  why: z.string(),
  commands: z.array(z.strictObject({ cwd: z.string(), argv: z.array(z.string()).min(1) })),
  preconditions: z.array(z.string()),
  notBefore: Instant.nullable(),
  dependsOn: z.array(z.string()),
  risk: z.string(),
  cost: z.string(),
  agents: z.array(z.string()),
  session: z.string().nullable().default(null).describe('the session that its start opens, or that it is about; null: none'),
  host: z.string().optional().describe('the machine that it is of, in a report that was joined of several'),
})
export type Action = z.infer<typeof ActionSchema>
