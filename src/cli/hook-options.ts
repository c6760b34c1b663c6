import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../time/instant.ts'

/** The options of `hook`. */
export function hookOptions(command: Command): Command {
  return command
    .addOption(new Option('--install', 'print the settings that have a client ask, and write nothing'))
    .addOption(new Option('--preserve', 'save the worktree of an agent that ended, and all of a session that ends, to rescue references'))
    .addOption(new Option('--run <command>', 'run this in your shell once for each agent that died, with the facts in its environment'))
    .addOption(new Option('--timeout <duration>', 'say nothing after this time; at most 5s').argParser(timeout).default(5_000, '5s'))
    .addOption(new Option('--detached').hideHelp())
}

function timeout(value: string): number {
  const ms = parseDuration(value)
  if (ms === undefined) throw new InvalidArgumentError('Allowed: 2s, 5s.')
  return ms
}

export const HOOK_EXAMPLES = `
Events:
  session-start       what died since the last look, when a session begins
  user-prompt-submit  corrects a notice of a background agent
  post-tool-use       corrects the result of a foreground agent
  subagent-stop, stop-failure, session-end
                      nothing, unless --preserve or --run asks for it

Examples:
  agent-forensics hook --install
  agent-forensics hook --install --preserve
  agent-forensics hook --install --run '~/bin/end-gpu >>~/end-gpu.log 2>&1'

It reads one JSON object and prints one, or nothing. No remote is contacted, and
the exit code is always 0.
`
