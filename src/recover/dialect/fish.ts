import type { Dialect, Settings } from '../dialect.ts'
import { quoteFish } from '../quote/fish.ts'

/** fish 3.6 and later. */
export const fish: Dialect = {
  shebang: '#!/usr/bin/env fish',
  notes: ['It runs in fish 3.6 and later, and in no other shell: save it, then fish recover.fish'],
  quote: quoteFish,
  prelude,
  constant: (number, value) => ({ line: `set -g af_text_${number} ${quoteFish(value)}`, reference: `$af_text_${number}` }),
  code: '$status',
  block({ say, guards, runs, end }, call) {
    const body = [...runs.map((run, index) => (index === 0 ? call(run) : `and ${call(run)}`)), call(end)]
    if (guards.length === 0) return [call(say), ...body].join('\n')
    return [call(say), `if ${guards.map(call).join('\n  and ')}`, ...body.map((line) => `  ${line}`), 'end'].join('\n')
  },
  close: 'af_finish',
}

function prelude({ total, batch, staggerSeconds, toolVersion, scope, roots, needsTool, needsClaude }: Settings): string {
  const scoped = scope.map((word) => ` ${quoteFish(word)}`).join('')
  const rooted = roots.map((word) => ` ${quoteFish(word)}`).join('')
  return String.raw`set -g af_here $PWD
set -g af_total ${total}
set -g af_batch ${batch}
set -g af_stagger ${staggerSeconds}
set -g af_done
set -g af_still
set -g af_list
set -g af_bad 0
set -g af_begun 0
set -g af_unsaved ''
set -g af_number 0
set -g af_kind ''
set -g af_title ''
set -g af_hasTool 0
set -g af_words ''

function af_log
    printf '[%s] %s\n' (date +%H:%M:%S) "$argv[1]"
end

function af_note
    printf '%s\n' "$argv[1]" >&2
end

function af_summary
    printf '\nWhat came of it:\n'
    for af_line in $af_list
        printf '  %s\n' "$af_line"
    end
end

# In the condition of an if, and in a handler, the code of fish's own exit is lost.
function af_leave
    exec sh -c 'exit "$1"' sh $argv[1]
end

# One sentence, and nothing more is done.
function af_stop
    printf 'Stopped: %s\n' "$argv[1]" >&2
    af_summary >&2
    af_leave 3
end

function af_interrupted --on-signal INT --on-signal TERM
    printf '\nStopped: interrupted in step %s. It may be run again.\n' $af_number >&2
    af_summary >&2
    af_leave 130
end

# A program whose path was given, a script of node too.
function af_given
    if string match -qr '\.[cm]?js$' -- "$argv[1]"
        command node $argv
    else
        command $argv
    end
end

# The tool: AGENT_FORENSICS, or what is installed, or npx.
function af_tool
    if test -n "$AGENT_FORENSICS"
        af_given "$AGENT_FORENSICS" $argv
    else if command -q agent-forensics
        command agent-forensics $argv
    else
        command npx --yes agent-forensics@${toolVersion} $argv
    end
end

# The client: CLAUDE, or what is installed.
function af_client
    if test -n "$CLAUDE"
        af_given "$CLAUDE" $argv
    else
        command claude $argv
    end
end

# What must be there is looked for before anything starts.
function af_prepare
    if string match -q '*/*' -- "$AGENT_FORENSICS"; and not string match -q '/*' -- "$AGENT_FORENSICS"
        set -gx AGENT_FORENSICS "$af_here/$AGENT_FORENSICS"
    end
    if string match -q '*/*' -- "$CLAUDE"; and not string match -q '/*' -- "$CLAUDE"
        set -gx CLAUDE "$af_here/$CLAUDE"
    end
    if test ${needsTool ? 1 : 0} = 1
        af_tool --version </dev/null >/dev/null 2>&1
        or af_stop 'agent-forensics was not found, so nothing could tell what is still needed: set AGENT_FORENSICS to its path.'
        set -g af_hasTool 1
    else if test -n "$AGENT_FORENSICS"; or command -q agent-forensics
        set -g af_hasTool 1
    end
    if test ${needsClaude ? 1 : 0} = 1
        set -l af_name claude
        test -n "$CLAUDE"; and set af_name "$CLAUDE"
        command -q "$af_name"
        or test -f "$af_name"
        or af_stop 'claude was not found: install it, or set CLAUDE to its path.'
    end
end

function af_step
    set -g af_number $argv[1]
    set -g af_kind $argv[2]
    set -g af_title $argv[3]
    printf '\n'
    af_log "step $af_number of $af_total, $af_kind: $af_title"
    for af_line in $argv[4..]
        printf '  %s\n' "$af_line"
    end
end

# The outcome of the step, and a sentence to it.
function af_mark
    contains -- $argv[1] done needless open told; and set -ga af_done $af_number
    contains -- $argv[1] open told; and set -ga af_still $af_number
    contains -- $argv[1] failed open skipped; and set -g af_bad 1
    if test "$af_kind" = preserve; and contains -- $argv[1] failed skipped
        set -g af_unsaved $af_number
    end
    set -l af_word $argv[1]
    set -l af_more ''
    set -l af_tail ''
    if test -n "$argv[2]"
        set af_more ": $argv[2]"
        set af_tail " - $argv[2]"
    end
    af_log "step $af_number $af_word$af_more"
    set -ga af_list "$af_number $af_word: $af_title$af_tail"
end

# Numbers of steps that have to be done.
function af_ready
    for af_need in $argv
        if not contains -- $af_need $af_done
            af_mark skipped "step $af_need is not done"
            return 1
        end
    end
    return 0
end

# Numbers of steps that have to be done, and have left nothing open: what is removed is gone.
function af_over
    af_ready $argv; or return 1
    for af_need in $argv
        if contains -- $af_need $af_still
            af_mark skipped "step $af_need has left something open, and what is removed is gone"
            return 1
        end
    end
    return 0
end

function af_safe
    test -z "$af_unsaved"; and return 0
    af_mark skipped "step $af_unsaved did not save what exists only here, and a start of claude may sweep it"
    return 1
end

function af_terminal
    test -t 0
    or af_stop "step $af_number talks with a person, and there is no terminal: run the saved script in one, or make it with --headless."
end

# Sleeps until a second of the epoch.
function af_until
    set -l af_said 0
    set -l af_now (date +%s)
    while test $af_now -lt $argv[1]
        set -l af_left (math $argv[1] - $af_now)
        if test $af_said = 0; or begin; test -t 1; and test (math $af_now - $af_said) -ge 240; end
            af_log "waiting until $argv[2], "(math -s0 "($af_left + 59) / 60")" min to go. Ctrl-C stops."
            set af_said $af_now
        end
        test $af_left -le 20; or set af_left 20
        sleep $af_left
        set af_now (date +%s)
    end
    test $af_said = 0; or af_log 'the time has come'
    return 0
end

# Asks the tool whether one of these agents still needs it.
function af_asks
    for af_agent in $argv
        set -g af_words (af_tool plan${rooted} --agent $af_agent --since all --check </dev/null 2>&1 >/dev/null)
        set -l af_code $status
        test $af_code = 1; and return 0
        test $af_code = 0
        or af_stop "agent-forensics could not say whether agent $af_agent still needs it (it ended with $af_code: $af_words)"
    end
    return 1
end

function af_open
    af_asks $argv; and return 0
    af_mark needless 'nothing is left to do for it'
    return 1
end

# So many agents at once, then a pause.
function af_pace
    if test $af_begun -gt 0; and test (math $af_begun + $argv[1]) -gt $af_batch
        set -g af_begun 0
        test $af_stagger = 0; or af_until (math (date +%s) + $af_stagger) 'the pause between two starts is over'
    end
    set -g af_begun (math $af_begun + $argv[1])
    return 0
end

function af_in
    set -l af_folder $argv[1]
    test -d "$af_folder"; or af_stop "step $af_number needs the folder $af_folder, and it is not there."
    af_log "in $af_folder: $argv[2]"
    set -l af_before $PWD
    builtin cd "$af_folder"; or return 125
    switch $argv[2]
        case agent-forensics
            af_tool $argv[3..]
        case claude
            af_client $argv[3..]
        case '*'
            command $argv[2] $argv[3..]
    end
    set -l af_code $status
    builtin cd "$af_before"
    return $af_code
end

# Nobody is there to be asked: what runs reads nothing.
function af_run
    af_in $argv </dev/null
end

# It talks with the person.
function af_talk
    af_in $argv
end

# The exit code of the last command, then the agents that it was for.
function af_end
    if test $argv[1] != 0
        af_mark failed "its command ended with $argv[1]"
    else if test (count $argv) -gt 1; and af_asks $argv[2..]
        af_mark open 'its command ended well, but the scan still finds work for it'
    else
        af_mark done ''
    end
end

function af_looked
    if test $argv[1] = 0
        af_mark done 'looked; nothing was ended'
    else
        af_mark told "it could not be asked (it ended with $argv[1]): look by hand"
    end
end

function af_told
    af_mark told 'for a person'
end

function af_ask
    if not test -t 0
        af_mark skipped 'it needs a person, and there is no terminal'
        return
    end
    read -P 'Press Enter when that is done. Ctrl-C stops. ' af_answer; or af_stop "step $af_number was not answered."
    af_mark done 'said the person'
end

function af_refused
    af_mark skipped "it could not be put into this script: $argv[1]"
end

function af_finish
    af_summary
    if test $af_hasTool = 1
        printf '\n'
        af_tool scan${scoped} </dev/null; or set -g af_bad 1
    else
        printf '\nLook again: agent-forensics scan\n'
    end
    af_leave $af_bad
end`
}
