import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientOf } from './clients.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const program = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))

export type Phase = 'incident' | 'recovery' | 'disobedient'
export type Kind = 'limit' | 'kill' | 'workflow'

/** One request that the scripted API was asked. */
export interface Request {
  /** When it came. Milliseconds since the epoch. */
  readonly at: number
  readonly task: string | null
  readonly turns: number
  readonly end: 'finished' | 'limit' | 'hangs' | null
  /** Where the agent's command ran, as it reported. */
  readonly cwd: string | null
  readonly calls: readonly string[]
  readonly last: string
}

/** A namespace of its own, where only loopback exists; without the right to have one, loopback and a dummy token. */
const isolated = (() => {
  try {
    execFileSync('unshare', ['-n', '-m', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

let ports = 18_700 + (process.pid % 1000)

/** A home with a repository, in which clients live and die. */
export class World {
  readonly home: string
  readonly app: string
  #requests = 0

  constructor() {
    this.home = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-client-')))
    this.app = join(this.home, 'app')
    const git = (folder: string, ...args: string[]): void => {
      execFileSync('git', ['-C', folder, '-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', ...args], {
        stdio: 'ignore',
        env: this.env,
      })
    }
    mkdirSync(this.app)
    git(this.home, 'init', '-q', '--bare', '-b', 'main', 'origin.git')
    git(this.app, 'init', '-q', '-b', 'main')
    git(this.app, 'config', 'user.name', 'Dev')
    git(this.app, 'config', 'user.email', 'dev@example.com')
    writeFileSync(join(this.app, '.gitignore'), '.claude/\n')
    git(this.app, 'add', '-A')
    git(this.app, 'commit', '-qm', 'Begin')
    git(this.app, 'remote', 'add', 'origin', join(this.home, 'origin.git'))
    git(this.app, 'push', '-q', '-u', 'origin', 'main')
    git(this.app, 'remote', 'set-head', 'origin', 'main')
    mkdirSync(join(this.home, '.claude'))
    // What a person allows who lets agents work unattended. Nothing is bypassed.
    writeFileSync(join(this.home, '.claude', 'settings.json'), JSON.stringify({ permissions: { allow: ['Bash'] } }))
    mkdirSync(join(this.home, 'bin'))
    symlinkSync(program, join(this.home, 'bin', 'agent-forensics'))
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
      CLAUDE_CODE_OAUTH_TOKEN: 'dummy',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_ERROR_REPORTING: '1',
    }
  }

  /** Makes `claude` the client of this version. */
  use(version: string): this {
    const link = join(this.home, 'bin', 'claude')
    const target = clientOf(version)
    chmodSync(target, 0o755)
    rmSync(link, { force: true })
    symlinkSync(target, link)
    return this
  }

  /** Runs a command beside the scripted API; `until` may end it by SIGKILL. The requests are those of this run alone. */
  async run(
    phase: Phase,
    { cwd, argv }: { readonly cwd: string; readonly argv: readonly string[] },
    {
      until,
      env = {},
      timeoutMs = 120_000,
    }: {
      readonly until?: (requests: readonly Request[]) => boolean
      readonly env?: Record<string, string>
      readonly timeoutMs?: number
    } = {},
  ): Promise<{
    readonly exitCode: number | null
    readonly output: string
    readonly requests: readonly Request[]
    readonly tookMs: number
  }> {
    const log = join(this.home, `requests-${(this.#requests += 1)}.jsonl`)
    writeFileSync(log, '')
    const port = String((ports += 1))
    const words = ['bash', join(here, 'inside.sh'), join(here, 'api.mjs'), port, log, phase, cwd, ...argv]
    const [tool = '', ...args] = isolated ? ['unshare', '-n', '-m', ...words] : words
    const startedAt = Date.now()
    const child = spawn(tool, args, {
      env: { ...this.env, ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    child.stdout.on('data', (data: Buffer) => (output += data.toString()))
    child.stderr.on('data', (data: Buffer) => (output += data.toString()))
    const requests = (): readonly Request[] =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Request)
    const watch = setInterval(() => {
      if (until?.(requests()) === true) kill(Number(readFileSync(`${log}.pid`, 'utf8')))
      else if (Date.now() - startedAt > timeoutMs && child.pid !== undefined) kill(-child.pid)
    }, 200)
    const exitCode = await new Promise<number | null>((done) => child.on('close', done))
    clearInterval(watch)
    return { exitCode, output, requests: requests(), tookMs: Date.now() - startedAt }
  }

  /** Leads the client into an incident; `env` is the scripted API's. */
  async incident(kind: Kind, env: Record<string, string> = {}): Promise<readonly Request[]> {
    // The main thread needs leave to start a workflow; what it does in the incident is not what is tested.
    const argv = [
      'claude',
      '-p',
      '--output-format=json',
      '--settings={"permissions":{"allow":["Workflow"]}}',
      `TASK=${kind} go${kind === 'workflow' ? ' ultracode workflow' : ''}`,
    ]
    const hanging = (requests: readonly Request[]): boolean =>
      ['left-bg', 'right-bg', 'plain-bg'].every((task) => requests.some((each) => each.task === task && each.end === 'hangs')) &&
      // Answered is not written: the kill must not come before the client has kept the answer.
      this.#transcripts().some((text) => text.includes('Done: my part is finished.'))
    const { requests } = await this.run('incident', { cwd: this.app, argv }, { env, ...(kind === 'kill' && { until: hanging }) })
    return requests
  }

  #transcripts(): readonly string[] {
    return readdirSync(this.root, { recursive: true, encoding: 'utf8' })
      .filter((path) => /agent-[^/]*\.jsonl$/.test(path))
      .map((path) => readFileSync(join(this.root, path), 'utf8'))
  }

  dispose(): void {
    rmSync(this.home, { recursive: true, force: true })
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
