import { quoteSh } from '../../text/shell-word.ts'
import type { Offer, OfferedCommand, OfferedOption } from './words.ts'

export function zshScript(commands: readonly OfferedCommand[]): string {
  const cases = commands.map(({ name, options, argument }) => {
    const specs = [...options.flatMap(describeOption), ...(argument === undefined ? [] : [quoteSh(`*:${name}:${offer(argument)}`)])]
    return `    ${name}) _arguments -s -S ${specs.join(' ')} ;;`
  })
  const described = commands.map(({ name, description }) => quoteSh(`${name}:${escapeColon(description)}`))
  return `#compdef agent-forensics
# Completion for zsh. In ~/.zshrc, after compinit: eval "$(agent-forensics completion zsh)"
_agent_forensics() {
  local -a commands=(${described.join(' ')})
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    _describe command commands
    return
  fi
  local command=scan
  if [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _agent-forensics ]]; then _agent_forensics "$@"; else compdef _agent_forensics agent-forensics; fi
`
}

/** One specification for each spelling. */
function describeOption({ names, description, value }: OfferedOption): readonly string[] {
  const about = `[${description.replaceAll(/[[\]\\]/g, String.raw`\$&`)}]`
  return names.map((name) =>
    quoteSh(
      `*${name}${value === undefined ? '' : name.startsWith('--') ? '=' : '+'}${about}${value === undefined ? '' : `:value:${offer(value)}`}`,
    ),
  )
}

function offer(value: Offer): string {
  if (value === null) return ' '
  if (value === 'folders') return '_files -/'
  if (value === 'files') return '_files'
  return value.isList ? `_values -s , value ${value.words.join(' ')}` : `(${value.words.join(' ')})`
}

function escapeColon(text: string): string {
  return text.replaceAll(':', String.raw`\:`)
}
