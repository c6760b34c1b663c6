import { PLAIN_WISHES } from '../plan/wishes.ts'
import type { ProgramHost } from '../ports/host.ts'
import type { Typist } from '../report/typed.ts'
import { formatInstant } from '../time/instant.ts'
import { defaultRoots } from '../clients/index.ts'
import { absolute } from './paths.ts'
import type { PlanCommandOptions } from './program.ts'

const STAGGER_MS = 30_000
const GIT_TIMEOUT_MS = 60_000

/** How the commands on a screen are typed: by the name that the program has here, and with what must not be lost of its options. */
export function typistOf(options: Partial<PlanCommandOptions>, host: ProgramHost): Typist {
  const { tool, demo } = host
  return { tool, demoRoot: demo.root, usualRoots: defaultRoots(host), repeated: repeatedWords(options, host) }
}

/** The options of a command, as words, that its report does not tell, and that the commands on its screen must not lose. */
function repeatedWords(options: Partial<PlanCommandOptions>, host: ProgramHost): readonly string[] {
  const { only, headless, push, bundle, permissionMode, budget, batch, maxAttempts, clientVersion, ref, maxFile, stagger } = options
  const { gitTimeout, preserve, timeZone, now, client } = options
  return [
    ...flagWords('--client', client),
    ...flagWords('--only', only?.join(',')),
    ...flagWords('--git-timeout', gitTimeout === undefined ? undefined : durationWord(gitTimeout), durationWord(GIT_TIMEOUT_MS)),
    ...(headless === true ? ['--headless'] : []),
    ...(preserve === false ? ['--no-preserve'] : []),
    ...(push === true ? ['--push'] : []),
    ...flagWords('--bundle', bundle === undefined ? undefined : absolute(bundle, host)),
    ...flagWords('--permission-mode', permissionMode),
    ...flagWords('--budget', budget),
    ...flagWords('--batch', batch, PLAIN_WISHES.batch),
    ...flagWords('--stagger', stagger === undefined ? undefined : durationWord(stagger), durationWord(STAGGER_MS)),
    ...flagWords('--max-attempts', maxAttempts, PLAIN_WISHES.maxAttempts),
    ...flagWords('--client-version', clientVersion),
    ...flagWords('--ref', ref, PLAIN_WISHES.ref),
    ...flagWords('--max-file', maxFile, PLAIN_WISHES.maxFileBytes),
    ...flagWords('--time-zone', timeZone),
    ...flagWords('--now', now === undefined ? undefined : formatInstant(now)),
  ]
}

function durationWord(ms: number): string {
  return ms === 0 ? '0' : `${ms / 1000}s`
}

function flagWords(flag: string, value: string | number | undefined, usual?: string | number): readonly string[] {
  return value === undefined || value === usual ? [] : [flag, String(value)]
}
