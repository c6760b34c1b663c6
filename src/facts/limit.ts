import { z } from 'zod'

/** The kinds of usage limit that a refusal can name; each needs another action of the user. */
const LIMIT_KINDS = [
  'five_hour',
  'seven_day',
  'seven_day_opus',
  'seven_day_sonnet',
  'seven_day_model',
  'extra_usage',
  'spend',
  'throttle',
  'api_key',
  'unknown',
] as const
export type LimitKind = (typeof LIMIT_KINDS)[number]

/** `resetsAt`: ISO-8601 UTC instant, or null when nothing says when. `text`: the words that the limit was told in. */
export const LimitSchema = z.strictObject({
  kind: z.enum(LIMIT_KINDS),
  resetsAt: z.string().nullable(),
  resetSource: z.enum(['structured', 'text']).nullable(),
  text: z.string(),
})
export type Limit = z.infer<typeof LimitSchema>
