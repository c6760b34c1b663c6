/** One word for fish, where a backslash between quotes escapes a quote and itself. For other shells it would be wrong. */
export function quoteFish(word: string): string {
  return `'${word.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`
}
