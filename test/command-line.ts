import type { Command, Option } from 'commander'
import { createProgram } from '../src/cli/program.ts'

/** The command line as commander knows it, with nothing behind it. */
function programOf(only?: string) {
  const nothing = () => {}
  return createProgram(
    {
      scan: nothing,
      worktrees: nothing,
      plan: nothing,
      preserve: nothing,
      recover: nothing,
      show: nothing,
      salvage: nothing,
      promote: nothing,
      render: nothing,
      explain: nothing,
      schema: nothing,
      hook: nothing,
      completion: nothing,
    },
    { columns: 80, print: nothing },
    only,
  )
}

/** The names of all commands. */
export function listCommands(): string[] {
  return commands().map((command) => command.name())
}

/** `only`: the one that is asked for. */
export function commands(only?: string): readonly Command[] {
  return programOf(only).commands
}

/** What a reference says of a command beside its name and description. */
export function referenceOf(command: Command): {
  readonly arguments: readonly (readonly [name: string, description: string])[]
  readonly options: readonly Option[]
  readonly examples: string
} {
  let help = ''
  command.configureOutput({ writeOut: (text) => void (help += text), getOutHelpWidth: () => 80 })
  command.outputHelp()
  return {
    arguments: command.registeredArguments.map((each) => [`\`${each.name()}\``, each.description]),
    options: command.options.filter(({ hidden, long }) => !hidden && long !== '--version'),
    examples: help.slice(Math.max(help.indexOf('\nExamples:'), 0)).trim(),
  }
}

/** The options of one command. */
export function optionsOf(name: string) {
  return (
    programOf()
      .commands.find((command) => command.name() === name)
      ?.options.filter(({ long }) => long !== '--version') ?? []
  )
}

/** Parses a command line, and throws what the program would refuse. */
export function parse(words: readonly string[]): void {
  programOf().parse(words, { from: 'user' })
}
