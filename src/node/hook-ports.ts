import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { HookPorts } from '../ports/hook.ts'
import { createHookMemory } from './hook-memory.ts'
import { homeFolder } from './home.ts'

/** `src/node/`, `dist/node/` and `dist/bundle/` lie equally deep below the package. */
const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))

/** What hooks need of this machine. What starts programs is loaded where one is started: most hooks start none. */
export function createHookPorts(): HookPorts {
  return {
    memory: createHookMemory({ home: homeFolder() }),
    async startAgain(words, input) {
      const { spawn } = await import('node:child_process')
      const child = spawn(...away([process.execPath, PROGRAM, ...words]), { ...APART, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
      const exited = new Promise<void>((resolve) => {
        child.once('error', () => resolve())
        child.once('exit', () => resolve())
      })
      const { stdin, stdout } = child
      stdin.on('error', () => {})
      stdin.end(input)
      await Promise.race([once(stdin, 'finish'), exited])
      child.unref()
      if (IS_WINDOWS) return { ended: exited }
      const pid = Number(await Promise.race([text(stdout), exited.then(() => text(stdout))]).catch(() => ''))
      return { ended: pid > 0 ? awaitEnd(pid) : Promise.resolve() }
    },
    async startCommand(command, { cwd, env, without }) {
      const { spawn } = await import('node:child_process')
      const inherited = Object.entries(process.env).filter(([name]) => !without.includes(name))
      // The worktree of an agent may be gone by now.
      const folder = statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true ? cwd : '/'
      const whole = { ...Object.fromEntries(inherited), ...env }
      const child = spawn(command, { ...APART, cwd: folder, env: whole, shell: true, stdio: 'ignore' })
      child.once('error', () => {})
      child.unref()
    },
    async sleep(ms) {
      await setTimeout(ms)
    },
    age: () => performance.now(),
  }
}

const APART = { detached: true, windowsHide: true } as const
const IS_WINDOWS = process.platform === 'win32'
/** Between two looks at whether a process has ended. Milliseconds. */
const LOOK_MS = 50

/**
 * A command in a session of its own, below no process of the client: one that ends its hooks ends all that they started, by group and by parent
 * (2.1.332). The shell between the two ends at once, and says the process's id.
 */
function away(command: readonly string[]): [string, readonly string[]] {
  const [program = '', ...words] = command
  return IS_WINDOWS ? [program, words] : ['/bin/sh', ['-c', 'exec 3<&0; "$@" <&3 3<&- >/dev/null 2>&1 & echo $!', 'sh', ...command]]
}

async function awaitEnd(pid: number): Promise<void> {
  while (isThere(pid)) await setTimeout(LOOK_MS, undefined, { ref: false })
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // One that has ended is listed until somebody asks for its exit code; in a container, often nobody does.
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
