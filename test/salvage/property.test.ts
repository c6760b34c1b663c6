import { IS_LONG } from '../long.ts'
import { rulesOf } from '../../src/clients/claude-code/file-rules.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileAction } from '../../src/facts/file-action.ts'
import { type KnownBase, type Replayed, replay } from '../../src/salvage/replay.ts'
import { timelinesOf } from '../../src/salvage/timeline.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { FileWork } from './world.ts'

const PATH = '/home/dev/app/src/file.txt'

/** The client, told apart from the code under test: what it does to a file, and what it records of that. */
class Client {
  disk: string | null
  readonly transcript: FileWork
  readonly #structured: boolean
  readonly #version: string

  constructor(disk: string | null, version: string) {
    this.disk = disk
    this.#version = version
    this.#structured = version.startsWith('2.0.')
    this.transcript = new FileWork(version)
  }

  get #lf(): string {
    return (this.disk ?? '').split('\r\n').join('\n')
  }

  #store(text: string): void {
    const before = this.disk ?? ''
    const crlf = (before.match(/\r\n/g) ?? []).length
    const lf = (before.match(/\n/g) ?? []).length - crlf
    this.disk = crlf > lf ? text.split('\r\n').join('\n').split('\n').join('\r\n') : text
  }

  write(content: string, answered = true): void {
    const before = this.disk
    const id = this.transcript.call('Write', { file_path: PATH, content })
    const recorded = before === null ? null : this.#lf
    if (this.#structured) this.#store(content)
    else
      this.disk =
        this.#version === '2.1.329' && before?.startsWith('\ufeff') === true && !content.startsWith('\ufeff') ? `\ufeff${content}` : content
    if (!answered) return
    const words = before === null ? `File created successfully at: ${PATH}` : `The file ${PATH} has been updated.`
    const structured = { type: before === null ? 'create' : 'update', filePath: PATH, content, structuredPatch: [], originalFile: recorded }
    this.transcript.result(id, words, this.#structured ? { data: structured } : {})
  }

  edit(oldText: string, newText: string, all: boolean, answered = true): void {
    const id = this.transcript.call('Edit', { file_path: PATH, old_string: oldText, new_string: newText, replace_all: all })
    const before = this.#lf
    const times = oldText === '' ? 0 : before.split(oldText).length - 1
    if (this.disk === null || times === 0 || (times > 1 && !all)) {
      if (answered) this.transcript.result(id, '<tool_use_error>String to replace not found in file.</tool_use_error>', { error: true })
      return
    }
    const sought = newText === '' && !oldText.endsWith('\n') && before.includes(`${oldText}\n`) ? `${oldText}\n` : oldText
    const parts = before.split(sought)
    this.#store(all ? parts.join(newText) : [parts[0], parts.slice(1).join(sought)].join(newText))
    if (!answered) return
    const structured = {
      filePath: PATH,
      oldString: oldText,
      newString: newText,
      originalFile: before,
      structuredPatch: [],
      userModified: false,
      replaceAll: all,
    }
    this.transcript.result(id, `The file ${PATH} has been updated.`, this.#structured ? { data: structured } : {})
  }

  read(offset?: number, limit?: number): void {
    if (this.disk === null) return
    const id = this.transcript.call('Read', {
      file_path: PATH,
      ...(offset !== undefined && { offset }),
      ...(limit !== undefined && { limit }),
    })
    const text = this.#structured ? this.#lf : this.#lf.replace(/^\ufeff/, '')
    const all = text.split('\n')
    const from = offset ?? 1
    const lines = all.slice(from - 1, limit === undefined ? undefined : from - 1 + limit)
    if (lines.length === 0) {
      this.transcript.result(id, '<system-reminder>Warning: the file exists but is shorter than the provided offset.</system-reminder>')
      return
    }
    if (text === '') {
      this.transcript.result(id, '<system-reminder>Warning: the file exists but the contents are empty.</system-reminder>')
      return
    }
    const file = { filePath: PATH, content: lines.join('\n'), numLines: lines.length, startLine: from, totalLines: all.length }
    const numbered = lines.map((line, at) => `${this.#structured ? `     ${from + at}→` : `${from + at}\t`}${line}`).join('\n')
    const reminder = this.#structured ? '\n\n<system-reminder>\nBe careful.\n</system-reminder>\n' : ''
    this.transcript.result(id, numbered + reminder, this.#structured ? { data: { type: 'text', file } } : {})
  }

  command(change: (text: string | null) => string | null): void {
    this.disk = change(this.disk)
    this.transcript.bash('sed -i s/a/b/ src/file.txt')
  }
}

const piece = fc.constantFrom(
  'a',
  'b',
  'one',
  '$&',
  '$1',
  '$$',
  'ü',
  '漢',
  '🌍',
  '\t',
  ' ',
  '"x"',
  "'y'",
  'e\u0301',
  '\\',
  '| 1',
  '12→',
  '3\t',
)
const line = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(''))
const content = fc
  .record({
    lines: fc.array(line, { maxLength: 8 }),
    end: fc.constantFrom('\n', '\n', '\r\n'),
    final: fc.boolean(),
    mark: fc.integer({ max: 9, min: 0 }),
  })
  .map(({ lines, end, final, mark }) => `${mark === 0 ? '\ufeff' : ''}${lines.join(end)}${final && lines.length > 0 ? end : ''}`)
const lfContent = content.map((text) => text.replaceAll('\r\n', '\n'))

type Step = (client: Client, last: boolean) => void
/** An edit of something that stands there, mostly. */
const edit = fc.record({
  at: fc.nat(),
  length: fc.integer({ min: 1, max: 6 }),
  by: line,
  all: fc.boolean(),
  stray: fc.integer({ min: 0, max: 9 }),
  answered: fc.boolean(),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.tuple(lfContent, fc.boolean()).map(
      ([text, answered]): Step =>
        (client, last) =>
          client.write(text, answered || !last),
    ),
  },
  {
    weight: 5,
    arbitrary: edit.map(({ at, length, by, all, stray, answered }): Step => (client, last) => {
      const text = (client.disk ?? '').replaceAll('\r\n', '\n')
      const from = text.length === 0 ? 0 : at % text.length
      // Not in the middle of a character, as no model writes one.
      const old = stray === 0 ? 'nowhere' : text.slice(from, from + length).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
      client.edit(old === '' ? 'nowhere' : old, by, all, answered || !last)
    }),
  },
  { weight: 3, arbitrary: fc.constant<Step>((client) => client.read()) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 })).map(
      ([offset, limit]): Step =>
        (client) =>
          client.read(offset, limit),
    ),
  },
  {
    weight: 1,
    arbitrary: content.map(
      (text): Step =>
        (client) =>
          client.command(() => text),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((client) => client.command((text) => text)) },
)

const linesOf = (transcript: FileWork): readonly string[] => transcript.text.split('\n').slice(0, -1)

function actionsOf(lines: readonly string[]): readonly FileAction[] {
  return lines.flatMap((text, at) => claudeCode.fileActions?.(JSON.parse(text), { path: '/t.jsonl', line: at + 1, byteOffset: at }) ?? [])
}

function replayed(client: Client, known: KnownBase): Replayed | undefined {
  const [file] = timelinesOf(actionsOf(linesOf(client.transcript)), '/home/dev/app', new Map(), new Map()).files
  return file === undefined ? undefined : replay(file.events, known)
}

function isSure(result: Replayed): result is Replayed & { text: string } {
  return result.text !== null && (result.certainty === 'whole' || result.certainty === 'replayed') && result.doubts.length === 0
}

const shown = (text: string): string => text.replaceAll('\r\n', '\n').replace(/^\ufeff/, '')
const SMALL_DOUBTS = new Set(['line_ends', 'byte_order_mark'])

describe.each(['2.0.76', '2.1.97', '2.1.329'])('files of client %s', (version) => {
  const scenario = fc.record({ base: fc.option(content), steps: fc.array(step, { minLength: 1, maxLength: 12 }), git: fc.boolean() })

  it('come back as they were, or are said not to be sure', () => {
    let sure = 0
    let unsure = 0
    fc.assert(
      fc.property(scenario, ({ base, steps, git }) => {
        const client = new Client(base, version)
        for (const [at, take] of steps.entries()) take(client, at === steps.length - 1)
        const known: KnownBase = {
          git: git && base !== null ? { text: base, isExact: true, isFiltered: false } : null,
          isNew: git && base === null,
          isForeign: false,
          copies: [],
          rulesOf,
        }
        const result = replayed(client, known)
        if (result === undefined) return
        if (isSure(result)) {
          sure += 1
          expect(result.text, client.transcript.text).toBe(client.disk)
        } else {
          unsure += 1
          // A doubt about line ends or the mark is one about nothing else.
          if (result.text !== null && result.doubts.every((doubt) => SMALL_DOUBTS.has(doubt)))
            expect(shown(result.text)).toBe(shown(client.disk ?? ''))
          // A call that got no answer was applied or not: one of the two is the file.
          const isPlain =
            result.doubts.length === 1 && result.alternatives.every(({ why, doubts }) => why === 'unanswered' && doubts.length === 0)
          if (result.doubts.includes('unanswered') && isPlain && result.text !== null)
            expect([result.text, ...result.alternatives.map(({ text }) => text)], client.transcript.text).toContain(client.disk)
        }
      }),
      { numRuns: IS_LONG ? 1500 : 400 },
    )
    // A salvage that is never sure would pass all of that.
    expect(sure).toBeGreaterThan(IS_LONG ? 150 : 50)
    expect(unsure).toBeGreaterThan(100)
  })

  it('keep every call, whatever part of the transcript is lost', () => {
    fc.assert(
      fc.property(scenario, fc.nat(), ({ base, steps }, lost) => {
        const client = new Client(base, version)
        for (const take of steps) take(client, false)
        const all = linesOf(client.transcript)
        const lines = all.toSpliced(lost % all.length, 1)
        const calls = lines.flatMap((text) => /"name":"(Write|Edit)"/.exec(text)?.[1] ?? [])
        const { files } = timelinesOf(actionsOf(lines), null, new Map(), new Map())
        expect(files.flatMap((file) => file.calls)).toHaveLength(calls.length)
        const [file] = files
        if (file === undefined) return
        const result = replay(file.events, { git: null, isNew: false, isForeign: false, copies: [], rulesOf })
        expect([...result.outcomes.keys()]).toHaveLength(calls.length)
      }),
      { numRuns: 300 },
    )
  })
})
