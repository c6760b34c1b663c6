import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clip, displayWidth, escapeControl, truncate } from '../../src/text/escape.ts'

const ESC = '\u001b'
const binary = fc.string({ unit: 'binary', maxLength: 60 })
/** Halves of surrogate pairs and everything below U+3000 in any mix, which `binary` seldom makes. */
const hostile = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x2fff }), fc.integer({ min: 0xd800, max: 0xe07f })))
  .map((codes) => String.fromCharCode(...codes))

function isDangerous(code: number): boolean {
  const ranges = [
    [0, 0x1f],
    [0x7f, 0x9f],
    [0x61c, 0x61c],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x2069],
    [0xd800, 0xdfff],
    [0xfeff, 0xfeff],
    [0xfff9, 0xfffb],
    [0xe0000, 0xe007f],
  ] as const
  return ranges.some(([first, last]) => code >= first && code <= last)
}

describe('escapeControl', () => {
  it.each([
    [`${ESC}[31mred`, '\\u{1b}[31mred'],
    [`${ESC}${ESC}[31m[31m`, '\\u{1b}\\u{1b}[31m[31m'],
    [`${ESC}]0;title\u0007`, '\\u{1b}]0;title\\u{7}'],
    ['\u009d8;;x\u009c', '\\u{9d}8;;x\\u{9c}'],
    ['a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
    ['a\u{e0041}b', 'a\\u{e0041}b'],
    ['\ud800 \udc00', '\\u{d800} \\u{dc00}'],
    ['\ud83d\ude00', '😀'],
    ['a\r\n\tb', 'a\\u{d}\\u{a}\\u{9}b'],
    ['Київ, café, 東京', 'Київ, café, 東京'],
  ])('%j', (text, escaped) => {
    expect(escapeControl(text)).toBe(escaped)
  })

  it('keeps LF and TAB when asked, CR never', () => {
    expect(escapeControl('a\r\n\tb', { newlines: 'keep' })).toBe('a\\u{d}\n\tb')
  })

  it('leaves nothing that a terminal acts on, and is done after once', () => {
    fc.assert(
      fc.property(fc.oneof(binary, hostile), fc.constantFrom('keep', 'escape'), (text, newlines) => {
        const escaped = escapeControl(text, { newlines })
        const left = Array.from(escaped).filter((character) => isDangerous(character.codePointAt(0) ?? 0))
        expect(left.filter((character) => newlines === 'escape' || !'\n\t'.includes(character))).toEqual([])
        expect(escapeControl(escaped, { newlines })).toBe(escaped)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['Київ', 4],
    ['東京', 4],
    ['한국', 4],
    ['ﾊﾝ', 2],
    ['（）', 4],
    ['e\u0301', 1],
    ['😀', 2],
    ['⌚', 2],
    ['👨‍👩‍👧', 2],
    ['🇺🇦', 2],
    ['❤️', 2],
    ['✓ · … │', 7],
  ])('%s', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
})

describe('truncate', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['abcdef', 1, '…'],
    ['abcdef', 0, ''],
    ['', 3, ''],
    ['東京都', 6, '東京都'],
    ['東京都', 5, '東京…'],
    ['東京都', 4, '東…'],
    ['👨‍👩‍👧👨‍👩‍👧', 3, '👨‍👩‍👧…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%s to %i', (text, columns, expected) => {
    expect(truncate(text, columns)).toBe(expected)
  })

  it('never is wider than asked, and leaves what fits', () => {
    fc.assert(
      fc.property(fc.oneof(binary, fc.string({ unit: 'grapheme' })), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        const escaped = escapeControl(text)
        expect(displayWidth(truncate(escaped, columns))).toBeLessThanOrEqual(columns)
        if (displayWidth(escaped) <= columns) expect(truncate(escaped, columns)).toBe(escaped)
      }),
      { numRuns: 1000 },
    )
  })

  it('bounds marks stacked without end, and reads no more than it shows', () => {
    expect(truncate(`a${'\u0301'.repeat(100_000)}b`, 10).length).toBeLessThan(50)
    // Reading all of it once for each of these would take minutes.
    const long = '東'.repeat(4_000_000)
    for (let columns = 2; columns < 300; columns += 1) expect(truncate(long, columns).length).toBeLessThanOrEqual(columns)
  })
})

describe('clip', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a😀b', 3, 'a…'],
    ['abcd', 0, ''],
  ])('%s to %i', (text, length, expected) => {
    expect(clip(text, length)).toBe(expected)
  })
})
