import type { Dialect, Settings } from '../dialect.ts'
import { quoteSh } from '../../text/shell-word.ts'

/**
 * POSIX sh. Written for dash, bash, zsh, ksh and busybox alike: no `local`, no arrays, no `echo`, no names that zsh keeps for itself, and
 * no number beyond 32 bits (mksh).
 */
export const sh: Dialect = {
  shebang: '#!/bin/sh',
  notes: ['It runs in dash, bash, zsh, ksh and the sh of busybox, and in no other shell: save it, then sh recover.sh'],
  quote: quoteSh,
  prelude,
  constant: (number, value) => ({ line: `af_text_${number}=${quoteSh(value)}`, reference: `"$af_text_${number}"` }),
  code: '$?',
  block({ say, guards, runs, end }, call) {
    const body = [...(runs.length === 0 ? [] : [runs.map(call).join(' &&\n    ')]), call(end)]
    if (guards.length === 0) return [call(say), ...body].join('\n')
    return [call(say), `if ${guards.map(call).join(' &&\n  ')}; then`, ...body.map((line) => `  ${line}`), 'fi'].join('\n')
  },
  close: 'af_finish',
}

function prelude({ total, batch, staggerSeconds, toolVersion, scope, roots, needsTool, needsClaude }: Settings): string {
  const scoped = scope.map((word) => ` ${quoteSh(word)}`).join('')
  const rooted = roots.map((word) => ` ${quoteSh(word)}`).join('')
  return String.raw`[ -z "${'$'}{ZSH_VERSION-}" ] || emulate sh
set -u
unset CDPATH
af_here=$PWD
af_total=${total}
af_batch=${batch}
af_stagger=${staggerSeconds}
af_done=' '
af_still=' '
af_list=''
af_bad=0
af_begun=0
af_unsaved=''
af_number=0
af_kind=''
af_title=''
af_sleeper=''
af_hasTool=0
af_needsTool=${needsTool ? 1 : 0}
af_needsClaude=${needsClaude ? 1 : 0}

af_log() {
  printf '[%s] %s\n' "$(date +%H:%M:%S)" "$1"
}

af_note() {
  printf '%s\n' "$1" >&2
}

af_summary() {
  printf '\nWhat came of it:%s\n' "$af_list"
}

# One sentence, and nothing more is done.
af_stop() {
  printf 'Stopped: %s\n' "$1" >&2
  af_summary >&2
  exit 3
}

af_interrupted() {
  trap - INT TERM
  [ -z "$af_sleeper" ] || kill "$af_sleeper" 2>/dev/null
  printf '\nStopped: interrupted in step %s. It may be run again.\n' "$af_number" >&2
  af_summary >&2
  exit 130
}

# A program whose path was given, a script of node too.
af_given() {
  case $1 in
    *.js | *.mjs | *.cjs) node "$@" ;;
    *) "$@" ;;
  esac
}

# The tool: AGENT_FORENSICS, or what is installed, or npx.
af_tool() {
  if [ -n "${'$'}{AGENT_FORENSICS-}" ]; then
    af_given "$AGENT_FORENSICS" "$@"
  elif command -v agent-forensics >/dev/null 2>&1; then
    command agent-forensics "$@"
  else
    npx --yes agent-forensics@${toolVersion} "$@"
  fi
}

# The client: CLAUDE, or what is installed.
af_client() {
  if [ -n "${'$'}{CLAUDE-}" ]; then
    af_given "$CLAUDE" "$@"
  else
    command claude "$@"
  fi
}

# What must be there is looked for before anything starts.
af_prepare() {
  case ${'$'}{AGENT_FORENSICS-} in
    '' | /*) ;;
    */*) AGENT_FORENSICS=$af_here/$AGENT_FORENSICS ;;
  esac
  case ${'$'}{CLAUDE-} in
    '' | /*) ;;
    */*) CLAUDE=$af_here/$CLAUDE ;;
  esac
  if [ "$af_needsTool" = 1 ]; then
    af_tool --version </dev/null >/dev/null 2>&1 ||
      af_stop 'agent-forensics was not found, so nothing could tell what is still needed: set AGENT_FORENSICS to its path.'
    af_hasTool=1
  elif [ -n "${'$'}{AGENT_FORENSICS-}" ] || command -v agent-forensics >/dev/null 2>&1; then
    af_hasTool=1
  fi
  if [ "$af_needsClaude" = 1 ]; then
    command -v "${'$'}{CLAUDE:-claude}" >/dev/null 2>&1 || [ -f "${'$'}{CLAUDE:-claude}" ] ||
      af_stop 'claude was not found: install it, or set CLAUDE to its path.'
  fi
  trap af_interrupted INT TERM
}

af_step() {
  af_number=$1
  af_kind=$2
  af_title=$3
  printf '\n'
  af_log "step $1 of $af_total, $2: $3"
  shift 3
  for af_line do
    printf '  %s\n' "$af_line"
  done
}

# The outcome of the step, and a sentence to it.
af_mark() {
  case $1 in
    done | needless | open | told) af_done="$af_done$af_number " ;;
  esac
  case $1 in
    open | told) af_still="$af_still$af_number " ;;
  esac
  case $1 in
    failed | open | skipped) af_bad=1 ;;
  esac
  case $1:$af_kind in
    failed:preserve | skipped:preserve) af_unsaved=$af_number ;;
  esac
  af_log "step $af_number $1${'$'}{2:+: $2}"
  af_list="$af_list
  $af_number $1: $af_title${'$'}{2:+ - $2}"
}

# Numbers of steps that have to be done.
af_ready() {
  for af_need do
    case $af_done in
      *" $af_need "*) ;;
      *)
        af_mark skipped "step $af_need is not done"
        return 1
        ;;
    esac
  done
}

# Numbers of steps that have to be done, and have left nothing open: what is removed is gone.
af_over() {
  af_ready "$@" || return 1
  for af_need do
    case $af_still in
      *" $af_need "*)
        af_mark skipped "step $af_need has left something open, and what is removed is gone"
        return 1
        ;;
    esac
  done
}

af_safe() {
  [ -n "$af_unsaved" ] || return 0
  af_mark skipped "step $af_unsaved did not save what exists only here, and a start of claude may sweep it"
  return 1
}

af_terminal() {
  [ -t 0 ] || af_stop "step $af_number talks with a person, and there is no terminal: run the saved script in one, or make it with --headless."
}

# Sleeps until a second of the epoch.
af_until() {
  af_said=0
  while af_now=$(date +%s) && [ "$af_now" -lt "$1" ]; do
    if [ "$af_said" = 0 ] || { [ -t 1 ] && [ "$((af_now - af_said))" -ge 240 ]; }; then
      af_log "waiting until $2, $((($1 - af_now + 59) / 60)) min to go. Ctrl-C stops."
      af_said=$af_now
    fi
    af_left=$(($1 - af_now))
    [ "$af_left" -le 20 ] || af_left=20
    sleep "$af_left" &
    af_sleeper=$!
    wait "$af_sleeper"
    af_sleeper=''
  done
  [ "$af_said" = 0 ] || af_log 'the time has come'
}

# Asks the tool whether one of these agents still needs it.
af_asks() {
  for af_agent do
    af_code=0
    af_words=$(af_tool plan${rooted} --agent "$af_agent" --since all --check </dev/null 2>&1 >/dev/null) || af_code=$?
    case $af_code in
      0) ;;
      1) return 0 ;;
      *) af_stop "agent-forensics could not say whether agent $af_agent still needs it (it ended with $af_code: $af_words)" ;;
    esac
  done
  return 1
}

af_open() {
  af_asks "$@" && return 0
  af_mark needless 'nothing is left to do for it'
  return 1
}

# So many agents at once, then a pause.
af_pace() {
  if [ "$af_begun" -gt 0 ] && [ "$((af_begun + $1))" -gt "$af_batch" ]; then
    af_begun=0
    [ "$af_stagger" = 0 ] || af_until "$(($(date +%s) + af_stagger))" 'the pause between two starts is over'
  fi
  af_begun=$((af_begun + $1))
}

af_in() {
  af_folder=$1
  shift
  [ -d "$af_folder" ] || af_stop "step $af_number needs the folder $af_folder, and it is not there."
  af_log "in $af_folder: $1"
  (
    cd "$af_folder" || exit 125
    af_program=$1
    shift
    case $af_program in
      agent-forensics) af_tool "$@" ;;
      claude) af_client "$@" ;;
      *) command "$af_program" "$@" ;;
    esac
  )
}

# Nobody is there to be asked: what runs reads nothing.
af_run() {
  af_in "$@" </dev/null
}

# It talks with the person.
af_talk() {
  af_in "$@"
}

# The exit code of the last command, then the agents that it was for.
af_end() {
  af_code=$1
  shift
  if [ "$af_code" != 0 ]; then
    af_mark failed "its command ended with $af_code"
  elif [ $# -gt 0 ] && af_asks "$@"; then
    af_mark open 'its command ended well, but the scan still finds work for it'
  else
    af_mark 'done' ''
  fi
}

af_looked() {
  if [ "$1" = 0 ]; then af_mark 'done' 'looked; nothing was ended'; else af_mark told "it could not be asked (it ended with $1): look by hand"; fi
}

af_told() {
  af_mark told 'for a person'
}

af_ask() {
  if [ ! -t 0 ]; then
    af_mark skipped 'it needs a person, and there is no terminal'
    return
  fi
  printf 'Press Enter when that is done. Ctrl-C stops. '
  read -r af_line || af_stop "step $af_number was not answered."
  af_mark 'done' 'said the person'
}

af_refused() {
  af_mark skipped "it could not be put into this script: $1"
}

af_finish() {
  af_summary
  if [ "$af_hasTool" = 1 ]; then
    printf '\n'
    af_tool scan${scoped} </dev/null || af_bad=1
  else
    printf '\nLook again: agent-forensics scan\n'
  fi
  exit "$af_bad"
}`
}
