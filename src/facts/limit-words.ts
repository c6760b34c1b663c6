// Apart from the schema of a limit: a plan needs the words, and must not load zod for them.
import type { LimitKind } from './limit.ts'

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
