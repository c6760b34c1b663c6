import { type Command, InvalidArgumentError, Option } from 'commander'
import { MOST_MS } from './hook.ts'
import { parseDuration } from '../time/instant.ts'

/** The options of `hook`. */
export function hookOptions(command: Command): Command {
  return command
    .addOption(new Option('--install', 'print the settings that have a client ask, and write nothing'))
    .addOption(new Option('--preserve', 'save the worktree of an agent that ended, and all of a session that ends, to rescue references'))
    .addOption(new Option('--run <command>', 'run this in your shell once for each agent that died, with the facts in its environment'))
    .addOption(new Option('--timeout <duration>', 'say nothing after this time; at most 5s').argParser(timeout).default(MOST_MS, '5s'))
    .addOption(new Option('--detached').hideHelp())
}

function timeout(value: string): number {
  const ms = parseDuration(value)
  if (ms === undefined) throw new InvalidArgumentError('Allowed: 2s, 5s.')
  return ms
}
