import { escapeControl } from '../../text/escape.ts'
import { shellWord } from '../../text/shell-word.ts'

/**
 * A command as one line for a POSIX shell, every word quoted that needs it; null when a word holds what cannot be seen: such a
 * command is not for copying.
 */
export function commandLine(argv: readonly string[], cwd: string): string | null {
  if ([cwd, ...argv].some((word) => escapeControl(word) !== word)) return null
  const command = argv.map(shellWord).join(' ')
  // A folder that starts with a dash would be taken for an option.
  return cwd === '' ? command : `cd -- ${shellWord(cwd)} && ${command}`
}
