import { main } from '../cli/main.ts'
import { createMachine } from '../node/machine.ts'
import { createProgramHost } from '../node/program-host.ts'

/** The program as it is on this machine: from the words of the command line to an exit code. `cwd` null: it has been deleted. */
export function run(words: readonly string[], cwd: string | null): Promise<number> {
  return main(words, createProgramHost(createMachine(), cwd))
}
