// Apart from their writers, which the command line must not load to name them.

/** The languages that a list is written in for people who have the tool. */
export const SHELLS = ['sh', 'fish', 'powershell'] as const
/** The languages that actions are written in. */
export const LANGUAGES = [...SHELLS, 'commands', 'prompt'] as const
export type Shell = (typeof SHELLS)[number]
export type Language = (typeof LANGUAGES)[number]
