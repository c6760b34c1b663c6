import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGit } from '../../src/node/git.ts'
import { createGitWriter } from '../../src/node/git-writer.ts'
import { preserveWork } from '../../src/preserve/preserve.ts'
import { FORGOTTEN } from '../../src/worktree/notes.ts'
import { createLab, type Lab } from '../git/lab.ts'
import { IS_LONG, variant } from '../long.ts'
import { expectStated } from '../stated.ts'
import { heldBy, HIDDEN, keep, keepUntouched, lyingIn, REF, rowOf, writerOf } from './keeping.ts'

const IS_ROOT = process.getuid?.() === 0
const NOBODY = 65_534
const LIBRARY = fileURLToPath(new URL('../../dist/', import.meta.url))

let lab: Lab
let repo: string
beforeEach(async () => {
  lab = await createLab()
  repo = await lab.repository()
})
afterEach(() => lab.dispose())

const reasonsOf = ({ failures }: Awaited<ReturnType<typeof keep>>): readonly string[] => failures.map(({ reason }) => reason)
const rescues = async (): Promise<string[]> => {
  const listed = await lab.git(repo, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/rescue', 'refs/not-pushed')
  return listed === '' ? [] : listed.split('\n')
}

describe('names that no command could hold', () => {
  it('are saved with their bytes, ignored ones too', async () => {
    const inFolder = (name: string): Buffer => Buffer.concat([Buffer.from(`${repo}/`), Buffer.from(name, 'latin1')])
    const names = ['two\nlines', 'caf\u00e9 \u00ff', '\u0001\u001b[31m', '-rf', '$(touch PWN)', 'git~1', `long${'x'.repeat(240)}`]
    for (const name of names) await writeFile(inFolder(name), 'odd\n')
    await writeFile(inFolder('\u00fe\u00ff.log'), 'ignored\n')
    const kept = await keep(lab, repo, { paths: ['\\xfe\\xff.log'] })
    expect(kept.failures).toEqual([])
    const listed = await lab.try(repo, 'sh', ['-c', `git ls-tree -z --name-only ${REF} | od -An -v -tx1 | tr -d ' \\n'`])
    for (const name of names) expect(listed.stdout).toContain(Buffer.from(name, 'latin1').toString('hex'))
    const ignored = await lab.try(repo, 'sh', ['-c', `git ls-tree -z --name-only ${HIDDEN}/ignored | od -An -v -tx1 | tr -d ' \\n'`])
    expect(ignored.stdout).toBe(Buffer.from('\u00fe\u00ff.log\0', 'latin1').toString('hex'))
  })
})

describe('what is asked for', () => {
  it('ignored files by --include, and without what --exclude names, which is counted', async () => {
    await lab.write(join(repo, 'logs/a.log'), 'a\n')
    await lab.write(join(repo, 'logs/b.log'), 'b\n')
    await lab.write(join(repo, 'tmp/scratch.txt'), 'scratch\n')
    const kept = await keepUntouched(lab, repo, { include: ['logs/**'], exclude: ['b.log', 'tmp/'] })
    expect(kept.leftOut).toBe(2)
    expect([...(await heldBy(lab, repo, `${HIDDEN}/ignored`)).keys()]).toEqual(['logs/a.log'])
    expect((await heldBy(lab, repo, REF)).has('tmp/scratch.txt')).toBe(false)
    expect((await heldBy(lab, repo, REF)).has('new.txt')).toBe(true)
  })

  variant('a copy on origin: of the state alone, without force, and no hook runs', async () => {
    for (const hook of ['pre-receive', 'update', 'post-receive']) {
      const from = await lab.canary(hook)
      await lab.write(join(`${repo}.git`, 'hooks', hook), await readFile(from, 'utf8'))
      await chmod(join(`${repo}.git`, 'hooks', hook), 0o755)
    }
    await lab.write(join(repo, '.git/hooks/pre-push'), await readFile(await lab.canary('pre-push'), 'utf8'))
    await chmod(join(repo, '.git/hooks/pre-push'), 0o755)
    const first = await keep(lab, repo, { push: true, paths: ['x.log'] })
    expect([first.failures, first.saved.map(({ isPushed }) => isPushed)]).toEqual([[], [true, false]])
    const there = (): Promise<string> =>
      lab.git(`${repo}.git`, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/rescue', 'refs/not-pushed')
    expect(await there()).toBe(`${REF} ${first.saved[0]?.commit}`)
    expect(await lab.fired()).toEqual([])
    // Somebody else's work of that name stays.
    const other = await lab.git(repo, 'commit-tree', 'HEAD^{tree}', '-m', 'other')
    await lab.git(repo, 'push', '--quiet', '--no-verify', '--force', `${repo}.git`, `${other}:${REF}`)
    await lab.fired()
    const second = await keep(lab, repo, { push: true })
    expect(reasonsOf(second)).toEqual([`origin has other work at ${REF}`])
    expect(await there()).toBe(`${REF} ${other}`)
    await lab.git(repo, 'remote', 'remove', 'origin')
    expect(reasonsOf(await keep(lab, repo, { push: true }))).toEqual(['the repository has no origin'])
  })
})

describe('a folder that git does not know any more', () => {
  it('is saved into its repository, as it lies there', async () => {
    const place = join(lab.root, 'repo-side')
    await lab.write(join(place, 'x.log'), 'ignored\n')
    await lab.write(join(place, 'fresh.txt'), 'fresh\n')
    const head = await lab.git(repo, 'rev-parse', 'side')
    await rm(join(repo, '.git/worktrees'), { recursive: true })
    const row = { ...rowOf(place), repo, head, atRisk: [], notes: [FORGOTTEN] }
    const kept = await keep(lab, place, { row })
    expect(kept.failures).toEqual([])
    expect(await heldBy(lab, repo, REF)).toEqual(await lyingIn(place, ['x.log']))
    expect(await lab.git(repo, 'rev-parse', `${REF}^`)).toBe(head)
    expect((await keep(lab, place, { row })).saved.map(({ isNew }) => isNew)).toEqual([false])
  })
})

describe('what cannot be saved', () => {
  it.skipIf(!IS_ROOT)('a repository of somebody else is refused', async () => {
    for (const path of [repo, join(repo, '.git')]) await chown(path, NOBODY, NOBODY)
    const kept = await keep(lab, repo)
    expect(kept.saved).toEqual([])
    expect(reasonsOf(kept)).toEqual([expect.stringContaining('dubious ownership')])
  })

  variant('one that git cannot read does not stop the others', async () => {
    await writeFile(join(repo, '.git/config'), '[core\n')
    const other = await lab.repository('other')
    const rows = [rowOf(repo), { ...rowOf(other), agents: ['a2'] }]
    const kept = await preserveWork(rows, { ref: 'refs/heads/rescue', push: false, bundle: null, maxFileBytes: 1_000_000 }, writerOf(lab))
    expect(kept.failures).toMatchObject([{ path: repo, agents: ['a1'], reason: expect.stringContaining('bad config') as string }])
    expect(kept.saved.map(({ ref }) => ref)).toEqual(['refs/heads/rescue/a2'])
  })

  variant('settings that name what never ends hold up no saving, and an include of that kind is refused', async () => {
    await lab.try(repo, 'mkfifo', ['.git/fifo'])
    await lab.git(repo, 'config', 'core.excludesFile', '/dev/zero')
    await lab.git(repo, 'config', 'core.attributesFile', join(repo, '.git/fifo'))
    expect(await keep(lab, repo)).toMatchObject({ saved: [{ ref: REF }], failures: [] })
    await lab.git(repo, 'config', 'include.path', '/dev/zero')
    const { failures } = await keep(lab, repo)
    expect(failures).toMatchObject([{ path: repo, reason: expect.stringContaining('/dev/zero is no plain file') as string }])
  })

  variant('a host that does not answer holds up one push, and no other', async () => {
    let asked = 0
    const server = createServer(() => (asked += 1)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    await lab.git(repo, 'config', 'remote.origin.url', `https://127.0.0.1:${(server.address() as AddressInfo).port}/x`)
    const writer = createGitWriter(createGit({ env: lab.env }), { env: lab.env, silenceMs: 2_500 })
    const rows = [1, 2, 3, 4].map((number) => ({ ...rowOf(repo), agents: [`a${number}`] }))
    const { saved, failures } = await preserveWork(
      rows,
      { ref: 'refs/heads/rescue', push: true, bundle: null, maxFileBytes: 1_000_000 },
      writer,
    )
    server.close()
    expect(saved.map(({ ref, isPushed }) => [ref, isPushed])).toEqual(rows.map(({ agents: [id] }) => [`refs/heads/rescue/${id}`, false]))
    expect(failures.map(({ reason }) => reason)).toEqual(rows.map(() => 'no answer within 2500 ms'))
    expect(asked).toBe(1)
  })

  it('the time for one place is bounded, however many commands it takes', async () => {
    const writer = createGitWriter(createGit({ env: lab.env }), { env: lab.env, timeoutMs: 1 })
    const kept = await preserveWork([rowOf(repo)], { ref: 'refs/heads/rescue', push: false, bundle: null, maxFileBytes: 1_000_000 }, writer)
    expect(kept.saved).toEqual([])
    expect(reasonsOf(kept)[0]).toMatch(/^(?:no answer within 1 ms|saving it took more than 0.001 s: run this again)$/)
    expect(await rescues()).toEqual([])
  })

  variant('a pipe that git comes across deep in the worktree is named, and does not hang it', async () => {
    await lab.write(join(repo, 'src/c.txt'), 'three\n')
    await lab.try(repo, 'mkfifo', ['src/.gitignore'])
    const started = performance.now()
    expect(reasonsOf(await keep(lab, repo))[0]).toContain(`${repo}/src/.gitignore is no plain file`)
    expect(performance.now() - started).toBeLessThan(20_000)
    await rm(join(repo, 'src/.gitignore'))
    expect((await keep(lab, repo)).failures).toEqual([])
  })

  it('without a folder for temporary files it says so', async () => {
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = join(lab.root, 'none')
    try {
      expect(reasonsOf(await keep(lab, repo))).toEqual([
        expect.stringMatching(/^no temporary folder can be made in .*\/none, set TMPDIR to another one: ENOENT/),
      ])
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
  })

  it('files that cannot be read are named, and the rest is saved', async () => {
    await writeFile(join(repo, 'secret.txt'), 'secret\n')
    await lab.try(repo, 'mkfifo', ['pipe'])
    await rm(join(repo, 'a.txt'))
    await rename(join(repo, 'pipe'), join(repo, 'a.txt'))
    await chmod(join(repo, 'secret.txt'), 0)
    const { saved, failures } = await asNobody()
    expect(failures.map(({ reason }) => reason)).toEqual(['secret.txt: could not be read', 'a.txt: is neither a file nor a link'])
    expect(saved.map(({ ref }) => ref)).toContain(REF)
    expect((await heldBy(lab, repo, REF)).get('new.txt')).toBe('100644 new\n')
  })

  variant('where no object can be written, it says so, and makes no reference', async () => {
    await chmod(join(repo, '.git/objects'), 0o555)
    const folders = (await readdir(join(repo, '.git/objects'))).map((name) => join(repo, '.git/objects', name))
    for (const folder of folders) await chmod(folder, 0o555)
    const { saved, failures } = await asNobody()
    for (const folder of folders) await chmod(folder, 0o755)
    expect(saved).toEqual([])
    expect(failures.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^insufficient permission/)])
    expect(await rescues()).toEqual([])
  })

  /** Saves in a process of somebody who is not root: root can read and write everything. */
  async function asNobody(): Promise<Awaited<ReturnType<typeof keep>>> {
    const own = lab.root
    const owner = IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}
    if (IS_ROOT) await lab.try(own, 'chown', ['-R', `${NOBODY}:${NOBODY}`, own])
    const ran = await runLibrary(owner)
    if (IS_ROOT) await lab.try(own, 'chown', ['-R', '0:0', own])
    return JSON.parse(ran) as Awaited<ReturnType<typeof keep>>
  }
})

/** The built library, in a process of its own. */
function start(more: object = {}): ReturnType<typeof spawn> {
  const options = { ref: 'refs/heads/rescue', push: false, bundle: null, maxFileBytes: 1_000_000 }
  const row = rowOf(repo, { paths: ['x.log'], stashes: true })
  const source = `
    // As bin/ does.
    process.on('SIGTERM', () => process.exit(143))
    import { createGit } from ${JSON.stringify(`${LIBRARY}node/git.js`)}
    import { createGitWriter } from ${JSON.stringify(`${LIBRARY}node/git-writer.js`)}
    import { preserveWork } from ${JSON.stringify(`${LIBRARY}preserve/preserve.js`)}
    const made = await preserveWork([${JSON.stringify(row)}], ${JSON.stringify(options)}, createGitWriter(createGit()))
    process.stdout.write(JSON.stringify(made))`
  const env = { ...lab.env, TMPDIR: join(lab.root, 'tmp') }
  return spawn(process.execPath, ['--input-type=module', '-e', source], { cwd: lab.root, env, stdio: ['ignore', 'pipe', 'pipe'], ...more })
}

async function runLibrary(more: object = {}): Promise<string> {
  await mkdir(join(lab.root, 'tmp'), { recursive: true, mode: 0o777 })
  await chmod(join(lab.root, 'tmp'), 0o777)
  const child = start(more)
  let [out, err] = ['', '']
  child.stdout?.on('data', (data) => (out += String(data)))
  child.stderr?.on('data', (data) => (err += String(data)))
  const code = await new Promise((done) => child.once('close', done))
  expect([code, err]).toEqual([0, ''])
  return out
}

describe('killed at any moment, and run again', () => {
  const [rounds, longRounds] = [1, 100]
  it('as often as docs/internals/reliability.md says', () => expectStated('kills while saving', rounds, longRounds))

  it('nothing is lost, doubled or half done', { timeout: IS_LONG ? 900_000 : 120_000 }, async () => {
    const began = Date.now()
    await writeFile(join(repo, 'state.txt'), 'state 0\n')
    await runLibrary()
    const whole = Date.now() - began
    const last = IS_LONG ? longRounds : rounds
    for (let round = 1; round <= last; round += 1) {
      await writeFile(join(repo, 'state.txt'), `state ${round}\n`)
      // A group: git is killed with us, whatever it is at.
      const child = start({ detached: true })
      const ended = new Promise((done) => child.once('close', done))
      await new Promise((done) => setTimeout(done, (whole * (round + Math.random())) / last))
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await ended
    }
    const [first, second] = await Promise.all([runLibrary(), runLibrary()])
    const refs = await rescues()
    const commits = refs.map((line) => line.split(' ')[1])
    expect(new Set(commits).size).toBe(commits.length)
    const { saved, failures } = JSON.parse(first) as Awaited<ReturnType<typeof keep>>
    expect(failures).toEqual([])
    expect((JSON.parse(second) as Awaited<ReturnType<typeof keep>>).saved.map(({ ref }) => ref)).toEqual(saved.map(({ ref }) => ref))
    const [state] = saved
    expect(await heldBy(lab, repo, state?.ref ?? '')).toEqual(await lyingIn(repo, ['x.log']))
    await lab.git(repo, 'fsck', '--strict')
    expect(await lab.git(repo, 'status', '--porcelain')).toBe(' M b.txt\n?? new.txt\n?? state.txt'.trim())
  })

  it('ended by a signal, it leaves no temporary folder', async () => {
    await mkdir(join(lab.root, 'tmp'))
    const child = start()
    const ended = new Promise((done) => child.once('exit', done))
    await expect.poll(async () => (await readdir(join(lab.root, 'tmp'))).length).toBe(1)
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    expect(await readdir(join(lab.root, 'tmp'))).toEqual([])
  })
})
