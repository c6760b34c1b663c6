import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findCodex } from './clients.ts'

// An agent of the real Codex that is killed with its client, found by `scan`, continued by `recover`, and found to have finished.

const codex = findCodex()
const program = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
const CONTINUED = 'Continue your task where it stopped'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

let home: string
let asked: string[]
let hangs: () => void
const hung = { yet: Promise.resolve() }
const server = createServer((request, response) => void answer(request, response))

/** The scripted API: a parent launches one agent and waits for it; the agent gets no answer until it is continued. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let raw = ''
  for await (const chunk of request) raw += String(chunk)
  if (request.method !== 'POST') return void response.writeHead(404).end('{}')
  const body = JSON.parse(raw) as { readonly input?: readonly object[]; readonly tools?: readonly Tool[] }
  asked.push(JSON.stringify(body.input))
  const said = asked.at(-1) ?? ''
  if (said.includes(CONTINUED))
    return said.includes('continued-in')
      ? say(response, 'Finished after all.')
      : call(response, 'exec_command', { cmd: 'echo "continued-in $PWD" | tee done.txt' })
  if (!said.includes('PARENT')) return hangs()
  const spaces = (body.tools ?? []).flatMap((tool) =>
    (tool.tools ?? [tool]).map(({ name }) => [name, tool.type === 'namespace' ? tool.name : null] as const),
  )
  const space = (sought: string): string | null => spaces.find(([name]) => name === sought)?.[1] ?? null
  if (!said.includes('"name":"spawn_agent"')) return call(response, 'spawn_agent', { message: 'Do the part.' }, space('spawn_agent'))
  const id = /agent_id[\\": ]+([0-9a-f-]{36})/.exec(said)?.[1] ?? ''
  const wait = spaces.find(([name]) => name?.startsWith('wait') === true)?.[0] ?? 'wait'
  return call(response, wait, { targets: [id], timeout_ms: 60_000 }, space(wait))
}

interface Tool {
  readonly name?: string
  readonly type?: string
  readonly tools?: readonly { readonly name?: string }[]
}

function say(response: ServerResponse, text: string): void {
  stream(response, { type: 'message', role: 'assistant', id: `msg_${asked.length}`, content: [{ type: 'output_text', text }] })
}

function call(response: ServerResponse, name: string, input: object, namespace: string | null | undefined = null): void {
  const id = `${asked.length}_${name}`
  const more = typeof namespace === 'string' ? { namespace } : {}
  stream(response, { type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, name, ...more, arguments: JSON.stringify(input) })
}

function stream(response: ServerResponse, item: object): void {
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 120,
  }
  const id = `resp_${asked.length}`
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of [
    { type: 'response.created', response: { id } },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id, status: 'completed', usage } },
  ])
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  response.end()
}

function start(argv: readonly string[]) {
  const [file = '', ...args] = argv
  const env = {
    HOME: home,
    PATH: `${join(home, 'bin')}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    MOCK_KEY: 'x',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  }
  const child = spawn(file, args, { cwd: join(home, 'app'), env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (out.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (out.stderr += String(chunk)))
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...out })))
  return { child, ended }
}

const run = (...words: readonly string[]): Promise<Ended> => start([process.execPath, program, ...words]).ended

/** What was written less than two minutes ago may be alive: the rollouts become ten minutes older, and nobody waits. */
function age(): void {
  for (const path of readdirSync(join(home, '.codex', 'sessions'), { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.jsonl')) continue
    const whole = join(home, '.codex', 'sessions', path)
    const older = (_: string, time: string): string => `{"timestamp":"${new Date(Date.parse(time) - 600_000).toISOString()}"`
    writeFileSync(whole, readFileSync(whole, 'utf8').replaceAll(/^\{"timestamp":"([^"]+)"/gm, older))
  }
}

async function reasons(): Promise<
  readonly { readonly format: string; readonly agentId: string; readonly reason: string; readonly cwd: string }[]
> {
  const { stdout, stderr } = await run('scan', '--offline', '--all', '--json')
  expect(stdout, stderr).not.toBe('')
  return (JSON.parse(stdout) as { readonly agents: Awaited<ReturnType<typeof reasons>> }).agents
}

beforeEach(async () => {
  if (codex === null) return
  asked = []
  hung.yet = new Promise((resolve) => (hangs = resolve))
  home = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-codex-')))
  for (const folder of ['app', 'bin', '.codex']) mkdirSync(join(home, folder))
  symlinkSync(codex, join(home, 'bin', 'codex'))
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', join(home, 'app'), '-c', 'user.name=dev', '-c', 'user.email=dev@example.com', ...words])
  git('init', '-q')
  git('commit', '-q', '--allow-empty', '-m', 'begin')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  writeFileSync(
    join(home, '.codex', 'config.toml'),
    `model = "gpt-5.1-codex"\nmodel_provider = "mock"\napproval_policy = "never"\nsandbox_mode = "danger-full-access"\n[model_providers.mock]\nname = "mock"\nbase_url = "http://127.0.0.1:${port}/v1"\nwire_api = "responses"\nenv_key = "MOCK_KEY"\nrequest_max_retries = 0\nstream_max_retries = 0\nsupports_websockets = false\n[features]\nmulti_agent = true\n`,
  )
})

afterEach(async () => {
  if (codex === null) return
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

describe('Codex', () => {
  if (codex === null)
    process.stdout.write('Codex is not installed here: its recovery is not tried. AGENT_FORENSICS_CODEX names its program.\n')

  test.skipIf(codex === null)('kill, scan, recover, scan: the agent goes on in its own thread and folder, and has finished', async () => {
    const client = start(['codex', 'exec', '--skip-git-repo-check', '--json', 'PARENT dispatch one agent'])
    await hung.yet
    process.kill(-(client.child.pid ?? 0), 'SIGKILL')
    await client.ended
    age()
    const [killed, ...others] = await reasons()
    expect(others).toEqual([])
    expect(killed).toMatchObject({ format: 'codex', reason: 'exit_killed', cwd: join(home, 'app') })

    const recovery = await run('recover', '--offline', '--yes', '--headless', '--agent', killed?.agentId ?? '')
    expect(recovery.code, `${recovery.stdout}${recovery.stderr}\n${asked.at(-1)?.slice(-500)}`).toBe(0)
    expect(existsSync(join(home, 'app', 'done.txt'))).toBe(true)
    expect(await reasons()).toMatchObject([{ agentId: killed?.agentId, reason: 'completed' }])
  })
})
