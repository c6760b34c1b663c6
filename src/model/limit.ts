import { z } from 'zod'

/** The kinds of usage limit that a refusal can name; each needs another action of the user. */
export const LIMIT_KINDS = [
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

/** The kinds of limit as a person calls them. */
export const LIMIT_WORDS = {
  five_hour: '5-hour limit',
  seven_day: 'weekly limit',
  seven_day_opus: 'weekly Opus limit',
  seven_day_sonnet: 'weekly Sonnet limit',
  seven_day_model: 'weekly limit of the model',
  extra_usage: 'extra usage limit',
  spend: 'spend limit',
  throttle: 'throttle',
  api_key: 'limit of the API key',
  unknown: 'limit',
} as const satisfies Record<LimitKind, string>
