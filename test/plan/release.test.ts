import { expect, it } from 'vitest'
import type { ExternalResource } from '../../src/resources/external-resource.ts'
import { releaseActions } from '../../src/plan/release.ts'
import { readReleaseTitle } from '../../src/report/release-title.ts'

const rental: ExternalResource = {
  provider: 'vast.ai',
  what: 'GPU instance',
  identifier: '28713341',
  excerpt: null,
  ratePerHour: 0.44,
  answered: true,
  startedAt: Date.parse('2026-05-31T10:00:00Z'),
  where: { path: '/t/a.jsonl', line: 7, byteOffset: 700 },
  sessionId: 's1',
  agentId: 'a1',
  cwd: '/home/dev/app',
  host: null,
  folder: null,
  pid: null,
  isRunning: false,
  check: ['vastai', 'show', 'instance', '28713341'],
  end: ['vastai', 'destroy', 'instance', '28713341'],
}

it('runs only what checks, and shows what ends it', () => {
  const [action] = releaseActions([rental])
  expect(action?.step).toBe('release')
  expect(action).toMatchObject({
    id: 'release-vast-ai-28713341',
    kind: 'release',
    title: 'vast.ai GPU instance 28713341, since 2026-05-31T10:00:00.000Z',
    commands: [{ cwd: '/', argv: ['vastai', 'show', 'instance', '28713341'] }],
    agents: ['a1'],
    cost: '0.44 USD an hour.',
  })
  expect(action?.risk).toMatch(/A resumed agent may need it.*this ends it.*: vastai destroy instance 28713341$/)
  expect(action?.why).toMatch(/^Agent a1 started it \(\/t\/a\.jsonl, line 7\).*Unconfirmed/)
})

it('weighs what it costs until the limit resets', () => {
  const now = Date.parse('2026-05-31T12:00:00Z')
  const cost = (resetsAt: number | null, more: Partial<ExternalResource> = {}) =>
    releaseActions([{ ...rental, ...more }], { now, resetsAt })[0]?.cost
  expect(cost(now + 2.5 * 3_600_000)).toBe('0.44 USD an hour: 1.10 USD until the limit resets.')
  expect([cost(null), cost(now - 1)]).toEqual(['0.44 USD an hour.', '0.44 USD an hour.'])
  expect(cost(null, { ratePerHour: null })).toBe('The transcript does not say what the GPU instance costs.')
  // What a script of one's own pays for, nobody knows.
  for (const provider of ['shell', 'tmux', 'Docker'])
    expect(cost(null, { provider, ratePerHour: null })).toBe('Its cost is unknown (it may call paid services).')
  expect(cost(null, { provider: 'shell', ratePerHour: null, host: 'gpu-box' })).toMatch(/^Its cost is unknown \(its machine may be rented/)
})

it('says why there is no command that ends it, and when nothing answered its start', () => {
  const [nameless] = releaseActions([{ ...rental, identifier: null, end: null, answered: false, agentId: null, startedAt: null }])
  expect(nameless).toMatchObject({ id: 'release-vast-ai-line-7', title: 'vast.ai GPU instance', agents: [] })
  expect(nameless?.risk).toMatch(/Its name was not seen/)
  expect(nameless?.why).toMatch(/^The main thread was about to start it, and nobody knows whether it did/)
  expect(releaseActions([{ ...rental, check: null, end: null }])[0]).toMatchObject({ commands: [] })
})

it('what costs money comes first, ids are unique, words are quoted as a person would type them', () => {
  const process: ExternalResource = {
    ...rental,
    provider: 'shell',
    what: 'background process',
    identifier: '4711',
    end: ['kill', '4711'],
    startedAt: 0,
  }
  const folder: ExternalResource = {
    ...rental,
    provider: 'Terraform',
    identifier: "/srv/it's here",
    end: ['terraform', "-chdir=/srv/it's here", 'destroy'],
  }
  const actions = releaseActions([process, rental, rental, folder])
  expect(actions.map(({ id }) => id)).toEqual([
    'release-vast-ai-28713341',
    'release-vast-ai-28713341-2',
    'release-terraform-srv-it-s-here',
    'release-shell-4711',
  ])
  expect(actions[2]?.risk).toMatch(/: terraform '-chdir=\/srv\/it'\\''s here' destroy$/)
  expect(actions[3]?.risk).toMatch(/kill 4711 \(pids are reused/)
})

it('changes no command, whatever in it looks like a secret, and prints none that may hold one', () => {
  const end = ['sh', '-c', 'curl --user "${API_KEY}:" --json "{}"', 'sh', 'x']
  expect(releaseActions([{ ...rental, end }])[0]?.risk).toMatch(/: sh -c 'curl --user "\$\{API_KEY\}:" --json "\{\}"' sh x$/)
  const secret = `ghp_${'a1B2'.repeat(9)}`
  const [action] = releaseActions([{ ...rental, end: ['x', 'destroy', secret] }])
  expect(action?.risk).toMatch(/\(not printed: it may hold a secret\)$/)
  expect(JSON.stringify(action)).not.toContain(secret)
})

it('tells where to look: the folder of a pid file, or another machine', () => {
  const local = { ...rental, provider: 'shell', what: 'background process', identifier: null, excerpt: 'python a.py' }
  const check = ['sh', '-c', 'ps -p "$(cat run.pid)"']
  const [byFile] = releaseActions([{ ...local, check, end: ['sh', '-c', 'kill "$(cat run.pid)"'], folder: '/srv/app' }])
  expect(byFile).toMatchObject({
    // From where nothing can be gone; the shell says so where the folder is.
    commands: [{ cwd: '/', argv: ['sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'sh', '/srv/app', ...check] }],
    preconditions: ['You are on the machine where the session ran.'],
  })
  expect(byFile?.risk).toMatch(/\(in \/srv\/app\): sh -c 'kill "\$\(cat run\.pid\)"' \(pids are reused/)
  const [remote] = releaseActions([{ ...local, host: 'gpu-box', check: ['ssh', 'gpu-box', 'ps'] }])
  expect(remote).toMatchObject({
    id: 'release-shell-gpu-box-line-7',
    title: 'background process "python a.py" on gpu-box, since 2026-05-31T10:00:00.000Z',
    preconditions: ['You can reach gpu-box as the session did.'],
  })
})

it('says so where a process was seen to run, and its title can be read back', () => {
  const [action] = releaseActions([{ ...rental, isRunning: true }])
  expect(action?.why).toMatch(/and it runs: its process was looked up\.$/)
  expect(readReleaseTitle(action?.title ?? '')).toEqual({
    name: 'vast.ai GPU instance 28713341',
    since: '2026-05-31T10:00:00.000Z',
    isRunning: true,
  })
  expect(readReleaseTitle('a, since ever')).toEqual({ name: 'a, since ever', since: null, isRunning: false })
})
