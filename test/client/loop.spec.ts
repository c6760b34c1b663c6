import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { versions } from './clients.ts'
import { type Kind, type Phase, type Request, World } from './world.ts'

// The whole loop, as a user goes it: an incident, a scan, a plan, the script that the plan emits, and a scan of what came of it.

const outcomes: string[] = []
afterAll(() => {
  process.stdout.write(['', '| client | incident | the script |', '| --- | --- | --- |', ...outcomes, ''].join('\n'))
})

let world: World | undefined
afterEach(() => {
  world?.dispose()
  world = undefined
})

async function scanned(within: World): Promise<Report> {
  const { exitCode, output } = await within.run('recovery', {
    cwd: within.app,
    argv: ['agent-forensics', 'scan', '--json', '--quiet'],
  })
  expect(exitCode, output).toBe(0)
  return JSON.parse(output) as Report
}

/** Saves the script of the plan, and says how to run it. */
async function emitted(within: World, more: readonly string[] = []): Promise<(phase: Phase) => ReturnType<World['run']>> {
  const argv = ['agent-forensics', 'plan', '--emit', 'sh', '--headless', '--stagger', '0s', '--quiet', ...more]
  const { exitCode, output } = await within.run('recovery', { cwd: within.app, argv })
  expect(exitCode, output).toBe(0)
  expect(output).not.toContain('dangerously')
  const script = join(within.home, 'recover.sh')
  writeFileSync(script, output)
  const env = { AGENT_FORENSICS: join(within.home, 'bin', 'agent-forensics'), CLAUDE: join(within.home, 'bin', 'claude') }
  return (phase) => within.run(phase, { cwd: within.home, argv: ['sh', script] }, { env })
}

const openItems = ({ workItems }: Report): readonly string[] => workItems.filter(({ state }) => state !== 'done').map(({ title }) => title)
const completed = ({ agents }: Report): readonly string[] =>
  agents.filter(({ reason }) => reason === 'completed').map(({ agentId }) => agentId)
const finished = (requests: readonly Request[]): readonly string[] =>
  requests.flatMap(({ end, task }) => (end === 'finished' && task !== null ? [task] : [])).toSorted()

/** Records name the second of a reset since 2.1.261. */
function knowsSeconds(version: string): boolean {
  return Number(version.split('.')[2]) >= 261
}

/** Long enough to be scanned before; on a full minute where transcripts know no seconds. Seconds. */
function resetsAfter(version: string): number {
  const soon = 25
  if (knowsSeconds(version)) return soon
  const now = Math.floor(Date.now() / 1_000)
  return Math.ceil((now + soon) / 60) * 60 - now
}

describe.each(versions)('client %s', (version) => {
  // 2.1.156 has no SendMessage that continues a dead agent, and journals the text of an error as the answer of a call without a schema.
  const sends = version !== '2.1.156'
  const kinds: readonly (readonly [Kind, number, readonly string[]])[] = [
    ['limit', 3, ['left', 'plain', 'right']],
    ['kill', 3, ['left-bg', 'plain-bg', 'right-bg']],
    ['workflow', 3, sends ? ['check0', 'check1', 'check2', 'read3'] : ['check1', 'check2', 'fresh', 'read3']],
  ]

  test.each(kinds)('after %s, the emitted script has all work done, once', async (kind, died, work) => {
    world = new World().use(version)
    await world.incident(kind)
    const before = await scanned(world)
    expect(openItems(before)).toHaveLength(died)
    // Transcripts that know the reset only to the minute take a minute that has begun for tomorrow's: two days later.
    const run = await emitted(world, knowsSeconds(version) ? [] : [`--now=${new Date(Date.now() + 2 * 86_400_000).toISOString()}`])

    const first = await run('recovery')
    expect(first.exitCode, first.output).toBe(0)
    expect(finished(first.requests)).toEqual(work)
    const after = await scanned(world)
    expect(openItems(after)).toEqual([])
    // Who died did the work itself in the end, or names who did it.
    const dead = before.agents.filter(({ reason }) => reason !== 'completed').map(({ agentId }) => agentId)
    expect(dead).toHaveLength(died)
    for (const id of dead) {
      const agent = after.agents.find(({ agentId }) => agentId === id)
      const item = after.workItems.find(({ attempts }) => attempts.includes(id))
      expect(item?.state, id).toBe('done')
      if (agent?.reason === 'completed') expect(item?.doneBy).toBe(id)
      else expect(agent?.supersededBy, id).toBe(item?.doneBy)
      expect(agent?.reason === 'completed', id).toBe(sends && kind !== 'workflow')
    }
    // What had finished is as it was, down to its end.
    for (const id of completed(before)) {
      const [old, now] = [before, after].map(({ agents }) => agents.find(({ agentId }) => agentId === id))
      expect(now).toMatchObject({ reason: 'completed', endedAt: old?.endedAt })
    }

    const second = await run('recovery')
    expect(second.exitCode, second.output).toBe(0)
    expect(second.requests, 'a second run starts no client').toEqual([])
    expect(second.output).toContain('needless: nothing is left to do for it')
    outcomes.push(`| ${version} | ${kind} | all done, once |`)
  })

  test.runIf(sends)('a script that is begun before the reset sleeps until then, and asks nothing meanwhile', async () => {
    world = new World().use(version)
    await world.incident('limit', { RESETS_AFTER: String(resetsAfter(version)), LIMIT_HOLDS: '1' })
    const [limit] = (await scanned(world)).incidents
    const resetsAt = Date.parse(limit?.overAt ?? '')
    const run = await emitted(world)
    const { exitCode, output, requests } = await run('recovery')
    expect(exitCode, output).toBe(0)
    expect(output).toMatch(/waiting until [^]*the time has come/)
    expect(Math.min(...requests.map(({ at }) => at))).toBeGreaterThanOrEqual(resetsAt)
    expect(openItems(await scanned(world))).toEqual([])
    outcomes.push(`| ${version} | limit, begun before the reset | waits, then all done |`)
  })

  test.runIf(sends)('a parent that does not obey leaves the work open, and the script says so', async () => {
    world = new World().use(version)
    await world.incident('kill')
    const run = await emitted(world)
    const { exitCode, output, requests } = await run('disobedient')
    expect(exitCode, output).toBe(1)
    expect(output).toContain('its command ended well, but the scan still finds work for it')
    expect(finished(requests)).toEqual([])
    expect(openItems(await scanned(world))).toHaveLength(3)
    outcomes.push(`| ${version} | kill, disobedient | exit 1, still open |`)
  })
})
