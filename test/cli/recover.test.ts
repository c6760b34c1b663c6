import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { createFiles } from '../../src/node/files.ts'
import type { Action } from '../../src/plan/action.ts'
import { JournalBusy, type JournalFile } from '../../src/ports/journal.ts'
import type { ProgramCall } from '../../src/ports/programs.ts'
import type { Report } from '../../src/report/report.ts'
import { plainAction } from '../recover/simulation.ts'
import { incident, NOW, programHost } from './fake-host.ts'

const AGENT = 'a5c07e9a1d3b84f26'
const SESSION = '6f1b0f3e-1111-4111-8111-111111111111'
const resume: Action = plainAction({
  id: `resume-${AGENT}`,
  kind: 'resume',
  title: `Continue agent ${AGENT}`,
  commands: [{ cwd: '/work', argv: ['claude', '-p', `--resume=${SESSION}`, 'Continue.'] }],
  agents: [AGENT],
})

const scratch = mkdtempSync(join(tmpdir(), 'agent-forensics-recover-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Machine {
  readonly isTTY?: boolean
  readonly answers?: readonly string[]
  readonly open?: () => never
  /** What the client makes of the agent. */
  readonly succeeds?: boolean
  readonly actions?: readonly Action[]
  /** What the client prints before it ends with 1. */
  readonly prints?: string
}

/** Runs `recover` where a client is a flag that turns, and nothing is real. */
async function recover(words: string, { isTTY = false, answers = [], open, succeeds = true, actions = [resume], prints }: Machine = {}) {
  const { host, out, err, written } = programHost({ filesPort: createFiles(), isTTY })
  const starts: ProgramCall[] = []
  const lines: string[] = []
  const asked: string[] = []
  const left = [...answers]
  let clock = NOW
  const report = (): Report => {
    const isDone = succeeds && starts.length > 0
    return incident((each) => {
      each.agents = each.agents.slice(0, 1).map((agent) => ({ ...agent, agentId: AGENT, reason: isDone ? 'completed' : 'exit_killed' }))
      each.workItems = each.workItems.slice(0, 1).map((item) => ({ ...item, attempts: [AGENT], state: isDone ? 'done' : 'open' }))
      each.plan.actions = isDone ? [] : structuredClone([...actions])
    })
  }
  const journal: JournalFile = {
    path: '/s/j',
    folder: prints === undefined ? '/s' : scratch,
    lines: [],
    append: (line) => void lines.push(line),
    close: () => void lines.push('closed'),
  }
  const code = await main(
    ['recover', ...words.split(' ').filter((word) => word !== '')],
    {
      ...host,
      now: () => clock,
      recovery: () =>
        Promise.resolve({
          programs: {
            start: (call: ProgramCall) => {
              starts.push(call)
              if (prints !== undefined && call.output !== 'terminal') {
                writeFileSync(call.output.file, prints)
                return { pid: 7, ended: Promise.resolve({ code: 1, signal: null }) }
              }
              return { pid: 7, ended: Promise.resolve({ code: 0, signal: null }) }
            },
          },
          journals: { open: () => Promise.resolve(open === undefined ? journal : open()) },
          person: () =>
            isTTY
              ? {
                  ask: (question: string) => {
                    asked.push(question)
                    return Promise.resolve(left.shift() ?? null)
                  },
                }
              : null,
          sleep: (ms: number) => {
            clock += ms
            // Not a microtask: the output of a client is read meanwhile.
            return new Promise((resolve) => setImmediate(resolve))
          },
        }),
    },
    () => Promise.resolve(report()),
  )
  return { code, stdout: out.join(''), stderr: err.join(''), starts, lines, asked, written }
}

describe('recover', () => {
  test('without a terminal needs --yes, and runs the client without a person', async () => {
    const refused = await recover('')
    expect(refused).toMatchObject({ code: 2, starts: [] })
    expect(refused.stderr).toContain('there is no terminal to ask: --yes')
    const { code, starts, stdout, stderr, lines } = await recover('--yes --headless')
    expect(code).toBe(0)
    expect(starts).toMatchObject([
      { cwd: '/work', argv: resume.commands[0]?.argv, without: expect.arrayContaining(['CLAUDECODE']) as string[] },
    ])
    expect(starts[0]?.output).toMatchObject({ file: expect.stringMatching(/^\/s\/.*\.log$/) as string })
    expect(stdout).toMatch(/^Result\n {2}done {2}/)
    expect(stderr).toContain('started')
    expect(lines.at(-1)).toBe('closed')
  })

  test('on a terminal shows the plan, and asks before it starts', async () => {
    const { code, asked, stdout } = await recover('', { isTTY: true, answers: ['y'] })
    expect(code).toBe(0)
    expect(asked).toHaveLength(1)
    expect(stdout.indexOf(`resume-${AGENT}`)).toBeLessThan(stdout.indexOf('Result'))
  })

  test('exits with 1 for what is left open, and says why', async () => {
    const { code, stdout } = await recover('--yes', { succeeds: false })
    expect(code).toBe(1)
    expect(stdout).toContain('its parent session did not continue it')
    expect(stdout).toContain('Next')
  })

  test('with --dry-run starts and writes nothing', async () => {
    const { code, starts, lines, written, stdout } = await recover('--dry-run')
    expect({ code, starts, lines, written }).toEqual({ code: 0, starts: [], lines: [], written: {} })
    expect(stdout).toContain('agent-forensics recover --action resume-')
  })

  test('with --dry-run shows only what was named, and knows what is not there', async () => {
    const push = plainAction({ id: 'push-x', kind: 'push', title: 'Push x', commands: [{ cwd: '/', argv: ['git', 'push'] }] })
    const { stdout } = await recover(`--dry-run --action ${resume.id}`, { actions: [resume, push] })
    expect(stdout).toContain(resume.id)
    expect(stdout).not.toContain('git push')
    expect(await recover('--dry-run --action resume-nobody')).toMatchObject({ code: 3, starts: [] })
  })

  test('tells the end of what a client printed, without secrets and without what a terminal would obey', async () => {
    const { stdout } = await recover('--yes', {
      succeeds: false,
      prints: 'starting\n\u001b[31mno such session\u001b[0m, ROOT_PW=hunter2hunter2\n\n',
    })
    expect(stdout).toContain('claude ended with 1: \\u{1b}[31mno such session\\u{1b}[0m, ROOT_PW=')
    expect(stdout).not.toContain('hunter2')
  })

  test('tells why a command of ours failed, and starts no client behind it', async () => {
    const promote = { cwd: '/', argv: ['agent-forensics', 'promote', AGENT, '--root=/nowhere', '--write'] }
    const { stdout, starts } = await recover('--yes', {
      succeeds: false,
      actions: [{ ...resume, commands: [promote, ...resume.commands] }],
    })
    expect(starts).toEqual([])
    expect(stdout).toMatch(/cannot promote .*\(promote ended with 3\)/)
  })

  test('with --quiet says nothing on the way, and opens the client for a person with --interactive', async () => {
    const { stderr, starts } = await recover('--yes --quiet --interactive', { isTTY: true })
    expect(stderr).toBe('')
    expect(starts).toMatchObject([{ output: 'terminal' }])
  })

  test('prints the result as JSON', async () => {
    const { stdout } = await recover('--yes --json')
    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: '0.1',
      generatedAt: new Date(NOW + 20_000).toISOString(),
      done: [{ id: AGENT, kind: 'agent' }],
      open: [],
      saved: [],
      notSaved: [],
    })
  })

  test.each([
    ['--yes --no-git', 2, 'recover needs git'],
    ['--interactive --yes', 2, '--interactive needs a terminal'],
    ['--interactive --headless', 2, 'cannot be used with'],
    ['--yes --permission-mode bypassPermissions', 2, 'bypassPermissions'],
    ['--yes --batch 0', 2, '--batch'],
    ['--yes --action resume-nobody', 3, 'the plan has no action resume-nobody; to list them: agent-forensics plan\n'],
  ])('%s: exit %i', async (words, expected, said) => {
    const { code, stderr, starts } = await recover(words)
    expect(stderr).toContain(said)
    expect({ code, starts }).toEqual({ code: expected, starts: [] })
  })

  test('ends at once where another recovery is at work, and where no journal can be kept', async () => {
    const busy = await recover('--yes', {
      open: () => {
        throw new JournalBusy(4_321)
      },
    })
    expect(busy).toMatchObject({ code: 3, starts: [] })
    expect(busy.stderr).toContain('process 4321')
    const named = await recover('--yes --journal /ro/j', {
      open: () => {
        throw Object.assign(new Error('no'), { code: 'EACCES', path: '/ro/j' })
      },
    })
    expect(named.stderr).toContain('cannot write /ro/j: EACCES (--journal names another file)')
    const broken = await recover('--yes', {
      open: () => {
        throw new Error('no system error')
      },
    })
    expect(broken.code).toBe(70)
    const full = await recover('--yes', {
      open: () => {
        throw Object.assign(new Error('no'), { code: 'EROFS' })
      },
    })
    expect(full).toMatchObject({ code: 3, starts: [] })
    expect(full.stderr).toContain('cannot write the journal: EROFS (XDG_STATE_HOME moves the state folder)')
  })
})
