import type { HostedSession, HostSdk } from '../recovery.ts'
import type { HostLanguage } from '../../facts/record.ts'

/** The calls of the Agent SDK (0.3.332; what puts files back as its documentation gives it). */
export const sdk: HostSdk = {
  resume(language, session, { fork }) {
    const options = [
      ...optionsOf(language, session),
      ...(language === 'python' ? ['fork_session', fork ? 'True' : 'False'] : ['forkSession', `${fork}`]),
    ]
    return language === 'python'
      ? `query(prompt="Continue.", options=ClaudeAgentOptions(${pairs(options, '=')}))`
      : `query({ prompt: "Continue.", options: { ${pairs(options, ': ')} } })`
  },
  rewind(language, session, promptId) {
    const id = quote(language, promptId)
    if (language === 'python') {
      const options = [...optionsOf(language, session), 'enable_file_checkpointing', 'True']
      return `async with ClaudeSDKClient(ClaudeAgentOptions(${pairs(options, '=')})) as client: await client.rewind_files(${id})`
    }
    const options = [...optionsOf(language, session), 'enableFileCheckpointing', 'true']
    return `await query({ prompt: "", options: { ${pairs(options, ': ')} } }).rewindFiles(${id})`
  },
  quote,
  // SendMessage to them is refused there (0.3.332).
  forkLacks: 'A fork leaves the session as it is, and none of its agents can be continued in it.',
  rewindLeaves: 'The conversation stays, and what commands changed stays.',
}

/** What is not printable ASCII, and what begins a command to a CI log behind its like. */
const UNPRINTABLE = /[^\x20-\x7e]|(?<=:):|(?<=#)#/gu

/** A text as a string of the language that says the same: plain ASCII on one line, whatever the text holds. */
function quote(language: HostLanguage, text: string): string {
  const quoted = text.replace(/["\\]/g, String.raw`\$&`).replace(UNPRINTABLE, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    if (code.length <= 4) return `\\u${code.padStart(4, '0')}`
    return language === 'python' ? `\\U${code.padStart(8, '0')}` : `\\u{${code}}`
  })
  return `"${quoted}"`
}

/** Names and values by turns. */
function optionsOf(language: HostLanguage, { sessionId, cwd }: HostedSession): readonly string[] {
  return ['resume', quote(language, sessionId), ...(cwd === null ? [] : ['cwd', quote(language, cwd)])]
}

function pairs(words: readonly string[], between: string): string {
  return words.flatMap((word, at) => (at % 2 === 0 ? [`${word}${between}${words[at + 1] ?? ''}`] : [])).join(', ')
}
