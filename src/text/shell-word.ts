/** One word for sh, dash, bash, zsh and busybox: nothing has a meaning between these quotes. For fish it would be wrong. */
export function quoteSh(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
