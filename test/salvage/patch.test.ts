import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatFilePatch, type PatchedFile } from '../../src/salvage/patch.ts'

const count = (length: number, line: (index: number) => string): string => Array.from({ length }, (_, index) => line(index)).join('')
const MANY = 3_000

const CASES: readonly (readonly [string, PatchedFile])[] = [
  [
    'a line in the middle',
    { path: 'a.txt', before: count(20, (index) => `${index}\n`), after: count(20, (index) => `${index === 9 ? 'x' : index}\n`) },
  ],
  ['a new file', { path: 'src/new.txt', before: null, after: 'a\nb\n' }],
  ['a new file that is empty', { path: 'empty.txt', before: null, after: '' }],
  ['a file that was empty', { path: 'a.txt', before: '', after: 'a\n' }],
  ['a file that becomes empty', { path: 'a.txt', before: 'a\nb', after: '' }],
  ['a last line that gets its end', { path: 'a.txt', before: 'a\nb', after: 'a\nb\n' }],
  ['a last line that loses its end', { path: 'a.txt', before: 'a\nb\n', after: 'a\nb' }],
  ['no last end, before and after', { path: 'a.txt', before: 'a\nb\nc', after: 'a\nx\nc' }],
  ['CRLF', { path: 'a.txt', before: 'a\r\nb\r\nc\r\n', after: 'a\r\nx\r\nc' }],
  ['CRLF that becomes LF', { path: 'a.txt', before: 'a\r\nb\r\n', after: 'a\nb\n' }],
  ['lines that look like a header', { path: 'a b', before: '-- a/x y\n++ b/x y\n', after: '@@ -1,1 +1,1 @@\n-- a/z y\n++ b/x y\n' }],
  ['control characters', { path: 'a.txt', before: 'a\u0000\u0007\f\u2028b\rc\n', after: 'a\u0000\u0007\f\u2028b\rd\n' }],
  ['a name with blanks', { path: 'my docs/read me.txt', before: 'a\n', after: 'b\n' }],
  ['a new name with blanks', { path: 'my docs/new me.txt', before: null, after: 'b\n' }],
  ['a name with quotes and backslashes', { path: 'a"b\'c\\d e.txt', before: 'a\n', after: 'b\n' }],
  ['a name beyond ASCII', { path: 'ä/漢🌍.txt', before: 'a\n', after: 'b\n' }],
  ['a name with control characters', { path: 'a\tb\nc\u0007\u007f.txt', before: 'a\n', after: 'b\n' }],
  [
    'many lines that are added',
    { path: 'a.txt', before: 'a\nb\nc\nd\ne\n', after: `a\nb\n${count(MANY, (index) => `${index}\n`)}c\nd\ne\n` },
  ],
  ['a long new file', { path: 'a.txt', before: null, after: count(MANY, (index) => `${index}\n`) }],
  [
    'too many differences',
    {
      path: 'a.txt',
      before: `a\nb\nc\nd\n${count(MANY, (index) => `${index}\n`)}y\nz`,
      after: `a\nb\nc\nd\n${count(MANY, (index) => `-${index}\n`)}y\nz`,
    },
  ],
]

/** What a program makes of the files by one patch of them all. */
function applyBy([program = '', ...args]: readonly string[], files: readonly PatchedFile[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'patch-'))
  try {
    for (const { path, before } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      if (before !== null) writeFileSync(join(folder, path), before)
    }
    execFileSync(program, args, { cwd: folder, input: files.map(formatFilePatch).join(''), stdio: ['pipe', 'ignore', 'pipe'] })
    return files.map(({ path }) => readFileSync(join(folder, path), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.each([
  ['git', 'apply', '--whitespace=nowarn'],
  ['patch', '-p1', '--binary', '--quiet'],
])('a patch for %s', (...command) => {
  const isMissing = spawnSync(command[0], ['--version']).status !== 0

  it.skipIf(isMissing)('changes every kind of file', () => {
    const files = CASES.map(([, file], index) => ({ ...file, path: `${index}/${file.path}` }))
    const kindOf = (text: string, index: number): readonly unknown[] => [CASES[index]?.[0], text]
    expect(applyBy(command, files).map(kindOf)).toEqual(files.map(({ after }) => after).map(kindOf))
  })

  it.skipIf(isMissing)('changes any text', () => {
    const text = fc
      .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '', '\r', '- a', '+ b', '\\'), { maxLength: 40 }), fc.constantFrom('', '\n'))
      .map(([lines, end]) => lines.join('\n') + (lines.length === 0 ? '' : end))
    const texts = fc.sample(fc.tuple(text, text), { numRuns: 300, seed: 20_261_129 })
    const files = texts.map(([before, after], index) => ({ path: `${index}.txt`, before, after }))
    expect(applyBy(command, files)).toEqual(texts.map(([, after]) => after))
  })
})

it('bounds its work', () => {
  const before = count(100_000, (index) => `${index}\n`)
  const began = performance.now()
  const patch = formatFilePatch({ path: 'a.txt', before, after: before.replaceAll('\n', '.\n') })
  expect(patch.split('\n')).toHaveLength(200_005)
  expect(performance.now() - began).toBeLessThan(10_000)
})

it('says nothing of a file that stays as it is', () => {
  expect(formatFilePatch({ path: 'a.txt', before: 'a\n', after: 'a\n' })).toBe('')
})
