import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Candidate, PlanSettings } from '../../src/plan/candidate.ts'
import { promote } from '../../src/plan/strategies/promote.ts'
import { redispatch } from '../../src/plan/strategies/redispatch.ts'
import { judgedBelow } from './candidates.ts'
import { versions } from './clients.ts'
import { type Ended, type Request, World } from './world.ts'

// Ways to recover that `recover` takes only where no better one is there, by themselves and with each client: the agent has to go on
// where it was, with what it had said before.

/** By version and way: what came of it, for the table at the end. */
const outcomes = new Map<string, Map<string, string>>()

function note(version: string, way: string, outcome: string): void {
  const row = outcomes.get(version) ?? new Map<string, string>()
  outcomes.set(version, row.set(way, outcome))
}

afterAll(() => {
  const ways = [...new Set([...outcomes.values()].flatMap((row) => [...row.keys()]))]
  const lines = [...outcomes].map(([version, row]) => `| ${version} | ${ways.map((way) => row.get(way) ?? '').join(' | ')} |`)
  process.stdout.write(['', `| client | ${ways.join(' | ')} |`, `| --- |${' --- |'.repeat(ways.length)}`, ...lines, ''].join('\n'))
})

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.dispose())

function settingsFor(version: string): PlanSettings {
  return { client: { version, source: 'installed' }, headless: true, budget: 5, permissionMode: null, maxAttempts: 3, now: Date.now() }
}

async function candidateOf(task: string): Promise<Candidate> {
  const { candidates } = await judgedBelow(world.root)
  const found = candidates.find(({ judged }) => judged.run.firstPrompt?.includes(`TASK=${task} `) === true)
  if (found === undefined) throw new Error(`agent ${task} is missing`)
  return found
}

async function succeed({ cwd, argv }: { readonly cwd: string; readonly argv: readonly string[] }): Promise<Ended> {
  const run = await world.run(argv, { cwd })
  expect(run.exitCode, `${argv.join(' ')}\n${run.stdout}${run.stderr}`).toBe(0)
  return run
}

const finished = (requests: readonly Request[]): readonly string[] =>
  requests.flatMap(({ end, task }) => (end === 'finished' && task !== null ? [task] : []))

/** Where an agent's command ran before it died. */
const homeOf = (task: string, requests: readonly Request[]): string =>
  requests.find((each) => each.task === task && each.began !== null)?.began ?? ''

describe.each(versions)('client %s', (version) => {
  test('a promoted session goes on where the agent stopped, and a second promotion changes nothing', async () => {
    const incident = await world.use(version).incident('kill')
    const left = await candidateOf('left-bg')
    const original = readFileSync(left.judged.run.path ?? '')
    const taken = promote.consider(left, settingsFor(version))
    if (typeof taken === 'string') throw new Error(taken)
    const [write, open] = taken.commands
    if (write === undefined || open === undefined) throw new Error('two commands are expected')
    world.play({})
    await succeed(write)
    const { requests } = await succeed(open)
    expect(finished(requests)).toEqual(['left-bg'])
    expect(world.workDone()).toEqual([`left-bg ${homeOf('left-bg', incident)}`])
    // It was asked with what it had said before: its own history came along.
    expect(requests.find(({ task }) => task === 'left-bg')?.turns).toBeGreaterThanOrEqual(1)
    expect(readFileSync(left.judged.run.path ?? '').equals(original)).toBe(true)
    const again = await world.run(write.argv, { cwd: write.cwd })
    expect(`${again.stdout}${again.stderr}`).toMatch(/promoted before/)
    note(version, 'promote', 'goes on')
  })

  test('a fresh session reads the brief and goes on in the agent’s folder', async () => {
    const incident = await world.use(version).incident('limit')
    const taken = redispatch.consider(await candidateOf('left'), settingsFor(version))
    if (typeof taken === 'string') throw new Error(taken)
    const [show, start] = taken.commands
    if (show === undefined || start === undefined) throw new Error('two commands are expected')
    world.play({})
    await succeed(show)
    const brief = readFileSync(show.argv.at(-1)?.replace('--output=', '') ?? '', 'utf8')
    expect(brief).toContain('TASK=left do this part and report')
    const { requests } = await succeed(start)
    expect(finished(requests)).toEqual(['fresh'])
    expect(requests.some(({ last }) => last.includes('TASK=left do this part and report'))).toBe(true)
    expect(world.workDone()).toEqual([`fresh ${homeOf('left', incident)}`])
    note(version, 'redispatch', 'reads the brief')
  })
})
