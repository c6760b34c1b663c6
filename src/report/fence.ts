import { escapeControl } from '../text/escape.ts'

/** No text needs more in a row; a fence that had to be longer would be all that is read. */
const LONGEST_RUN = 12

/** Tags by which the client itself speaks to the model: text from a transcript must not pass for them, however it is quoted. */
const CLIENT_TAGS =
  /<(?=\/?(?:system-reminder|system|task-notification|agent-notification|command-(?:name|message|args|contents)|local-command-\w{1,20}|bash-(?:input|stdout|stderr)|user-prompt-submit-hook|new-diagnostics|function_calls|function_results|invoke|tool_use_error|antml:\w{1,30}|persisted-output|fork-boilerplate)\b)/gi

/** A quote from a transcript as a Markdown block that shows it and that it cannot end. */
export function fenceQuote(text: string): string {
  const plain = escapeControl(text, { newlines: 'keep' })
    .replaceAll(CLIENT_TAGS, '\\u{3c}')
    .replace(/`{13,}/g, (run) => `${'`'.repeat(LONGEST_RUN)}(${run.length - LONGEST_RUN} more)`)
  const fence = fenceFor(plain, 4)
  return `${fence}text\n${plain}\n${fence}\n`
}

/** A command as a Markdown block, to copy. */
export function fenceCommand(command: string, indent = '   '): string {
  const fence = fenceFor(command, 3)
  return `${indent}${fence}sh\n${indent}${command}\n${indent}${fence}\n`
}

/** A fence that a text cannot end: it is longer than any run of backticks in the text. */
export function fenceFor(text: string, shortest: number): string {
  let longest = shortest - 1
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return '`'.repeat(longest + 1)
}
