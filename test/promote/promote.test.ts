import { variant } from '../long.ts'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { slugOf } from '../../src/clients/claude-code/promoted-session.ts'
import { createFiles } from '../../src/node/files.ts'
import { writeNewFile } from '../../src/node/new-file.ts'
import { CannotPromote, promote, type PromoteOptions } from '../../src/promote/promote.ts'
import { run as runProgram } from '../cli/fake-host.ts'

const AGENT = 'a1f0c2b3d4e5f6071'
const SESSION = '54561b6c-b45d-42de-a297-98e1d7b5e16a'
type Raw = Record<string, unknown>

let home: string
let folder: string
let root: string
let transcript: string

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-promote-')))
  folder = join(home, 'it’s mine')
  mkdirSync(folder)
  root = join(home, '.claude', 'projects')
  const subagents = join(root, '-app', SESSION, 'subagents')
  mkdirSync(subagents, { recursive: true })
  transcript = join(subagents, `agent-${AGENT}.jsonl`)
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

let serial = 0
const uuid = (): string => `00000000-0000-4000-8000-${String((serial += 1)).padStart(12, '0')}`

/** Records that hang on one another, as the client writes them. */
function chain(...bodies: readonly Raw[]): Raw[] {
  let parentUuid: string | null = null
  return bodies.map((body, index) => {
    const record = {
      parentUuid,
      isSidechain: true,
      agentId: AGENT,
      sessionId: SESSION,
      cwd: folder,
      version: '2.1.220',
      uuid: uuid(),
      timestamp: new Date(Date.UTC(2026, 4, 31, 18, 0, index)).toISOString(),
      ...body,
    }
    parentUuid = record.uuid
    return record
  })
}
const user = (content: unknown): Raw => ({ type: 'user', message: { role: 'user', content } })
const assistant = (id: string, ...content: Raw[]): Raw => ({ type: 'assistant', message: { id, role: 'assistant', model: 'm', content } })
const text = (words: string): Raw => ({ type: 'text', text: words })
const thought: Raw = { type: 'thinking', thinking: 'hm', signature: 's' }
const call = (id: string, name = 'Bash'): Raw => ({ type: 'tool_use', id, name, input: { command: 'true' } })
const result = (id: string): Raw => user([{ type: 'tool_result', tool_use_id: id, content: 'fine' }])
const limit: Raw = { ...assistant('e', text('You’ve hit your limit')), isApiErrorMessage: true, error: 'rate_limit' }

function write(records: readonly (Raw | string)[]): void {
  writeFileSync(transcript, records.map((record) => (typeof record === 'string' ? record : `${JSON.stringify(record)}\n`)).join(''))
}

function promoted(more: Partial<PromoteOptions> = {}) {
  const options = {
    roots: [root],
    agent: AGENT,
    write: true,
    expect: null,
    folder: null,
    now: Date.UTC(2026, 5, 1),
    timeZone: 'Etc/UTC',
    ...more,
  }
  const processes = { domain: () => Promise.resolve(null), inspect: () => Promise.resolve({ state: 'unknown' as const }) }
  return promote(options, { files: createFiles(), processes, writeNewFile })
}

async function linesOf(): Promise<Raw[]> {
  const { path } = await promoted()
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Raw)
}

describe('what is written', () => {
  test('is a main thread with the agent’s records and uuids, without the error at its end', async () => {
    const records = chain(user('the task'), assistant('m1', text('Working.'), call('t1')), result('t1'), limit)
    write([...records, '{"type":"api-request-blob","hash":"x"}\n', { type: 'last-prompt', prompt: 'x' }])
    const before = readFileSync(transcript)
    const made = await promoted()
    const lines = readFileSync(made.path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Raw)
    expect(lines.map((line) => line['uuid'])).toEqual(records.slice(0, 3).map((record) => record['uuid']))
    for (const line of lines) {
      expect(line).toMatchObject({ isSidechain: false, sessionId: made.sessionId })
      expect(line).not.toHaveProperty('agentId')
    }
    expect(made).toMatchObject({ state: 'written', folder, isOwnFolder: true, records: 3, leftOut: { errors: 1 }, reason: 'rate_limited' })
    expect(made.bytes).toBe(statSync(made.path).size)
    expect(made.path).toBe(join(root, slugOf(folder) ?? '', `${made.sessionId}.jsonl`))
    expect(statSync(made.path).mode & 0o777).toBe(0o600)
    expect(readFileSync(transcript).equals(before)).toBe(true)
  })

  test('is nothing without --write, and once when it is done twice; another end is another session', async () => {
    const records = chain(user('the task'), assistant('m1', text('Working.')), limit, user('more'))
    write(records.slice(0, 3))
    const dry = await promoted({ write: false })
    expect(dry.state).toBe('planned')
    expect(existsSync(dry.path)).toBe(false)
    const first = await promoted()
    writeFileSync(first.path, 'the client went on here\n')
    const second = await promoted()
    expect([first.sessionId, second.sessionId, second.state]).toEqual([dry.sessionId, dry.sessionId, 'exists'])
    expect(second.records).toBe(2)
    expect(readFileSync(first.path, 'utf8')).toBe('the client went on here\n')
    expect(readdirSync(join(first.path, '..'))).toHaveLength(1)
    write(records)
    expect((await promoted({ write: false })).sessionId).not.toBe(first.sessionId)
    await expect(promoted({ expect: first.sessionId })).rejects.toThrow(/not what it was/)
  })
})

test('the session lies beside the projects, whatever folder was named; never outside of it', async () => {
  write(chain(user('the task'), limit))
  const { path } = await promoted({ write: false })
  expect((await promoted({ write: false, roots: [join(home, '.claude')] })).path).toBe(path)
  await expect(promoted({ roots: [join(root, '-app')] })).rejects.toThrow(`below ${root}: name that folder with --root`)
})

describe('a bad tail is mended', () => {
  test('calls that nothing answered are left out, those beside them stay', async () => {
    write(
      chain(user('the task'), assistant('m1', thought), assistant('m1', call('t1')), assistant('m1', call('t2', 'Write')), result('t1')),
    )
    const lines = await linesOf()
    expect(JSON.stringify(lines)).toContain('"t1"')
    expect(JSON.stringify(lines)).not.toContain('"t2"')
    expect(lines).toHaveLength(4)
    expect((await promoted({ write: false })).leftOut.openCalls).toEqual(['Write'])
  })

  test('the thought before a call that is left out goes with it', async () => {
    write(chain(user('the task'), assistant('m1', text('One.')), assistant('m2', thought), assistant('m2', call('t1'))))
    expect((await linesOf()).map((line) => line['type'])).toEqual(['user', 'assistant'])
  })

  test('a message that was cut off within a thought is left out, one with a text stays', async () => {
    write(chain(user('the task'), assistant('m1', thought), limit))
    expect(await linesOf()).toHaveLength(1)
    write(chain(user('the task'), assistant('m1', thought), assistant('m1', text('Half a sen')), limit))
    expect(await linesOf()).toHaveLength(3)
  })

  test('markers of an interrupt at the end are left out, and those that a prompt follows stay', async () => {
    const marker = user([text('[Request interrupted by user]')])
    write(
      chain(
        user('the task'),
        assistant('m1', text('One.')),
        marker,
        user('go on'),
        assistant('m2', text('Two.')),
        marker,
        user('[Request interrupted by user for tool use]'),
      ),
    )
    expect((await linesOf()).map((line) => line['type'])).toEqual(['user', 'assistant', 'user', 'user', 'assistant'])
  })

  test('what a call with several blocks says stays when the call goes', async () => {
    write(chain(user('the task'), assistant('m1', text('I will.'), call('t1'))))
    const [, said] = await linesOf()
    expect(said?.['message']).toMatchObject({ content: [text('I will.')] })
  })

  test('a torn line, and children of what is left out or lost, hang on what stands before', async () => {
    const records = chain(
      user('the task'),
      { type: 'progress' },
      limit,
      user('go on'),
      assistant('m1', text('lost')),
      assistant('m2', text('Two.')),
    )
    write([...records.slice(0, 4), '{"type":"assistant","uu\n', ...records.slice(5), '{"type":"user","mess'])
    const lines = await linesOf()
    expect(lines.map((line) => line['parentUuid'])).toEqual([null, records[0]?.['uuid'], records[3]?.['uuid']])
    expect((await promoted({ write: false })).leftOut).toMatchObject({ damagedLines: 2, errors: 1 })
  })

  test('lines that stand there twice are one, and a call stays answered', async () => {
    const records = chain(user('the task'), assistant('m1', call('t1')), result('t1'), assistant('m2', text('Two.')))
    write([...records.slice(0, 3), ...records])
    expect(await linesOf()).toEqual(
      records.map(({ agentId: _agent, ...record }) =>
        expect.objectContaining({ ...record, sessionId: expect.any(String), isSidechain: false }),
      ),
    )
    expect((await promoted({ write: false })).leftOut).toMatchObject({ openCalls: [], lostCalls: 0 })
  })

  test('an answer whose call stands on a damaged line goes with it, and one that was given twice stays', async () => {
    const records = chain(
      user('the task'),
      assistant('m1', call('t1')),
      result('t1'),
      assistant('m2', call('t2')),
      result('t2'),
      result('t2'),
      assistant('m3', text('Three.')),
    )
    write([...records.slice(0, 1), '{"type":"assistant","uu\n', ...records.slice(2)])
    const lines = await linesOf()
    expect(JSON.stringify(lines)).not.toContain('"t1"')
    expect(lines.map((line) => line['uuid'])).toEqual([0, 3, 4, 5, 6].map((index) => records[index]?.['uuid']))
    expect(lines[1]?.['parentUuid']).toBe(records[0]?.['uuid'])
    expect((await promoted({ write: false })).leftOut).toMatchObject({ openCalls: [], lostCalls: 1, damagedLines: 1 })
  })

  test('an order of lines that is not that of events is no damage', async () => {
    const [first, second, third] = chain(user('the task'), assistant('m1', text('One.')), assistant('m2', text('Two.')))
    write([second ?? {}, first ?? {}, third ?? {}])
    expect((await linesOf()).map((line) => line['parentUuid'])).toEqual([first?.['uuid'], null, second?.['uuid']])
  })

  test('law: every parent stands in the session, every call is answered, nothing is invented', async () => {
    const part = fc.oneof(
      fc.constantFrom<Raw[]>(
        [limit],
        [{ type: 'progress' }],
        [user('go on')],
        [user('[Request interrupted by user]')],
        [{ type: 'attachment', attachment: { type: 'x' } }],
        [{ type: 'system', subtype: 'compact_boundary' }],
      ),
      fc
        .tuple(fc.nat(), fc.boolean(), fc.boolean())
        .map(([id, answered, thinks]) => [
          ...(thinks ? [assistant(`m${id}`, thought)] : []),
          assistant(`m${id}`, call(`t${id}`)),
          ...(answered ? [result(`t${id}`)] : []),
        ]),
      fc.nat().map((id) => [assistant(`x${id}`, text('Words.'))]),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const seen = new Set<string>()
        const fresh = parts.filter((each) => {
          const key = JSON.stringify(each.at(-1)?.['message'] ?? serial)
          return !/"t\d/.test(key) || (!seen.has(key) && seen.add(key) !== undefined)
        })
        const records = chain(user('the task'), ...fresh.flat())
        write(records)
        rmSync(join(root, slugOf(folder) ?? ''), { recursive: true, force: true })
        const lines = await linesOf()
        const uuids = new Set(lines.map((line) => line['uuid']))
        for (const [index, line] of lines.entries()) {
          if (index === 0) expect(line['parentUuid']).toBeNull()
          else expect(uuids.has(line['parentUuid'])).toBe(true)
        }
        const all = JSON.stringify(lines)
        for (const [, id] of all.matchAll(/"type":"tool_use","id":"(t\d+)"/g)) expect(all).toContain(`"tool_use_id":"${id}"`)
        expect(lines.length).toBeLessThanOrEqual(records.length)
        expect(all).not.toContain('isApiErrorMessage')
      }),
      { numRuns: 60 },
    )
  })
})

describe('it is refused', () => {
  test.each<[string, () => Raw[], RegExp]>([
    [
      'for a fork, whose context stands elsewhere',
      () => [{ type: 'fork-context-ref', agentId: AGENT, parentSessionId: SESSION }, ...chain(user('x'), limit)],
      /fork/,
    ],
    ['for what 2.0.60 wrote, without a prompt', () => chain(assistant('m1', text('Working.')), limit), /does not hold its task/],
    ['for records without uuids', () => chain(user('x'), limit).map(({ uuid: _uuid, ...rest }) => rest), /no uuids/],
    [
      'when the folder is gone',
      () => chain({ ...user('x'), cwd: '/nowhere/at/all' }, { ...limit, cwd: '/nowhere/at/all' }),
      /gone.*--folder/,
    ],
  ])('%s', async (_name, records, why) => {
    write(records())
    await expect(promoted()).rejects.toThrow(CannotPromote)
    await expect(promoted()).rejects.toThrow(why)
  })

  test('for a fork whose task stands in its parent, as one (2.1.329)', async () => {
    write(chain(assistant('m1', text('Working.')), limit))
    writeFileSync(transcript.replace('.jsonl', '.meta.json'), JSON.stringify({ agentType: 'fork', isFork: true }))
    await expect(promoted()).rejects.toThrow(/^a fork has its parent/)
  })

  test('for a name that fits none or several, and for a folder that is none', async () => {
    write(chain(user('x'), limit))
    writeFileSync(transcript.replace(AGENT, 'a1f0000000000000a'), readFileSync(transcript))
    await expect(promoted({ agent: 'b' })).rejects.toThrow(/no agent b/)
    await expect(promoted({ agent: 'a1f' })).rejects.toThrow(/several agents/)
    await expect(promoted({ folder: transcript })).rejects.toThrow(/is not a folder/)
    await expect(promoted({ roots: [join(home, 'none')] })).rejects.toThrow(/no transcripts/)
  })

  test('when it was promoted before, for another folder', async () => {
    write(chain(user('x'), limit))
    await promoted()
    mkdirSync(join(home, 'other'))
    await expect(promoted({ folder: join(home, 'other') })).rejects.toThrow(/another folder/)
  })
})

test('the worktree is gone: the session opens in the repository, and that is said', async () => {
  const gone = join(folder, '.claude', 'worktrees', 'agent-x')
  write(chain(user('x'), limit).map((record) => ({ ...record, cwd: gone })))
  const made = await promoted()
  expect(made).toMatchObject({ folder, isOwnFolder: false })
  expect(made.notes.join(' ')).toContain('is gone')
})

variant('memory does not grow with the transcript', async () => {
  const pad = 'x'.repeat(200_000)
  write([])
  for (let part = 0; part < 100; part += 1) {
    const block = chain(user('the task'), assistant(`m${part}`, call(`t${part}`)), result(`t${part}`))
    writeFileSync(transcript, block.map((record) => `${JSON.stringify({ ...record, pad })}\n`).join(''), { flag: 'a' })
  }
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const made = await promoted()
  expect(made.bytes).toBeGreaterThan(40_000_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000)
})

describe('the command line', () => {
  const argv = (...more: string[]) => ['promote', AGENT, '--root', root, ...more]

  test('prints what it would write and a command that a shell takes word for word', async () => {
    write(chain(user('x'), assistant('m1', call('t1')), limit))
    const { code, stdout, written } = await runProgram(argv(), { filesPort: createFiles() })
    expect(code).toBe(0)
    expect(written).toEqual({})
    expect(stdout).toContain('Nothing is written yet.')
    expect(stdout).toMatch(/1 error record, 1 call without an answer \(Bash\)/)
    const command = stdout.split('\n').find((line) => line.startsWith('  cd ')) ?? ''
    const shown = execFileSync('sh', ['-c', command.replace('claude', 'echo "$PWD"')], { encoding: 'utf8' })
    expect(shown).toMatch(new RegExp(`^${folder} --resume=[0-9a-f-]{36}\\n$`))
  })

  test('--json, --expect, and an agent that does not exist', async () => {
    write(chain(user('x'), limit))
    const world1 = { filesPort: createFiles() }
    const { stdout } = await runProgram(argv('--write', '--json'), world1)
    expect(JSON.parse(stdout)).toMatchObject({ agentId: AGENT, state: 'written', command: { cwd: folder } })
    expect(await runProgram(argv('--expect', 'x'), world1)).toMatchObject({ code: 3 })
    const missing = await runProgram(['promote', 'a9', '--root', root], world1)
    expect(missing).toMatchObject({ code: 3, stdout: '' })
    expect(missing.stderr).toBe(`agent-forensics: cannot promote a9: no agent a9 at ${root}\n`)
    expect(await runProgram(['promote'])).toMatchObject({ code: 2 })
  })

  test('a folder that cannot be written for a shell is told, and no command is given', async () => {
    const evil = join(home, 'a\u001b[31mb')
    mkdirSync(evil)
    write(chain(user('x'), limit).map((record) => ({ ...record, cwd: evil })))
    const { stdout } = await runProgram(argv(), { filesPort: createFiles() })
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toContain('  cd ')
  })

  test('the built program writes beside the others', () => {
    write(chain(user('x'), limit))
    const bin = new URL('../../bin/agent-forensics.js', import.meta.url).pathname
    if (!existsSync(new URL('../../dist/cli/promote.js', import.meta.url).pathname)) return
    const { status, stdout } = spawnSync(process.execPath, [bin, ...argv('--write')], { encoding: 'utf8' })
    expect([status, stdout.startsWith(`agent ${AGENT}`)]).toEqual([0, true])
    expect(readdirSync(root)).toContain(slugOf(folder))
  })
})
