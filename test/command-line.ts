import { createProgram } from '../src/cli/program.ts'

/** The command line as commander knows it, with nothing behind it. */
function programOf() {
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
    },
    { columns: 80, print: nothing },
  )
}

/** The names of all commands. */
export function listCommands(): string[] {
  return programOf().commands.map((command) => command.name())
}

/** The options of one command. */
export function optionsOf(name: string) {
  return (
    programOf()
      .commands.find((command) => command.name() === name)
      ?.options.filter(({ long }) => long !== '--version') ?? []
  )
}
