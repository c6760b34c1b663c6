import { QUOTING } from '../../emit/quoting.ts'
import { joinOptions, type Offer, type OfferedCommand } from './words.ts'

const { quote } = QUOTING.fish

export function fishScript(commands: readonly OfferedCommand[]): string {
  const others = commands.map(({ name }) => name).filter((name) => name !== 'scan')
  // Without a command it is `scan`.
  const when = (of: readonly string[]): string => {
    const seen = `__fish_seen_subcommand_from ${of.join(' ')}`
    return of.includes('scan') ? `${seen}; or not __fish_seen_subcommand_from ${others.join(' ')}` : seen
  }
  const complete = 'complete -c agent-forensics'
  return `# Completion for fish. Once: agent-forensics completion fish >~/.config/fish/completions/agent-forensics.fish
${complete} -f
${commands.map(({ name, description }) => `${complete} -n __fish_use_subcommand -a ${name} -d ${quote(description)}`).join('\n')}
${joinOptions(commands)
  .map(({ names, description, value, of }) => {
    const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
    return [complete, '-n', quote(when(of)), ...flags, '-d', quote(description), ...(value === undefined ? [] : offer(value))].join(' ')
  })
  .join('\n')}
${commands
  .flatMap(({ name, argument }) => (argument == null ? [] : [`${complete} -n ${quote(when([name]))} ${offerArgument(argument)}`]))
  .join('\n')}
`
}

function offer(value: Offer): readonly string[] {
  if (value === null) return ['-x']
  if (value === 'files') return ['-r', '-F']
  return ['-x', '-a', value === 'folders' ? quote('(__fish_complete_directories)') : quote(wordsOf(value))]
}

function offerArgument(argument: NonNullable<Offer>): string {
  if (argument === 'files') return '-F'
  return `-a ${argument === 'folders' ? quote('(__fish_complete_directories)') : quote(wordsOf(argument))}`
}

function wordsOf({ words, isList }: { readonly words: readonly string[]; readonly isList: boolean }): string {
  return isList ? `(__fish_append , ${words.join(' ')})` : words.join(' ')
}
