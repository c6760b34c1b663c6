import { z } from 'zod'
import { TokensSchema } from '../facts/agent.ts'
import { LimitSchema } from '../facts/limit.ts'
import { TERMINAL_REASON_NAMES } from '../reasons/terminal-reason.ts'
import { BuiltOnSchema } from './work-item.ts'

const Instant = z.string().describe('ISO-8601 UTC instant')
const Count = z.int().nonnegative()
const Reason = z.enum(TERMINAL_REASON_NAMES)

export const IncidentSchema = z.strictObject({
  id: z.string(),
  cause: Reason.describe('rate_limited for retry storms, too'),
  limit: LimitSchema.nullable().describe('its most frequent text, and its latest reset'),
  firstAt: Instant,
  lastAt: Instant,
  spanMs: Count,
  attempts: Count.describe('refusals, also of main threads and of agents that went on later; deaths where nothing was refused'),
  meanIntervalMs: z.number().nullable(),
  minIntervalMs: z.number().nullable(),
  backoff: z.boolean().nullable().describe('whether the pauses between attempts grew; null: too few to say'),
  texts: z.array(z.strictObject({ text: z.string(), count: Count })).describe('what the client wrote, most frequent first'),
  agents: z.array(z.string()).describe('those that it hit, in order; all of them, whatever --reason or --agent list'),
  sessionIds: z.array(z.string()),
  workflowRunIds: z.array(z.string()),
  startedAfterKnown: Count.describe('of these agents, begun after the first refusal and before the reset'),
  countedAgents: Count.describe('whose tokens and tool uses are counted: these agents, and all that their workflow runs had begun by then'),
  tokens: TokensSchema,
  toolUses: Count,
  wallClockMs: Count.nullable().describe('from the start of the first of them, or of the workflow run, to the last refusal'),
  reportedAs: z.string().nullable().describe('what the client said of it, most often'),
  clientFigures: z
    .strictObject({ agents: Count, tokens: Count, toolUses: Count, durationMs: Count })
    .nullable()
    .describe('what the client counted in the workflow runs; it counts the last request of each agent only'),
  overAt: Instant.nullable(),
  workedPastAt: Instant.nullable().describe(
    'when somebody whom the limit concerns first began after its last refusal and got answers: it was lifted',
  ),
  builtOn: z.array(BuiltOnSchema),
  summary: z.string(),
})
export type Incident = z.infer<typeof IncidentSchema>
