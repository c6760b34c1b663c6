import { describe, expect, it } from 'vitest'
import { readLines } from '../../src/transcript/read-lines.ts'

async function linesOf(chunks: readonly string[], max?: number): Promise<unknown[]> {
  const found: unknown[] = []
  const bytes = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1')
  }
  for await (const line of readLines(bytes(), max)) {
    const { byteOffset, terminated } = line
    found.push([line.kind === 'line' ? Buffer.from(line.bytes).toString('latin1') : line.length, byteOffset, terminated])
  }
  return found
}

describe('readLines', () => {
  it.each([
    ['nothing', [], []],
    ['empty chunks', ['', ''], []],
    ['one line', ['ab\n'], [['ab', 0, true]]],
    [
      'no last line end',
      ['ab\ncd'],
      [
        ['ab', 0, true],
        ['cd', 3, false],
      ],
    ],
    [
      'empty lines',
      ['\n\na\n'],
      [
        ['', 0, true],
        ['', 1, true],
        ['a', 2, true],
      ],
    ],
    [
      'a line over many chunks',
      ['a', 'b', 'c\nd', '\n'],
      [
        ['abc', 0, true],
        ['d', 4, true],
      ],
    ],
    [
      'CRLF, also split between chunks',
      ['ab\r', '\ncd\r\n'],
      [
        ['ab', 0, true],
        ['cd', 4, true],
      ],
    ],
    ['a lone CR inside of a line', ['a\rb\n'], [['a\rb', 0, true]]],
    ['only one CR is a line end’s', ['a\r\r\n'], [['a\r', 0, true]]],
    ['a CR at the very end', ['a\r'], [['a', 0, false]]],
    [
      'a byte-order mark, in pieces',
      ['\xef', '\xbb\xbfa\n\xef\xbb\xbfb\n'],
      [
        ['a', 0, true],
        ['\xef\xbb\xbfb', 5, true],
      ],
    ],
    ['a byte-order mark alone', ['\xef\xbb\xbf'], [['', 0, false]]],
    ['half a byte-order mark', ['\xef\xbb\n'], [['\xef\xbb', 0, true]]],
    ['U+2028 and U+0085', ['a\xe2\x80\xa8b\xc2\x85c\n'], [['a\xe2\x80\xa8b\xc2\x85c', 0, true]]],
  ] as const)('%s', async (_, chunks, expected) => {
    expect(await linesOf(chunks)).toEqual(expected)
  })

  it('a line beyond the limit is measured, whatever the chunks, and the next one is whole', async () => {
    const expected = [
      [9, 0, true],
      ['abcd', 10, true],
      [5, 15, false],
    ]
    expect(await linesOf(['123456789\nabcd\n12345'], 4)).toEqual(expected)
    expect(await linesOf('123456789\nabcd\n12345'.split(''), 4)).toEqual(expected)
  })

  it('a line of exactly the limit is a line', async () => {
    expect(await linesOf(['1234', '\n1234'], 4)).toEqual([
      ['1234', 0, true],
      ['1234', 5, false],
    ])
  })
})

it('keeps what is carried over, though the reader writes the next chunk over the same memory', async () => {
  const text = 'first line\nsecond line that is longer\nthird\n'
  const reused = Buffer.alloc(8)
  const chunks = async function* () {
    for (let from = 0; from < text.length; from += reused.length) {
      yield reused.subarray(0, reused.write(text.slice(from, from + reused.length), 'latin1'))
    }
  }
  const lines: string[] = []
  for await (const line of readLines(chunks())) lines.push(line.kind === 'line' ? Buffer.from(line.bytes).toString('latin1') : '')
  expect(lines).toEqual(['first line', 'second line that is longer', 'third'])
})
