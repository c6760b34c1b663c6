import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { HookPorts } from '../ports/hook.ts'
import { createHookMemory } from './hook-memory.ts'
import { homeFolder } from './home.ts'

/** `src/node/`, `dist/node/` and `dist/bundle/` lie equally deep below the package. */
const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))

/** What hooks need of this machine. */
export function createHookPorts(): HookPorts {
  return {
    memory: createHookMemory({ home: homeFolder() }),
    async startAgain(words, input) {
      // A session and streams of its own: neither a signal for the client's group nor a closed pipe ends it.
      const child = spawn(process.execPath, [PROGRAM, ...words], { ...APART, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] })
      const ended = new Promise<void>((resolve) => {
        child.once('error', () => resolve())
        child.once('exit', () => resolve())
      })
      const { stdin } = child
      if (stdin !== null) {
        stdin.on('error', () => {})
        stdin.end(input)
        await Promise.race([once(stdin, 'finish'), ended])
      }
      child.unref()
      return { ended }
    },
    startCommand(command, { cwd, env, without }) {
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
