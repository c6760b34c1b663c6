import { escapeControl } from '../../text/escape.ts'

const PLAIN = /^[\w@%+:,./-]+$/

/**
 * A command as one line for a POSIX shell, every word quoted that needs it; null when a word holds what cannot be seen: such a
 * command is not for copying.
 */
export function commandLine(argv: readonly string[], cwd: string): string | null {
  if ([cwd, ...argv].some((word) => escapeControl(word) !== word)) return null
  const command = argv.map(quoted).join(' ')
  // A folder that starts with a dash would be taken for an option.
  return cwd === '' ? command : `cd -- ${quoted(cwd)} && ${command}`
}

// A word with `=` at the front would be an assignment, so that `=` is quoted too.
function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
