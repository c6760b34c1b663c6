import { describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { NothingToScan } from '../../src/scan/analyze-options.ts'
import type { ShowDocument } from '../../src/show/document.ts'
import { Ambiguous, NotFound } from '../../src/show/not-found.ts'
import type { ShowOptions } from '../../src/show/show.ts'
import { oneAgent, SESSION } from '../hostile/world.ts'
import { AGENT, shown } from '../show/world.ts'
import { incident, programHost, type World } from './fake-host.ts'

const LIMITED = oneAgent((agent) => agent.bash('npm test').fiveHours('15:00:00', '3pm (UTC)'))

async function run(argv: readonly string[], answer: () => Promise<ShowDocument> = () => shown(LIMITED, AGENT), world: World = {}) {
  const { host, out, err, written } = programHost(world)
  let asked: ShowOptions | undefined
  const code = await main(
    ['show', ...argv],
    host,
    async () => incident(),
    async (options) => {
      asked = options
      return await answer()
    },
  )
  return { code, stdout: out.join(''), stderr: err.join(''), asked, written }
}

describe('show', () => {
  it('asks for the id over all time, unless that is narrowed', async () => {
    const { code, asked } = await run([AGENT])
    expect(code).toBe(0)
    expect(asked).toMatchObject({ id: AGENT, since: null, git: true, offline: false, excerpts: true, session: null })
    const narrowed = await run([AGENT, '--since', '2h', '--session', SESSION, '--no-git', '--no-excerpts', '--time-zone', 'UTC'])
    expect(narrowed.asked).toMatchObject({ git: false, excerpts: false, session: SESSION, timeZone: 'UTC' })
    expect(narrowed.asked?.since).not.toBeNull()
  })

  it.each([
    ['table', /^Agent +part 1\n/],
    ['json', /^\{\n {2}"formatVersion"/],
    ['markdown', /^# Brief: continue the work/],
  ])('prints %s', async (format, expected) => {
    expect((await run([AGENT, '--format', format])).stdout).toMatch(expected)
  })

  it('writes a brief where it is told to', async () => {
    const { code, stdout, stderr, written } = await run([AGENT, '--format', 'markdown', '--output', 'brief.md'])
    expect([code, stdout]).toEqual([0, ''])
    expect(written['/work/here/brief.md']).toContain('## The task')
    expect(stderr).toContain('wrote /work/here/brief.md (markdown)')
  })

  it.each([
    [[], 'missing required argument'],
    [[''], 'It must not be empty'],
    [[AGENT, '--format', 'ndjson'], 'allowed: table, json, markdown'],
    [[AGENT, '--json', '--format', 'table'], 'contradict'],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, stderr } = await run(argv)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('says which things an id fits, and exits with 2', async () => {
    const candidates = Array.from({ length: 12 }, (_, index) => ({
      of: 'agent' as const,
      id: `ab${index}`,
      sessionId: 's',
      what: `Part ${index}\u001b[2J`,
      reason: 'stalled' as const,
      endedAt: '2026-05-31T19:00:00.000Z',
    }))
    const { code, stdout, stderr } = await run(['ab'], () => Promise.reject(new Ambiguous('ab', candidates)))
    expect([code, stdout]).toEqual([2, ''])
    const [first, empty, head, row] = stderr.split('\n')
    expect(first).toBe('agent-forensics: ab fits 12 ids: write more of the one that you mean, or name its session with --session')
    expect([empty, head]).toEqual(['', expect.stringMatching(/^id +what +ended +when +session$/)])
    expect(row).toMatch(/^ab0 +Part 0\\u\{1b\}\[2J +stalled +22:00 +s$/)
    expect(stderr).toMatch(/\nand 2 more\n$/)
  })

  it('says what was looked through when nothing has the id, and exits with 3', async () => {
    const nothing = () => Promise.reject(new NotFound('zz', { roots: ['/r'], transcripts: 7 }))
    const { code, stderr } = await run(['zz', '--since', '2h'], nothing)
    expect(code).toBe(3)
    expect(stderr).toContain(
      'no agent, session or workflow run has an id that begins with zz; searched 7 transcripts below /r, as narrowed by --since',
    )
    expect((await run(['zz'], () => Promise.reject(new NothingToScan(['/r'])))).code).toBe(3)
  })

  it('exits with 1 for --fail-on, by what is shown and not by its session', async () => {
    expect((await run([AGENT, '--fail-on', 'rate_limited'])).code).toBe(1)
    expect((await run([AGENT, '--fail-on', 'completed'])).code).toBe(0)
    expect((await run([AGENT, '--fail-on', 'completed'], () => shown(LIMITED, SESSION))).code).toBe(1)
  })

  it('exits with 3 for --strict, when something could not be read', async () => {
    const damaged = () =>
      shown(
        oneAgent((agent) => agent.bash('x').line('{"parentUuid": broken')),
        AGENT,
      )
    expect((await run([AGENT, '--strict'], damaged)).code).toBe(3)
    expect((await run([AGENT], damaged)).stdout).toContain('Not read')
  })

  it('has the same words with colour as without, and none where nobody sees it', async () => {
    const plain = await run([AGENT], undefined, { columns: 80 })
    const coloured = await run([AGENT], undefined, { columns: 80, isTTY: true, env: { TERM: 'xterm' } })
    expect(coloured.stdout).toContain('\u001b[')
    expect(coloured.stdout.replace(/\u001b\[[\d;]*m/g, '').replace(/ +$/gm, '')).toBe(plain.stdout.replace(/ +$/gm, ''))
    expect((await run([AGENT], undefined, { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b[')
  })

  it.each([40, 60, 80, 120, 200])('fits %i columns', async (columns) => {
    for (const id of [AGENT, SESSION]) {
      const { stdout } = await run([id], () => shown(LIMITED, id), { columns })
      // A command is to be copied: it is not broken, and may hang over.
      expect(stdout.split('\n').filter((line) => line.length > columns && !line.includes('agent-forensics show'))).toEqual([])
    }
  })
})

it('schema prints that of the report, of show, or of the salvage', async () => {
  for (const [of, title] of [
    ['report', 'agent-forensics report'],
    ['show', 'agent-forensics show'],
    ['salvage', 'agent-forensics salvage'],
  ] as const) {
    const { host, out } = programHost({})
    expect(await main(['schema', of], host)).toBe(0)
    expect(JSON.parse(out.join(''))).toMatchObject({ title })
  }
  const { host, err } = programHost({})
  expect(await main(['schema', 'nothing'], host)).toBe(2)
  expect(err.join('')).toContain('Allowed choices are report, show, salvage')
})
