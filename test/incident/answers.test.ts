import { describe, expect, it } from 'vitest'
import { answersIn, isAbout, loginOf, modelOfLimit, proofFrom } from '../../src/incident/answers.ts'
import type { Judged } from '../../src/reasons/judged.ts'

const MINUTE = 60_000
const ROOTS = ['/home/dev/.claude/projects', '/home/dev/.claude/projects/inner']

/** A thread of which only matters what is asked for here. */
function thread(
  startedAt: number | null,
  more: { model?: string | null; turns?: number; last?: string; kind?: string; path?: string } = {},
): Judged {
  const { model = 'claude-opus-4-8', turns = 1, last = 'turn', kind = 'subagent', path = `${ROOTS[0]}/a.jsonl` } = more
  return { run: { kind, model, path, latest: { startedAt, turns, lastWord: { kind: last } } } } as unknown as Judged
}

describe('whether a limit was worked past', () => {
  it('is told by the first who began a while after the refusal and got answers', () => {
    const answeredAfter = answersIn([thread(90 * MINUTE), thread(3 * MINUTE), thread(40 * MINUTE), thread(20 * MINUTE)], ROOTS)
    const login = ROOTS[0] ?? ''
    expect([0, 4, 16, 36, 86].map((minute) => answeredAfter(proofFrom(minute * MINUTE, false), login, null))).toEqual(
      [20, 20, 40, 90, null].map((minute) => (minute === null ? null : minute * MINUTE)),
    )
    // Who has logged in, or paid, need not wait for it.
    expect(answeredAfter(proofFrom(0, true), login, null)).toBe(3 * MINUTE)
    expect(answeredAfter(0, 'another login', null)).toBeNull()
  })

  it('is not told by who got no answer, by helpers, or by another model', () => {
    const silent = [
      thread(null),
      thread(MINUTE * 9, { turns: 0 }),
      thread(MINUTE * 9, { last: 'error' }),
      thread(MINUTE * 9, { kind: 'internal' }),
    ]
    expect(answersIn([...silent, thread(MINUTE * 9, { model: null })], ROOTS)(0, ROOTS[0] ?? '', null)).toBeNull()
    const answeredAfter = answersIn([thread(MINUTE * 9)], ROOTS)
    expect([null, 'opus', 'sonnet', 'claude-opus-4-8'].map((model) => answeredAfter(0, ROOTS[0] ?? '', model) !== null)).toEqual([
      true,
      true,
      false,
      true,
    ])
  })

  it('is a matter of the login, which is that of the innermost root', () => {
    expect(loginOf(`${ROOTS[1]}/x/a.jsonl`, ROOTS)).toBe(ROOTS[1])
    expect([loginOf('/elsewhere/a.jsonl', ROOTS), loginOf(null, ROOTS)]).toEqual(['', ''])
  })

  it('is a matter of the model only where the limit is', () => {
    expect([
      modelOfLimit('five_hour', 'm'),
      modelOfLimit('seven_day_opus', 'm'),
      modelOfLimit('seven_day_sonnet', 'm'),
      modelOfLimit('seven_day_model', 'm'),
    ]).toEqual([null, 'opus', 'sonnet', 'm'])
    expect([
      isAbout(null, 'm'),
      isAbout('opus', null),
      isAbout('opus', 'Claude-OPUS-5'),
      isAbout('claude-opus-4-8', 'claude-opus-5'),
    ]).toEqual([true, true, true, false])
  })
})
