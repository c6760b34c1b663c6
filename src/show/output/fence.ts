/** No text needs more in a row; a fence that had to be longer would be all that is read. */
const LONGEST_RUN = 12

/** Tags by which the client itself speaks to the model: text from a transcript must not pass for them, however it is quoted. */
const CLIENT_TAGS =
  /<(?=\/?(?:system-reminder|system|task-notification|agent-notification|command-(?:name|message|args|contents)|local-command-\w{1,20}|bash-(?:input|stdout|stderr)|user-prompt-submit-hook|new-diagnostics|function_calls|function_results|invoke|tool_use_error|antml:\w{1,30}|persisted-output|fork-boilerplate)\b)/gi

/** A text as a block that shows it and that it cannot end: the fence is longer than any run of backticks in it. */
export function fenced(text: string): string {
  const plain = text
    .replaceAll(CLIENT_TAGS, '\\u{3c}')
    .replace(/`{13,}/g, (run) => `${'`'.repeat(LONGEST_RUN)}(${run.length - LONGEST_RUN} more)`)
  let longest = 3
  for (const [run] of plain.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${plain}\n${fence}\n`
}
