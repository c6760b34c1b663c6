import type { HookMemory, HookPorts } from '../../src/ports/hook.ts'
import type { Processes, ProgramHost } from '../../src/ports/host.ts'
import { main } from '../../src/cli/main.ts'
import { programHost } from '../cli/fake-host.ts'
import { filesOf, HOME, memoryFiles, noProcesses, SESSION, SLUG } from '../hostile/world.ts'
import { type Fields, instant, notificationText } from '../records/transcript.ts'
import type { Script, Tree } from '../records/tree.ts'

/** When every hook of these tests is asked, unless it says otherwise: minutes after the stories. */
export const ASKED = '10:20:00'
export const TRANSCRIPT = `${HOME}/projects/${SLUG}/${SESSION}.jsonl`

/** A machine on which hooks are asked one after the other: what one of them keeps, the next one finds. */
export class HookWorld {
  readonly claimed = new Map<string, number>()
  /** Processes that hooks started, with what they were given to read. */
  readonly started: { readonly words: readonly string[]; readonly input: unknown }[] = []
  readonly commands: { readonly command: string; readonly cwd: string; readonly env: Readonly<Record<string, string>> }[] = []
  tree: Tree
  now = instant(ASKED)
  /** The state folder cannot be written. */
  isReadOnly = false
  processes: Processes = noProcesses
  git: ProgramHost['git'] | undefined
  gitWriter: ProgramHost['gitWriter'] | undefined
  env: Record<string, string> = {}
  /** Told of each wait: what is on the disk may change meanwhile. `age`: milliseconds since the hook began. */
  onSleep: (age: number) => void = () => {}
  #age = 0

  constructor(tree: Tree) {
    this.tree = tree
  }

  /** What a hook prints when it is asked, as text and as the client reads it. */
  async ask(argv: readonly string[], stdin: unknown): Promise<Answered> {
    const { host, out, err } = programHost({
      stdin: typeof stdin === 'string' ? stdin : JSON.stringify(stdin),
      env: { CLAUDE_CONFIG_DIR: HOME, ...this.env },
    })
    this.#age = 0
    const changes: Partial<ProgramHost> = {
      files: memoryFiles(new Map()),
      processes: this.processes,
      now: () => this.now + this.#age,
      hooks: () => Promise.resolve(this.#ports()),
      ...(this.git !== undefined && { git: this.git }),
      ...(this.gitWriter !== undefined && { gitWriter: this.gitWriter }),
    }
    const place = Object.assign(host, changes, { files: this.#files() })
    const code = await main(['hook', ...argv], place)
    const stdout = out.join('')
    const json = stdout === '' ? null : (JSON.parse(stdout) as Reply)
    return {
      code,
      stdout,
      stderr: err.join(''),
      toModel: json?.hookSpecificOutput?.additionalContext ?? null,
      toPerson: json?.systemMessage ?? null,
      age: this.#age,
    }
  }

  /** The files as they are at each look. */
  #files(): ProgramHost['files'] {
    const now = (): ProgramHost['files'] => memoryFiles(filesOf(this.tree))
    return {
      facts: (path) => now().facts(path),
      realPath: (path) => now().realPath(path),
      list: (...args) => now().list(...args),
      open: (...args) => now().open(...args),
      beginning: (...args) => now().beginning(...args),
      readText: (...args) => now().readText(...args),
    }
  }

  #ports(): HookPorts {
    return {
      memory: this.#memory(),
      startAgain: async (words, input) => {
        this.started.push({ words, input: JSON.parse(input) as unknown })
        return { ended: Promise.resolve() }
      },
      startCommand: async (command, { cwd, env }) => {
        this.commands.push({ command, cwd, env })
      },
      sleep: async (ms) => {
        // Whoever waits for something else in the meantime must come first.
        for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        this.#age += ms
        this.onSleep(this.#age)
      },
      age: () => this.#age,
    }
  }

  #memory(): HookMemory {
    const refuse = (): void => {
      if (this.isReadOnly) throw Object.assign(new Error('EROFS'), { code: 'EROFS' })
    }
    return {
      claim: async (names) => {
        refuse()
        const own = names.filter((name) => !this.claimed.has(name))
        for (const name of own) this.claimed.set(name, this.now)
        return new Set(own)
      },
      listClaimed: async (names) => new Set(names.filter((name) => this.claimed.has(name))),
      lastNoted: async (name) => this.claimed.get(name) ?? null,
      note: async (name) => {
        refuse()
        this.claimed.set(name, this.now)
      },
    }
  }
}

interface Reply {
  readonly hookSpecificOutput?: { readonly hookEventName: string; readonly additionalContext: string }
  readonly systemMessage?: string
}

export interface Answered {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly toModel: string | null
  readonly toPerson: string | null
  /** How long it waited. Milliseconds. */
  readonly age: number
}

/** What the client says with every event. */
export function event(name: string, more: Fields = {}): Fields {
  return { session_id: SESSION, transcript_path: TRANSCRIPT, cwd: '/home/dev/app', hook_event_name: name, ...more }
}

/** The result of a foreground agent, as the client hands it to its hooks. */
export function resultOf(agent: Script, status = 'completed', more: Fields = {}): Fields {
  return event('PostToolUse', {
    tool_name: 'Agent',
    tool_use_id: agent.launchId,
    tool_response: { status, agentId: agent.who.agentId, content: [{ type: 'text', text: 'All is well.' }], ...more },
  })
}

/** A notice of a background agent. */
export function noticeOf(agent: Script, status = 'completed'): Fields {
  const prompt = notificationText({
    taskIds: [agent.who.agentId ?? ''],
    toolUseId: agent.launchId,
    status,
    summary: `Agent "${agent.description}" ${status}`,
    result: 'All is well.',
  })
  return event('UserPromptSubmit', { prompt })
}
