import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGate, createRun, findGit } from '../../src/node/git-run.ts'
import { createLab, type Lab } from '../git/lab.ts'
import { IS_LONG, sample } from '../long.ts'
import { Tree } from '../records/tree.ts'
import { expectStated } from '../stated.ts'

// A saving in a repository without an index once hung in CI: what it had nothing to say to, waited for its input. No command of git is
// left with an open pipe any more, and the program itself reads no input.

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
/** What only a hang reaches, however busy the machine is. */
const HANG_MS = 100_000
const [ROUNDS, LONG_ROUNDS] = [1, 50]

let lab: Lab
beforeEach(async () => {
  lab = await createLab()
})
afterEach(() => lab.dispose())

const STATES: Readonly<Record<string, (repo: string) => Promise<unknown>>> = {
  'no index': (repo) => rm(join(repo, '.git/index'), { force: true }),
  'an unborn branch and no index': async (repo) => {
    await lab.git(repo, 'checkout', '--quiet', '--orphan', 'empty')
    await rm(join(repo, '.git/index'), { force: true })
  },
  'an index that is locked': (repo) => lab.write(join(repo, '.git/index.lock'), ''),
}
const INPUTS = ['closed', 'open'] as const
/** How many of them are usually tried. */
const TRIED = 1
const CASES = Object.keys(STATES).flatMap((state) => INPUTS.map((input) => [state, input] as const))

it('as often as docs/internals/reliability.md says', () => expectStated('no index', TRIED * ROUNDS, CASES.length * LONG_ROUNDS))

it.each([undefined, '', Buffer.alloc(0)])('a command of git that reads its input ends where there is none: %j', async (input) => {
  const run = createRun(() => findGit(lab.env), lab.env, { timeoutMs: HANG_MS, maxBytes: 2 ** 20 }, createGate(1))
  const call = { worktree: await lab.repository(), args: ['update-index', '-z', '--add', '--stdin'], ...(input !== undefined && { input }) }
  expect(await run(call)).toMatchObject({ exitCode: 0 })
})

describe.each(sample(CASES, TRIED))('with %s, and standard input %s', (state, input) => {
  it('all is saved, and it ends', { timeout: IS_LONG ? 1_200_000 : 120_000 }, async () => {
    const repo = await lab.repository()
    await STATES[state]?.(repo)
    const tree = new Tree('2.1.329')
    const session = tree.session(1, { slug: repo.replaceAll(/[^A-Za-z0-9]/g, '-'), cwd: repo })
    session.launch(1, { background: true, cwd: repo }).call('Write', { file_path: join(repo, 'new.txt'), content: 'new\n' })
    tree.write(join(lab.root, 'home/.claude'))
    for (let round = 1; round <= (IS_LONG ? LONG_ROUNDS : ROUNDS); round += 1) {
      await writeFile(join(repo, 'new.txt'), `round ${round}\n`)
      const { code, output } = await preserve(input)
      expect([round, code, output]).toEqual([round, 0, expect.stringContaining('Saved the local-only work of 1 place.')])
      const ref = `refs/heads/rescue/a0000000000000001${round === 1 ? '' : `-${round}`}`
      expect(await lab.git(repo, 'show', `${ref}:new.txt`)).toBe(`round ${round}`)
    }
  })
})

async function preserve(input: (typeof INPUTS)[number]): Promise<{ readonly code: number | null; readonly output: string }> {
  const stdio = [input === 'closed' ? 'ignore' : 'pipe', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, [PROGRAM, 'preserve', '--offline'], { env: { ...lab.env }, stdio: [...stdio], timeout: HANG_MS })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += String(data)))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  child.stdin?.destroy()
  return { code, output }
}
