import { describe, expect, it } from 'vitest'
import { type Detector, diagnose } from '../../src/reasons/diagnose.ts'
import { atMost, withMore } from '../../src/reasons/proof.ts'
import type { Evidence } from '../../src/facts/evidence.ts'
import type { TerminalReason } from '../../src/reasons/terminal-reason.ts'
import { NEWEST, oneAgent } from '../hostile/world.ts'
import { Tree } from '../records/tree.ts'
import { findRun } from './linked.ts'

const EVIDENCE: Evidence = { kind: 'absence', shows: 'nothing', path: null, line: null, byteOffset: null }
const saying = (id: string, name: TerminalReason, more: Partial<Detector> = {}, confidence: 'high' | 'low' = 'high'): Detector => ({
  name,
  detect: () => ({ basis: 'reported', confidence, summary: `${id} says so`, evidence: [EVIDENCE] }),
  ...more,
})
const silent = saying('silent', 'billing', { detect: () => undefined })
const DAMAGE = { path: '/x', line: 3, byteOffset: 7, reason: 'torn_line', bytes: 1, detail: '' } as const

describe('diagnose', () => {
  it('believes the first, and tells what the others say', async () => {
    const { run, context } = await findRun(oneAgent((agent) => agent.says('Done.')))
    const all = [silent, saying('one', 'stalled'), saying('two', 'stopped'), saying('three', 'stalled', {}, 'low')]
    expect(diagnose(run, context, all)).toEqual({
      reason: 'stalled',
      basis: 'reported',
      confidence: 'high',
      summary: 'one says so',
      evidence: [EVIDENCE],
      alternatives: [{ reason: 'stopped', basis: 'reported', confidence: 'high', summary: 'two says so' }],
    })
  })

  it('behind damage believes only what rests on other proof, and that less', async () => {
    const { run, context } = await findRun(oneAgent((agent) => void agent.call('Bash', {})))
    const damaged = { ...run, damagedTail: DAMAGE }
    const all = [saying('one', 'stopped'), saying('two', 'exit_killed', { survivesDamage: true })]
    const standing = diagnose(damaged, context, all)
    expect([standing.reason, standing.confidence, standing.alternatives.map(({ reason }) => reason)]).toEqual([
      'exit_killed',
      'medium',
      ['stopped'],
    ])
    expect(standing.evidence.at(-1)).toMatchObject({ kind: 'absence', path: '/x', line: 3, byteOffset: 7 })
  })

  it('behind damage knows nothing where the proof is weak, or an end was said', async () => {
    const pending = await findRun(oneAgent((agent) => void agent.call('Bash', {})))
    const ended = await findRun(oneAgent((agent) => agent.says('Done.')))
    const weak = saying('weak', 'exit_killed', { survivesDamage: true }, 'low')
    const strong = saying('strong', 'exit_killed', { survivesDamage: true })
    for (const [{ run, context }, detector] of [
      [pending, weak],
      [ended, strong],
    ] as const) {
      expect(diagnose({ ...run, damagedTail: DAMAGE }, context, [detector])).toMatchObject({
        reason: 'unknown',
        confidence: 'low',
        alternatives: [{ reason: 'exit_killed' }],
      })
    }
  })

  it('without any finding lists what was looked for', async () => {
    const { run, context } = await findRun(oneAgent((agent) => void agent.call('Bash', {})))
    const undecided = diagnose(run, context, [])
    expect([undecided.reason, undecided.confidence, undecided.alternatives.map(({ reason }) => reason)]).toEqual([
      'unknown',
      'low',
      ['running', 'exit_killed'],
    ])
    expect(undecided.evidence[0]).toMatchObject({ kind: 'record', shows: 'its last message calls Bash, and no result follows' })
    expect(undecided.evidence.length).toBe(3)
    const ended = await findRun(oneAgent((agent) => agent.says('Done.')))
    expect(diagnose(ended.run, ended.context, [])).toMatchObject({
      reason: 'unknown',
      summary: 'how it ended is unknown',
      alternatives: [],
    })
    expect(diagnose({ ...run, lines: 0 }, context, [])).toMatchObject({
      reason: 'unknown',
      summary: 'its transcript is empty',
      evidence: [{ kind: 'file' }, {}],
    })
  })

  it('says what a pending run waits for', async () => {
    const shows = async (story: Parameters<typeof oneAgent>[0]): Promise<string | undefined> => {
      const { run, context } = await findRun(oneAgent(story))
      return diagnose(run, context, []).evidence[0].shows
    }
    expect(await shows(() => undefined)).toBe('its transcript holds its prompt but no answer')
    expect(await shows((agent) => agent.bash('ls'))).toBe('its last record is the result of Bash, which nothing answers')
    expect(await shows((agent) => agent.says('Done.').prompt('And now?'))).toBe('its last record is a prompt that nothing answers')
    expect(await shows((agent) => agent.result('nobody', 'x'))).toBe('its last record is the result of a tool, which nothing answers')
  })

  it('judges every run of a story, whoever it is', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    main.launch(1).says('Done: part 1.')
    expect(diagnose(...(Object.values(await findRun(tree, '')) as [never, never])).evidence.length).toBeGreaterThan(0)
  })
})

it('the lesser confidence, and lists that are not empty', () => {
  expect([atMost('high', 'medium'), atMost('low', 'high'), atMost('medium', 'low')]).toEqual(['medium', 'low', 'low'])
  expect(withMore(EVIDENCE, [undefined, EVIDENCE])).toHaveLength(2)
})
