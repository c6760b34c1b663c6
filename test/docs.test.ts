import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../src/cli/exit-code.ts'
import { withCommand } from '../src/cli/program.ts'
import { compare } from '../src/text/order.ts'
import { listCommands, optionsOf, parse } from './command-line.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string): string => readFileSync(join(project, file), 'utf8')
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
]

/** The name that GitHub gives to a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
const anchorsIn = (file: string): readonly string[] => [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

describe.each(documents)('%s', (file) => {
  const text = read(file)

  it('closes every block that it opens', () => {
    const fences = text.match(/^```.*$/gm) ?? []
    expect(fences.filter((_, at) => at % 2 === 1)).toEqual(fences.filter((_, at) => at % 2 === 1).map(() => '```'))
    expect(fences.length % 2).toBe(0)
  })

  it('leads somewhere with every link', () => {
    for (const [, target = ''] of text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#')
      const linked = path === '' ? file : join(file, '..', path)
      expect(() => read(linked), target).not.toThrow()
      if (anchor !== undefined) expect(anchorsIn(linked), target).toContain(anchor)
    }
  })

  const commands = [...text.matchAll(/^```sh\n([^]*?)^```/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => line.startsWith('agent-forensics'))
    .map((line) =>
      line
        .replace(/\s+[#|>].*$/, '')
        .split(/\s+/)
        .slice(1),
    )
  it.skipIf(commands.length === 0)('has only commands that the program understands', () => {
    for (const words of commands) expect(() => parse(withCommand(words)), words.join(' ')).not.toThrow()
  })
})

describe('README.md', () => {
  const readme = read('README.md')

  it('is short enough to be read', () => {
    expect(Buffer.byteLength(readme)).toBeGreaterThan(9_000)
    expect(Buffer.byteLength(readme)).toBeLessThan(13_000)
  })

  it('lists every command', () => {
    const [, commands = ''] = /^\| command \| does \|\n([^]*?)\n\n/m.exec(readme) ?? []
    const listed = [...commands.matchAll(/^\| `(\w+)/gm)].map(([, name = '']) => name)
    expect(listed.toSorted(compare)).toEqual(listCommands().toSorted(compare))
  })

  it('has one command to run and one to test, for .ci/run', () => {
    for (const name of ['main', 'test']) {
      const commands = new RegExp(`^<!-- ci:${name} -->\\s*^\`\`\`sh\\n([^]*?)^\`\`\``, 'm').exec(readme)?.[1] ?? ''
      expect(commands.trim().split('\n'), name).toHaveLength(1)
    }
  })
})

it('docs/README.md lists every document', () => {
  const index = read('docs/README.md')
  const missing = documents.filter((file) => /^docs\/(?!README)/.test(file) && !index.includes(`(${file.slice('docs/'.length)})`))
  expect(missing).toEqual([])
})

it('docs/cli.md lists every exit code', () => {
  const [, codes = ''] = /## Exit codes\n([^]*?)\n<!--/.exec(read('docs/cli.md')) ?? []
  expect([...codes.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT))
})

describe('the commands that look at transcripts', () => {
  const flagsOf = (name: string): readonly string[] => optionsOf(name).map(({ flags }) => flags)

  it('have the same options', () => {
    for (const command of ['worktrees', 'show']) expect(flagsOf(command)).toEqual(flagsOf('scan'))
  })

  it('give a plan all options of a scan', () => {
    const own = new Set(optionsOf('plan').map(({ long }) => long))
    expect(optionsOf('scan').filter(({ long }) => !own.has(long))).toEqual([])
  })
})
