import { describe, expect, it } from 'vitest'
import { changesOf } from '../../hostile/changes.ts'
import { HOME, memoryFiles, program, scan, UNSAFE, Home } from '../../hostile/world.ts'
import type { Json } from '../../lacking.ts'
import { IS_LONG } from '../../long.ts'
import { FORMATS } from '../../../src/report/index.ts'
import { LIMIT_WORDS, Rollout, type Thread, threadId } from '../../records/rollouts.ts'

// The suites of test/hostile/ over rollouts: cuts, flipped bits, changed structure, hostile words.

const MAIN: Thread = { id: threadId(1) }
const CHILD: Thread = { id: threadId(2), parent: MAIN, role: 'explorer' }
const begun = (): Rollout => new Rollout(CHILD, 5_000).prompt('Write the tests').runs('npm test').says('The tests come next.')

const STORIES = {
  completed: begun().ends('The tests are written.'),
  rate_limited: begun().counts({ primary: 100 }).fails('usage_limit_exceeded', LIMIT_WORDS),
  exit_killed: begun(),
  interrupted: begun().aborted(),
  truncated: begun().event('task_complete', { turn_id: 'turn-1', last_agent_message: null }),
} as const
type Story = keyof typeof STORIES
const NAMES = Object.keys(STORIES) as readonly Story[]
/** Of all cuts, flips and changes a usual run tries every so many. */
const EVERY = 97
const isTried = (at: number, name: Story): boolean => IS_LONG || at % EVERY === NAMES.indexOf(name)

async function verdictOf(name: Story, content: string | Uint8Array) {
  const main = new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Write the tests')
  if (name !== 'exit_killed') main.waits(900_000).ends('Done.')
  const files = memoryFiles(
    new Map<string, string | Uint8Array>([
      [main.path, main.text],
      [STORIES[name].path, content],
    ]),
  )
  const report = await scan(HOME, { files, checked: false })
  return { report, agent: report.agents.find(({ agentId, transcript }) => agentId === CHILD.id && transcript.path !== null) }
}

describe.each(NAMES)('%s, in a rollout', (name) => {
  const bytes = Buffer.from(STORIES[name].text)

  it('is told where nothing is damaged', async () => {
    expect((await verdictOf(name, bytes)).agent?.reason).toBe(name)
  })

  it('is never finished by a cut', async () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const isLineEnd = bytes[cut - 1] === 0x0a || bytes[cut] === 0x0a
      if (!isLineEnd && !isTried(cut, name)) continue
      const { agent } = await verdictOf(name, bytes.subarray(0, cut))
      if (cut < bytes.length - 1) expect(agent?.reason, `cut at ${cut}`).not.toBe('completed')
    }
  })

  it('is never finished by a flipped bit', async () => {
    for (const at of bytes.keys()) {
      if (!isTried(at, name) || name === 'completed') continue
      const { agent } = await verdictOf(name, bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8))))
      expect(agent?.reason, `bit at ${at}`).not.toBe('completed')
    }
  })

  it('is never finished by a record that lacks a field, or has another type in it', async () => {
    const lines = bytes.toString().trimEnd().split('\n')
    const changes = lines.flatMap((line, at) => [...changesOf(JSON.parse(line) as Json)].map(([done, record]) => ({ done, at, record })))
    for (const [index, { done, at, record }] of changes.entries()) {
      // Any text there is an answer.
      if (!isTried(index, name) || name === 'completed' || done === '.payload.last_agent_message is "x"') continue
      const { agent } = await verdictOf(name, `${lines.with(at, JSON.stringify(record)).join('\n')}\n`)
      expect(agent?.reason, `line ${at + 1}: ${done}`).not.toBe('completed')
    }
  })
})

describe('hostile words in a rollout', () => {
  const WORDS = '\u001b[2J\u001b]0;t\u0007 \u009b31m \u202egnp.exe\u202c \u200b ::error::x ##vso[task] \r\nnul\0 half\ud800 <script>'
  it.each(FORMATS)('reach no terminal through %s', async (format) => {
    const home = new Home()
    try {
      const agent = new Rollout({ ...CHILD, cwd: `/w/${WORDS}`, role: WORDS }, 5_000).prompt(WORDS).runs(WORDS).says(WORDS)
      const main = new Rollout({ ...MAIN, cwd: `/w/${WORDS}`, version: WORDS }).prompt(WORDS).spawns(CHILD, WORDS)
      for (const each of [main.notice(CHILD, { errored: WORDS }).ends(WORDS), agent.fails(WORDS, WORDS)]) home.plant(each.path, each.text)
      const { code, stdout, stderr } = await program(['--format', format, '--all', '--verbose'], home.path)
      expect([code, stdout === '']).toEqual([0, false])
      expect(stdout).not.toMatch(UNSAFE)
      expect(stderr).not.toMatch(UNSAFE)
    } finally {
      home.remove()
    }
  })
})
