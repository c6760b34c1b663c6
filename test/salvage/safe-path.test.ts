import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partsOf, refusalOf, TreeNames } from '../../src/salvage/safe-path.ts'

describe('a path that must not lie in a tree', () => {
  it.each([
    // S01
    ['../../.bashrc', 'dot_dot'],
    ['a/../b', 'dot_dot'],
    ['a\\..\\b', 'dot_dot'],
    ['a/.\u200b./b', 'dot_dot'],
    // S02
    ['/etc/cron.d/x', 'outside'],
    ['\\\\host\\share', 'outside'],
    ['C:\\Windows\\x', 'outside'],
    ['C:/Windows/x', 'outside'],
    ['C:x', 'colon'],
    ['a//b', 'empty_name'],
    ['', 'empty_name'],
    ['a/./b', 'empty_name'],
    ['a/', 'empty_name'],
    ['a\0b', 'nul'],
    ['a/b\u001b[2J', 'control_character'],
    ['a\nb', 'control_character'],
    ['a\ud800', 'not_unicode'],
    ['file.txt:stream', 'colon'],
    ['file.txt::$DATA', 'colon'],
    ['a./b', 'trailing_dot_or_space'],
    ['a ', 'trailing_dot_or_space'],
    // S05
    ['con.txt', 'device_name'],
    ['CON', 'device_name'],
    ['src/aux.c', 'device_name'],
    ['nul .txt', 'device_name'],
    ['COM1', 'device_name'],
    ['com¹.txt', 'device_name'],
    ['lpt9.tar.gz', 'device_name'],
    ['.git/config', 'git_folder'],
    ['a/.GIT/hooks/pre-commit', 'git_folder'],
    ['.g\u200cit/config', 'git_folder'],
    ['.gIt\u00ad/config', 'git_folder'],
    ['．git/config', 'git_folder'],
    ['git~1/config', 'git_folder'],
    ['GIT~2', 'git_folder'],
    ['.git./config', 'git_folder'],
    ['.git /config', 'git_folder'],
    ['x'.repeat(256), 'name_too_long'],
    ['ü'.repeat(128), 'name_too_long'],
    [Array.from({ length: 65 }, () => 'a').join('/'), 'too_deep'],
  ])('%j is refused: %s', (path, why) => {
    expect(refusalOf(path)).toBe(why)
  })

  it.each([
    'src/new/deep file.ts',
    '.github/workflows/ci.yml',
    '.gitignore',
    'console.ts',
    'a.con',
    'x'.repeat(255),
    'grüße/漢字 🌍.md',
    '.env',
    'a..b',
    '...x',
  ])('%j is not', (path) => {
    expect(refusalOf(path)).toBeNull()
  })

  it('may be as long as a transcript is', () => {
    // Anything but linear would take minutes, and the test would end by its timeout.
    expect(refusalOf(`${'. '.repeat(1_000_000)}x`)).toBe('name_too_long')
    expect(refusalOf(`.git${' .'.repeat(1_000_000)}`)).toBe('git_folder')
  })

  it('is the only one: whatever passes stays below its folder, on any system', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '..', '.', '/', '\\', ':', ' ', '\0', 'con', '.git', '\u200b', '~1', 'C'), { maxLength: 8 }),
        (pieces) => {
          const path = pieces.join('')
          if (refusalOf(path) !== null) return
          for (const part of partsOf(path)) {
            expect(part).not.toMatch(/^\.{0,2}$|[\\/:\0]|[. ]$/)
            expect(part.toLowerCase().replaceAll('\u200b', '')).not.toBe('.git')
          }
        },
      ),
    )
  })
})

describe('names in a tree', () => {
  const placed = (...paths: readonly string[]): readonly string[] => {
    const names = new TreeNames()
    return paths.map((path) => names.place(path).join('/'))
  }

  it('get a suffix where some file system takes them for one (S04)', () => {
    expect(placed('a', 'A', 'a\u0301', '\u00e1', 'b/x', 'B/x', 'b/y')).toEqual(['a', 'A~2', 'a\u0301', '\u00e1~2', 'b/x', 'B~2/x', 'b/y'])
    expect(placed('straße', 'STRASSE', 'A~2', 'a', 'A')).toEqual(['straße', 'STRASSE~2', 'A~2', 'a', 'A~3'])
  })

  it('keep a file and a folder of one name apart', () => {
    expect(placed('a', 'a/b', 'c/d', 'c')).toEqual(['a', 'a~2/b', 'c/d', 'c~2'])
  })

  it('stay short enough for a suffix', () => {
    const long = 'ü'.repeat(127)
    const [, second = ''] = placed(long, long.toUpperCase())
    expect(new TextEncoder().encode(second).length).toBeLessThanOrEqual(255)
    expect(second).toMatch(/~2$/)
  })

  it('never meet, whatever their letter case, and take no time that grows with their square', () => {
    const paths = Array.from({ length: 20_000 }, (_, at) => (at % 2 === 0 ? 'same.txt' : 'SAME.txt'))
    expect(new Set(placed(...paths).map((path) => path.toLowerCase())).size).toBe(paths.length)
  })
})
