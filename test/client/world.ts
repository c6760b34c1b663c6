import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { clientOf } from './clients.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const program = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))

export type Kind = 'limit' | 'kill' | 'workflow' | 'two'

/** What the scripted API plays. */
export interface Play {
  readonly phase: 'incident' | 'recovery'
  /** What a main thread does that is told to continue agents: all, the first of them, or nothing. */
  readonly obeys: 'all' | 'first' | 'nothing'
  /** How long the command of a continued agent takes, for all or by task. Seconds. */
  readonly workTakes: number | Readonly<Record<string, number>>
  /** From the first refusal to the reset. Seconds. */
  readonly resetsAfter: number
  /** The reset is a full minute: transcripts of clients before 2.1.261 know no seconds. */
  readonly onMinutes: boolean
  /** The limit meets everybody until its reset; else those agents that are to die of it. */
  readonly limitHolds: boolean
  /** It is met once so many tasks have finished; null: in the incident only. */
  readonly limitAfter: number | null
}

/** One request that the scripted API was asked. Times are in milliseconds since the epoch. */
export interface Request {
  readonly at: number
  readonly task: string | null
  readonly turns: number
  readonly end: 'finished' | 'limit' | 'hangs' | null
  /** When the limit that it met resets. */
  readonly resetsAt: number | null
  /** Where the agent's command ran in the incident, and after it, as it reported. */
  readonly began: string | null
  readonly cwd: string | null
  readonly calls: readonly string[]
  /** Agents that a main thread sent messages to. */
  readonly messaged: readonly string[]
  readonly last: string
  /** What our hooks had told the model by then. */
  readonly told: readonly string[]
}

/** A start of the client. */
export interface Start {
  readonly at: number
  readonly pid: number
  readonly cwd: string
}

/** What a program did that has ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** What the API was asked meanwhile, and which clients were started. */
  readonly requests: readonly Request[]
  readonly starts: readonly Start[]
}

/** A program at work. Its process group is its own. */
export interface Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** What came so far. */
  now(): Omit<Ended, 'exitCode' | 'signal'>
}

/** What one agent's transcript shows. */
export interface Transcript {
  readonly agentId: string
  /** By its first prompt. */
  readonly task: string
  readonly path: string
  readonly text: string
}

/** A namespace of its own, where only loopback exists; without the right to have one, loopback and a dummy token. */
const isolated = (() => {
  try {
    execFileSync('unshare', ['-n', 'nsenter', '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const INCIDENT: Play = {
  phase: 'incident',
  obeys: 'all',
  workTakes: 0,
  resetsAfter: 6,
  onMinutes: false,
  limitHolds: false,
  limitAfter: null,
}

let ports = 18_700 + (process.pid % 1000)

/** Waits until `condition` holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`it did not come to this: ${what}`)
    await sleep(100)
  }
}

/** A home with a repository, in which clients live and die, and a scripted API beside it. */
export class World {
  readonly home: string
  readonly app: string
  readonly #port = String((ports += 1))
  readonly #children: ChildProcess[] = []
  #api: ChildProcess | null = null
  #plays = 0

  constructor() {
    this.home = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-client-')))
    this.app = join(this.home, 'app')
    mkdirSync(this.app)
    this.git(this.home, 'init', '-q', '--bare', '-b', 'main', 'origin.git')
    this.git(this.app, 'init', '-q', '-b', 'main')
    this.git(this.app, 'config', 'user.name', 'Dev')
    this.git(this.app, 'config', 'user.email', 'dev@example.com')
    writeFileSync(join(this.app, '.gitignore'), '.claude/\n')
    this.git(this.app, 'add', '-A')
    this.git(this.app, 'commit', '-qm', 'Begin')
    this.git(this.app, 'remote', 'add', 'origin', join(this.home, 'origin.git'))
    this.git(this.app, 'push', '-q', '-u', 'origin', 'main')
    this.git(this.app, 'remote', 'set-head', 'origin', 'main')
    mkdirSync(join(this.home, '.claude'))
    // What a person allows who lets agents work unattended. Nothing is bypassed.
    this.allow('Bash')
    mkdirSync(join(this.home, 'bin'))
    symlinkSync(program, join(this.home, 'bin', 'agent-forensics'))
    this.play({})
  }

  get root(): string {
    return join(this.home, '.claude', 'projects')
  }

  get env(): Record<string, string> {
    return {
      HOME: this.home,
      PATH: `${join(this.home, 'bin')}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      TZ: 'Etc/UTC',
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${this.#port}`,
      CLAUDE_CODE_OAUTH_TOKEN: 'dummy',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_ERROR_REPORTING: '1',
    }
  }

  git(folder: string, ...args: readonly string[]): string {
    const own = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com']
    return execFileSync('git', ['-C', folder, ...own, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...this.env },
    })
  }

  /** The person's settings: these tools are allowed, and no others. */
  allow(...tools: readonly string[]): void {
    this.configure(tools.length === 0 ? {} : { permissions: { allow: tools } })
  }

  /** The person's settings as a whole. */
  configure(settings: object): void {
    writeFileSync(join(this.home, '.claude', 'settings.json'), JSON.stringify(settings))
  }

  /** Makes `claude` the client of this version, and notes its starts. */
  use(version: string): this {
    const target = clientOf(version)
    chmodSync(target, 0o755)
    const script = [
      '#!/bin/sh',
      // Whoever asks for the version starts nothing.
      `[ "$1" = --version ] || printf '%s %s %s\\n' "$(date +%s%3N)" "$$" "$PWD" >>'${join(this.home, 'starts.log')}'`,
      `exec '${target}' "$@"`,
    ]
    writeFileSync(join(this.home, 'bin', 'claude'), `${script.join('\n')}\n`, { mode: 0o755 })
    return this
  }

  /** What the scripted API does from now on; what is not said is as after an incident, with a model that obeys. */
  play(how: Partial<Play>): this {
    const draft = join(this.home, 'play.draft')
    writeFileSync(draft, JSON.stringify({ ...INCIDENT, phase: 'recovery', ...how, number: (this.#plays += 1) }))
    renameSync(draft, join(this.home, 'play.json'))
    return this
  }

  /** Starts a program beside the scripted API. */
  async start(
    argv: readonly string[],
    { cwd = this.app, env = {} }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
  ): Promise<Running> {
    const before = { requests: this.requests().length, starts: this.starts().length }
    const child = await this.#spawn(argv, cwd, env)
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()))
    const now = (): ReturnType<Running['now']> => ({
      stdout,
      stderr,
      requests: this.requests().slice(before.requests),
      starts: this.starts().slice(before.starts),
    })
    const ended = new Promise<Ended>((done) => {
      // A client that outlives its starter keeps no pipe of it open, but what a client started may.
      child.on('exit', (exitCode, signal) => setTimeout(() => done({ exitCode, signal, ...now() }), 100))
    })
    return { pid: child.pid ?? 0, ended, now }
  }

  /** Runs a program beside the scripted API to its end. */
  async run(argv: readonly string[], more: Parameters<World['start']>[1] & { readonly timeoutMs?: number } = {}): Promise<Ended> {
    const running = await this.start(argv, more)
    const timer = setTimeout(() => kill(-running.pid), more.timeoutMs ?? 280_000)
    const ended = await running.ended
    clearTimeout(timer)
    return ended
  }

  async #spawn(argv: readonly string[], cwd: string, env: Record<string, string>): Promise<ChildProcess> {
    this.#api ??= await this.#startApi()
    const [tool = '', ...args] = isolated ? ['nsenter', `--net=/proc/${this.#api.pid}/ns/net`, ...argv] : argv
    const child = spawn(tool, args, { cwd, env: { ...this.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#children.push(child)
    return child
  }

  async #startApi(): Promise<ChildProcess> {
    const words = [process.execPath, join(here, 'api.mjs'), this.#port, join(this.home, 'play.json'), this.#log]
    const script = 'ip link set lo up && exec "$@"'
    const [tool = '', ...args] = isolated ? ['unshare', '-n', 'sh', '-c', script, 'sh', ...words] : words
    const child = spawn(tool, args, { env: this.env, stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise<void>((done, fail) => {
      child.stdout.once('data', () => done())
      child.once('exit', () => fail(new Error('the scripted API did not start')))
    })
    return child
  }

  get #log(): string {
    return join(this.home, 'requests.jsonl')
  }

  /** All that the API was asked so far. */
  requests(): readonly Request[] {
    return linesOf(this.#log).map((line) => JSON.parse(line) as Request)
  }

  /** All clients that were started so far. */
  starts(): readonly Start[] {
    return linesOf(join(this.home, 'starts.log')).map((line) => {
      const [at, pid, ...cwd] = line.split(' ')
      return { at: Number(at), pid: Number(pid), cwd: cwd.join(' ') }
    })
  }

  /** The commands of continued agents that ran to their end: `<task> <folder>`, sorted. */
  workDone(): readonly string[] {
    return linesOf(join(this.home, 'work.log')).toSorted()
  }

  /** Leads the client into an incident. `how`: what the API plays; `options`: of the client. */
  async incident(kind: Kind, how: Partial<Play> = {}, options: readonly string[] = []): Promise<readonly Request[]> {
    this.play({ phase: 'incident', ...how })
    const known = new Set(this.transcripts().map(({ path }) => path))
    const running = await this.start([
      'claude',
      '-p',
      '--output-format=json',
      // The main thread needs leave to start a workflow; what it does in the incident is not what is tested.
      '--settings={"permissions":{"allow":["Workflow"]}}',
      ...(kind === 'two' ? ['--model=sonnet'] : []),
      ...options,
      `TASK=${kind} go${kind === 'workflow' ? ' ultracode workflow' : ''}`,
    ])
    if (kind === 'kill') {
      const hangs = (task: string): boolean => running.now().requests.some((each) => each.task === task && each.end === 'hangs')
      await until('three agents hang, one is done', () => {
        // Answered is not written: the kill must not come before the client has kept the answer.
        const written = this.transcripts().filter(({ path, text }) => !known.has(path) && text.includes('Done: my part is finished.'))
        return ['left-bg', 'right-bg', 'plain-bg'].every(hangs) && written.length > 0
      })
      kill(running.pid)
    }
    const { requests } = await running.ended
    return requests
  }

  /** Whether any transcript, a session's own included, holds these words. */
  isWritten(words: string): boolean {
    return readdirSync(this.root, { recursive: true, encoding: 'utf8' }).some(
      (name) => name.endsWith('.jsonl') && readFileSync(join(this.root, name), 'utf8').includes(words),
    )
  }

  transcripts(): readonly Transcript[] {
    if (!existsSync(this.root)) return []
    return readdirSync(this.root, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
      const agentId = /agent-([^/]*)\.jsonl$/.exec(name)?.[1]
      if (agentId === undefined) return []
      const path = join(this.root, name)
      const text = readFileSync(path, 'utf8')
      return [{ agentId, task: /TASK=([a-z0-9-]+)/.exec(text)?.[1] ?? '', path, text }]
    })
  }

  /** What hooks started outlives the client, and would write to the home while it is removed. */
  #killStrays(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${this.home}`)) kill(Number(pid))
      } catch {
        // It has ended by itself, or is somebody else's.
      }
    }
  }

  dispose(): void {
    for (const { pid } of this.#children) if (pid !== undefined) kill(-pid)
    this.#api?.kill('SIGKILL')
    this.#killStrays()
    rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }
}

/** The whole lines of a file, which need not be there. */
export function linesOf(path: string): readonly string[] {
  if (!existsSync(path)) return []
  // What is being written has no line end yet.
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

/** Ends a process, or (by a negative number) a group of processes, at once. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}
