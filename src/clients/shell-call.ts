import type { ToolCall } from '../facts/record.ts'

const MAX_COMMAND = 8_000
const MAX_GIT = 2_000

/** What a call says of a shell: its command, clipped, and whether that names git or a forge's tool. `command` null: it is no such call. */
export function shellFactsOf(command: string | null, background: boolean): Pick<ToolCall, 'gitCommand' | 'shell'> {
  if (command === null) return { gitCommand: null, shell: null }
  return {
    gitCommand: /\b(?:git|gh|glab)\b/.test(command) ? command.slice(0, MAX_GIT) : null,
    shell: { command: command.slice(0, MAX_COMMAND), clipped: command.length > MAX_COMMAND, background },
  }
}
