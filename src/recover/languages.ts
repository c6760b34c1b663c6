// Apart from their writers, which the command line must not load to name them.

/** The languages that actions are written in. */
export const LANGUAGES = ['sh', 'fish', 'powershell', 'prompt'] as const
export type Language = (typeof LANGUAGES)[number]
