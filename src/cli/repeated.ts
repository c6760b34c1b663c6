import { PLAIN_WISHES } from '../scan/scan.ts'
import type { ProgramHost } from '../ports/host.ts'
import { absolute } from './paths.ts'
import type { PlanCommandOptions } from './program.ts'

const STAGGER_MS = 30_000
const GIT_TIMEOUT_MS = 60_000

/** The options of a command, as words, that its report does not tell, and that the commands on its screen must not lose. */
export function repeatedWords(options: Partial<PlanCommandOptions>, host: ProgramHost): readonly string[] {
  const {
    only,
    offline,
    gitTimeout,
    headless,
    push,
    bundle,
    permissionMode,
    budget,
    batch,
    maxAttempts,
    clientVersion,
    ref,
    maxFile,
    stagger,
  } = options
  return [
    ...flagWords('--only', only?.join(',')),
    ...(offline === true ? ['--offline'] : []),
    ...flagWords('--git-timeout', gitTimeout === undefined || gitTimeout === GIT_TIMEOUT_MS ? undefined : `${gitTimeout / 1000}s`),
    ...(headless === true ? ['--headless'] : []),
    ...(push === true ? ['--push'] : []),
    ...flagWords('--bundle', bundle === undefined ? undefined : absolute(bundle, host)),
    ...flagWords('--permission-mode', permissionMode),
    ...flagWords('--budget', budget),
    ...flagWords('--batch', batch, PLAIN_WISHES.batch),
    ...flagWords('--stagger', stagger === undefined || stagger === STAGGER_MS ? undefined : stagger === 0 ? '0' : `${stagger / 1000}s`),
    ...flagWords('--max-attempts', maxAttempts, PLAIN_WISHES.maxAttempts),
    ...flagWords('--client-version', clientVersion),
    ...flagWords('--ref', ref, PLAIN_WISHES.ref),
    ...flagWords('--max-file', maxFile, PLAIN_WISHES.maxFileBytes),
  ]
}

function flagWords(flag: string, value: string | number | undefined, usual?: string | number): readonly string[] {
  return value === undefined || value === usual ? [] : [flag, String(value)]
}
