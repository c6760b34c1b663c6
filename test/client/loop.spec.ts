import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NEWEST, versions } from './clients.ts'
import { type Ended, kill, type Kind, type Play, type Request, type Running, type Transcript, until, World } from './world.ts'

// `recover` itself, as a script runs it at night, with real clients: an incident, the recovery, and what the transcripts, the scripted
// API's log and the agents' own commands tell of it. `-t ' (kill|limit|no permission):'` chooses scenarios.

const outcomes: string[] = []
afterAll(() => {
  process.stdout.write(['', '| client | scenario | seconds |', '| --- | --- | --- |', ...outcomes, ''].join('\n'))
})

let world: World
let beganAt: number
beforeEach(() => {
  world = new World()
  beganAt = Date.now()
})
afterEach(({ task }) => {
  world.dispose()
  const seconds = Math.round((Date.now() - beganAt) / 1_000)
  outcomes.push(
    `| ${task.suite?.name.replace(/^client /, '') ?? ''} | ${task.name}${task.result?.state === 'fail' ? ' (failed)' : ''} | ${seconds} |`,
  )
})

const ASKS_NOBODY = ['agent-forensics', 'recover', '--yes', '--headless', '--stagger=0s']

const recover = (...more: readonly string[]): Promise<Ended> => world.run([...ASKS_NOBODY, `--root=${world.root}`, ...more])
const startRecovery = (...more: readonly string[]): Promise<Running> => world.start([...ASKS_NOBODY, `--root=${world.root}`, ...more])

/** Everything that tells why a run was not as it should be. */
const story = ({ stdout, stderr, requests }: Pick<Ended, 'stdout' | 'stderr' | 'requests'>): string =>
  [stderr, stdout, ...requests.map(({ task, end, calls, last }) => `${task} ${end} ${calls.join()} ${last.slice(-300)}`)].join('\n')

const finished = (requests: readonly Request[]): readonly string[] =>
  requests.flatMap(({ end, task }) => (end === 'finished' && task !== null ? [task] : [])).toSorted()

/** Work of agents that died, whichever run had it done. */
const finishedInAll = (): readonly string[] => finished(world.requests()).filter((task) => !task.startsWith('done'))

const messaged = (requests: readonly Request[]): readonly string[] => requests.flatMap((each) => each.messaged)

/** By task: the folder in which the agent worked before it died. */
function homesIn(requests: readonly Request[]): Readonly<Record<string, string>> {
  return Object.fromEntries(requests.flatMap(({ task, began }) => (task === null || began === null ? [] : [[task, began]])))
}

function transcriptOf(task: string): Transcript {
  const found = world.transcripts().find((each) => each.task === task)
  if (found === undefined) throw new Error(`no transcript of ${task}`)
  return found
}

const sessionOf = (task: string): string => /([^/]+)\/subagents\//.exec(transcriptOf(task).path)?.[1] ?? ''

/** That a run ended well, and that each of these works was done once, where it was begun. */
function expectDone(run: Ended, works: readonly string[], homes: Readonly<Record<string, string>>): void {
  expect(run.exitCode, story(run)).toBe(0)
  expect(run.stdout, story(run)).not.toMatch(/^ {2}(?:open|not saved) /m)
  expect(world.workDone(), story(run)).toEqual(works.map((task) => `${task} ${homes[task]}`).toSorted())
}

async function passes(instant: number): Promise<void> {
  // The second of the reset is over, too.
  await until('the reset', () => Date.now() > instant + 1_000)
}

const lastReset = (requests: readonly Request[]): number => Math.max(...requests.map(({ resetsAt }) => resetsAt ?? 0))

describe.each(versions)('client %s', (version) => {
  // 2.1.156 has no SendMessage that continues a dead agent, and journals the text of an error as the answer of a call without a schema.
  const sends = version !== '2.1.156'
  const onMinutes = Number(version.split('.')[2]) < 261
  const killed = ['left-bg', 'plain-bg', 'right-bg']
  const limited = ['left', 'plain', 'right']

  beforeEach(() => {
    world.use(version)
  })

  async function incident(
    kind: Kind,
    how: Partial<Play> = {},
  ): Promise<{ requests: readonly Request[]; homes: Readonly<Record<string, string>> }> {
    const requests = await world.incident(kind, { onMinutes, ...how })
    world.play({ onMinutes })
    return { requests, homes: homesIn(requests) }
  }

  /** What had finished is as it was; who was continued went on in the very transcript, where the client can. */
  function expectInPlace(before: readonly Transcript[], works: readonly string[]): void {
    for (const { task, path, text } of before) {
      const now = world.transcripts().find((each) => each.path === path)
      if (task.startsWith('done')) expect(now?.text.startsWith(text), task).toBe(true)
      else if (works.includes(task) && sends) expect(now?.text.includes('Done: continued after the incident.'), task).toBe(true)
    }
    expect(world.workDone().filter((line) => line.startsWith('done'))).toEqual([])
  }

  async function expectNothingLeft(): Promise<void> {
    const again = await recover()
    expect(again.exitCode, story(again)).toBe(0)
    expect(again.starts, story(again)).toEqual([])
    expect(again.requests).toEqual([])
    expect(again.stdout).toContain('Nothing is left to recover.')
  }

  test('kill: all go on, each in its own place and once; a second run starts nothing', async () => {
    const { homes } = await incident('kill')
    expect(new Set(killed.map((task) => homes[task])).size, 'places of their own').toBe(3)
    const before = world.transcripts()
    const run = await recover()
    expectDone(run, killed, homes)
    expect(finished(run.requests)).toEqual(killed)
    for (const task of killed) expect(run.stdout).toMatch(new RegExp(`^ {2}done .*part ${task}`, 'm'))
    expectInPlace(before, killed)
    await expectNothingLeft()
  })

  test('limit: before the reset it waits and asks nothing, then all is done', async () => {
    const { requests, homes } = await incident('limit', { resetsAfter: onMinutes ? 20 : 45 })
    world.play({ limitHolds: true })
    const before = world.transcripts()
    const run = await recover()
    expect(run.stderr).toMatch(/^Waiting until /m)
    expect(run.requests.filter(({ at }) => at < lastReset(requests))).toEqual([])
    expect(run.starts.filter(({ at }) => at < lastReset(requests))).toEqual([])
    expectDone(run, limited, homes)
    expect(finished(run.requests)).toEqual(limited)
    expectInPlace(before, limited)
  })

  // Where the reset is known to the minute, it may come a minute later: that is waited for, too.
  test.skipIf(onMinutes)('limit over: after the reset it does not wait', async () => {
    const { requests, homes } = await incident('limit')
    await passes(lastReset(requests))
    const run = await recover()
    expect(run.stderr).not.toMatch(/^Waiting until /m)
    expectDone(run, limited, homes)
    expect(finished(run.requests)).toEqual(limited)
    await expectNothingLeft()
  })

  test('workflow: the run is resumed as a whole, and what finished before the first failure is left alone', async () => {
    await incident('workflow')
    const run = await recover()
    expect(run.exitCode, story(run)).toBe(0)
    // What stands before the first failure is left alone; what had finished behind it runs again, in every version.
    expect(finished(run.requests), story(run)).toEqual(
      sends ? ['check0', 'check1', 'check2', 'read3'] : ['check1', 'check2', 'fresh', 'read3'],
    )
    await expectNothingLeft()
  })

  test('limit twice: no client is started between the refusal and the reset, then all is done', async () => {
    const { homes } = await incident('kill')
    world.play({ onMinutes, limitAfter: 1, limitHolds: true, resetsAfter: 20 })
    const run = await recover('--batch=1')
    const refused = run.requests.filter(({ end }) => end === 'limit')
    const refusedAt = Math.min(...refused.map(({ at }) => at))
    expect(refused.length, story(run)).toBeGreaterThan(0)
    expect(
      run.starts.filter(({ at }) => at > refusedAt && at < lastReset(refused)),
      story(run),
    ).toEqual([])
    expect(run.stderr).toMatch(/^Waiting until /m)
    expectDone(run, killed, homes)
    expect(finished(run.requests)).toEqual(killed)
  })

  test('no permission: all are open, the tool is named, nobody is asked twice; once it is allowed, all is done', async () => {
    const { homes } = await incident('kill')
    world.allow()
    const run = await recover()
    expect(run.exitCode, story(run)).toBe(1)
    expect(world.workDone()).toEqual([])
    for (const task of killed) expect(run.stdout, story(run)).toMatch(new RegExp(`^ {2}open .*part ${task}`, 'm'))
    expect(run.stdout, story(run)).toMatch(/^ {2}open .*\bBash\b/m)

    const again = await recover()
    expect(again.exitCode, story(again)).toBe(1)
    expect(again.starts, story(again)).toEqual([])
    expect(again.stdout, story(again)).toMatch(/^ {2}open .*\bBash\b/m)

    world.allow('Bash')
    expectDone(await recover(), killed, homes)
  })

  test('worktree gone: where its branch is there, the agent goes on in the worktree', async () => {
    const { homes } = await incident('kill')
    const home = homes['left-bg'] ?? ''
    world.git(world.app, 'worktree', 'remove', '--force', '--force', home)
    expectDone(await recover(), killed, homes)
    expect(world.git(home, 'branch', '--show-current').trim()).toMatch(/^worktree-agent-/)
  })

  // A promoted agent opens no session that anybody has open.
  test.runIf(sends)('open elsewhere: that session is left alone, and the others are recovered', async () => {
    const open = await incident('limit')
    const other = await incident('kill')
    const client = await world.start(['claude', '-p', `--resume=${sessionOf('left')}`, 'TASK=open'])
    await until('the session is open', () => client.now().requests.some(({ end }) => end === 'hangs'))
    const run = await recover()
    expect(run.exitCode, story(run)).toBe(1)
    expect(world.workDone(), story(run)).toEqual(killed.map((task) => `${task} ${other.homes[task]}`).toSorted())
    for (const task of limited) expect(run.stdout, story(run)).toMatch(new RegExp(`^ {2}open .*part ${task}\\b`, 'm'))
    expect(run.stdout).toMatch(new RegExp(`^ {2}open .*process ${client.pid} `, 'im'))
    expect(run.stdout).toMatch(/leave that process|close it|stop it|attach/i)

    kill(client.pid)
    await client.ended
    const again = await recover()
    expectDone(again, [...killed, ...limited], { ...open.homes, ...other.homes })
    expect(finished(again.requests)).toEqual(limited)
  })

  test('two limits: each agent waits for its own, and the one that is due soon is not behind the other', async () => {
    const { homes } = await incident('two', { resetsAfter: 8 })
    const late = transcriptOf('late')
    const running = await startRecovery()
    await until(
      'the late one is waited for',
      () => world.workDone().length > 0 && /^Waiting until \d{4}-/m.test(running.now().stderr),
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${story(running.now())}`)
    })
    kill(running.pid, 'SIGTERM')
    const run = await running.ended
    expect(run.exitCode).not.toBe(0)
    expect(world.workDone(), story(run)).toEqual([`soon ${homes['soon']}`])
    expect(messaged(run.requests)).not.toContain(late.agentId)
    expect(transcriptOf('late').text).toBe(late.text)
  })

  test('again: what an earlier run did is not done again', async () => {
    const { homes } = await incident('kill')
    const plan = await world.run(['agent-forensics', 'plan', '--emit=json', '--headless', '--batch=1', '--quiet', `--root=${world.root}`])
    const ids = [...plan.stdout.matchAll(/"id": ?"((?:resume|promote)-[^"]+)"/g)].map(([, id]) => id ?? '')
    expect(new Set(ids).size, story(plan)).toBe(3)
    const part = await recover('--batch=1', `--action=${ids[0]}`)
    expect(part.exitCode, story(part)).toBe(0)
    expect(world.workDone()).toHaveLength(1)
    const rest = await recover()
    expectDone(rest, killed, homes)
    expect(finished([...part.requests, ...rest.requests])).toEqual(killed)
    expect(new Set(messaged(world.requests())).size).toBe(messaged(world.requests()).length)
  })

  test('killed: its client lives on, and the next run waits for it', async () => {
    const { homes } = await incident('kill')
    world.play({ workTakes: 10 })
    const running = await startRecovery()
    await until('an agent works again', () =>
      running.now().requests.some(({ task, calls }) => killed.includes(task ?? '') && calls.includes('Bash')),
    )
    kill(running.pid)
    await running.ended
    const run = await recover()
    expect(run.stderr, story(run)).toMatch(/An earlier run started/)
    // 2.1.156 continues each agent by a client of its own: those that were not started yet are started now.
    expectDone(run, killed, homes)
    if (sends) expect(run.starts, story(run)).toEqual([])
    expect(finishedInAll()).toEqual(killed)
  })

  test('killed: with all that it started, and who had finished by then is left alone', async () => {
    const { homes } = await incident('kill')
    world.play({ workTakes: { 'right-bg': 20, 'plain-bg': 20 } })
    const running = await startRecovery()
    await until('one agent has finished', () => world.isWritten('Done: continued after the incident.'))
    kill(-running.pid)
    await running.ended
    const left = messaged(world.requests()).length
    world.play({})
    const run = await recover()
    expect(run.exitCode, story(run)).toBe(0)
    // A command that a killed client had started may still end by itself.
    for (const task of killed) expect(world.workDone()).toContain(`${task} ${homes[task]}`)
    expect(world.workDone().filter((line) => line.startsWith('left-bg '))).toHaveLength(1)
    expect(finishedInAll(), story(run)).toEqual(killed)
    if (sends) expect(messaged(world.requests()).slice(left)).not.toContain(transcriptOf('left-bg').agentId)
    await expectNothingLeft()
  })

  test.runIf(sends)('slow: a headless parent stays until its agents are done', async () => {
    const { homes } = await incident('kill')
    world.play({ workTakes: 8 })
    // The client's own bound, made short: without the setting of the command, it would kill its agents after two seconds.
    const run = await world.run([...ASKS_NOBODY, `--root=${world.root}`], { env: { CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS: '2000' } })
    expectDone(run, killed, homes)
    expect(finished(run.requests)).toEqual(killed)
  })

  test.runIf(sends)('disobedient: what the parent did not do is open, and why is said; the next run does the rest', async () => {
    const { homes } = await incident('kill')
    world.play({ obeys: 'nothing' })
    const none = await recover()
    expect(none.exitCode, story(none)).toBe(1)
    expect(world.workDone()).toEqual([])
    for (const task of killed)
      expect(none.stdout, story(none)).toMatch(new RegExp(`^ {2}open .*part ${task}.*: its parent session did not continue it`, 'm'))

    world.play({ obeys: 'first' })
    const one = await recover()
    expect(one.exitCode, story(one)).toBe(1)
    expect(one.stdout).toMatch(/^ {2}done .*part /m)
    expect(one.stdout).toMatch(/^ {2}open .*part /m)
    expect(world.workDone()).toHaveLength(1)

    world.play({})
    const rest = await recover()
    expectDone(rest, killed, homes)
    expect(messaged(world.requests()).toSorted(), 'nobody twice').toEqual(killed.map((task) => transcriptOf(task).agentId).toSorted())
  })

  test.runIf(version === NEWEST).each(versions.filter((each) => each !== NEWEST))(
    'old tree: what %s left behind is recovered',
    async (old) => {
      world.use(old)
      const limit = await world.incident('limit', { onMinutes: true })
      const other = await world.incident('kill')
      world.use(version).play({})
      const run = await recover()
      expectDone(run, [...killed, ...limited], { ...homesIn(limit), ...homesIn(other) })
      expect(finished(run.requests)).toEqual([...killed, ...limited].toSorted())
      for (const task of [...killed, ...limited]) expect(transcriptOf(task).text, task).toContain('Done: continued after the incident.')
      await expectNothingLeft()
    },
  )
})
