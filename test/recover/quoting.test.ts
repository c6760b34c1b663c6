import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { emit, type EmitOptions } from '../../src/recover/index.ts'
import { quoteFish } from '../../src/recover/quote/fish.ts'
import { quotePowershell } from '../../src/recover/quote/powershell.ts'
import { quoteSh } from '../../src/text/shell-word.ts'
import { action, options, SESSION } from './plan.ts'
import { FISH, POSIX } from './shells.ts'
import { World } from './world.ts'

/** Q01 to Q23: what a shell might read something into. All of them come out as they are. */
const HOSTILE: Readonly<Record<string, string>> = {
  Q01: 'two  words ',
  Q02: "it's",
  Q03: '"quoted"',
  Q04: String.raw`a\'; touch PWN #`,
  Q05: '$(touch PWN)',
  Q06: '`touch PWN`',
  Q07: '; touch PWN;',
  Q08: '&& touch PWN &',
  Q09: '| touch PWN > PWN',
  Q10: '$HOME ${HOME} $0 $@ (touch PWN)',
  Q11: '* ? [a-z]*',
  Q12: '~ ~root',
  Q13: '!! !1 !touch',
  Q14: '-rf',
  Q15: 'a\\',
  Q16: String.raw`%s %n %PATH% \n \x41 \\`,
  Q17: '{a,b} {1..3}',
  Q18: '=ls',
  Q19: '# x',
  Q20: '^a^b',
  Q21: '',
  Q22: 'é 日本 🦀 ‘a’ ‚b‛ “c”',
  Q23: `'"\\$\`;|&<>(){}[]*?~!#=^%@,:.+-_`.repeat(500),
}

/** What stands in no script, with what it would do there. */
const REFUSED: Readonly<Record<string, string>> = {
  'a line break': 'a\ntouch PWN',
  'a carriage return': 'a\rb',
  'a tabulator': 'a\tb',
  'Q26: NUL': 'a\0b',
  'an escape': '\u001b[31m',
  'a C1 control': '\u009b31m',
  'a delete': '\u007f',
  'text that runs backwards': '\u202Etxt.exe',
  'an isolate': '\u2066x',
  'a mark of order': '\u200Fx',
  'a line separator': 'a\u2028b',
  'half of a character': '\ud800',
  'the other half': 'a\udc00b',
}

const anyWord = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...String.raw`'"\$;|&<>(){}[]*?~!#=^% -a‘’`.split('')) }),
  fc.string({ unit: 'grapheme' }),
  fc.string(),
)
/** What no script holds, told apart here by the classes of Unicode. */
const UNSPEAKABLE = /[\p{Control}\p{Surrogate}]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

const SHELLS = [
  ...POSIX.map((shell) => ({ ...shell, language: 'sh' as const })),
  ...FISH.map((shell) => ({ ...shell, language: 'fish' as const })),
]
const worlds: World[] = []
const newWorld = (): World => {
  const world = new World()
  worlds.push(world)
  return world
}
afterAll(() => worlds.forEach((world) => world.remove()))

it('there is a shell to try it in', () => {
  expect(POSIX.map(({ name }) => name)).toContain('sh')
})

function printing(
  world: World,
  commands: readonly { readonly cwd?: string; readonly words: readonly string[] }[],
  changed: Partial<EmitOptions>,
) {
  const actions = commands.map(({ cwd = world.work, words }, index) =>
    action({ id: `push-${index}`, kind: 'push', commands: [{ cwd, argv: [world.printer, ...words] }] }),
  )
  return emit(actions, options(changed))
}

describe.each(SHELLS)('$name', ({ argv, language }) => {
  it('hands over every hostile value as it is', () => {
    const world = newWorld()
    const words = Object.values(HOSTILE)
    const { text, cannotEmit } = printing(world, [{ words }, ...words.map((word) => ({ words: [word] }))], { language })
    expect(cannotEmit).toEqual([])
    const { code } = world.run(argv, text)
    expect(world.printed()).toEqual([words, ...words.map((word) => [word])].map((each) => [world.work, ...each]))
    expect([code, existsSync(join(world.work, 'PWN')), existsSync(join(world.root, 'PWN'))]).toEqual([0, false, false])
  })

  it('goes to folders of hostile names', () => {
    const world = newWorld()
    const names = [
      ...Object.values(HOSTILE).filter((name) => name !== '' && name.length < 200 && !name.includes('/')),
      '-',
      '--',
      '-P',
      '...',
    ]
    const folders = names.map((name) => join(world.work, name))
    for (const folder of folders) mkdirSync(folder)
    const { text } = printing(
      world,
      folders.map((cwd) => ({ cwd, words: [] })),
      { language },
    )
    expect(world.run(argv, text, { env: { CDPATH: '/', OLDPWD: '/' } }).code).toBe(0)
    expect(world.printed()).toEqual(folders.map((folder) => [folder]))
  })

  it('hands over any words exactly', () => {
    const world = newWorld()
    const lists = fc.array(
      fc.array(
        anyWord.filter((each) => !UNSPEAKABLE.test(each)),
        { minLength: 40, maxLength: 80 },
      ),
      {
        minLength: 2,
        maxLength: 2,
      },
    )
    fc.assert(
      fc.property(lists, (commands) => {
        const { text, cannotEmit } = printing(
          world,
          commands.map((words) => ({ words })),
          { language },
        )
        world.run(argv, text)
        expect(cannotEmit).toEqual([])
        expect(world.printed()).toEqual(commands.map((words) => [world.work, ...words]))
      }),
      { numRuns: 5 },
    )
  })

  it('says texts of any kind, and runs none of them', () => {
    const world = newWorld()
    const actions = [...Object.values(HOSTILE), ...Object.values(REFUSED)].map((text, index) =>
      action({ id: `inspect-${index} ${text}`, kind: 'inspect', title: text, why: text, risk: text, cost: text, preconditions: [text] }),
    )
    const { text } = emit(actions, options({ language }))
    const { code, out } = world.run(argv, text)
    expect([code, existsSync(join(world.root, 'PWN')), world.log()]).toEqual([0, false, ['tool scan']])
    expect(out).toContain(String.raw`Risk: a\'; touch PWN #`)
    expect(out).toContain(String.raw`\u{1b}[31m`)
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })
})

it('refuses any word that holds what cannot be seen, and no other', () => {
  fc.assert(
    fc.property(fc.array(anyWord, { maxLength: 4 }), (words) => {
      const { cannotEmit } = emit([action({ id: 'a', kind: 'push', commands: [{ cwd: '/', argv: ['git', ...words] }] })], options())
      return cannotEmit.length > 0 === words.some((each) => UNSPEAKABLE.test(each))
    }),
    { numRuns: 300 },
  )
})

it('the quotes of one language execute in another: that is why a script says which it is', () => {
  const value = HOSTILE['Q04'] ?? ''
  const [fish] = FISH
  if (fish === undefined) return
  const world = newWorld()
  world.run(fish.argv, `true ${quoteSh(value)}\n`)
  expect(existsSync(join(world.root, 'PWN'))).toBe(true)
})

describe.each(Object.entries(REFUSED))('%s', (_, value) => {
  it.each(['sh', 'fish', 'powershell'] as const)('is in no script of %s; what depends on it is skipped', (language) => {
    const world = newWorld()
    const bad = action({ id: 'bad', kind: 'push', commands: [{ cwd: world.work, argv: [world.printer, value] }] })
    const folder = action({ id: 'folder', kind: 'push', commands: [{ cwd: `/x${value}`, argv: [world.printer] }] })
    const after = action({ id: 'after', kind: 'push', dependsOn: ['bad'], commands: [{ cwd: world.work, argv: [world.printer, 'after'] }] })
    const { text, cannotEmit } = emit([bad, folder, after], options({ language }))
    expect(cannotEmit.map(({ id }) => id)).toEqual(['bad', 'folder'])
    const [first] = cannotEmit
    expect(JSON.parse(first?.value ?? '')).toBe(value)
    expect(first?.value).toMatch(/^[\u0020-\u007e]+$/)
    expect(first?.why).toMatch(/^a value cannot be written safely: it /)
    expect(text).not.toContain(value)
    if (language !== 'sh') return
    const { code, out, err } = world.run(['sh'], text)
    expect([code, world.printed()]).toEqual([1, []])
    expect(out).toMatch(/3 skipped: .*step 1 is not done/)
    expect(err).toMatch(/^cannot_emit bad: /)
  })
})

it.each([
  ['--dangerously-skip-permissions'],
  ['--allow-dangerously-skip-permissions=true'],
  ['--permission-mode', 'bypassPermissions'],
  ['--settings={"permissions":{"defaultMode":"bypassPermissions"}}'],
])('%s is in no script, and not even quoted', (...words) => {
  const bad = action({
    id: 'bad',
    kind: 'resume',
    agents: ['a1'],
    title: `With ${words.join(' ')}`,
    why: `DangerouslySkipPermissions, --Dangerously_Skip_Permissions`,
    commands: [{ cwd: '/', argv: ['claude', ...words, `--resume=${SESSION}`] }],
  })
  for (const language of ['sh', 'fish', 'powershell', 'prompt'] as const) {
    const { text, cannotEmit } = emit([bad], options({ language }))
    expect(cannotEmit).toMatchObject([
      { id: 'bad', why: expect.stringContaining('it would switch off the permissions') as string, value: null },
    ])
    expect(text).not.toMatch(/skip.?permissions|bypass.?permissions/i)
  }
})

it.each(['-', 'relative', './x', '', '~', '\\', 'C:x'])('Q25: the folder %j is refused, since only an absolute one is a place', (cwd) => {
  const { cannotEmit } = emit([action({ id: 'a', kind: 'push', commands: [{ cwd, argv: ['git'] }] })], options())
  expect(cannotEmit).toMatchObject([{ id: 'a', why: 'its folder is no absolute path', value: JSON.stringify(cwd) }])
})

it.each(['', '-x', 'a b', 'A=1', '$(x)', './x', 'x;y', 'af_stop x'])('the program %j is refused', (program) => {
  const { cannotEmit } = emit([action({ id: 'a', kind: 'push', commands: [{ cwd: '/', argv: [program] }] })], options())
  expect(cannotEmit.map(({ why }) => why)).toContain('a program is neither a plain name nor an absolute path')
})

describe('PowerShell, of which there was none to try it in', () => {
  /** Reads single-quoted words as PowerShell does: five characters are quotes, two of them in a row are one. */
  const wordsIn = (line: string): readonly string[] => {
    const quotes = "'\u2018\u2019\u201a\u201b"
    const words: string[] = []
    let at = 0
    while (at < line.length) {
      if (!quotes.includes(line[at] ?? '')) {
        at += 1
        continue
      }
      let word = ''
      for (at += 1; at < line.length; at += 1) {
        if (!quotes.includes(line[at] ?? '')) word += line[at]
        else if (quotes.includes(line[at + 1] ?? ' ')) {
          word += line[at]
          at += 1
        } else break
      }
      at += 1
      words.push(word)
    }
    return words
  }

  it('hostile values are one word each, and read back as they are', () => {
    for (const value of Object.values(HOSTILE)) expect(wordsIn(`x ${quotePowershell(value)} 'y'`)).toEqual([value, 'y'])
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => wordsIn(`${quotePowershell(value)} 'y'`).join('\0') === `${value}\0y`))
  })

  it('commands stand in the script with exactly their words', () => {
    const words = Object.values(HOSTILE)
    const { text } = emit(
      [action({ id: 'a', kind: 'push', commands: [{ cwd: 'C:\\it‘s here', argv: ['git', ...words] }] })],
      options({ language: 'powershell' }),
    )
    const line = text.split('\n').find((each) => each.includes('-eq 0) { af_run ')) ?? ''
    expect(wordsIn(line)).toEqual(['C:\\it‘s here', 'git', ...words])
  })

  it('says that it is untried, and refuses what cmd.exe would read', () => {
    const { text } = emit([], options({ language: 'powershell' }))
    expect(text).toMatch(/^#requires -Version 7\.3\n/)
    expect(text).toContain('# It was made without a PowerShell to try it in')
    expect(text).toContain('which cmd.exe reads')
  })
})

it('quotes are what they are', () => {
  expect([quoteSh("a'b"), quoteFish("a'b\\"), quotePowershell("a'b‘")]).toEqual([String.raw`'a'\''b'`, String.raw`'a\'b\\'`, "'a''b‘‘'"])
})
