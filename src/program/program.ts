import { main } from '../cli/main.ts'
import { createMachine } from '../library/machine.ts'
import { createProgramHost } from '../node/program-host.ts'
import { trustOwnPath } from '../node/programs.ts'

/** The program as it is on this machine: from the words of the command line to an exit code. `cwd` null: it has been deleted. */
export function run(words: readonly string[], cwd: string | null): Promise<number> {
  const started = trustOwnPath()
  return main(words, createProgramHost(createMachine(started), cwd))
}
