import { describe, expect, it } from 'vitest'
import type { AgentReport } from '../../src/report/report.ts'
import { REASONS } from '../../src/reasons/index.ts'
import type { TerminalReason } from '../../src/reasons/terminal-reason.ts'
import { Tree } from '../records/tree.ts'
import { IS_LONG } from '../long.ts'
import { AGENT_FILE, agentOf, filesOf, HOME, memoryFiles, NEWEST, oneAgent, scan } from './world.ts'

/**
 * T07: what damage may do to a verdict.
 *
 * A cut at a line end leaves what the file once was: nobody can tell it from a transcript that was read at that moment, so
 * its verdict is that of the lines that are left. Every other damage shows. Then the verdict is that of the readable lines
 * (where the damage can have hidden nothing), or `unknown`, or one of those that rest on other proof than the last word
 * (`running`, `exit_killed`), with medium confidence at most. Never, whatever the bytes, does damage that shows make a
 * `completed` of something else.
 */
const STURDY: ReadonlySet<TerminalReason> = new Set(REASONS.filter((each) => each.survivesDamage === true).map(({ name }) => name))

const OLD = '2.0.76'
const STORIES = {
  completed: oneAgent((agent) => agent.bash('ls src').says('Done: index.ts is ported.').bookkeeping()),
  'completed, by an old client': oneAgent(
    (agent) => agent.bash('ls src', 'index.ts', 'Looking.').says('Done: index.ts is ported.', null),
    OLD,
  ),
  limited: oneAgent((agent) => agent.bash('ls src').fiveHours('15:10:00', '3:10pm (UTC)').bookkeeping()),
  killed: oneAgent((agent) => void agent.bash('ls src').call('Bash', { command: 'make' }, 'Now the build.')),
  'killed with its client': (() => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    main.launch(1).bash('ls src').call('Bash', { command: 'make' }, 'Now the build.')
    tree.registry(77, main)
    return tree
  })(),
  resumed: oneAgent((agent) =>
    agent.says('Done: index.ts is ported.').bookkeeping().wait(600).prompt('Now the tests.').fiveHours('15:10:00', '3:10pm (UTC)'),
  ),
  interrupted: oneAgent((agent) => agent.bash('ls src').marker(true).wait(5)),
  structured: oneAgent((agent) => agent.result(agent.nudge().call('StructuredOutput', { ok: true }), 'Structured output provided.')),
}
const IDS: Readonly<Record<string, string>> = { [NEWEST]: 'a0000000000000001', [OLD]: 'a000001' }
const LF = 0x0a

interface Subject {
  readonly path: string
  readonly bytes: Buffer
  readonly verdict: (bytes: Uint8Array) => Promise<{ readonly agent: AgentReport; readonly issues: number; readonly torn: boolean }>
}

function subject(name: keyof typeof STORIES): Subject {
  const tree = STORIES[name]
  const files = filesOf(tree)
  const id = IDS[tree.version] ?? ''
  const path = [...files.keys()].find((each) => each.endsWith(`agent-${id}.jsonl`)) ?? AGENT_FILE
  return {
    path,
    bytes: Buffer.from(files.get(path) ?? ''),
    verdict: async (bytes) => {
      const report = await scan(HOME, { files: memoryFiles(new Map<string, string | Uint8Array>(files).set(path, bytes)), checked: false })
      const issues = report.readIssues.filter((issue) => issue.path === `${HOME}/${path}`)
      return { agent: agentOf(report, id), issues: issues.length, torn: issues.some((issue) => issue.reason === 'torn_line') }
    },
  }
}

/** T07 names these. */
const WHOLLY_CUT: ReadonlySet<string> = new Set(['completed', 'limited', 'killed', 'resumed'])
const NAMES = Object.keys(STORIES) as (keyof typeof STORIES)[]

describe('the whole stories', () => {
  it.each([
    ['completed', 'completed'],
    ['completed, by an old client', 'completed'],
    ['limited', 'rate_limited'],
    ['killed', 'truncated'],
    ['killed with its client', 'exit_killed'],
    ['resumed', 'rate_limited'],
    ['interrupted', 'interrupted'],
    ['structured', 'completed'],
  ] as const)('%s is %s', async (name, reason) => {
    const { bytes, verdict } = subject(name)
    const { agent, issues } = await verdict(bytes)
    expect([agent.reason, agent.transcript.tail, issues]).toEqual([reason, 'complete', 0])
  })
})

describe.each(NAMES)('%s, cut', (name) => {
  it('tells what the whole lines tell, or less', async () => {
    const { bytes, verdict } = subject(name)
    const whole = (await verdict(bytes)).agent.reason
    let lines = await verdict(new Uint8Array())
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      // At every ninth byte, another one in each story; a long run cuts at every third, and the stories that T07 names at every byte.
      const isLineEnd = cut === 0 || cut === bytes.length || bytes[cut - 1] === LF || bytes[cut] === LF
      if (!isLineEnd && !(IS_LONG && WHOLLY_CUT.has(name)) && (cut + NAMES.indexOf(name)) % (IS_LONG ? 3 : 9) !== 0) continue
      const { agent, issues, torn } = await verdict(bytes.subarray(0, cut))
      const told = `cut at ${cut}: ${agent.reason} behind ${lines.agent.reason}`
      if (isLineEnd) {
        expect([agent.transcript.tail, issues], told).toEqual([cut === 0 ? 'empty' : 'complete', 0])
        lines = { agent, issues, torn }
        continue
      }
      expect([agent.transcript.tail, issues, torn], told).toEqual(['torn', 1, true])
      if (agent.reason === 'completed') {
        // Only behind a line that keeps the books, which can hide no conversation.
        expect(lines.agent.reason, told).toBe('completed')
        const opening = bytes.subarray(bytes.lastIndexOf(LF, cut - 1) + 1, cut).toString()
        expect(opening, told).toMatch(/^\{"type":"(?:last-prompt|tools-used)"/)
        // The file did stand at that end once.
        if (whole !== 'completed') expect(bytes.subarray(0, cut).toString(), told).toContain('"stop_reason":"end_turn"')
      } else if (agent.reason !== 'unknown' && agent.reason !== lines.agent.reason) {
        expect(STURDY.has(agent.reason), told).toBe(true)
        expect(agent.confidence, told).not.toBe('high')
      }
    }
  })
})

/** One bit of every so many bytes, another one each time: no place of a record is left out by all stories together. */
const FLIP_STEP = IS_LONG ? 11 : 23
describe.each(NAMES)('%s, one bit flipped', (name) => {
  it('never gets better where the damage shows', async () => {
    const { bytes, verdict } = subject(name)
    const whole = (await verdict(bytes)).agent
    for (let at = NAMES.indexOf(name) % FLIP_STEP; at < bytes.length; at += FLIP_STEP) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << ((at * 5 + 3) % 8))
      const { agent, issues } = await verdict(flipped)
      if (issues === 0) continue
      const told = `bit ${(at * 5 + 3) % 8} of byte ${at}: ${agent.reason}`
      if (whole.reason !== 'completed') expect(agent.reason, told).not.toBe('completed')
      if (agent.reason === whole.reason || agent.reason === 'unknown') continue
      expect(STURDY.has(agent.reason), told).toBe(true)
      expect(agent.confidence, told).not.toBe('high')
    }
  })

  it('never gets better where a line is replaced by noise', async () => {
    const { bytes, verdict } = subject(name)
    const whole = (await verdict(bytes)).agent
    const lines = bytes.toString().split('\n').slice(0, -1)
    for (const [index, line] of lines.entries()) {
      const noise = '\u0001'.repeat(Buffer.byteLength(line))
      const { agent, issues } = await verdict(Buffer.from(`${lines.with(index, noise).join('\n')}\n`))
      const told = `line ${index + 1}: ${agent.reason}`
      expect(issues, told).toBe(1)
      if (whole.reason !== 'completed') expect(agent.reason, told).not.toBe('completed')
      if (agent.reason === whole.reason || agent.reason === 'unknown') continue
      expect(STURDY.has(agent.reason), told).toBe(true)
    }
  })
})

describe('a line end that is lost', () => {
  it('hides no record behind one that keeps the books', async () => {
    const { bytes, verdict } = subject('resumed')
    const text = bytes.toString()
    const joint = text.indexOf('\n{"parentUuid"', text.indexOf('"tools-used"'))
    const { agent, issues } = await verdict(
      Buffer.from(`${text.slice(0, joint)}${text.slice(joint + 1, text.indexOf('\n', joint + 1) + 1)}`),
    )
    expect([agent.reason, issues]).toEqual(['unknown', 1])
  })

  it('hides no record behind a copy of a request, which is otherwise not parsed', async () => {
    const { bytes, verdict } = subject('completed')
    const blob = '{"type":"api-request-blob","hash":"x","content":[{"role":"user","content":"{\\"parentUuid\\":null}"}]}'
    const [prompt = '', ...rest] = bytes.toString().split('\n')
    const whole = [prompt, blob, ...rest]
    expect((await verdict(Buffer.from(whole.join('\n')))).issues).toBe(0)
    const last = whole.findIndex((line) => line.includes('Done: index.ts'))
    const merged = [...whole.slice(0, last), `${blob.slice(0, 40)}${whole[last]}`, ...whole.slice(last + 1)]
    const { agent, issues } = await verdict(Buffer.from(merged.join('\n')))
    expect([agent.reason === 'completed', issues]).toEqual([false, 1])
  })
})

describe('a damaged line between others', () => {
  it('that held a result leaves no call open', async () => {
    const { bytes, verdict } = subject('completed')
    const lines = bytes.toString().split('\n')
    const index = lines.findIndex((line) => line.includes('"tool_result"'))
    const { agent } = await verdict(Buffer.from(lines.with(index, '{"parentUuid":null,"isSide').join('\n')))
    expect([agent.reason, agent.basis]).toEqual(['completed', 'reported'])
  })

  it('that may have held the answer to structured output leaves it unknown', async () => {
    const tree = oneAgent((agent) =>
      agent.result(agent.nudge().call('StructuredOutput', {}), 'Schema mismatch', { error: true }).says('I gave up.'),
    )
    const text = filesOf(tree).get(AGENT_FILE) ?? ''
    const lines = text.split('\n')
    const index = lines.findIndex((line) => line.includes('Schema mismatch'))
    const files = memoryFiles(filesOf(tree).set(AGENT_FILE, lines.with(index, '{').join('\n')))
    expect(agentOf(await scan(HOME, { files: memoryFiles(filesOf(tree)) })).reason).toBe('schema_unmet')
    expect(agentOf(await scan(HOME, { files })).reason).toBe('unknown')
  })
})
