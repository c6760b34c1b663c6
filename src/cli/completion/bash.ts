import { joinOptions, type Offer, type OfferedCommand } from './words.ts'

/** Bash 3.2 and newer. */
export function bashScript(commands: readonly OfferedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ')
  const values = joinOptions(commands).flatMap(({ names: flags, value, of }) =>
    value === undefined
      ? []
      : [`    ${of.flatMap((name) => flags.map((flag) => `${name}:${flag}`)).join('|')}) ${offer(value)}; return ;;`],
  )
  const rest = commands.map(
    ({ name, options, argument }) =>
      `    ${name}) if [[ $cur == -* ]]; then _agent_forensics_words '${options.flatMap(({ names: flags }) => flags).join(' ')}'; else ${offer(argument ?? null)}; fi ;;`,
  )
  return `# Completion for bash. In ~/.bashrc: eval "$(agent-forensics completion bash)"
_agent_forensics_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}
_agent_forensics_list() {
  local before=
  [[ $cur == *,* ]] && before=\${cur%,*},
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "\${cur##*,}"))
  compopt -o nospace 2>/dev/null
}
_agent_forensics_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_agent_forensics() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= word
  COMPREPLY=()
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${names.replaceAll(' ', '|')}) command=$word; break ;; esac
  done
  case \${command:-scan}:$prev in
${values.join('\n')}
  esac
  if [[ -z $command && $cur != -* ]]; then _agent_forensics_words '${names}'; return; fi
  case \${command:-scan} in
${rest.join('\n')}
  esac
}
complete -F _agent_forensics agent-forensics
`
}

function offer(value: Offer): string {
  if (value === null) return ':'
  if (value === 'folders') return '_agent_forensics_paths -d'
  if (value === 'files') return '_agent_forensics_paths -f'
  return `_agent_forensics_${value.isList ? 'list' : 'words'} '${value.words.join(' ')}'`
}
