import { variant } from '../long.ts'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-trouble-')))
  const at = { sessionId: '00000000-0000-4000-8000-000000000001', cwd: folder, version: '2.1.329', timestamp: '2026-05-31T10:00:00.000Z' }
  const transcript = join(folder, '.claude', 'projects', 'x', `${at.sessionId}.jsonl`)
  mkdirSync(dirname(transcript), { recursive: true })
  writeFileSync(transcript, `${JSON.stringify({ type: 'user', ...at, message: { content: 'Go.' } })}\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Told {
  readonly code: number | null
  readonly stderr: string
}

function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = folder, node: readonly string[] = []): Told {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8' } as const
  const { status, stderr } = spawnSync(process.execPath, [...node, PROGRAM, ...argv], options)
  return { code: status, stderr }
}

describe.skipIf(process.platform === 'win32')('a crash is never an answer', () => {
  variant('in a folder that has been deleted, only what needs it is refused', () => {
    const gone = join(folder, 'gone')
    const inGone = (argv: string): Told => {
      mkdirSync(gone)
      const command = `rmdir '${gone}' && exec '${process.execPath}' '${PROGRAM}' ${argv}`
      const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: gone, encoding: 'utf8' })
      return { code: status, stderr }
    }
    expect(inGone(`scan --no-git --since all --fail-on any --root '${folder}/.claude/projects' > /dev/null`)).toEqual({
      code: 1,
      stderr: '',
    })
    for (const argv of ['plan --check --root .claude', 'scan --demo --output report.json']) {
      const { code, stderr } = inGone(argv)
      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(/^agent-forensics: the current folder has been deleted: cannot resolve \S+;/),
      ])
    }
  })

  variant('with an empty HOME nothing is read or written below the current folder', () => {
    const before = readdirSync(folder, { recursive: true })
    for (const argv of [
      ['scan', '--fail-on', 'any'],
      ['plan', '--check'],
      ['show', 'x'],
      ['salvage', 'x', '--out', 'y'],
      ['promote', 'x'],
    ]) {
      const { code, stderr } = run(argv, { HOME: '', CLAUDE_CONFIG_DIR: '' })
      expect([code, stderr]).toEqual([
        3,
        'agent-forensics: HOME is not an absolute path: name the folder of the transcripts with --root <dir>\n',
      ])
    }
    expect(run(['scan', '--root=~/x'], { HOME: '.' }).stderr).toContain('cannot resolve ~/x')
    const journal = run(['recover', '--yes', '--root', join(folder, '.claude', 'projects')], { HOME: '', XDG_STATE_HOME: '' })
    expect([journal.code, journal.stderr]).toEqual([3, expect.stringContaining('cannot write the journal: HOME is empty')])
    expect(readdirSync(folder, { recursive: true })).toEqual(before)
  })

  it('without a folder for temporary files', () => {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'claude'), '#!/bin/sh\necho 2.1.329\n')
    chmodSync(join(bin, 'claude'), 0o755)
    const env = { TMPDIR: join(folder, 'none'), PATH: `${bin}:${process.env['PATH']}` }
    expect(run(['plan', '--offline', '--root', join(folder, '.claude', 'projects')], env)).toMatchObject({ code: 0 })
  })

  variant('without a place for the sample incident', () => {
    const nowhere = run(['scan', '--demo'], { HOME: '', XDG_CACHE_HOME: '' })
    expect([nowhere.code, nowhere.stderr]).toEqual([
      3,
      'agent-forensics: cannot build the sample incident: HOME is empty: name a cache folder with XDG_CACHE_HOME\n',
    ])
    writeFileSync(join(folder, 'file'), '')
    const under = run(['scan', '--demo'], { XDG_CACHE_HOME: join(folder, 'file') })
    expect([under.code, under.stderr]).toEqual([3, expect.stringMatching(/^agent-forensics: cannot build the sample incident: ENOTDIR/)])
    mkdirSync(join(folder, 'agent-forensics'), { mode: 0o700 })
    mkdirSync(join(folder, 'agent-forensics', 'demo'), { mode: 0o700 })
    for (const argv of [
      ['scan', '--demo'],
      ['--demo', '--clean'],
    ]) {
      const foreign = run(argv, { XDG_CACHE_HOME: folder })
      expect([foreign.code, foreign.stderr]).toEqual([
        3,
        expect.stringMatching(/^agent-forensics: cannot use the sample incident: \S+ is not/),
      ])
    }
  })

  const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0
  it.skipIf(!canMount)('on a read-only file system', () => {
    const place = join(folder, 'fixed')
    mkdirSync(place)
    const root = `--root '${folder}/.claude/projects'`
    const told = (argv: string): readonly unknown[] => {
      const script = `mount -t tmpfs -o ro none '${place}' && exec '${process.execPath}' '${PROGRAM}' ${argv}`
      const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' })
      return [status, stderr]
    }
    const scan = `scan --no-git --since all ${root}`
    expect(told(`${scan} --output '${place}/x'`)).toEqual([3, `agent-forensics: cannot write ${place}/x: EROFS\n`])
    expect(told(`${scan} --cache '${place}/x'`)).toEqual([0, `agent-forensics: cannot write the cache ${place}/x: EROFS\n`])
    const [code, text] = told(`recover --yes ${root} --journal '${place}/x'`)
    expect([code, text]).toEqual([3, expect.stringContaining(`cannot write ${place}/x: EROFS (--journal names another file)`)])
  })

  it('what nobody caught is a bug, and no answer', () => {
    const odd = `() => { throw new Error('odd \\u001b') }`
    const bomb = `data:text/javascript,process.stdout.write = () => setImmediate(${odd})`
    const { code, stderr } = run(['explain'], {}, folder, ['--import', bomb])
    expect([code, stderr]).toEqual([70, expect.stringContaining('this is a bug, please report it:\nError: odd ?\n')])
  })

  it('half an installation says so', () => {
    const alone = join(folder, 'agent-forensics.mjs')
    copyFileSync(PROGRAM, alone)
    for (const argv of [['--version'], ['scan']]) {
      const { status, stderr } = spawnSync(process.execPath, [alone, ...argv], { encoding: 'utf8' })
      expect([status, stderr]).toEqual([
        3,
        expect.stringMatching(/^agent-forensics: it is not installed completely, install it again: [^\n]+\n$/),
      ])
    }
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s leaves no folder', async (signal, code) => {
    const [bin, temporary, asked] = ['bin', 'tmp', 'asked'].map((name) => join(folder, name)) as [string, string, string]
    mkdirSync(bin)
    mkdirSync(temporary)
    writeFileSync(join(bin, 'claude'), `#!/bin/sh\n: > '${asked}'\nsleep 20\n`)
    chmodSync(join(bin, 'claude'), 0o755)
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, TMPDIR: temporary }
    const child = spawn(process.execPath, [PROGRAM, 'plan', '--root', join(folder, '.claude', 'projects')], { env, stdio: 'ignore' })
    const ended = new Promise((done) => child.on('exit', done))
    await expect.poll(() => existsSync(asked), { timeout: 20_000 }).toBe(true)
    expect(readdirSync(temporary)).toHaveLength(1)
    child.kill(signal)
    expect(await ended).toBe(code)
    expect(readdirSync(temporary)).toEqual([])
  })
})
