import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GLUE } from '../../src/report/words.ts'
import { fitPath, wrap } from '../../src/report/wrap.ts'
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

describe('fitPath', () => {
  it.each([
    ['/w/shop', 10, '/w/shop'],
    ['/home/olena/shop/.claude/worktrees/agent-a1', 30, '…/.claude/worktrees/agent-a1'],
    ['/home/olena/agent-a1', 10, '…/agent-a1'],
    ['/home/olena/agent-a1', 9, 'agent-a1'],
    ['/home/olena/agent-a1', 6, 'agent…'],
    ['C:\\src\\shop\\agent-a1', 15, '…/shop\\agent-a1'],
    ['/no/name/', 6, 'name/'],
  ])('%j in %i columns', (path, columns, fitted) => {
    expect(fitPath(path, columns)).toBe(fitted)
  })
})
