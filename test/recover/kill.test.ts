import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { IS_LONG } from '../long.ts'
import { Tree } from '../records/tree.ts'
import { expectStated } from '../stated.ts'

// A real process of the program, killed at any moment, beside a stand-in for the client that takes its time and keeps to what it was told.

const program = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
/** A hundred rounds take some minutes; so many are enough to see a hole that is wide. */
const [ROUNDS, LONG_ROUNDS] = [1, 100]

/** Continues each agent that is named and not done: its end goes into its transcript in one write, then into a list. */
const STAND_IN = `#!${process.execPath}
const fs = require('node:fs')
const home = ${JSON.stringify('HOME_HERE')}
if (process.argv.includes('--version')) { console.log('2.1.332 (Claude Code)'); process.exit(0) }
const session = process.argv.find((word) => word.startsWith('--resume=')).slice(9)
const start = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[19]
const domain = 'linux:' + fs.readFileSync('/etc/machine-id', 'utf8').trim().replaceAll('-', '') + ':' + fs.readlinkSync('/proc/self/ns/pid')
const entry = home + '/.claude/sessions/' + process.pid + '.json'
fs.mkdirSync(home + '/.claude/sessions', { recursive: true })
fs.writeFileSync(entry, JSON.stringify({ pid: process.pid, sessionId: session, cwd: process.cwd(), startedAt: Date.now(), procStart: start, version: '2.1.332', pidDomain: domain, kind: 'interactive', entrypoint: 'cli', status: 'busy' }))
fs.appendFileSync(home + '/starts.log', session + '\\n')
const agents = [...new Set(process.argv.at(-1).match(/a\\d{16}\\b/g) ?? [])]
const finish = (id) => {
  const { path, text } = JSON.parse(fs.readFileSync(home + '/ends/' + id + '.json', 'utf8'))
  fs.appendFileSync(path, text.replaceAll(/"timestamp":"[^"]*"/g, () => '"timestamp":"' + new Date().toISOString() + '"'))
}
const next = () => {
  const id = agents.shift()
  if (id === undefined) { finish(session); fs.rmSync(entry); return }
  finish(id)
  fs.appendFileSync(home + '/done.log', id + '\\n')
  setTimeout(next, 40)
}
setTimeout(next, 60)
`

const homes: string[] = []
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

/** Two sessions whose agents all died at work, and work that is in no commit. */
function createIncident(): { readonly home: string; readonly agents: readonly string[] } {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-kill-')))
  homes.push(home)
  const app = join(home, 'app')
  execFileSync('git', ['init', '-q', '-b', 'main', app])
  execFileSync('git', [
    '-C',
    app,
    '-c',
    'user.name=Dev',
    '-c',
    'user.email=dev@example.com',
    'commit',
    '-q',
    '--allow-empty',
    '-m',
    'Begin',
  ])
  const tree = new Tree('2.1.332')
  const slug = app.replaceAll(/[^A-Za-z0-9]/g, '-')
  const ends: { readonly id: string; readonly path: string; readonly text: string }[] = []
  for (const [number, agents] of [
    [1, [1, 2]],
    [2, [3]],
  ] as const) {
    const session = tree.session(number, { slug, cwd: app })
    for (const each of agents) {
      const agent = session.launch(each, { background: true })
      agent.call('Bash', { command: 'make' })
    }
  }
  tree.write(join(home, '.claude'))
  for (const script of tree.scripts) {
    const id = script.who.agentId ?? script.who.sessionId
    const before = script.text.length
    script.prompt('Continue your task where it stopped.')
    script.says('All of it is done and committed.')
    ends.push({ id, path: join(home, '.claude', script.path), text: script.text.slice(before) })
  }
  mkdirSync(join(home, 'ends'))
  for (const { id, ...rest } of ends) writeFileSync(join(home, 'ends', `${id}.json`), JSON.stringify(rest))
  writeFileSync(join(app, 'notes.txt'), 'only here\n')
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin', 'claude'), STAND_IN.replace('HOME_HERE', home))
  chmodSync(join(home, 'bin', 'claude'), 0o755)
  return { home, agents: ends.map(({ id }) => id).filter((id) => id.startsWith('a')) }
}

function start(home: string): ChildProcess & { readonly output: () => string } {
  const child = spawn(
    process.execPath,
    [program, 'recover', '--yes', '--offline', '--since=all', '--stagger=0', `--root=${home}/.claude/projects`],
    {
      env: { HOME: home, PATH: `${home}/bin:${dirname(process.execPath)}:/usr/bin:/bin`, TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  )
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  return Object.assign(child, { output: () => output })
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.on('close', (code) => resolve(code)))
const linesOf = (path: string): readonly string[] => (existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [])

describe.skipIf(process.platform !== 'linux')('recover, killed at any moment and run again', () => {
  test('as often as docs/internals/reliability.md says', () => expectStated('kills of a recovery', ROUNDS, LONG_ROUNDS))

  test.each(Array.from({ length: IS_LONG ? LONG_ROUNDS : ROUNDS }, (_, round) => round))(
    'does all of it, once (round %i)',
    async (round) => {
      const { home, agents } = createIncident()
      // Alone, as the kernel kills what takes too much memory; or with its clients, as a reboot does.
      const takesAll = round % 2 === 1
      const first = start(home)
      const end = ended(first)
      setTimeout(() => process.kill(takesAll ? -(first.pid ?? 0) : (first.pid ?? 0), 'SIGKILL'), 200 + ((round * 277) % 1_900))
      await end
      let last = start(home)
      let code = await ended(last)
      // Whoever was cut off before the end of an agent is started again; the one after that finds nothing to do.
      if (code !== 0) {
        last = start(home)
        code = await ended(last)
      }
      expect(code, last.output()).toBe(0)
      const done = linesOf(join(home, 'done.log'))
      expect(done.toSorted()).toEqual(takesAll ? expect.arrayContaining([...agents]) : [...agents].toSorted())
      expect(new Set(done).size).toBe(agents.length)
      expect(done.length - agents.length).toBeLessThanOrEqual(takesAll ? 1 : 0)
      const starts = linesOf(join(home, 'starts.log')).length
      expect(await ended(start(home))).toBe(0)
      expect(linesOf(join(home, 'starts.log'))).toHaveLength(starts)
    },
  )
})
