/** Words that no shell reads anything into: no pattern, no brace, and `=` only within an option, since it would assign or be looked up. */
const PLAIN = /^(?:--?[A-Za-z][\w-]*=)?[\w@%+:,./-]+$/

/** One word for sh, dash, bash, zsh, ksh and busybox: nothing has a meaning between these quotes. For fish it would be wrong. */
export function quoteSh(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** As a person would type it: between quotes only where it needs them. */
export function shellWord(word: string): string {
  return PLAIN.test(word) ? word : quoteSh(word)
}
