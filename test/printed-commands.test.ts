import { IS_LONG, sample } from './long.ts'
import { rootOf } from './fixtures/root.ts'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { AGENTS, SESSION } from './demo/incident.ts'
import { Machine, type Ran } from './demo/world.ts'

// Every command that a screen, a format or a script of ours prints is copied as a reader would copy it, read by a shell, and run: what is
// ours in this process, git as it is, and what would leave the machine by a stub that only records.

/** As a clone is started; the space in its path shows whether it is quoted. */
const TOOL = ['node', '/opt/agent forensics/bin/agent-forensics.js'] as const
const TYPED = `node '${TOOL[1]}'`
const WIDTHS = sample([40, 60, 80, 200], 1)
/** Our name before one of our commands: it would not be found. */
const UNTYPED =
  /(?<![\w./'-])(?:npx(?: -\S+)* )?agent-forensics (?:scan|worktrees|plan|preserve|recover|show|salvage|promote|hook|render|explain|schema|--)/
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url))

/** A text as it is copied from a terminal. */
function strip(text: string): string {
  return text.replaceAll(/\u001b\[[\d;]*m/g, '')
}

/** Commands as they stand in a text: each ends its line, or is code of its own. */
function copyFrom(text: string): readonly string[] {
  if (text.startsWith('<!doctype')) return [...text.matchAll(/<code>([^<]*)<\/code>/g)].flatMap(([, code = '']) => copyLine(decode(code)))
  return text.split('\n').flatMap((line) => {
    const [, code] = /(?<!`)`([^`]+)`$/.exec(line) ?? []
    return copyLine(code ?? line)
  })
}

function copyLine(line: string): readonly string[] {
  const own = line.indexOf(`${TYPED} `)
  const [, other] = /(?:^|: | {2,})((?:cd (?:'?\/)|git -C |hcloud )\S.*)$/.exec(line) ?? []
  const isOwn = own >= 0 && (other === undefined || line.indexOf(other) > own)
  return isOwn ? [line.slice(own)] : other === undefined ? [] : [other]
}

function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}

/** A shell whose programs only record what they were called with. */
class Shell {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'shell-')))

  /** The words of each command, the program first: what a shell makes of it. `cd` leads nowhere, since no fixture's folder is there. */
  read(commands: readonly string[]): readonly (readonly string[])[] {
    const record = join(this.#folder, 'record')
    for (const name of ['node', 'git', 'claude', 'hcloud']) {
      const path = join(this.#folder, name)
      if (existsSync(path)) continue
      writeFileSync(
        path,
        `#!/bin/sh\n{ printf '%s\\0' ${name}; for word do printf '%s\\0' "$word"; done; printf '\\001'; } >>'${record}'\n`,
      )
      chmodSync(path, 0o755)
    }
    rmSync(record, { force: true })
    const mark = `printf '\\002' >>'${record}'`
    const script = ['cd() { :; }', ...commands.flatMap((command) => [mark, command])].join('\n')
    const { status, stderr } = spawnSync('/bin/sh', [], { input: script, env: { PATH: this.#folder }, encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
    return readFileSync(record, 'utf8')
      .split('\u0002')
      .slice(1)
      .map((each) => {
        const calls = each.split('\u0001').filter((call) => call !== '')
        // One command is one call: nothing is piped, and nothing stands behind it.
        expect([each, calls.length]).toEqual([each, 1])
        return (calls[0] ?? '').split('\0').slice(0, -1)
      })
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

interface RunOptions {
  /** Somebody is at a terminal, and answers so. */
  readonly answers?: readonly string[]
  /** The exit codes that are expected. */
  readonly codes?: readonly number[]
  readonly before?: (words: readonly string[]) => void
}

/** What was printed, and what was run of it. */
class Reader {
  readonly commands = new Set<string>()
  readonly #ran = new Set<string>()
  readonly #machine: Machine
  readonly #shell: Shell

  constructor(machine: Machine, shell: Shell) {
    this.#machine = machine
    this.#shell = shell
  }

  /** Runs the program for its screen, and copies the commands from it. */
  async look(argv: readonly string[], columns = 80): Promise<Ran> {
    const { code, stdout, stderr } = await this.#machine.run(argv, { columns })
    expect([argv, stderr, [0, 1].includes(code)]).toEqual([argv, stderr, true])
    // What an agent ran is no command to type, and is cut.
    const ran = { code, stderr, stdout: argv[0] === 'show' ? stdout.replaceAll(/(?<= )hcloud /g, 'it ran ') : stdout }
    this.copy(ran)
    return ran
  }

  /** The same at every width; what can be copied is the same. */
  async lookAtAllWidths(argv: readonly string[]): Promise<void> {
    const copied: (readonly string[])[] = []
    for (const columns of WIDTHS) copied.push(copyFrom(strip((await this.look(argv, columns)).stdout)))
    for (const each of copied) expect(each).toEqual(copied[0])
  }

  copy({ stdout, stderr }: Ran): void {
    for (const raw of [stdout, stderr]) {
      if (raw.startsWith('{')) continue
      const text = strip(raw)
      expect(UNTYPED.exec(text)?.[0]).toBeUndefined()
      expect(text).not.toMatch(/\| *(?:sh|bash|zsh|fish|iex)\b/)
      const found = copyFrom(text)
      // None hides within a sentence.
      const whole = text.startsWith('<!doctype') ? decode(text) : text
      expect(found.filter((command) => command.includes(TYPED))).toHaveLength(whole.split(`${TYPED} `).length - 1)
      for (const command of found) {
        // No colour begins or ends within one.
        if (!text.startsWith('<!doctype')) expect(raw).toContain(command)
        this.commands.add(command)
      }
    }
  }

  /** Runs what was copied and not run yet, of ours, where the first words after its name are such ones; and copies from what it prints. */
  async run(name: RegExp, { answers, codes = [0], before }: RunOptions = {}): Promise<void> {
    const open = [...this.commands].filter((command) => command.includes(TYPED) && !this.#ran.has(command))
    const read = open.length === 0 ? [] : this.#shell.read(open)
    for (const [index, command] of open.entries()) {
      const [program, path, ...words] = read[index] ?? []
      expect([command, program, path]).toEqual([command, ...TOOL])
      if (!name.test(words.join(' '))) continue
      this.#ran.add(command)
      before?.(words)
      const ran = await this.#machine.run(words, answers === undefined ? {} : { answers })
      expect([command, ran.stderr, codes.includes(ran.code)]).toEqual([command, ran.stderr, true])
      this.copy(ran)
    }
  }

  /** Runs what was copied of others: git as it is, the rest as far as a shell goes. */
  runOthers(): void {
    const others = [...this.commands].filter((command) => !command.includes(TYPED) && !this.#ran.has(command))
    const read = others.length === 0 ? [] : this.#shell.read(others)
    for (const [index, command] of others.entries()) {
      const [program = ''] = read[index] ?? []
      this.#ran.add(command)
      if (program !== 'git') continue
      const env = { PATH: process.env['PATH'], HOME: this.#machine.home, GIT_CONFIG_NOSYSTEM: '1', GIT_PAGER: 'cat' }
      const { status, stderr } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' })
      expect([command, stderr, status]).toEqual([command, stderr, 0])
    }
    this.#machine.forget()
  }

  get ran(): number {
    return this.#ran.size
  }

  get left(): readonly string[] {
    return [...this.commands].filter((command) => !this.#ran.has(command))
  }
}

describe.skipIf(process.platform === 'win32')('every printed command runs as printed', () => {
  const shell = new Shell()
  afterAll(() => shell.remove())

  describe('of the sample incident', () => {
    const machine = new Machine(TOOL)
    const reader = new Reader(machine, shell)
    afterAll(() => machine.remove())
    const demo = ['--demo', '--offline', '--time-zone', 'Europe/Kyiv']

    it('on every screen, in every format and script, at every width', async () => {
      const screens = [
        ['scan'],
        ['scan', '--all', '--verbose'],
        ['worktrees'],
        ['plan'],
        ['plan', '--verbose'],
        ['preserve', '--dry-run'],
        ['recover', '--dry-run'],
      ]
      for (const words of screens) await reader.lookAtAllWidths([...words, ...demo])
      const steps = Number(/^(\d+) steps/.exec((await reader.look(['plan', '--demo'])).stdout)?.[1])
      expect(steps).toBeGreaterThan(10)
      for (const step of sample(
        Array.from({ length: steps }, (_, at) => at + 1),
        3,
      ))
        await reader.lookAtAllWidths(['plan', String(step), '--demo'])
      for (const id of [AGENTS.prices, AGENTS.flakyTests, SESSION, 'wf_7c3d9e15']) await reader.lookAtAllWidths(['show', id, '--demo'])
      await reader.lookAtAllWidths(['promote', AGENTS.review, '--demo'])
      for (const format of ['markdown', 'html']) await reader.look(['scan', ...demo, '--format', format])
      await reader.look(['plan', ...demo, '--format', 'markdown'])
      await reader.look(['show', AGENTS.prices, '--demo', '--format', 'markdown'])
      for (const words of [[], ['--only', 'clean_up,push,resume']])
        for (const language of ['sh', 'fish', 'powershell', 'commands', 'prompt'])
          await reader.look(['plan', ...demo, '--emit', language, ...words])
      // What is wrong is told with a command, too.
      const unknown = await machine.run(['recover', '--demo', '--yes', '--action', 'resume-nobody'])
      expect(unknown.code).toBe(3)
      reader.copy(unknown)
    })

    it('those that only look, first', async () => {
      await reader.run(/^(?:scan|worktrees|plan|show|explain)\b/)
    })

    it('those that save, and what they print to get it back', async () => {
      await reader.run(/^preserve\b/)
      await reader.lookAtAllWidths(['scan', ...demo])
      await reader.lookAtAllWidths(['worktrees', ...demo])
      await reader.run(/^(?:scan|worktrees|plan|show|explain|preserve)\b/)
    })

    it('those that rebuild, promote and recover', async () => {
      await reader.run(/^(?:salvage|promote)\b/)
      await reader.run(/^recover\b.*--yes/)
      await reader.run(/^recover\b/, { answers: ['y', '1', 'y', 'a'] })
      await reader.lookAtAllWidths(['scan', ...demo])
      await reader.lookAtAllWidths(['plan', ...demo])
      await reader.run(/^/)
    })

    it('those of git and of others; nothing is left', () => {
      reader.runOthers()
      expect(reader.left).toEqual([])
      expect(machine.started).toEqual([])
      expect(reader.ran).toBeGreaterThan(IS_LONG ? 60 : 40)
    })
  })

  describe('of the fixtures', () => {
    const machine = new Machine(TOOL)
    const reader = new Reader(machine, shell)
    afterAll(() => machine.remove())
    const cases = ['cases', 'near-misses'].flatMap((folder) =>
      readdirSync(join(FIXTURES, folder)).map((name) => {
        const path = join(FIXTURES, folder, name)
        const { now, timeZone } = JSON.parse(readFileSync(join(path, 'case.json'), 'utf8')) as { now: string; timeZone: string }
        return { root: rootOf(path), now, timeZone }
      }),
    )

    it('on every screen, in every format and script, at every width', async () => {
      for (const { root, now, timeZone } of sample(cases, 8)) {
        const scope = ['--root', root, '--since', 'all', '--now', now, '--time-zone', timeZone]
        for (const words of [['scan'], ['plan']]) await reader.lookAtAllWidths([...words, ...scope])
        for (const words of [['worktrees'], ['plan', '--verbose']]) await reader.look([...words, ...scope])
        for (const format of ['markdown', 'html']) await reader.look(['scan', ...scope, '--format', format])
        for (const language of ['sh', 'commands', 'prompt']) await reader.look(['plan', ...scope, '--emit', language])
      }
      expect(reader.commands.size).toBeGreaterThan(IS_LONG ? 300 : 15)
    })

    it('run as they stand: what is ours looks, or asks and is told no', async () => {
      const nowOf = new Map(cases.map(({ root, now }) => [root, Date.parse(now)]))
      const before = (words: readonly string[]): void => {
        const root = words.find((word, index) => words[index - 1] === '--root' || word.startsWith('--root='))
        machine.now = nowOf.get(root?.replace('--root=', '') ?? '') ?? machine.now
      }
      const no = Array.from({ length: 20 }, () => 'n')
      await reader.run(/^(?:scan|worktrees|plan|show|explain|salvage)\b(?!.*--output)/, { before })
      await reader.run(/^(?:preserve|recover)\b(?!.*--yes)/, { before, answers: no, codes: [0, 1] })
      // Their folders are not there: nothing is started.
      await reader.run(/^/, { before, answers: no, codes: [0, 1] })
      reader.runOthers()
      expect(machine.started).toEqual([])
      // What the last of them printed looks once more.
      expect(reader.left.filter((command) => !/\.js' (?:plan|show) /.test(command))).toEqual([])
      expect(reader.ran).toBeGreaterThan(IS_LONG ? 300 : 15)
    })
  })
})
