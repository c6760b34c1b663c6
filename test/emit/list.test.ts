import { IS_LONG } from '../long.ts'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { emit } from '../../src/emit/index.ts'
import { SHELLS } from '../../src/emit/languages.ts'
import { QUOTING } from '../../src/emit/quoting.ts'
import type { Action } from '../../src/plan/action.ts'
import { quoteSh } from '../../src/text/shell-word.ts'
import { HOSTILE, REFUSED, UNSPEAKABLE } from './hostile.ts'
import { action, options, SESSION } from './plan.ts'
import { FISH, isThere, POSIX } from './shells.ts'
import { World } from './world.ts'

const world = new World()
afterEach(() => expect(world.strays()).toEqual([]))
afterAll(() => world.remove())

const resume = (changed: Partial<Action> = {}): Action =>
  action({
    id: 'resume-a1',
    kind: 'resume',
    agents: ['a1', 'a2'],
    notBefore: '2026-05-31T22:10:00.000Z',
    commands: [{ cwd: '/home/dev/app', argv: ['claude', '-p', `--resume=${SESSION}`, `Continue. ${'word '.repeat(60)}`] }],
    ...changed,
  })
const push = (words: readonly string[], cwd = world.work): Action =>
  action({ id: 'push-b', kind: 'push', commands: [{ cwd, argv: ['git', ...words] }] })

/** A whole plan with a hostile value wherever a list has room for one. */
const hostilePlan = (value: string): readonly Action[] => {
  const texts = { title: value, why: value, risk: value, cost: value, preconditions: [value] }
  return [
    action({ ...texts, id: 'release-x', kind: 'release', commands: [{ cwd: '/', argv: ['git', value] }] }),
    action({ ...texts, id: 'fix-login', kind: 'fix' }),
    resume({ ...texts, commands: [{ cwd: `/x/${value}`, argv: ['claude', `--resume=${value}`, value] }] }),
    action({ ...texts, id: 'inspect-x', kind: 'inspect', commands: [{ cwd: '/', argv: ['agent-forensics', 'show', value] }] }),
    push([value, 'x']),
  ]
}

describe('a list', () => {
  it('is read in half a minute: three lines at most, then a comment or two and a line for each action', () => {
    const preserve = { words: ['agent-forensics', 'preserve', '--root', '/srv/a b'], places: 3 }
    const actions = [
      action({ id: 'release-x', kind: 'release', commands: [{ cwd: '/', argv: ['hcloud', 'server', 'describe', '58213077'] }] }),
      action({ id: 'fix-login', kind: 'fix' }),
      action({ id: 'wait-x', kind: 'wait', notBefore: '2026-05-31T22:10:00.000Z' }),
      resume(),
      push(['push', 'origin', 'refs/heads/x:refs/heads/x'], '/work/x'),
    ]
    const { text } = emit(actions, options({ preserve, recover: ['agent-forensics', 'recover', '--root', '/srv/a b', '--headless'] }))
    expect(text).toBe(`#!/bin/sh
# agent-forensics 0.1.0, sh only, from the scan of 2026-05-31T20:10:00.000Z. Every line may be run again.
# First save the work in 3 places
agent-forensics preserve --root '/srv/a b'
# Check what may be billed, release-x
cd / && 'hcloud' 'server' 'describe' '58213077'
# Fix by hand, fix-login
# Resume, resume-a1, agent a2, not before 2026-05-31T22:10:00.000Z
# by claude '-p' '--resume=${SESSION}' and a prompt, in '/home/dev/app'
agent-forensics recover --root '/srv/a b' --headless --action resume-a1 --yes
# Push, push-b
cd '/work/x' && 'git' 'push' 'origin' 'refs/heads/x:refs/heads/x'
`)
  })

  it('says when nothing is to be done, is the same for the same actions, and differs from shell to shell', () => {
    expect(emit([], options()).text).toMatch(/\n# Nothing to do\n$/)
    expect(emit([resume()], options())).toEqual(emit([resume()], options()))
    const texts = SHELLS.map((language) => emit([push(["it's"])], options({ language })).text)
    expect(new Set(texts).size).toBe(SHELLS.length)
    expect(texts.map((text) => text.split('\n')[0])).toEqual(['#!/bin/sh', '#!/usr/bin/env fish', '#requires -Version 7.3'])
  })

  it.each(SHELLS)('Q24: outside of quotes, no comment of %s holds anything that would run if it were no comment', (language) => {
    const quoted = language === 'fish' ? /'(?:\\.|[^\\'])*'/g : language === 'sh' ? /'[^']*'|\\'/g : /'(?:''|[^'])*'/g
    // Quotes of PowerShell alone are letters to every other shell, and doubled in this one.
    const values = Object.values(HOSTILE).filter((value) => !/[‘’‚‛]/.test(value))
    for (const value of values) {
      const comments = emit(hostilePlan(value), options({ language }))
        .text.split('\n')
        .slice(1)
        .filter((line) => line.startsWith('#'))
      expect(comments.length).toBeGreaterThan(5)
      for (const line of comments) expect(line.replaceAll(quoted, 'Q')).toMatch(/^#[A-Za-z0-9 .,:_-]*$/)
    }
  })

  it.each(Object.entries(REFUSED))('%s is in no text, and that is said', (_, value) => {
    const bad = push([value])
    const folder = { ...push([]), id: 'folder', commands: [{ cwd: `/x${value}`, argv: ['git'] }] }
    const named = { ...push([]), id: value }
    for (const language of [...SHELLS, 'commands', 'prompt'] as const) {
      const { text, cannotEmit } = emit([bad, folder, named], options({ language }))
      expect(cannotEmit.map(({ id }) => id)).toEqual(['push-b', 'folder', value])
      expect(JSON.parse(cannotEmit[0]?.value ?? '')).toBe(value)
      expect(cannotEmit[0]?.value).toMatch(/^[\u0020-\u007e]+$/)
      expect(cannotEmit[0]?.why).toMatch(/^a value cannot be written safely: it holds/)
      expect(text).not.toContain(value)
      if (language !== 'commands')
        expect(text).toMatch(language === 'prompt' ? /^cannot_emit "push-b": /m : /^# cannot_emit push-b, standard error says why$/m)
    }
    expect(emit([resume()], options({ recover: ['agent-forensics', 'recover', '--root', value] }))).toMatchObject({
      text: '',
      cannotEmit: [{ id: '' }],
    })
  })

  it('refuses any word that holds what cannot be seen, and no other', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { maxLength: 4 }), (words) => {
        const { cannotEmit } = emit([push(words)], options())
        return cannotEmit.length > 0 === words.some((each) => UNSPEAKABLE.test(each))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['--dangerously-skip-permissions'],
    ['--allow-dangerously-skip-permissions=true'],
    ['--permission-mode', 'bypassPermissions'],
    ['--settings={"permissions":{"defaultMode":"bypassPermissions"}}'],
  ])('%s is in no text, and not even quoted', (...words) => {
    const bad = resume({ title: `With ${words.join(' ')}`, commands: [{ cwd: '/', argv: ['claude', ...words, `--resume=${SESSION}`] }] })
    for (const language of [...SHELLS, 'commands', 'prompt'] as const) {
      const { text, cannotEmit } = emit([bad], options({ language }))
      expect(cannotEmit).toMatchObject([
        { id: 'resume-a1', why: expect.stringContaining('it would switch off the permissions') as string, value: null },
      ])
      expect(text).not.toMatch(/skip.?permissions|bypass.?permissions/i)
    }
  })

  it.each(['-', 'relative', './x', '', '~', '\\', 'C:x'])('Q25: the folder %j is refused, since only an absolute one is a place', (cwd) => {
    expect(emit([push([], cwd)], options()).cannotEmit).toMatchObject([
      { why: 'its folder is not an absolute path', value: JSON.stringify(cwd) },
    ])
  })

  it.each(['', '-x', 'a b', 'A=1', '$(x)', './x', 'x;y'])('the program %j is refused', (program) => {
    const { cannotEmit } = emit([{ ...push([]), commands: [{ cwd: '/', argv: [program] }] }], options())
    expect(cannotEmit.map(({ why }) => why)).toContain('a program is neither a plain name nor an absolute path')
  })
})

const anyWord = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...String.raw`'"\$;|&<>(){}[]*?~!#=^%: -a‘’`.split('')) }),
  fc.string({ unit: 'grapheme' }),
  fc.string(),
)

it('there is a shell to try it in', () => {
  expect(POSIX.map(({ name }) => name)).toContain('sh')
})

describe.each([
  ...POSIX.map((shell) => ({ ...shell, language: 'sh' as const })),
  ...FISH.map((shell) => ({ ...shell, language: 'fish' as const })),
])('$name', ({ argv, language }) => {
  it('hands over every hostile value as it is, in folders of hostile names, and runs nothing else', () => {
    const values = Object.values(HOSTILE)
    const names = [...values.filter((name) => name !== '' && name.length < 200 && !name.includes('/')), '-', '--', '-P', '...']
    const folders = names.map((name) => join(world.work, name))
    for (const folder of folders) mkdirSync(folder, { recursive: true })
    const place = ['agent-forensics', 'recover', ...values]
    const actions = [push(values), ...values.map((value) => push([value])), ...folders.map((folder) => push([], folder)), resume()]
    const { text, cannotEmit } = emit(actions, options({ language, recover: place, preserve: { words: place, places: 1 } }))
    expect(cannotEmit).toEqual([])
    const { code, err } = world.run(argv, text, { env: { CDPATH: '/', OLDPWD: '/' } })
    const last = folders.at(-1) ?? ''
    expect([code, err]).toEqual([0, ''])
    expect(world.recorded()).toEqual([
      ['agent-forensics', world.root, 'recover', ...values],
      ['git', world.work, ...values],
      ...values.map((value) => ['git', world.work, value]),
      ...folders.map((folder) => ['git', folder]),
      ['agent-forensics', last, 'recover', ...values, '--action', 'resume-a1', '--yes'],
    ])
  })

  it('hands over any words exactly', () => {
    const words = fc.array(
      anyWord.filter((each) => !UNSPEAKABLE.test(each)),
      { minLength: 40, maxLength: 80 },
    )
    fc.assert(
      fc.property(fc.array(words, { minLength: 3, maxLength: 3 }), (commands) => {
        world.run(
          argv,
          emit(
            commands.map((each) => push(each)),
            options({ language }),
          ).text,
        )
        expect(world.recorded()).toEqual(commands.map((each) => ['git', world.work, ...each]))
      }),
      { numRuns: 4 },
    )
  })

  it('comments run nothing, and stop nothing', () => {
    const text = Object.values(HOSTILE)
      .map((value) => emit(hostilePlan(value), options({ language })).text.replaceAll(/^[^#].*$/gm, ''))
      .join('')
    expect(world.run(argv, text)).toEqual({ code: 0, out: '', err: '' })
    expect(world.recorded()).toEqual([])
  })
})

describe('typed in', () => {
  const zsh = isThere('zsh')
  it.skipIf(!zsh || !IS_LONG)('Q24: interactive zsh, which knows no comments, runs none of them, and every command behind them', () => {
    const values = Object.values(HOSTILE).filter((value) => value.length < 1000)
    const text = values.map((value) => emit(hostilePlan(value), options()).text).join('')
    world.run(['zsh', '-f', '-i'], text, { typed: true })
    expect(world.recorded()).toEqual(
      values.flatMap((value) => [
        ['git', '/', value],
        ['agent-forensics', expect.any(String) as string, 'recover', '--action', 'resume-a1', '--yes'],
        ['git', world.work, value, 'x'],
      ]),
    )
  })

  it('the quotes of one shell execute in another: that is why a list says which it is for', () => {
    const [fish] = FISH
    if (fish === undefined) return
    const other = new World()
    other.run(fish.argv, `true ${quoteSh(HOSTILE['Q04'] ?? '')}\n`)
    expect(other.strays()).toEqual(['PWN'])
    other.remove()
  })
})

describe('--emit commands', () => {
  it('holds the commands of the client and of git alone, and says what it leaves out', () => {
    const brief = action({
      id: 'redispatch-a3',
      kind: 'redispatch',
      agents: ['a3'],
      commands: [
        { cwd: '/x', argv: ['agent-forensics', 'show', 'a3'] },
        { cwd: '/x', argv: ['claude', 'x'] },
      ],
    })
    const preserve = { words: ['agent-forensics', 'preserve'], places: 2 }
    const { text, notes } = emit(
      [brief, resume({ commands: [{ cwd: "/it's", argv: ['claude', "it's"] }] })],
      options({ language: 'commands', preserve }),
    )
    expect(text).toBe(`cd '/it'\\''s' && claude 'it'\\''s'\n`)
    expect(notes).toEqual([
      'left out: what saves the work in 2 places first: agent-forensics preserve',
      'left out, since this program is needed for it: redispatch-a3',
      'resume-a1: not before 2026-05-31T22:10:00.000Z',
    ])
  })

  it('names what recovers somebody and has no command, and says why', () => {
    const held = resume({ commands: [], preconditions: ['Process 7 has the session open.', 'More.'] })
    const { text, notes } = emit([held], options({ language: 'commands' }))
    expect([text, notes]).toEqual(['', ['left out, since it cannot be run yet: resume-a1: Process 7 has the session open.']])
  })

  it('hands over every hostile value as it is', () => {
    const values = Object.values(HOSTILE)
    const { text } = emit(
      values.map((value) => push([value])),
      options({ language: 'commands' }),
    )
    for (const { argv } of POSIX) {
      expect(world.run(argv, text).code).toBe(0)
      expect(world.recorded()).toEqual(values.map((value) => ['git', world.work, value]))
    }
  })
})

describe('PowerShell', () => {
  const { quote } = QUOTING.powershell
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
    for (const value of Object.values(HOSTILE)) expect(wordsIn(`x ${quote(value)} 'y'`)).toEqual([value, 'y'])
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => wordsIn(`${quote(value)} 'y'`).join('\0') === `${value}\0y`))
  })

  it('commands stand in the list with exactly their words, in a folder that is none of its patterns', () => {
    const words = Object.values(HOSTILE)
    const { text } = emit([push(words, 'C:\\it‘s here')], options({ language: 'powershell' }))
    const line = text.split('\n').at(-2) ?? ''
    expect(line).toMatch(/^Set-Location -LiteralPath '.*' && & 'git' /)
    expect(wordsIn(line)).toEqual(['C:\\it‘s here', 'git', ...words])
  })

  it.skipIf(!isThere('pwsh'))('hands over every hostile value as it is', () => {
    const values = Object.values(HOSTILE)
    const { text } = emit([push(values), resume()], options({ language: 'powershell' }))
    world.run(['pwsh', '-NoProfile', '-File'], text)
    expect(world.recorded().map(([program, , ...words]) => [program, ...words])).toEqual([
      ['git', ...values],
      ['agent-forensics', 'recover', '--action', 'resume-a1', '--yes'],
    ])
  })
})

it('quotes are what they are', () => {
  expect(SHELLS.map((shell) => QUOTING[shell].quote("a'b\\‘"))).toEqual([
    String.raw`'a'\''b\‘'`,
    String.raw`'a\'b\\‘'`,
    String.raw`'a''b\‘‘'`,
  ])
})
