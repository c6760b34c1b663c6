import { readFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { PlanSettings } from '../../src/plan/candidate.ts'
import { joinBySession, chooseResumeStrategy, type JoinedStart, type Taken } from '../../src/plan/strategies/index.ts'
import { redispatch } from '../../src/plan/strategies/redispatch.ts'
import { promote } from '../../src/plan/strategies/promote.ts'
import { judgedBelow } from './candidates.ts'
import { NEWEST, versions } from './clients.ts'
import { type Request, World } from './world.ts'

// The commands that the ways back give out are run against real clients: the agents have to go on where they were, once, and
// what had finished has to be left alone.

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

let world: World | undefined
afterEach(() => {
  world?.dispose()
  world = undefined
})

function settingsFor(version: string): PlanSettings {
  return { client: { version, source: 'installed' }, headless: true, budget: 5, permissionMode: null, maxAttempts: 3, now: Date.now() }
}

/** The ways back of everything that died, joined to one start of the client per session. */
async function planned(root: string, version: string): Promise<readonly JoinedStart[]> {
  const { candidates } = await judgedBelow(root)
  const chosen = candidates.map((candidate) => {
    const { taken, notTaken } = chooseResumeStrategy(candidate, settingsFor(version))
    expect(taken, JSON.stringify(notTaken)).not.toBeNull()
    return { candidate, taken: taken as Taken }
  })
  return joinBySession(chosen, settingsFor(version), 10)
}

async function follow(joined: readonly JoinedStart[], within: World, env: Record<string, string> = {}): Promise<readonly Request[]> {
  const requests: Request[] = []
  for (const { taken } of joined) {
    for (const command of taken.commands) {
      const run = await within.run('recovery', command, { env })
      expect(run.exitCode, `${command.argv.join(' ')}\n${run.output}`).toBe(0)
      requests.push(...run.requests)
    }
  }
  return requests
}

const finished = (requests: readonly Request[]): readonly string[] =>
  requests
    .filter(({ end }) => end === 'finished')
    .flatMap(({ task }) => task ?? [])
    .toSorted()

/** Where each task's command ran, by the last part of the path. */
const foldersOf = (requests: readonly Request[]): Readonly<Record<string, string>> =>
  Object.fromEntries(requests.flatMap(({ task, cwd }) => (task === null || cwd === null ? [] : [[task, cwd]])))

/** By task: the folder that the agent ran in before, from the transcripts. */
async function homesOf(root: string): Promise<Readonly<Record<string, string>>> {
  const { agents } = await judgedBelow(root)
  return Object.fromEntries(
    agents.map(({ run }) => [/TASK=([a-z0-9-]+)/.exec(run.firstPrompt ?? '')?.[1] ?? '', run.worktreePath ?? run.cwd ?? '']),
  )
}

describe.each(versions)('client %s', (version) => {
  const sends = version !== '2.1.156'

  test('agents that a limit ended go on, each in its own place and once', async () => {
    world = new World().use(version)
    const before = await world.incident('limit')
    expect(before.filter(({ end }) => end === 'limit').map(({ task }) => task)).toEqual(expect.arrayContaining(['left', 'right', 'plain']))
    const homes = await homesOf(world.root)
    expect(new Set(Object.values(homes)).size, 'worktrees of their own').toBeGreaterThanOrEqual(3)
    const joined = await planned(world.root, version)
    expect(joined.map(({ taken }) => taken.kind)).toEqual(sends ? ['resume'] : ['promote', 'promote', 'promote'])
    const requests = await follow(joined, world)
    expect(finished(requests)).toEqual(['left', 'plain', 'right'])
    const folders = foldersOf(requests)
    for (const task of ['left', 'right', 'plain']) expect(folders[task], task).toBe(homes[task])
    const { agents, candidates } = await judgedBelow(world.root)
    if (sends) expect(candidates.map(({ judged }) => judged.run.firstPrompt)).toEqual([])
    else expect(agents.filter(({ diagnosis }) => diagnosis.reason === 'rate_limited')).toHaveLength(3)
    note(version, 'limit', joined[0]?.taken.kind ?? '')
  })

  test('agents that died with their client go on', async () => {
    world = new World().use(version)
    await world.incident('kill')
    const homes = await homesOf(world.root)
    const joined = await planned(world.root, version)
    expect(joined.flatMap(({ candidates }) => candidates)).toHaveLength(3)
    const requests = await follow(joined, world)
    expect(finished(requests)).toEqual(['left-bg', 'plain-bg', 'right-bg'])
    const folders = foldersOf(requests)
    for (const task of ['left-bg', 'right-bg', 'plain-bg']) expect(folders[task], task).toBe(homes[task])
    note(version, 'kill', joined[0]?.taken.kind ?? '')
  })

  test('of a workflow run, what finished before the first failure is left alone', async () => {
    world = new World().use(version)
    await world.incident('workflow')
    const joined = await planned(world.root, version)
    // Without a schema, 2.1.156 journals the text of the error as the answer of the call: only a fresh session does that work.
    expect(joined.map(({ taken }) => taken.kind).toSorted()).toEqual(sends ? ['resume_workflow'] : ['redispatch', 'resume_workflow'])
    const requests = await follow(joined, world)
    // What stands before the first failure is left alone; what had finished behind it runs again, in every version.
    expect(finished(requests)).toEqual(sends ? ['check0', 'check1', 'check2', 'read3'] : ['check1', 'check2', 'fresh', 'read3'])
    note(version, 'workflow', 'resume_workflow')
  })

  test('a promoted session goes on where the agent stopped, and a second promotion changes nothing', async () => {
    world = new World().use(version)
    await world.incident('kill')
    const homes = await homesOf(world.root)
    const { candidates } = await judgedBelow(world.root)
    const left = candidates.find(({ judged }) => judged.run.firstPrompt?.includes('TASK=left-bg') === true)
    if (left === undefined) throw new Error('the agent is missing')
    const original = readFileSync(left.judged.run.path ?? '')
    const taken = promote.consider(left, settingsFor(version))
    if (typeof taken === 'string') throw new Error(taken)
    const requests = await follow([{ taken, candidates: [left] }], world)
    expect(finished(requests)).toEqual(['left-bg'])
    expect(foldersOf(requests)['left-bg']).toBe(homes['left-bg'])
    // It was asked with what it had said before: its own history came along.
    expect(requests.find(({ task }) => task === 'left-bg')?.turns).toBeGreaterThanOrEqual(1)
    expect(readFileSync(left.judged.run.path ?? '').equals(original)).toBe(true)
    const [write] = taken.commands
    if (write === undefined) throw new Error('no command')
    const again = await world.run('recovery', write)
    expect(again.output).toMatch(/promoted before/)
    note(version, 'promote', 'goes on')
  })

  test('a fresh session reads the brief and goes on in the agent’s folder', async () => {
    world = new World().use(version)
    await world.incident('limit')
    const homes = await homesOf(world.root)
    const { candidates } = await judgedBelow(world.root)
    const left = candidates.find(({ judged }) => judged.run.firstPrompt?.includes('TASK=left ') === true)
    if (left === undefined) throw new Error('the agent is missing')
    const taken = redispatch.consider(left, settingsFor(version))
    if (typeof taken === 'string') throw new Error(taken)
    const [show, start] = taken.commands
    if (show === undefined || start === undefined) throw new Error('two commands are expected')
    const written = await world.run('recovery', show)
    expect(written.exitCode, written.output).toBe(0)
    const brief = readFileSync(show.argv.at(-1)?.replace('--output=', '') ?? '', 'utf8')
    expect(brief).toContain('TASK=left do this part and report')
    const run = await world.run('recovery', start)
    expect(run.exitCode, run.output).toBe(0)
    expect(finished(run.requests)).toEqual(['fresh'])
    expect(run.requests.some(({ last }) => last.includes('TASK=left do this part and report'))).toBe(true)
    expect(foldersOf(run.requests)['fresh']).toBe(homes['left'])
    note(version, 'redispatch', 'reads the brief')
  })

  test.runIf(sends)('a headless parent stays until its agents are done', async () => {
    world = new World().use(version)
    await world.incident('limit')
    const joined = await planned(world.root, version)
    // The client's own bound, made short: without the setting of the command, it would kill its agents after two seconds.
    const requests = await follow(joined, world, { WORK_TAKES: '8', CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS: '2000' })
    expect(finished(requests)).toEqual(['left', 'plain', 'right'])
    note(version, 'slow agents', 'waited for')
  })

  test.runIf(sends)('a parent that does not obey leaves its agents open', async () => {
    world = new World().use(version)
    await world.incident('limit')
    const [joined] = await planned(world.root, version)
    const [command] = joined?.taken.commands ?? []
    if (command === undefined) throw new Error('no command')
    const run = await world.run('disobedient', command)
    expect(run.exitCode).toBe(0)
    expect(finished(run.requests)).toEqual([])
    expect((await judgedBelow(world.root)).candidates).toHaveLength(3)
    note(version, 'disobedient', 'still open')
  })
})

test.runIf(versions.includes('2.1.156') && versions.includes(NEWEST))(
  'what 2.1.156 left behind is recovered with the newest client',
  async () => {
    world = new World().use('2.1.156')
    await world.incident('limit')
    const homes = await homesOf(world.root)
    const joined = await planned(world.use(NEWEST).root, NEWEST)
    expect(joined.map(({ taken }) => taken.kind)).toEqual(['resume'])
    const requests = await follow(joined, world)
    expect(finished(requests)).toEqual(['left', 'plain', 'right'])
    expect(foldersOf(requests)['left']).toBe(homes['left'])
    note(`2.1.156 → ${NEWEST}`, 'limit', 'resume')
  },
)
