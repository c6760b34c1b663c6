import { IS_LONG } from '../long.ts'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandWords, ownWords, placeWords, REPEATED, type ToolCommand, toolCommand, typed, type Typist } from '../../src/report/typed.ts'
import type { Report } from '../../src/report/report.ts'
import { incident } from '../cli/fake-host.ts'
import { listCommands, optionsOf } from '../command-line.ts'

const HOME_ROOT = '/home/dev/.claude/projects'
const DEMO_ROOT = '/home/dev/.cache/agent-forensics/demo/.claude/projects'
const TYPIST: Typist = { tool: ['node', '/opt/af/bin/agent-forensics.js'], usualRoots: [HOME_ROOT], demoRoot: DEMO_ROOT, repeated: [] }

function about(options: Partial<Report['options']>): Report {
  return incident((report) => {
    report.generatedAt = '2026-05-31T20:00:00.000Z'
    report.options = { ...report.options, roots: [HOME_ROOT], since: '2026-05-24T20:00:00.000Z', ...options }
  })
}

/** Options that change what is printed, where, or what the exit code says; not which agents, which work and which steps it is about. */
const ONLY_PRINTED = [
  '--format',
  '--json',
  '--output',
  '--all',
  '--quiet',
  '--verbose',
  '--no-excerpts',
  '--cache',
  '--fail-on',
  '--strict',
  '--color',
  '--no-color',
]
/** Those that are a command's own job, and those that other commands have no use for. */
const OWN: Readonly<Partial<Record<string, readonly string[]>>> = {
  plan: ['--emit', '--check'],
  preserve: ['--worktree', '--include', '--exclude', '--dry-run'],
  recover: ['--action', '--yes', '--dry-run', '--interactive', '--journal', '--no-git'],
  show: ['--client', '--project', '--session', '--agent', '--since', '--until', '--reason'],
  salvage: ['--out', '--tree', '--session'],
  promote: ['--write', '--folder', '--expect'],
}

describe('the options that a printed command repeats', () => {
  it.each(Object.keys(REPEATED) as ToolCommand[])('%s: every option of it is repeated, or is known not to matter', (command) => {
    const known = optionsOf(command).flatMap(({ long }) => long ?? [])
    expect(known.length > 0 || command === 'explain').toBe(true)
    const left = known.filter((flag) => !ONLY_PRINTED.includes(flag) && !(OWN[command]?.includes(flag) ?? false) && flag !== '--clean')
    expect(left.toSorted()).toEqual([...REPEATED[command]].toSorted())
  })

  it('no command that takes transcripts is forgotten', () => {
    const withRoots = listCommands().filter((name) => optionsOf(name).some(({ long }) => long === '--root'))
    expect(withRoots.filter((name) => !Object.hasOwn(REPEATED, name))).toEqual([])
  })

  it('are none where everything is as usual', () => {
    expect(toolCommand('plan', about({}), TYPIST)).toBe('node /opt/af/bin/agent-forensics.js plan')
    expect(toolCommand('plan', about({}), {})).toBe('agent-forensics plan')
  })

  it('come from the report and from the command line, each as far as the command knows it', () => {
    const report = about({
      roots: ['/mnt/a b'],
      since: null,
      until: '2026-05-30T00:00:00.000Z',
      project: '/w/shop',
      session: '6f1b',
      agent: 'a5c0',
      reasons: ['rate_limited', 'overloaded'],
      git: false,
      offline: true,
    })
    const typist = {
      repeated: ['--only', 'resume', '--git-timeout', '5s', '--now', '2026-05-31T20:00:00.000Z', '--time-zone', 'Europe/Kyiv', '--push'],
    }
    const scope = "--root '/mnt/a b' --project /w/shop --session 6f1b --agent a5c0 --since all --until 2026-05-30T00:00:00.000Z"
    const reasons = '--reason rate_limited,overloaded'
    const later = '--git-timeout 5s --now 2026-05-31T20:00:00.000Z --time-zone Europe/Kyiv'
    const told = (command: ToolCommand, ...words: readonly string[]): string =>
      toolCommand(command, report, typist, ...words).replace(`agent-forensics ${command} `, '')
    expect(told('scan')).toBe(`${scope} ${reasons} --no-git --offline ${later}`)
    expect(told('plan', '3')).toBe(`3 ${scope} ${reasons} --no-git --offline --only resume ${later} --push`)
    // Only what was named is carried out; without git nobody is recovered.
    expect(told('recover', '--action', 'resume-a')).toBe(
      `--action resume-a ${scope} ${reasons} --offline --git-timeout 5s --time-zone Europe/Kyiv --push`,
    )
    // All is what it saves by itself.
    expect(told('preserve')).toBe(`${scope.replace('--since all ', '')} --offline ${later} --push`)
    expect(told('show', 'a5c07e9a')).toBe(`a5c07e9a --root '/mnt/a b' --no-git --offline ${later}`)
    expect(told('salvage', 'a5c07e9a', '--out', 'x')).toBe("a5c07e9a --out x --root '/mnt/a b' --no-git")
    expect(toolCommand('explain', report, typist, 'rate_limited')).toBe('agent-forensics explain rate_limited')
  })

  it('lead to the sample incident where that was looked at, and to no other folder that looks like it', () => {
    const words = (root: string): readonly string[] => placeWords([root], TYPIST)
    expect(words(DEMO_ROOT)).toEqual(['--demo'])
    expect(words(`/mnt${DEMO_ROOT}`)).toEqual(['--root', `/mnt${DEMO_ROOT}`])
    expect(words(HOME_ROOT)).toEqual([])
    expect(placeWords([HOME_ROOT, '/mnt/b'], TYPIST)).toEqual(['--root', HOME_ROOT, '--root', '/mnt/b'])
    expect(placeWords([DEMO_ROOT], {})).not.toEqual(['--demo'])
    expect(commandWords('plan', about({ roots: [DEMO_ROOT] }), TYPIST)).toEqual([...(TYPIST.tool ?? []), 'plan', '--demo'])
  })
})

describe('a command of a plan', () => {
  const own = (root: string, ...argv: readonly string[]): readonly string[] =>
    ownWords(['agent-forensics', ...argv], about({ roots: [root], offline: true }), { ...TYPIST, repeated: ['--ref', 'refs/x'] }).slice(2)

  it('of ours is started as this program is here, and learns what the plan does not know of it', () => {
    expect(own(HOME_ROOT, 'preserve', '--worktree=/w/a')).toEqual(['preserve', '--worktree=/w/a', '--offline', '--ref', 'refs/x'])
    expect(own(DEMO_ROOT, 'preserve', '--worktree=/w/a', `--root=${DEMO_ROOT}`)).toEqual([
      'preserve',
      '--worktree=/w/a',
      '--demo',
      '--offline',
      '--ref',
      'refs/x',
    ])
    expect(own('/mnt/a', 'preserve', '--root=/mnt/a', '--ref=refs/y', '--offline')).toEqual([
      'preserve',
      '--root=/mnt/a',
      '--ref=refs/y',
      '--offline',
    ])
    expect(own('/mnt/a', 'show', 'a1', '--root=/mnt/b')).toEqual(['show', 'a1', '--root=/mnt/b', '--offline'])
    expect(own('/mnt/a', 'nonsense')).toEqual(['nonsense'])
  })

  it('of others stays as it is', () => {
    expect(ownWords(['git', 'status'], about({}), TYPIST)).toEqual(['git', 'status'])
    expect(typed({ cwd: '/home/dev/shop', argv: ['git', '-C', '/home/dev/shop', 'status'] }, about({}), TYPIST)).toBe(
      'cd /home/dev/shop && git -C /home/dev/shop status',
    )
    expect(typed({ cwd: '/', argv: ['PATH=x', ''] }, about({}), TYPIST)).toBe("'PATH=x' ''")
  })

  it.skipIf(process.platform === 'win32')('means to a shell what its words say', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "it's -a $(folder) ")))
    const word = fc.string({
      unit: fc.constantFrom('a', '-', ' ', "'", '"', '$', '`', '\\', '!', '*', '~', '#', '=', ';', '&', '|', '<', '(', '{', 'é', '%', ':'),
    })
    try {
      fc.assert(
        fc.property(fc.array(word, { maxLength: 4 }), (words) => {
          const argv = [process.execPath, '-e', 'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(1)]))', '--', ...words]
          const command = typed({ cwd: folder, argv }, about({}), TYPIST)
          expect(JSON.parse(execFileSync('sh', ['-c', command], { encoding: 'utf8' }))).toEqual([folder, ...words])
        }),
        { numRuns: IS_LONG ? 25 : 8 },
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
