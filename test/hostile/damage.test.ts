import { describe, expect, it } from 'vitest'
import { IS_LONG } from '../long.ts'
import { expectStated } from '../stated.ts'
import { findUpgrade, NAMES, type StoryName, STURDY, subjectOf } from './stories.ts'
import { AGENT_FILE, agentOf, filesOf, HOME, memoryFiles, oneAgent, scan } from './world.ts'

/**
 * T07: what damage may do to a verdict.
 *
 * A cut at a line end leaves what the file once was: nobody can tell it from a transcript that was read at that moment, so
 * its verdict is that of the lines that are left. Every other damage shows. Then the verdict is that of the readable lines
 * (where the damage can have hidden nothing), or `unknown`, or one of those that rest on other proof than the last word
 * (`running`, `exit_killed`), with medium confidence at most. Never, whatever the bytes, does damage that shows make a
 * `completed` of something else.
 */
const LF = 0x0a

/** Where a story is cut: at every ninth byte, another one in each; in a long run at every byte. Before and behind each line always. */
function cutsOf(name: StoryName, isLong: boolean): readonly number[] {
  const { bytes } = subjectOf(name)
  const places = Array.from({ length: bytes.length + 1 }, (_, cut) => cut)
  return isLong ? places : places.filter((cut) => isLineEnd(bytes, cut) || (cut + NAMES.indexOf(name)) % 27 === 0)
}

function isLineEnd(bytes: Buffer, cut: number): boolean {
  return cut === 0 || cut === bytes.length || bytes[cut - 1] === LF || bytes[cut] === LF
}

/** The bytes of which one bit is flipped: no place of a record is left out by all stories together. */
function flipsOf(name: StoryName, isLong: boolean): readonly number[] {
  const step = isLong ? 3 : 67
  const places = Array.from({ length: subjectOf(name).bytes.length }, (_, at) => at)
  return places.filter((at) => at % step === NAMES.indexOf(name) % step)
}

it('is as many cuts and flips as docs/internals/reliability.md says', () => {
  const count = (list: typeof cutsOf, isLong: boolean): number => NAMES.reduce((sum, name) => sum + list(name, isLong).length, 0)
  expectStated('cuts', count(cutsOf, false), count(cutsOf, true))
  expectStated('flips', count(flipsOf, false), count(flipsOf, true))
})

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
    const { bytes, verdict } = subjectOf(name)
    const { agent, issues } = await verdict(bytes)
    expect([agent.reason, agent.transcript.tail, issues]).toEqual([reason, 'complete', 0])
  })
})

describe.each(NAMES)('%s, cut', (name) => {
  it('tells what the whole lines tell, or less', async () => {
    const { bytes, verdict } = subjectOf(name)
    const whole = (await verdict(bytes)).agent.reason
    let lines = await verdict(new Uint8Array())
    for (const cut of cutsOf(name, IS_LONG)) {
      const { agent, issues, torn } = await verdict(bytes.subarray(0, cut))
      const told = `cut at ${cut}: ${agent.reason} behind ${lines.agent.reason}`
      if (isLineEnd(bytes, cut)) {
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

describe.each(NAMES)('%s, one bit flipped', (name) => {
  it('never gets better where the damage shows', async () => {
    const { bytes, verdict } = subjectOf(name)
    const whole = (await verdict(bytes)).agent
    for (const at of flipsOf(name, IS_LONG)) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << ((at * 5 + 3) % 8))
      const { agent, issues } = await verdict(flipped)
      if (issues === 0) continue
      const told = `bit ${(at * 5 + 3) % 8} of byte ${at}: ${agent.reason}`
      expect(findUpgrade(whole, agent), told).toBeNull()
    }
  })

  it('never gets better where a line is replaced by noise', async () => {
    const { bytes, verdict } = subjectOf(name)
    const whole = (await verdict(bytes)).agent
    const lines = bytes.toString().split('\n').slice(0, -1)
    for (const [index, line] of lines.entries()) {
      const noise = '\u0001'.repeat(Buffer.byteLength(line))
      const { agent, issues } = await verdict(Buffer.from(`${lines.with(index, noise).join('\n')}\n`))
      const told = `line ${index + 1}: ${agent.reason}`
      expect(issues, told).toBe(1)
      expect(findUpgrade(whole, agent), told).toBeNull()
    }
  })
})

describe('a line end that is lost', () => {
  it('hides no record behind one that keeps the books', async () => {
    const { bytes, verdict } = subjectOf('resumed')
    const text = bytes.toString()
    const joint = text.indexOf('\n{"parentUuid"', text.indexOf('"tools-used"'))
    const { agent, issues } = await verdict(
      Buffer.from(`${text.slice(0, joint)}${text.slice(joint + 1, text.indexOf('\n', joint + 1) + 1)}`),
    )
    expect([agent.reason, issues]).toEqual(['unknown', 1])
  })

  it('hides no record behind a copy of a request, which is otherwise not parsed', async () => {
    const { bytes, verdict } = subjectOf('completed')
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
    const { bytes, verdict } = subjectOf('completed')
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
