import { createGit } from '../src/node/git.ts'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EXIT } from '../src/cli/exit-code.ts'
import { main } from '../src/cli/main.ts'
import { COMING, createProgram } from '../src/cli/program.ts'
import { createDemo } from '../src/demo/demo.ts'
import { TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../src/reasons/terminal-reason.ts'
import type { ProgramHost } from '../src/ports/host.ts'
import { createFiles } from '../src/node/files.ts'
import { createProcesses } from '../src/node/processes.ts'
import { createProgramHost } from '../src/node/program-host.ts'
import { FORMATS } from '../src/report/index.ts'
import { compare } from '../src/text/order.ts'
import { bundles, plainGit, unpack } from './salvage/bundle.ts'

const README = new URL('../README.md', import.meta.url)
const REASONS = new URL('../docs/terminal-reasons.md', import.meta.url)
const FORMAT = new URL('../docs/transcript-format.md', import.meta.url)
const DEMO = '--demo --now 2026-11-21T07:03:20Z --time-zone UTC'

/** The block between `<!-- generated:NAME -->` and its end must be `expected`; UPDATE_DOCS=1 writes it there. */
function expectBlock(file: URL, name: string, expected: string): void {
  const text = readFileSync(file, 'utf8')
  const pattern = new RegExp(`(<!-- generated:${name} -->\n)([^]*?)(<!-- /generated:${name} -->)`)
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(
      file,
      text.replace(pattern, (_, open: string, _old: string, close: string) => `${open}\n${expected}\n${close}`),
    )
    return
  }
  expect(pattern.exec(text)?.[2]?.trim(), 'UPDATE_DOCS=1 npx vitest run test/docs.test.ts writes it anew').toBe(expected.trim())
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('')
}

function commandsOf(): string[] {
  return programOf().commands.map((command) => command.name())
}

function optionsOf(name: string) {
  return (
    programOf()
      .commands.find((command) => command.name() === name)
      ?.options.filter(({ long }) => long !== '--version') ?? []
  )
}

function programOf() {
  const nothing = () => {}
  return createProgram(
    {
      scan: nothing,
      worktrees: nothing,
      plan: nothing,
      show: nothing,
      salvage: nothing,
      promote: nothing,
      render: nothing,
      explain: nothing,
      schema: nothing,
    },
    { columns: 80, print: nothing },
  )
}

async function screen(command: string, changed: Partial<ProgramHost> = {}): Promise<string> {
  const out: string[] = []
  const host = {
    ...createProgramHost({ files: createFiles(), processes: createProcesses(), git: createGit(), demo: createDemo }),
    ...changed,
  }
  const stdout = {
    isTTY: false,
    columns: 80,
    write: async (text: string) => {
      out.push(text)
      return true
    },
  }
  expect(await main(command.split(' '), { ...host, env: {}, stdout, stderr: stdout })).toBe(EXIT.done)
  // The folder's name is the only thing that differs from run to run; its length does not. A long path may be broken before it.
  const text = out.join('')
  const [, name = ''] = /agent-forensics-demo-(\w{6})/.exec(text) ?? []
  return name === '' ? text : text.replaceAll(name, 'XXXXXX')
}

describe('README.md', () => {
  const readme = readFileSync(README, 'utf8')
  afterEach(() => vi.unstubAllEnvs())

  it.skipIf(process.platform === 'win32').each([
    ['screen', 'scan'],
    ['worktrees', 'worktrees'],
    ['plan', 'plan'],
    ['show', 'show ad6e4937'],
  ])('shows the %s as it is', async (block, command) => {
    vi.stubEnv('TMPDIR', '/tmp')
    const shown = await screen(`${command} ${DEMO}`)
    expectBlock(README, block, `\`\`\`text\n$ agent-forensics ${command} ${DEMO}\n\n${shown.trimEnd()}\n\`\`\`\n`)
  })

  it.skipIf(process.platform === 'win32')('shows what salvage gives back of a run of the real client', async () => {
    const [, bundle] = bundles.find(([name]) => name === '2.1.329-files-KILL') ?? []
    if (bundle === undefined) throw new Error('no bundle')
    // As long as /home/dev, so that lines are broken where they would be there.
    const folder = join('/tmp', String(process.pid).padStart(4, 'x').slice(-4))
    mkdirSync(folder)
    try {
      const home = unpack(bundle, folder)
      plainGit(home.app, 'worktree', 'remove', '--force', '.claude/worktrees/agent-a79f8a225d7dc4a7d')
      const shown = await screen(`salvage a79f8a22 --out rescue --root ${folder}/projects`, { cwd: folder })
      const there = shown.replaceAll(folder, '/home/dev')
      expectBlock(README, 'salvage', `\`\`\`text\n$ agent-forensics salvage a79f8a22 --out rescue\n\n${there.trimEnd()}\n\`\`\`\n`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

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
    expect(listed.toSorted(compare)).toEqual(commandsOf().toSorted(compare))
  })

  it('promises the same options of all three commands', () => {
    for (const command of ['worktrees', 'show'])
      expect(optionsOf(command).map(({ flags }) => flags)).toEqual(optionsOf('scan').map(({ flags }) => flags))
  })

  it('lists the reasons of the catalogue', () => {
    const rows = TERMINAL_REASON_NAMES.map((name) => {
      const { outcome, meaning, action } = TERMINAL_REASONS[name]
      return [`\`${name}\``, outcome, meaning, action]
    })
    expectBlock(README, 'reasons', table(['reason', 'counts as', 'the agent ended because', 'what to do'], rows))
  })

  it('lists the options of --help', () => {
    const rows = optionsOf('scan').map(({ flags, description, defaultValueDescription }) => [
      `\`${flags}\``,
      `${description}${defaultValueDescription === undefined ? '' : ` (default: ${defaultValueDescription})`}`,
    ])
    expectBlock(README, 'options', table(['option', 'does'], rows))
  })

  it('lists the options that only a plan has', () => {
    const shared = new Set(optionsOf('scan').map(({ long }) => long))
    const rows = optionsOf('plan')
      .filter(({ long }) => !shared.has(long))
      .map(({ flags, description, defaultValueDescription, defaultValue }) => {
        const value = defaultValueDescription ?? (defaultValue === undefined ? undefined : String(defaultValue))
        return [`\`${flags}\``, `${description}${value === undefined ? '' : ` (default: ${value})`}`]
      })
    expectBlock(README, 'plan-options', table(['option', 'does'], rows))
    expect([...shared].filter((long) => !optionsOf('plan').some((each) => each.long === long))).toEqual([])
  })

  it('names no option that does not exist', () => {
    const own = ['scan', 'plan', 'salvage', 'promote'].flatMap((name) => optionsOf(name).flatMap(({ long }) => long ?? []))
    // `--detach` is git’s, `--resume` the client’s.
    const known = new Set([
      '--help',
      '--version',
      '--since',
      // Of the client, in the plan's words.
      '--permission-mode',
      '--detach',
      '--resume',
      '--overlay',
      ...own,
    ])
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
  it('explains every reason as `explain` does', () => {
    const sections = TERMINAL_REASON_NAMES.map((name) => {
      const { outcome, meaning, told, lookalikes, action } = TERMINAL_REASONS[name]
      return `## ${name}\n\nThe agent ended because ${meaning}. Counts as ${outcome}.\n\n- **Told by:** ${told}\n- **Looks alike:** ${lookalikes}\n- **What to do:** ${action}\n`
    })
    expectBlock(REASONS, 'explain', sections.join('\n'))
  })

  it('links lead somewhere', () => {
    for (const file of [README, REASONS, FORMAT]) {
      for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)) {
        expect(() => readFileSync(new URL(target, file)), target).not.toThrow()
      }
    }
  })
})
