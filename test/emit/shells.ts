import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { IS_LONG } from '../long.ts'

interface Shell {
  readonly name: string
  readonly argv: readonly string[]
}

/** The standard's own, and the one that reads words most unlike it. */
const SAMPLE: ReadonlySet<string> = new Set(['sh', 'zsh'])

/** The shells that a list for sh is for, as this machine has them; a sample of them unless every case is asked for. */
export const POSIX: readonly Shell[] = (
  [
    ['sh', 'sh'],
    ['dash', 'dash'],
    ['bash', 'bash', '--posix'],
    ['bash', 'bash'],
    ['zsh', 'zsh', '-f'],
    ['ksh', 'ksh'],
    ['mksh', 'mksh'],
    ['busybox', 'busybox', 'sh'],
  ] as const
)
  .map(([name, ...argv]) => ({ name: argv.join(' '), argv, program: name }))
  // Where sh is dash, one of them will do.
  .filter(({ program }) => (IS_LONG || SAMPLE.has(program)) && isThere(program) && !(program === 'dash' && fileOf('sh') === fileOf('dash')))

/** fish, where there is one. */
export const FISH: readonly Shell[] = isThere('fish') ? [{ name: 'fish', argv: ['fish', '--no-config'] }] : []

function fileOf(program: string): string {
  return realpathSync(spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' }).stdout.trim())
}

/** Whether a program is on this machine. */
export function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' }).status === 0
}
