import { spawnSync } from 'node:child_process'

interface Shell {
  readonly name: string
  readonly argv: readonly string[]
}

/** The shells that a script of sh is for, as this machine has them. */
export const POSIX: readonly Shell[] = (
  [
    ['sh', 'sh'],
    ['dash', 'dash'],
    ['bash', 'bash', '--posix'],
    ['bash', 'bash'],
    ['zsh', 'zsh', '-f'],
    ['busybox', 'busybox', 'sh'],
  ] as const
)
  .map(([name, ...argv]) => ({ name: argv.join(' '), argv, program: name }))
  .filter(({ program }) => isThere(program))

/** Shells that read POSIX sh too, and that a script turns away. */
export const TURNED_AWAY: readonly string[] = ['ksh', 'mksh'].filter(isThere)

/** fish, where there is one. */
export const FISH: readonly Shell[] = isThere('fish') ? [{ name: 'fish', argv: ['fish', '--no-config'] }] : []

/** Whether a program is on this machine. */
export function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' }).status === 0
}
