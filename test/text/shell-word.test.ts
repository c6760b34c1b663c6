import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shellWord } from '../../src/text/shell-word.ts'
import { POSIX } from '../emit/shells.ts'

const ODD = [
  '',
  '~',
  '~/x',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '{}',
  '=ls',
  'PATH=x',
  '--x=~',
  '--x={a,b}',
  '-',
  '--',
  "it's",
  '$(id)',
  '`id`',
  'a b',
  '!x',
  '::error::x',
  'a ::error::b',
  'x##vso[task.x]y',
  "###[it's]",
]

it('a person types quotes only where a shell needs them', () => {
  for (const word of ['git', '/home/dev/app', '--since=all', '--root=/a/b', '-p', 'refs/heads/a-1:x', 'a@b', 'x%2,y+z', 'std::env'])
    expect(shellWord(word)).toBe(word)
  for (const word of ODD.filter((each) => each !== '-' && each !== '--')) expect(shellWord(word)).toMatch(/^'[^]*'$/)
})

describe.each(POSIX)('$name', ({ argv }) => {
  const read = (words: readonly string[]): readonly string[] => {
    const [program = '', ...flags] = argv
    const input = `printf '%s\\0' ${words.map(shellWord).join(' ')}\n`
    const { stdout } = spawnSync(program, flags, {
      input,
      encoding: 'utf8',
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
    })
    return stdout.split('\0').slice(0, -1)
  }

  it('reads every word as it was', () => {
    expect(read(ODD)).toEqual(ODD)
    const word = fc.string({ unit: fc.constantFrom(...'ab =-~*?[]{},:%+@/.$`"\'\\!#&|;<>()^é'.split('')), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 200 }), (words) => {
        expect(read(words)).toEqual(words)
      }),
      { numRuns: 3 },
    )
  })
})
