import { describe, expect, it } from 'vitest'
import { check, checkText, type Fault, type Known, SECRET } from '../fuzz/check.ts'
import { INJECTED } from '../fuzz/damage.ts'
import type { Home } from '../fuzz/home.ts'
import { minimise } from '../fuzz/minimise.ts'
import { roundOf, tryRound } from '../fuzz/run.ts'
import { STORIES } from './stories.ts'
import { AGENT_FILE, filesOf, MAIN_FILE, noProcesses, NOW } from './world.ts'

const SEED = 14

describe('a round', () => {
  it('is the same for the same seed, and another for another', () => {
    const told = (seed: number): readonly string[] =>
      Array.from({ length: 30 }, (_, number) => roundOf(seed, number)).flatMap(({ steps }) => steps.map(({ done }) => done))
    expect(told(SEED)).toEqual(told(SEED))
    expect(told(SEED)).not.toEqual(told(SEED + 1))
  })

  it('does every kind of damage, soon enough', () => {
    const rounds = Array.from({ length: 600 }, (_, number) => roundOf(SEED, number))
    expect(new Set(rounds.flatMap(({ steps }) => steps.map(({ nature }) => nature)))).toEqual(
      new Set(['bytes', 'fields', 'records', 'files']),
    )
    const texts = rounds.map(({ home }) => [...home.values()].map((entry) => ('link' in entry ? '' : entry.bytes.toString())).join(''))
    const seen = INJECTED.filter((text) => texts.some((each) => each.includes(JSON.stringify(text).slice(1, -1))))
    expect(seen.length).toBeGreaterThan(INJECTED.length - 3)
  })

  it('breaks no law, thirty times', async () => {
    for (let number = 0; number < 30; number += 1) expect(await tryRound(roundOf(SEED, number)), String(number)).toBeNull()
  })
})

describe('the laws', () => {
  const home: Home = new Map([...filesOf(STORIES.completed)].map(([path, text]) => [path, { bytes: Buffer.from(text) }]))
  const look = { now: NOW, processes: noProcesses }
  const knows = (reason: 'completed' | 'unknown'): Known => ({
    agents: new Map([['a0000000000000001', [reason]]]),
    announced: new Set(),
    finished: async () => new Set(),
  })
  const lawOf = (fault: Fault | null): string | undefined => fault?.law

  it('hold for what is whole', async () => {
    expect(await check(home, look, knows('completed'), { isBytes: false, isMoved: false, isReworded: false })).toBeNull()
  })

  it('see an agent that became completed', async () => {
    expect(lawOf(await check(home, look, knows('unknown'), { isBytes: false, isMoved: true, isReworded: false }, []))).toBe('not completed')
  })

  it('see what throws', async () => {
    const domain = (): never => {
      throw new Error('nobody catches this')
    }
    expect(
      lawOf(
        await check(home, { ...look, processes: { ...noProcesses, domain } }, knows('completed'), {
          isBytes: true,
          isMoved: false,
          isReworded: false,
        }),
      ),
    ).toBe('no crash')
  })

  it.each([
    ['a secret', `x ${SECRET} x`, 'no secret'],
    ['an escape sequence', 'x \u001b[2J', 'no control'],
    ['a direction', 'x \u202e', 'no control'],
    ['a command of a CI log', 'x\n  ::error::x', 'no log command'],
    ['one in a line', 'x ##vso[task.complete]', 'no log command'],
  ])('see %s', (_, text, law) => {
    expect(lawOf(checkText(text, ['scan']))).toBe(law)
    expect(checkText('Every agent finished.', ['scan'])).toBeNull()
  })

  it('see a command of a text in the annotations, and let our own pass', () => {
    const words = ['scan', '--format', 'github']
    expect(checkText('::error title=x::a was cut off\n', words)).toBeNull()
    expect(lawOf(checkText('::error title=x::a\n::error::evil-command::x\n', words))).toBe('no log command')
  })
})

describe('minimise', () => {
  it('leaves what is wrong, and nothing else', async () => {
    const lines = Array.from({ length: 40 }, (_, at) => `line ${at}`).join('\n')
    const large: Home = new Map([
      [MAIN_FILE, { bytes: Buffer.from(lines) }],
      [AGENT_FILE, { bytes: Buffer.from(lines) }],
    ])
    const isWrong = async (each: Home): Promise<boolean> => {
      const entry = each.get(AGENT_FILE)
      return entry !== undefined && 'bytes' in entry && /line 7\n[^]*line 31/.test(entry.bytes.toString())
    }
    const small = await minimise(large, isWrong)
    expect([...small].map(([path, entry]) => [path, 'bytes' in entry ? entry.bytes.toString() : ''])).toEqual([
      [AGENT_FILE, 'line 7\nline 31'],
    ])
  })
})
