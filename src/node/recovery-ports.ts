import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import type { Person, Processes, RecoveryPorts } from '../ports/host.ts'
import { homeFolder } from './home.ts'
import { createJournals } from './journal-file.ts'
import { createPrograms } from './start-program.ts'

/** What carrying out a plan needs of this machine. */
export function createRecoveryPorts(processes: Processes): RecoveryPorts {
  return {
    programs: createPrograms(),
    journals: createJournals(processes, { home: homeFolder() }),
    person: () => (process.stdin.isTTY && process.stderr.isTTY ? createPerson() : null),
    async sleep(ms, stop) {
      await setTimeout(ms, undefined, stop === undefined ? {} : { signal: stop }).catch(() => {})
    },
  }
}

/** Asks on standard error: standard output is for the result. */
function createPerson(): Person {
  return {
    async ask(question) {
      const terminal = createInterface({ input: process.stdin, output: process.stderr })
      try {
        return await new Promise<string | null>((resolve) => {
          terminal.once('close', () => resolve(null))
          // In this mode Ctrl-C is a key; the program ends at once, as everywhere else.
          terminal.once('SIGINT', () => process.emit('SIGINT'))
          void terminal.question(question).then(resolve, () => resolve(null))
        })
      } finally {
        terminal.close()
      }
    },
  }
}
