import { variant } from '../long.ts'
import { describe, expect, it } from 'vitest'
import type { Files, OpenFile } from '../../src/ports/host.ts'
import type { Report } from '../../src/report/report.ts'
import { readLines } from '../../src/transcript/read-lines.ts'
import { Tree } from '../records/tree.ts'
import {
  AGENT_FILE,
  agentOf,
  collectAgents,
  type Content,
  filesOf,
  HOME,
  MAIN_FILE,
  memoryFiles,
  NEWEST,
  oneAgent,
  SESSION,
  scan,
} from './world.ts'

const STORY = oneAgent((agent) => agent.bash('ls src').says('Done: index.ts is ported.'))
const LINES = (filesOf(STORY).get(AGENT_FILE) ?? '').trimEnd().split('\n')

/** Scans the story with another agent's file. */
async function scanned(content: Content): Promise<Report> {
  return scan(HOME, { files: memoryFiles(new Map<string, Content>(filesOf(STORY)).set(AGENT_FILE, content)) })
}

function reasonsOf(report: Report): readonly string[] {
  return report.readIssues.map((issue) => issue.reason)
}

/** The story's files, but one of them is made of the chunks given. */
function streamed(path: string, bytes: number, chunks: () => AsyncGenerator<Uint8Array>): Files {
  const files = memoryFiles(filesOf(STORY))
  const whole = `${HOME}/${path}`
  return {
    ...files,
    facts: async (each) => (each === whole ? { kind: 'file', bytes, modifiedAt: 0, identity: whole } : files.facts(each)),
    open: async (each): Promise<OpenFile> =>
      each === whole
        ? {
            facts: { kind: 'file', bytes, modifiedAt: 0, identity: whole },
            chunks,
            bytesNow: async () => bytes,
            close: async () => undefined,
          }
        : files.open(each),
  }
}

const MEBIBYTE = 2 ** 20

describe('T03: sizes', () => {
  it('a line of 1 GiB is counted, and its neighbours are read', async () => {
    const block = new Uint8Array(MEBIBYTE).fill(0x78)
    const [first = '', ...rest] = LINES
    const head = Buffer.from(`${first}\n`)
    const tail = Buffer.from(`\n${rest.join('\n')}\n`)
    const files = streamed(AGENT_FILE, head.length + 1024 * MEBIBYTE + tail.length, async function* () {
      yield head
      for (let count = 0; count < 1024; count += 1) yield block
      yield tail
    })
    const report = await scan(HOME, { files })
    expect(report.readIssues).toMatchObject([{ reason: 'oversized_line', line: 2, byteOffset: head.length, bytes: 1024 * MEBIBYTE }])
    expect([agentOf(report).reason, agentOf(report).transcript.lines]).toEqual(['completed', LINES.length + 1])
    expect(report.complete).toBe(false)
  })

  variant('a sparse file of 4 GiB is one line without an end', async () => {
    const hole = new Uint8Array(MEBIBYTE)
    const files = streamed(AGENT_FILE, 4096 * MEBIBYTE, async function* () {
      for (let count = 0; count < 4096; count += 1) yield hole
    })
    const report = await scan(HOME, { files })
    expect(report.readIssues).toMatchObject([{ reason: 'oversized_line', line: 1, byteOffset: 0, bytes: 4096 * MEBIBYTE }])
    expect([agentOf(report).reason, agentOf(report).transcript.tail]).toEqual(['unknown', 'torn'])
  })

  it('of a line beyond the limit nothing is kept', async () => {
    const block = new Uint8Array(MEBIBYTE).fill(0x78)
    const held = (): number => process.memoryUsage().arrayBuffers / MEBIBYTE
    const before = held()
    let most = 0
    const chunks = async function* () {
      for (let count = 0; count < 1024; count += 1) {
        most = Math.max(most, held() - before)
        yield block
      }
    }
    const lines = await collectAgents(readLines(chunks()))
    expect(lines).toEqual([{ kind: 'oversized', length: 1024 * MEBIBYTE, line: 1, byteOffset: 0, terminated: false }])
    // Up to the limit of 16 MiB it was carried.
    expect(most).toBeLessThan(48)
  })

  it('a hundred thousand lines of one byte are told as a count', async () => {
    const report = await scanned('x\n'.repeat(100_000))
    const issues = report.readIssues
    expect(issues.length).toBeLessThan(100)
    expect(issues.at(0)?.reason).toBe('malformed_json')
    expect(issues.some((issue) => issue.detail.startsWith(`${100_000 - issues.length + 1} more`))).toBe(true)
    expect([agentOf(report).transcript.lines, agentOf(report).reason]).toEqual([100_000, 'unknown'])
  })

  it('ten thousand lines of nothing are nothing', async () => {
    const report = await scanned(`${'\n \r\n\t\n'.repeat(3_334)}${LINES.join('\n')}\n`)
    expect([report.complete, agentOf(report).reason]).toEqual([true, 'completed'])
  })

  variant('a field of 4 MiB does not swell the report', async () => {
    const long = 'y'.repeat(4 * MEBIBYTE)
    const tree = oneAgent((agent) => agent.bash('ls', long, long).call(long, { [long]: long }, long))
    const report = await scan(HOME, { files: memoryFiles(filesOf(tree)) })
    expect(agentOf(report).toolCalls).toBe(2)
    expect(JSON.stringify(report).length).toBeLessThan(100_000)
  })
})

describe('T04: depth', () => {
  const DEPTH = 1_000_000
  const nested = (open: string, close: string): string => `${open.repeat(DEPTH)}1${close.repeat(DEPTH)}`

  it.each([
    ['arrays', nested('[', ']')],
    ['objects', nested('{"a":', '}')],
  ])('a million %s in a message are not parsed', async (_, value) => {
    const line = (LINES[1] ?? '').replace('"content":[', `"content":[${value},`)
    const report = await scanned(`${LINES.with(1, line).join('\n')}\n`)
    expect(report.readIssues).toMatchObject([{ reason: 'too_deep', line: 2, bytes: Buffer.byteLength(line) }])
    expect(agentOf(report).reason).toBe('completed')
  })

  it('brackets in strings do not count', async () => {
    const line = (LINES[1] ?? '').replace('"content":[', `"content":[{"type":"text","text":"${'[{\\"'.repeat(DEPTH / 4)}"},`)
    const report = await scanned(`${LINES.with(1, line).join('\n')}\n`)
    expect([reasonsOf(report), agentOf(report).reason]).toEqual([[], 'completed'])
  })

  it('below the length that can hurt, depth is parsed', async () => {
    const line = (LINES[1] ?? '').replace('"content":[', `"content":[${'['.repeat(20_000)}${']'.repeat(20_000)},`)
    expect(agentOf(await scanned(`${LINES.with(1, line).join('\n')}\n`)).reason).toBe('completed')
  })
})

describe('T05: names that every object has', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']

  it.each(NAMES)('%s is an id like any other', async (name) => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const agent = main.launch(name, { description: name, agentType: name })
    agent.put('user', { message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: name, content: name }] } }, { uuid: name })
    agent.assistant([{ type: 'tool_use', id: name, name, input: JSON.parse(`{"${name}":{"${name}":1}}`) as never }], 'tool_use', name)
    agent.says('Done: it is ported.')
    main.returns(agent, 'Here it is.').says('All is ported.')
    const files = filesOf(tree)
    files.set(`sessions/1.json`, JSON.stringify({ pid: 1, sessionId: name }))
    const path = [...files.keys()].find((each) => each.endsWith(`agent-${name}.jsonl`)) ?? ''
    files.set(path, (files.get(path) ?? '').replaceAll(/"(uuid|parentUuid)":"/g, `"$1":"${name}`).replaceAll(SESSION, name))
    const report = await scan(HOME, { files: memoryFiles(files) })
    const found = agentOf(report, name)
    expect([found.reason, found.toolCalls, found.description, found.turns]).toEqual(['completed', 1, name, 2])
    expect(report.counts.agents).toBe(1)
    expect(Object.keys(report.counts.byReason)).toEqual(['completed'])
    expect(({} as Record<string, unknown>)['1']).toBeUndefined()
  })

  it('__proto__ as a key reaches no prototype', async () => {
    const line = (LINES[1] ?? '').replace(
      '{',
      '{"__proto__":{"polluted":true,"type":"system"},"constructor":{"prototype":{"polluted":true}},',
    )
    const report = await scanned(`${LINES.with(1, line).join('\n')}\n`)
    expect([agentOf(report).reason, ({} as Record<string, unknown>)['polluted']]).toEqual(['completed', undefined])
  })
})

describe('T06: bytes', () => {
  const text = `${LINES.join('\n')}\n`
  const bytes = Buffer.from(text)
  const put = (where: string, what: readonly number[]): Buffer => {
    const at = bytes.indexOf(where)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(what), bytes.subarray(at)])
  }

  it.each([
    ['a stray continuation', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a character', [0xe2, 0x82]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
  ])('%s is an issue of its line', async (_, what) => {
    const report = await scanned(put('ls src', what))
    expect(report.readIssues).toMatchObject([{ reason: 'encoding', line: 2 }])
    expect(agentOf(report).reason).toBe('completed')
  })

  it('a raw NUL is an issue of its line', async () => {
    expect(reasonsOf(await scanned(put('ls src', [0])))).toEqual(['encoding'])
  })

  it('NULs in the place of the last line hide the end', async () => {
    const report = await scanned(Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(0x0a, bytes.length - 2) + 1), Buffer.alloc(4_096)]))
    expect([agentOf(report).reason, agentOf(report).transcript.tail]).toEqual(['unknown', 'torn'])
  })

  it('a lone surrogate in an escape is shown as U+FFFD', async () => {
    const report = await scanned(text.replaceAll('Done:', String.raw`Done \ud800:`))
    expect(reasonsOf(report)).toEqual([])
    expect(agentOf(report).evidence[0]).toMatchObject({ kind: 'record' })
    expect(JSON.stringify(report).isWellFormed()).toBe(true)
    expect(JSON.stringify(report)).not.toContain(String.raw`\ud800`)
  })

  it.each([
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['a byte-order mark', `\ufeff${text}`],
    ['both', `\ufeff${text.replaceAll('\n', '\r\n')}`],
    ['no last line end', text.trimEnd()],
    ['U+2028 and a lone CR in strings', text.replaceAll('ls src', String.raw`ls\rsrc` + '\u2028\u2029\u0085')],
  ])('%s changes nothing', async (_, content) => {
    const report = await scanned(content)
    expect([reasonsOf(report), agentOf(report).reason, agentOf(report).transcript.lines]).toEqual([[], 'completed', LINES.length])
  })

  it.each(['utf16le', 'utf16be'])('a file in %s is told as such', async (encoding) => {
    const content = Buffer.from(`\ufeff${text}`, 'utf16le')
    const report = await scanned(encoding === 'utf16le' ? content : content.swap16())
    expect(reasonsOf(report)).toContain('encoding')
    expect(agentOf(report).reason).toBe('unknown')
  })

  it('JSON that is no record is an issue', async () => {
    const report = await scanned(`1\n"x"\nnull\n[]\n{}\n{"type":1}\n${text}`)
    expect(reasonsOf(report)).toEqual([
      'not_an_object',
      'not_an_object',
      'not_an_object',
      'not_an_object',
      'invalid_field',
      'invalid_field',
    ])
    expect(agentOf(report).reason).toBe('completed')
  })
})

describe('T13: clocks', () => {
  const stories: Readonly<Record<string, () => Tree>> = {
    'a child older than its parent': () => {
      const tree = new Tree(NEWEST)
      const main = tree.session()
      const agent = main.launch(1)
      agent.at('04:00:00').bash('ls').says('Done: it is ported.')
      main.returns(agent, 'Here it is.').says('All is ported.')
      return tree
    },
    'a transcript that runs backwards': () =>
      oneAgent((agent) => {
        for (let hour = 23; hour > 0; hour -= 1) agent.at(`${String(hour).padStart(2, '0')}:00:00`).bash(`step ${hour}`)
        agent.says('Done: it is ported.')
      }),
    'a clock that jumps back over a summer-time change': () =>
      oneAgent((agent) => agent.at('10-25T00:59:59').bash('ls').at('10-25T00:00:01').says('Done: it is ported.')),
    'records of the year 2099': () => oneAgent((agent) => agent.at('2099-12-31T23:59:58Z').bash('ls').says('Done: it is ported.')),
    'a refusal before its call': () => {
      const tree = new Tree(NEWEST)
      const main = tree.session()
      const agent = main.launch(1, { unborn: true })
      main.at('09:00:00').result(agent.launchId, 'No such agent', { error: true }).says('It was refused.')
      return tree
    },
  }

  it.each(Object.keys(stories))('%s gives no negative time', async (name) => {
    const tree = stories[name]?.() ?? new Tree(NEWEST)
    const report = await scan(HOME, { files: memoryFiles(filesOf(tree)) })
    expect(report.agents).toHaveLength(1)
    for (const { startedAt, endedAt, silence } of [...report.agents, ...report.sessions]) {
      if (startedAt !== null && endedAt !== null) expect(Date.parse(endedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt))
      if (silence?.to != null) expect(Date.parse(silence.to)).toBeGreaterThanOrEqual(Date.parse(silence.from))
    }
    const [agent] = report.agents
    if (name !== 'a refusal before its call') expect(agent?.reason).toBe('completed')
  })

  it('one instant in several spellings is one instant', async () => {
    const spelt = (spell: (iso: string) => string): string =>
      LINES.map((line) => line.replace(/"timestamp":"([^"]*)"/, (_, iso: string) => `"timestamp":"${spell(iso)}"`)).join('\n')
    const plain = agentOf(await scanned(`${LINES.join('\n')}\n`))
    for (const spell of [
      (iso: string) => iso.replace('.000Z', 'Z'),
      (iso: string) => iso.replace('Z', '000000Z'),
      (iso: string) => `${new Date(Date.parse(iso) + 5.75 * 3_600_000).toISOString().slice(0, -1)}+05:45`,
      (iso: string) => `${new Date(Date.parse(iso) - 3.5 * 3_600_000).toISOString().slice(0, -1)}-03:30`,
    ]) {
      const agent = agentOf(await scanned(`${spelt(spell)}\n`))
      expect([agent.startedAt, agent.endedAt]).toEqual([plain.startedAt, plain.endedAt])
    }
  })

  it.each(['2026-02-30T00:00:00Z', '+275760-09-13T00:00:00.001Z', '1970-01-01T00:00:00Z', 'yesterday', '2026-05-31T25:00:00Z'])(
    '%s is no time',
    async (time) => {
      const report = await scanned(
        `${LINES.with(1, (LINES[1] ?? '').replace(/"timestamp":"[^"]*"/, `"timestamp":"${time}"`)).join('\n')}\n`,
      )
      expect([reasonsOf(report), agentOf(report).reason]).toEqual([['timestamp_invalid'], 'completed'])
    },
  )

  it('a number, an object or nothing for a time costs that time only', async () => {
    for (const time of ['1780221600000', '1780221600', '{}', '[]', 'true', 'null', '1e999']) {
      const report = await scanned(`${LINES.map((line) => line.replace(/"timestamp":"[^"]*"/, `"timestamp":${time}`)).join('\n')}\n`)
      expect([
        agentOf(report).reason,
        agentOf(report).startedAt === null || Number.isFinite(Date.parse(agentOf(report).startedAt ?? '')),
      ]).toEqual(['completed', true])
    }
  })
})

describe('T14: numbers', () => {
  it.each([
    ['9007199254740993', 0],
    ['1e999', 0],
    ['-57', 0],
    ['0.5', 0],
    ['"NaN"', 0],
    ['"57"', 0],
    ['null', 0],
    ['57', 114],
  ])('%s output tokens', async (count, sum) => {
    const report = await scanned(`${LINES.join('\n').replaceAll('"output_tokens":57', `"output_tokens":${count}`)}\n`)
    expect([agentOf(report).tokens.output, agentOf(report).reason]).toEqual([sum, 'completed'])
  })

  it('sums stay within the integers, whatever is taken back', async () => {
    const most = Number.MAX_SAFE_INTEGER
    const tree = oneAgent((agent) => {
      const says = (id: string, output: number): unknown =>
        agent.put('assistant', {
          message: {
            id,
            role: 'assistant',
            content: [{ type: 'text', text: 'Done.' }],
            stop_reason: 'end_turn',
            usage: { output_tokens: output },
          },
        })
      for (const [id, output] of [
        ['m1', most],
        ['m2', most],
        ['m2', 1],
        ['m1', 1],
      ] as const)
        says(id, output)
    })
    const { output } = agentOf(await scan(HOME, { files: memoryFiles(filesOf(tree)) })).tokens
    expect(Number.isSafeInteger(output) && output >= 0).toBe(true)
  })

  it('odd numbers elsewhere cost their field only', async () => {
    const files = filesOf(oneAgent((agent) => agent.retry(1e308, -1, 2 ** 60).says('Done: it is ported.')))
    files.set(AGENT_FILE.replace('.jsonl', '.meta.json'), '{"agentType":"x","spawnDepth":1e999}')
    files.set('sessions/1.json', `{"pid":1e999,"sessionId":"${SESSION}"}`)
    files.set('sessions/2.json', `{"pid":2.5,"sessionId":"${SESSION}","startedAt":-1}`)
    const report = await scan(HOME, { files: memoryFiles(files) })
    expect([agentOf(report).reason, agentOf(report).spawnDepth, agentOf(report).agentType]).toEqual(['completed', 1, 'x'])
  })

  it('numbers of a session file are told in whole bytes', async () => {
    const report = await scan(HOME, { files: memoryFiles(filesOf(STORY)) })
    const bytes = [AGENT_FILE, MAIN_FILE].reduce((sum, path) => sum + Buffer.byteLength(filesOf(STORY).get(path) ?? ''), 0)
    expect(report.counts.bytesRead).toBe(bytes)
  })
})
