import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { type OutputFolder, OutputRefused, type ProgramHost } from '../../src/ports/host.ts'
import { SalvageManifestSchema } from '../../src/salvage/manifest.ts'
import { createFiles } from '../../src/node/files.ts'
import { createOutputFolder } from '../../src/node/output-folder.ts'
import { AGENT, AGENT_FILE, createHome, CWD, type Home, SESSION, FileWork } from '../salvage/world.ts'
import { noGit, noGitWriter } from '../no-git.ts'

let home: Home
beforeEach(() => {
  home = createHome()
})
afterEach(() => home.dispose())

interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function run(argv: readonly string[], outputFolder: (path: string) => Promise<OutputFolder> = createOutputFolder): Promise<Printed> {
  const out: string[] = []
  const err: string[] = []
  const terminal = (into: string[]): ProgramHost['stdout'] => ({
    write: async (text) => {
      into.push(text)
      return true
    },
    isTTY: false,
    columns: 80,
  })
  const never = (): Promise<never> => Promise.reject(new Error('a salvage does not ask for this'))
  const host: ProgramHost = {
    files: createFiles(),
    processes: { domain: never, inspect: never },
    git: noGit,
    gitWriter: noGitWriter,
    stdout: terminal(out),
    stderr: terminal(err),
    env: { CLAUDE_CONFIG_DIR: home.folder },
    cwd: home.folder,
    home: home.folder,
    timeZone: 'UTC',
    now: () => 0,
    writeNewFile: () => Promise.reject(new Error('salvage writes no such file')),
    writeFile: never,
    whyUntrusted: async () => null,
    outputFolder,
    readStdin: never,
    tool: ['agent-forensics'],
    demo: { root: null, open: never, remove: never },
  }
  const code = await main(['salvage', ...argv], host, never)
  return { code, stdout: out.join(''), stderr: err.join('') }
}

/** Everything below a folder, with its content. */
function digest(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return new Map(
    paths.map((path) => {
      const facts = statSync(join(folder, path))
      return [
        path,
        facts.isFile()
          ? createHash('sha256')
              .update(readFileSync(join(folder, path)))
              .digest('hex')
          : `folder ${facts.mtimeMs}`,
      ]
    }),
  )
}

const sample = (): FileWork =>
  new FileWork()
    .create(`${CWD}/src/a.ts`, 'export {}\n')
    .read(`${CWD}/b.md`, '# B\n')
    .edit(`${CWD}/b.md`, 'B', 'C')
    .edit(`${CWD}/c.md`, 'x', 'y')
    .create(`${CWD}/.env`, 'A=1\n')

describe.skipIf(process.platform === 'win32')('agent-forensics salvage', () => {
  it('writes below --out and nowhere else, and says what it has and what to do next', async () => {
    home.add(AGENT_FILE, sample().text)
    const before = digest(home.folder)
    const { code, stdout, stderr } = await run([AGENT.slice(0, 6), '--out', 'rescue', '--tree'])
    expect([code, stderr]).toEqual([0, ''])
    const prose = stdout.replaceAll(/\s+/g, ' ')
    expect(prose).toContain(`agent ${AGENT}. 4 files: 2 for certain, 1 with a doubt, 1 of which only parts or edits are known.`)
    expect(prose).toContain('Its folder is gone. Copy the files to where they belong, or put salvage.patch on a checkout with git apply')
    expect(stdout).toMatch(/^whole +gone +src\/a\.ts$/m)
    expect(stdout).toMatch(/^only edits +gone +c\.md$/m)
    expect(stdout).toMatch(/1 file looks like secrets, and is given back as it was:\n +\.env$/m)
    expect(readFileSync(join(home.folder, 'rescue/tree/src/a.ts'), 'utf8')).toBe('export {}\n')
    expect(readFileSync(join(home.folder, 'rescue/tree/b.md'), 'utf8')).toBe('# C\n')
    const after = digest(home.folder)
    for (const [path, hash] of before) expect(after.get(path), path).toBe(hash)
    expect([...after.keys()].filter((path) => !before.has(path) && path !== 'rescue' && !path.startsWith('rescue/'))).toEqual([])
    const manifest = SalvageManifestSchema.parse(JSON.parse(readFileSync(join(home.folder, 'rescue/manifest.json'), 'utf8')))
    for (const { stored, sha256, bytes } of manifest.agents[0]?.files ?? []) {
      const content = readFileSync(join(home.folder, 'rescue', stored ?? ''))
      expect([createHash('sha256').update(content).digest('hex'), content.length]).toEqual([sha256, bytes])
    }
  })

  it('prints with --json the manifest that it wrote', async () => {
    home.add(AGENT_FILE, sample().text)
    const { code, stdout, stderr } = await run([AGENT, '--out', 'rescue', '--json'])
    expect(code).toBe(0)
    expect(stdout).toBe(readFileSync(join(home.folder, 'rescue/manifest.json'), 'utf8'))
    expect(stderr).toBe(`agent-forensics: wrote ${home.folder}/rescue\n`)
    expect((await run([AGENT, '--out', 'again', '--json', '--quiet'])).stderr).toBe('')
  })

  it.each([
    ['a folder with something in it', () => void home.add('rescue/mine', ''), 'it is not empty; name a new folder'],
    ['a link', () => symlinkSync(home.projects, join(home.folder, 'rescue')), 'a link stands in its place'],
    ['a file', () => writeFileSync(join(home.folder, 'rescue'), ''), 'it is a file'],
  ])('refuses %s', async (_what, prepare, why) => {
    home.add(AGENT_FILE, sample().text)
    prepare()
    const before = digest(home.folder)
    expect(await run([AGENT, '--out', 'rescue'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `agent-forensics: cannot write to ${home.folder}/rescue: ${why}\n`,
    })
    expect(digest(home.folder)).toEqual(before)
  })

  it('tells wrong usage, and makes no folder for it', async () => {
    home.add(AGENT_FILE, sample().text)
    home.add(AGENT_FILE.replace(AGENT, 'a0123fff'), sample().text)
    expect((await run([AGENT])).stderr).toContain("required option '--out <dir>' not specified")
    expect((await run([AGENT])).code).toBe(2)
    const nobody = await run(['zzz', '--out', 'rescue'])
    expect([nobody.code, nobody.stderr]).toEqual([
      2,
      `agent-forensics: no agent, session or workflow run begins with zzz; looked in ${home.projects}\n`,
    ])
    const two = await run(['a0123', '--out', 'rescue'])
    expect([two.code, two.stderr]).toEqual([2, `agent-forensics: a0123 is the beginning of more than one id: ${AGENT}, a0123fff\n`])
    expect((await run([AGENT, '--out', 'no/where'])).stderr).toContain('the folder above it does not exist')
    expect(existsSync(join(home.folder, 'rescue'))).toBe(false)
  })

  it('says that the disk is full, prints what it knows all the same, and fails (S07)', async () => {
    home.add(AGENT_FILE, sample().text)
    const refuse: OutputFolder['write'] = (parts) => Promise.reject(new OutputRefused(parts.join('/'), 'ENOSPC'))
    const full: OutputFolder = { path: '/out', write: refuse, finish: () => {} }
    const { code, stdout, stderr } = await run([AGENT, '--out', 'rescue'], async () => full)
    expect(code).toBe(3)
    expect(stderr).toContain('manifest.json could not be written: ENOSPC')
    expect(stderr).toContain('4 of the files could not be written: ENOSPC')
    expect(stdout).toContain('not written: ENOSPC')
  })

  it('says that an agent wrote nothing', async () => {
    home.add(AGENT_FILE, new FileWork().text)
    const { code, stdout } = await run([AGENT, '--out', 'rescue'])
    expect(code).toBe(0)
    expect(stdout).toContain('It wrote no file.')
  })

  it('sees that the folder is still there, and whether it holds the same', async () => {
    const cwd = join(home.folder, 'app')
    home.add('app/a.txt', 'one\n')
    home.add(AGENT_FILE, new FileWork('2.1.329', { cwd }).create(`${cwd}/a.txt`, 'one\n').text)
    expect((await run([AGENT, '--out', 'r1'])).stdout).toContain('nothing needs')
    home.add('app/a.txt', 'changed\n')
    expect((await run([AGENT, '--out', 'r2'])).stdout).toContain('1 file differs or is gone')
    // A link out of the folder is not followed to compare.
    symlinkSync('/etc', join(cwd, 'out'))
    home.add(AGENT_FILE, new FileWork('2.1.329', { cwd }).create(`${cwd}/out/hostname`, 'x').text)
    const { stdout } = await run([AGENT, '--out', 'r3', '--json'])
    expect(SalvageManifestSchema.parse(JSON.parse(stdout)).agents[0]?.files[0]?.onDisk).toBe('not_looked')
  })

  it('prints nothing that a terminal obeys, whatever the transcript says', async () => {
    const evil = '\u001b]0;x\u0007\u009b31m\u202e\u2028\r'
    const transcript = new FileWork('2.1.329')
      .create(`${CWD}/${evil}.txt`, evil)
      .edit(`${CWD}/b${evil}`, evil, 'y')
      .bash(`echo ${evil} > ${CWD}/${evil}.txt`)
    transcript.call('Write', { file_path: `${CWD}/c${evil}`, content: evil })
    home.add(AGENT_FILE, transcript.text)
    home.add(AGENT_FILE.replace('.jsonl', '.meta.json'), JSON.stringify({ description: evil, agentType: evil, worktreePath: `/w/${evil}` }))
    for (const argv of [[], ['--json'], ['--tree']]) {
      const { stdout, stderr } = await run([AGENT, '--out', `r${argv.join('')}`, ...argv])
      expect((stdout + stderr).match(/[^\P{Control}\n]|[\u2028\u202e]/gu)).toBeNull()
    }
  })

  it('has help with examples', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('agent-forensics salvage a5c07e9a --out rescue --tree')
    expect(stdout).toContain('Writes DIR/manifest.json')
  })

  it('gives a session its main thread and agents', async () => {
    home.add(AGENT_FILE, sample().text)
    home.add(`projects/-home-dev-app/${SESSION}.jsonl`, new FileWork('2.1.329', { agentId: null }).create(`${CWD}/m.txt`, 'm').text)
    const { stdout } = await run([SESSION, '--out', 'rescue'])
    expect(stdout).toContain(`main thread of session ${SESSION.slice(0, 8)}`)
    expect(readdirSync(join(home.folder, 'rescue')).toSorted()).toEqual([`agent-${AGENT}`, 'main', 'manifest.json'])
  })
})
