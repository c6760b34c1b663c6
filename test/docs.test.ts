import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../src/cli/exit-code.ts'
import { COMING } from '../src/cli/program.ts'
import { FORMATS } from '../src/report/index.ts'
import { compare } from '../src/text/order.ts'
import { listCommands, optionsOf } from './command-line.ts'

const README = new URL('../README.md', import.meta.url)
const REASONS = new URL('../docs/terminal-reasons.md', import.meta.url)
const FORMAT = new URL('../docs/transcript-format.md', import.meta.url)

describe('README.md', () => {
  const readme = readFileSync(README, 'utf8')

  it('closes every block that it opens', () => {
    for (const file of [README, REASONS, FORMAT]) {
      const fences = readFileSync(file, 'utf8').match(/^```.*$/gm) ?? []
      expect(fences.filter((_, at) => at % 2 === 1)).toEqual(fences.filter((_, at) => at % 2 === 1).map(() => '```'))
      expect(fences.length % 2).toBe(0)
    }
  })

  it('lists every command', () => {
    const [, commands = ''] = /^\| command \| does \|\n([^]*?)\n\n/m.exec(readme) ?? []
    const listed = [...commands.matchAll(/^\| `(\w+)/gm)].map(([, name = '']) => name)
    expect(listed.toSorted(compare)).toEqual(listCommands().toSorted(compare))
  })

  it('promises the same options of all three commands', () => {
    for (const command of ['worktrees', 'show'])
      expect(optionsOf(command).map(({ flags }) => flags)).toEqual(optionsOf('scan').map(({ flags }) => flags))
  })

  it('promises all options of a scan for a plan', () => {
    const shared = new Set(optionsOf('scan').map(({ long }) => long))
    expect([...shared].filter((long) => !optionsOf('plan').some((each) => each.long === long))).toEqual([])
  })

  it('names no option that does not exist', () => {
    const own = ['scan', 'plan', 'preserve', 'recover', 'salvage', 'promote'].flatMap((name) =>
      optionsOf(name).flatMap(({ long }) => long ?? []),
    )
    // `--detach` is git’s, `--resume` the client’s.
    const known = new Set(['--help', '--version', '--since', '--detach', '--resume', '--overlay', ...own])
    const named = new Set(readme.match(/(?<![\w-])--[a-z][a-z-]+/g))
    expect([...named].filter((option) => !known.has(option))).toEqual([])
  })

  it('lists every exit code', () => {
    const [, codes = ''] = /## Exit codes\n([^]*?)\n## /.exec(readme) ?? []
    expect([...codes.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT))
  })

  it('says what is missing: no command and no format of a later version passes for present', () => {
    const [, missing = ''] = /## Not there yet\n([^]*?)\n## /.exec(readme) ?? []
    for (const command of COMING) expect(missing).toContain(`\`${command}\``)
    for (const format of FORMATS) expect(missing).not.toContain(`\`${format}\``)
  })

  it('has one command to run and one to test, for .ci/run', () => {
    for (const name of ['main', 'test']) {
      const commands = new RegExp(`^<!-- ci:${name} -->\\s*^\`\`\`sh\\n([^]*?)^\`\`\``, 'm').exec(readme)?.[1] ?? ''
      expect(commands.trim().split('\n'), name).toHaveLength(1)
    }
  })
})

describe('docs/', () => {
  it('links lead somewhere', () => {
    for (const file of [README, REASONS, FORMAT]) {
      for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)) {
        expect(() => readFileSync(new URL(target, file)), target).not.toThrow()
      }
    }
  })
})
