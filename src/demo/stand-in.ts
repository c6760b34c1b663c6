import { appendFileSync } from 'node:fs'
import type { RecoveryPorts } from '../ports/host.ts'
import type { ProgramCall, ProgramEnd, StartedProgram } from '../ports/programs.ts'
import { readJob } from './client-jobs.ts'
import type { DemoClock } from './clock.ts'

/** By the clock of the sample. Milliseconds. */
const WORKS_MS = 90_000
const GOOD: ProgramEnd = { code: 0, signal: null }

/** Where stand-ins work. */
interface Stage {
  /** Where the transcripts are. */
  readonly root: string
  readonly clock: DemoClock
  readonly startGit: RecoveryPorts['programs']['start']
  /** A line for the person. */
  readonly say: (line: string) => Promise<void>
  /** Keeps the time: no command that comes later may find records of the future. */
  readonly keep: () => Promise<void>
}

/**
 * Starts programs in the sample incident: git is git, whose remote lies in the sample, too. Whatever else is asked for would leave the machine:
 * a stand-in answers, and says that it is one.
 */
export function createStandIns(stage: Stage): RecoveryPorts['programs']['start'] {
  return (call): StartedProgram => {
    const [program = ''] = call.argv
    if (program === 'git') return stage.startGit(call)
    const ended = program === 'claude' ? work(call, stage) : tell(call, `stand-in for ${program}: nothing is asked in the sample`, stage)
    return { pid: null, ended }
  }
}

async function work(call: ProgramCall, stage: Stage): Promise<ProgramEnd> {
  const { root, clock, say, keep } = stage
  const job = readJob(root, call.argv)
  if (job === null) {
    await tell(call, 'stand-in for claude: the sample has no such session', stage)
    return { code: 1, signal: null }
  }
  const startedAt = clock.now
  const line = `stand-in for claude: goes on with ${job.what}`
  await say(line)
  if (call.output !== 'terminal') await tell(call, line, stage)
  await clock.after(WORKS_MS)
  await keep()
  job.write(startedAt)
  return GOOD
}

/** Puts a line where the program would have put it. */
async function tell({ output }: ProgramCall, line: string, { say }: Pick<Stage, 'say'>): Promise<ProgramEnd> {
  if (output === 'terminal') await say(line)
  else appendFileSync(output.file, `${line}\n`, { mode: 0o600 })
  return GOOD
}
