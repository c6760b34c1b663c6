import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IS_LONG, sample } from '../long.ts'
import { Tree } from '../records/tree.ts'
import { expectStated } from '../stated.ts'
import { createLab, type Lab } from './lab.ts'
import { type Trace, traceProgram, whyUntraceable } from './trace.ts'
import { type Trap, VECTORS } from './vectors.ts'

// Repositories with every trap of reliability.md 5.1, and what the program does to the machine when it is led there, call by call.

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
const why = whyUntraceable()
if (why !== null) process.stderr.write(`\nNOT TESTED: what the program does in hostile repositories, call by call: ${why}\n\n`)

/** One of each way to get a program started; a long run takes all. */
const SAMPLE = [
  'core.fsmonitor',
  'filter.process, required, by info/attributes',
  'partial clone, core.sshCommand',
  'configuration of a submodule',
  '.git file that leads to a hostile git directory',
]
const CHOSEN = IS_LONG ? VECTORS : VECTORS.filter(({ name }) => SAMPLE.includes(name))
const COMMANDS = [
  ['scan', '--offline', '--since=all'],
  ['scan', '--since=all'],
  ['worktrees', '--offline', '--since=all'],
  ['plan', '--offline', '--since=all'],
  ['preserve', '--offline'],
] as const

/** How many of them are usually tried. */
const TRIED = 1

/** The C library’s own: it looks a name or an interface up. */
const OF_THE_LIBRARY: ReadonlySet<string> = new Set(['AF_NETLINK', '/var/run/nscd/socket'])
/** What a recovery is made of: objects, rescue references and their logs. */
const SAVED = /\/\.git\/(?:objects|refs\/not-pushed|refs\/heads\/rescue|logs\/refs\/heads\/rescue)(?:\/|$)/

it('tries as many traps as docs/internals/reliability.md says', () => {
  expect(SAMPLE.filter((name) => !VECTORS.some((vector) => vector.name === name))).toEqual([])
  expectStated('hostile repositories, call by call', SAMPLE.length * TRIED, VECTORS.length * COMMANDS.length)
})

describe.skipIf(why !== null)('led into hostile repositories', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'trace-')))
  const labs: Lab[] = []
  let traps: readonly (Trap & { readonly name: string; readonly root: string })[] = []
  let git: string

  beforeAll(async () => {
    git = realpathSync(execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim())
    for (const name of ['bin', 'tmp', 'here']) mkdirSync(join(root, name))
    for (const name of ['git', 'ssh']) link(name)
    // In the current folder, as everywhere else, lies what nobody may start.
    for (const name of ['git', 'claude', 'gh', 'ssh', 'sh', 'git-upload-pack']) plant(join(root, 'here', name))
    traps = await Promise.all(
      CHOSEN.map(async ({ name, build }) => {
        const lab = await createLab()
        labs.push(lab)
        return { name, root: lab.root, ...(await build(lab, async () => 'http://127.0.0.1:1')) }
      }),
    )
    // An agent died in each, and had written a file.
    const tree = new Tree('2.1.329')
    for (const [at, { path }] of traps.entries()) {
      const session = tree.session(at + 1, { slug: path.replaceAll(/[^A-Za-z0-9]/g, '-'), cwd: path })
      const agent = session.launch(at + 1, { background: true, cwd: path })
      agent.result(agent.call('Write', { file_path: `${path}/new.txt`, content: 'new\n' }), 'File created successfully')
      agent.call('Bash', { command: 'make' })
    }
    tree.write(join(root, '.claude'))
  })

  afterAll(async () => {
    for (const lab of labs) await lab.dispose()
    rmSync(root, { recursive: true })
  })

  it.each(sample(COMMANDS, TRIED).map((words) => [words.join(' '), words] as const))('%s', { timeout: 600_000 }, async (_, words) => {
    const trace = await run(words)
    const isOnline = !words.some((word) => word === '--offline')
    const isSaving = words[0] === 'preserve'
    expect(trace.stderr).toBe('')
    expect(programsOf(trace).filter((each) => !expectedPrograms(isOnline).includes(each))).toEqual([])
    expect(trace.addresses.filter((each) => !OF_THE_LIBRARY.has(each))).toEqual(isOnline ? ['127.0.0.1:1'] : [])
    const isOwn = (path: string): boolean => path.startsWith(join(root, 'tmp', 'agent-forensics-save-')) || SAVED.test(path)
    const elsewhere = trace.written.filter((path) => path !== '/dev/null' && !(isSaving && isOwn(path)))
    expect(elsewhere).toEqual([])
    expect(await firedIn(labs)).toEqual([])
    // It was led there: git was asked for the state of every one that it may enter, and something was saved.
    for (const { name, root: lab, refused } of traps) {
      const asked = trace.started.some(({ folder, args }) => folder?.startsWith(`${lab}/`) === true && args.includes('"status"'))
      expect([name, asked]).toEqual([name, refused?.['repositoryOf'] === undefined])
    }
    expect(trace.written.some((path) => SAVED.test(path))).toBe(isSaving)
    expect(trace.stdout).toContain(isSaving ? 'Saved ' : `${traps.length}`)
  })

  it('and the trace does see what would be a breach', async () => {
    const [trap] = traps
    const folder = mkdtempSync(join(root, 'calls-'))
    const { env = {} } = labs[0] ?? {}
    const script = 'git status > out; ls /dev/tcp 2> /dev/null; git -c protocol.git.allow=always ls-remote git://127.0.0.1:1/x'
    const trace = await traceProgram(['sh', '-c', script], { folder, cwd: trap?.path ?? root, env })
    expect(await firedIn(labs)).not.toEqual([])
    expect(trace.started.map(({ program }) => basename(program))).toEqual(expect.arrayContaining(['git', 'canary']))
    expect(trace.addresses).toContain('127.0.0.1:1')
    expect(trace.written).toEqual(expect.arrayContaining([join(trap?.path ?? '', 'out'), join(trap?.path ?? '', '.git/index.lock')]))
  })

  function run(words: readonly string[]): Promise<Trace> {
    // As a careless profile sets it, the current folder first.
    const env = { HOME: root, TMPDIR: join(root, 'tmp'), PATH: `.:${join(root, 'bin')}`, LC_ALL: 'C' }
    return traceProgram([process.execPath, PROGRAM, ...words, '--git-timeout=30m'], {
      folder: mkdtempSync(join(root, 'calls-')),
      cwd: join(root, 'here'),
      env,
    })
  }

  function expectedPrograms(isOnline: boolean): readonly string[] {
    const local = [basename(process.execPath), 'git']
    // The remote of a local folder is git’s own upload-pack, behind a shell; ssh asks one address; https is git’s own helper.
    return isOnline ? [...local, 'sh', 'git-upload-pack', 'ssh', 'git-remote-https'] : local
  }

  /** By their names where they are what they seem, else by their paths. */
  function programsOf({ started }: Trace): readonly string[] {
    const trusted = [git, process.execPath, '/bin/sh', realpathSync('/bin/sh')]
    const folders = [join(root, 'bin'), execFileSync(git, ['--exec-path'], { encoding: 'utf8' }).trim()]
    const isTrusted = (path: string): boolean => trusted.includes(path) || folders.some((folder) => path === join(folder, basename(path)))
    return [...new Set(started.map(({ program }) => (isTrusted(program) ? basename(program) : program)))]
  }

  function link(name: string): void {
    symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(root, 'bin', name))
  }

  function plant(path: string): void {
    writeFileSync(path, '#!/bin/sh\nexit 3\n')
    chmodSync(path, 0o755)
  }
})

async function firedIn(labs: readonly Lab[]): Promise<readonly string[]> {
  return (await Promise.all(labs.map((lab) => lab.fired()))).flat()
}
