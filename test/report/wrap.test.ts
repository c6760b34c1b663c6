import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GLUE } from '../../src/report/words.ts'
import { wrap } from '../../src/report/wrap.ts'
import { displayWidth } from '../../src/text/escape.ts'

describe('wrap', () => {
  it.each<[string, number, number | undefined, string[]]>([
    ['', 10, undefined, ['']],
    ['one two three', 7, undefined, ['one two', 'three']],
    ['one two three four', 7, 2, ['one two', 'three …']],
    ['one two three', 5, 1, ['one …']],
    ['/a/very/long/path here', 8, undefined, ['/a/very/', 'long/pat', 'h here']],
    ['日本語テスト', 4, undefined, ['日本', '語テ', 'スト']],
    [`in 4h${GLUE}40min`, 9, undefined, ['in', '4h 40min']],
  ])('%j in %i columns', (text, columns, most, lines) => {
    expect(wrap(text, columns, most)).toEqual(lines)
  })

  it('never exceeds the columns or the lines, and loses nothing when lines are free', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' ', '日', '-'), maxLength: 80 }),
        fc.integer({ min: 2, max: 30 }),
        (text, columns) => {
          const lines = wrap(text, columns)
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
          expect(wrap(text, columns, 2).length).toBeLessThanOrEqual(2)
        },
      ),
    )
  })
})
