import { sample } from '../long.ts'
import { describe, expect, it } from 'vitest'
import { describePromotion } from '../../src/cli/promote.ts'
import { findCommandHazard } from '../../src/plan/names.ts'
import type { Action } from '../../src/plan/action.ts'
import { preserveScreen } from '../../src/preserve/screen.ts'
import { listResult } from '../../src/recover/screen.ts'
import { FORMATS } from '../../src/report/index.ts'
import { jsonText } from '../../src/report/json-text.ts'
import { wrap } from '../../src/report/wrap.ts'
import type { Report } from '../../src/report/report.ts'
import { salvageScreen } from '../../src/salvage/screen.ts'
import { escapeControl, LOG_COMMAND } from '../../src/text/escape.ts'
import { quoteSh } from '../../src/text/shell-word.ts'
import { oneAgent } from '../hostile/world.ts'
import { FileWork, runOver } from '../salvage/world.ts'
import { AGENT as SHOWN, pageOf, screenOf, shown, VIEW, jsonOf } from '../show/world.ts'
import { expectStated } from '../stated.ts'
import { incident, run } from './fake-host.ts'

/** How many of these texts are usually tried. */
const TRIED = 8
/** What the runners of GitHub, Azure and TeamCity obey, at every place of a text. */
const HOSTILE = [
  '::error file=a.ts,line=1::x',
  '  ::warning::x',
  'a\n::set-output name=a::b',
  'a b ::group::y ::endgroup::',
  'a::error::b',
  ':::error::x',
  '[::debug::x',
  '::::::',
  '::',
  `${'w'.repeat(70)}::stop-commands::t`,
  ...[3, 4, 5, 6, 7, 8, 9, 10].map((length) => `${'w'.repeat(length)}::made-up::t`.repeat(12)),
  '##[error]x',
  'a ###[section]b',
  '##vso[task.setvariable variable=a]b',
  'x##VSO[task.complete result=Failed]y',
  "##teamcity[buildProblem description='x']",
]

/** Unbroken commands, wherever they stand; and lines that begin as one. */
const COMMAND = /##[a-z]{0,20}\[|::(?:error|warning|notice|debug|group|endgroup|set-output|stop-commands)[ :]/i
const FIRST = /^[ \t]*(?:::|##\[|##vso\[|##teamcity\[)/im

function expectQuiet(output: string): void {
  expect(COMMAND.exec(output)?.[0], output.slice(0, 2_000)).toBeUndefined()
  expect(FIRST.exec(output)?.[0], output.slice(0, 2_000)).toBeUndefined()
}

/** The same with a text in every field that is no word of ours, no instant and no number. */
function poison<Value>(value: Value, text: string): Value {
  if (typeof value === 'string')
    return (/^(?:[a-z_-]*|\d{4}-\d\d-\d\dT.*|\d\.\d(?:\.\d)?|[A-Z]\w+\/\w+|refs\/.*)$/.test(value) ? value : `${text}${value}`) as Value
  if (Array.isArray(value)) return value.map((each: unknown) => poison(each, text)) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]: [string, unknown]) => [key, poison(each, text)])) as Value
}

function action(text: string, kind: Action['kind'], id = `${kind}-1`): Action {
  return {
    id,
    kind,
    title: text,
    why: text,
    commands: [{ cwd: `/w/${text}`, argv: ['claude', `--resume=${text}`, text] }],
    preconditions: [text],
    notBefore: null,
    dependsOn: [],
    risk: text,
    cost: text,
    agents: [text],
    session: text,
  }
}

function poisoned(text: string): Report {
  const report = poison(incident(), text)
  const kinds = ['release', 'fix', 'resume', 'resume_session', 'promote', 'redispatch', 'push', 'inspect', 'clean_up'] as const
  return { ...report, plan: { actions: [...kinds.map((kind) => action(text, kind)), action(text, 'resume', text)] } }
}

it('is as many texts as docs/internals/reliability.md says', () => expectStated('CI log commands', TRIED, HOSTILE.length))

describe.each(sample(HOSTILE, TRIED))('%j', (text) => {
  it.each(FORMATS.filter((format) => format !== 'html' && format !== 'github'))('is no command to a CI log through %s', async (format) => {
    const report = poisoned(text)
    for (const columns of sample([40, 61, 80], 1)) {
      for (const argv of [
        ['scan'],
        ['scan', '--all', '--verbose'],
        ['scan', '--project', `/w/${text}`, '--root', `/r/${text}`],
        ['worktrees'],
        ['plan'],
        ['plan', '--verbose'],
        ['plan', 'resume-1'],
      ]) {
        const { code, stdout, stderr } = await run([...argv, '--format', format], { report, columns })
        expect(code).toBe(0)
        expectQuiet(stdout)
        expectQuiet(stderr)
      }
    }
    if (format === 'json') expect(JSON.parse((await run(['scan', '--json'], { report })).stdout)).toEqual(report)
  })

  it.each(['sh', 'fish', 'powershell', 'commands', 'prompt', 'json'])('nor through --emit %s', async (emission) => {
    const report = poisoned(text)
    for (const more of [[], ['--root', `/r/${text}`]]) {
      const { stdout, stderr } = await run(['plan', '--emit', emission, ...more], { report })
      expectQuiet(stdout)
      expectQuiet(stderr)
      if (emission === 'json') expect((JSON.parse(stdout) as { readonly actions: unknown }).actions).toEqual(report.plan.actions)
    }
  })

  it('nor in notes', async () => {
    const report = poisoned(text)
    for (const argv of [
      ['plan', '--check'],
      ['plan', text],
      [text],
      ['scan', '--fail-on', text],
      ['scan', '--format', 'json', '--output', `${text}.json`],
    ]) {
      const { stdout, stderr } = await run(argv, { report })
      expectQuiet(stdout)
      expectQuiet(stderr)
    }
  })

  it('nor through show', async () => {
    const story = oneAgent((agent) => agent.says(text).bash(`npm test # ${text}`).fiveHours('15:00:00', '3pm (UTC)'))
    for (const document of [await shown(story, SHOWN), poison(await shown(story, SHOWN), text)]) {
      for (const columns of [40, 80]) expectQuiet(screenOf(document, { columns, verbose: true, all: true }))
      expectQuiet(pageOf(document))
      expectQuiet(jsonOf(document))
      expect(JSON.parse(jsonOf(document))).toEqual(document)
    }
  })

  it('nor through preserve', async () => {
    const report = poisoned(text)
    report.worktrees = report.worktrees.map((row) => ({ ...row, path: `/w/${text}`, repo: `/r/${text}` }))
    for (const argv of [['preserve'], ['preserve', '--dry-run'], ['preserve', '--json'], ['preserve', '--dry-run', '--json']]) {
      const { stdout, stderr } = await run(argv, { report })
      expectQuiet(stdout)
      expectQuiet(stderr)
    }
    const work = { name: text, path: `/w/${text}`, agents: [text], commit: '', isNew: true, holds: [text], bundle: text, isPushed: true }
    const done = {
      formatVersion: '0.1' as const,
      tool: { name: 'agent-forensics' as const, version: '0.1.0' },
      generatedAt: report.generatedAt,
      dryRun: false,
      saved: ['refs/heads/rescue/a', 'refs/not-pushed/a/ignored', 'refs/not-pushed/a/stash'].map((ref) => ({ ...work, ref })),
      failures: [{ path: text, agents: [text], reason: text }],
      unreadable: [{ path: text, detail: text }],
      leftOut: 1,
    }
    expectQuiet([...preserveScreen(done, report.worktrees, VIEW)].join(''))
    expectQuiet(jsonText(done, 2))
  })

  it('nor through salvage, promote and recover', async () => {
    const { manifest } = await runOver(new FileWork().create('/home/dev/app/a.ts', 'x\n').edit('/home/dev/app/b.ts', 'x', 'y'))
    expect(manifest.agents.flatMap(({ files }) => files).length).toBe(2)
    for (const columns of [40, 80]) expectQuiet([...salvageScreen(poison(manifest, text), { ...VIEW, columns, verbose: true })].join(''))
    expectQuiet(jsonText(poison(manifest, text), 2))
    const promotion = {
      agentId: text,
      reason: 'exit_killed' as const,
      transcript: text,
      sessionId: text,
      path: text,
      state: 'planned' as const,
      folder: text,
      isOwnFolder: true,
      command: { cwd: `/w/${text}`, argv: ['claude', `--resume=${text}`] },
      records: 1,
      bytes: 1,
      leftOut: { errors: 1, markers: 1, thoughts: 1, openCalls: [text], lostCalls: 1, damagedLines: 1 },
      notes: [text],
    }
    for (const columns of [40, 80]) expectQuiet(describePromotion(promotion, columns, `agent-forensics promote ${quoteSh(text)} --write`))
    const subject = { id: text, title: text, why: text, question: null, isSession: false }
    const saved = { saved: [], failures: [{ path: text, agents: [text], reason: text }], leftOut: 0 }
    const result = { report: poisoned(text), done: [subject], open: [subject], saved }
    expectQuiet(listResult(result, () => `agent-forensics plan --root ${quoteSh(text)}`).join('\n'))
  })

  it('stands in no command that is planned, and in none that is typed', () => {
    if (text.search(LOG_COMMAND) >= 0) expect(findCommandHazard(`/w/${text}`)).toMatch(/CI log/)
    expectQuiet(escapeControl(text))
    expect(escapeControl(escapeControl(text))).toBe(escapeControl(text))
    expectQuiet(`cd ${quoteSh(text.replaceAll('\n', ''))}`)
  })
})

describe('what is no command', () => {
  it.each([
    'std::collections::HashMap',
    'Vec<u8>::new()',
    'foo[0]::bar',
    'http://[::1]:3000',
    '# heading',
    '## heading [link]',
    'issue ##12',
    'a: b : c',
  ])('stays as it is: %s', (text) => {
    expect(escapeControl(text)).toBe(text)
    expect(jsonText(text)).toBe(JSON.stringify(text))
  })

  it('is wrapped so that no line begins with two colons', () => {
    for (let columns = 4; columns < 40; columns += 1)
      for (const line of wrap('alpha::beta::gamma::delta::epsilon::zeta [::1]:3000', columns)) expect(line).not.toMatch(/^::/)
  })
})
