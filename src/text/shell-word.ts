import { LOG_COMMAND } from './escape.ts'

/** Words that no shell reads anything into: no pattern, no brace, and `=` only within an option, since it would assign or be looked up. */
const PLAIN = /^(?:--?[A-Za-z][\w-]*=)?[\w@%+:,./-]+$/

/**
 * One word for sh, dash, bash, zsh, ksh and busybox: nothing has a meaning between these quotes. For fish it would be wrong. Where the log of
 * a CI run would obey what stands in it, the quotes end and begin anew, which no shell minds.
 */
export function quoteSh(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`).replace(LOG_COMMAND, "$&''")}'`
}

/** As a person would type it: between quotes only where it needs them. */
export function shellWord(word: string): string {
  return PLAIN.test(word) && word.search(LOG_COMMAND) < 0 ? word : quoteSh(word)
}
