import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFiles } from '../../../src/node/files.ts'
import { createGit } from '../../../src/node/git.ts'
import type { Files, Host } from '../../../src/ports/host.ts'
import { analyze } from '../../../src/scan/scan.ts'
import { type AnalyzeOptions, NothingToScan } from '../../../src/scan/analyze-options.ts'
import { PLAIN_WISHES } from '../../../src/plan/wishes.ts'
import { show } from '../../../src/show/show.ts'
import type { CacheChange } from '../../../src/transcript/run-cache.ts'
import { analyzeOptions } from '../../analyze-options.ts'
import { withFixtureHome } from '../../fixture-home.ts'
import { createLab, type Lab } from '../../git/lab.ts'
import { noProcesses, NOW } from '../../hostile/world.ts'
import { noGit } from '../../no-git.ts'
import { AgentState, OLD_STATE, STATE, stateDocument } from '../../records/agent-states.ts'

const ID = 'agent_0a1b2c3d'
const SESSION = '11111111-2222-4333-8444-555555555555'
const TIMEOUT = { Interrupted: 'API call timed out after 600000ms on 6 API attempt(s); checkpoint preserved for continuation' }

let lab: Lab
beforeAll(async () => {
  lab = await createLab()
})
afterAll(async () => lab.dispose())

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** A client's home with one session that ran in a folder. */
function homeOf(name: string, ...folders: readonly string[]): string {
  const root = join(lab.root, name, 'projects')
  const lines = folders.map((cwd, index) => ({
    parentUuid: index === 0 ? null : `u${index - 1}`,
    isSidechain: false,
    sessionId: SESSION,
    type: 'user',
    uuid: `u${index}`,
    cwd,
    version: '2.1.329',
    timestamp: `2026-05-31T10:0${index}:00.000Z`,
    message: { role: 'user', content: 'Go on.' },
  }))
  write(join(root, '-home-dev-app', `${SESSION}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return root
}

const limited = (workspace: string): AgentState =>
  new AgentState(ID, 'Write the tests', { workspace }).says('I run the tests next.').keeps('api_timeout').is(TIMEOUT)

function keep(workspace: string, place = STATE, agent = limited(workspace)): void {
  write(join(workspace, place, 'subagents.v1.json'), stateDocument([agent]))
}

const plain = (files: Files = createFiles()): Host => ({ files, processes: noProcesses, git: noGit })
const scan = (roots: readonly string[], options: Partial<AnalyzeOptions> = {}, host = plain()) =>
  analyze({ ...analyzeOptions({ roots, now: NOW }), ...options }, host)
const formatsOf = ({ agents, sessions }: Awaited<ReturnType<typeof scan>>): readonly string[] =>
  [...new Set([...agents, ...sessions].map(({ format }) => format))].toSorted()

describe('the state of a workspace is found', () => {
  it.each([
    ['as a workspace', '', STATE],
    ['as its folder', STATE, STATE],
    ['as the folder above that', '.codewhale', STATE],
    ['in a tree', '..', STATE],
    ['under its old name', '', OLD_STATE],
    ['in a tree, under its old name', '..', OLD_STATE],
  ])('that is named %s', async (what, below, place) => {
    const workspace = join(lab.root, 'named', what.replaceAll(/\W/g, '-'), 'app')
    keep(workspace, place)
    const { agents, readIssues } = await scan([join(workspace, below)])
    expect(agents.map(({ agentId, reason }) => [agentId, reason])).toEqual([[ID, 'connection_lost']])
    expect(readIssues).toEqual([])
  })

  it('in a workspace whose own folders have the names of other clients’, and takes nothing of them but that', async () => {
    const workspace = join(lab.root, 'mixed')
    keep(workspace)
    write(join(workspace, 'data', 'rows.jsonl'), '{"type":"user","uuid":"u1"}\n')
    mkdirSync(join(workspace, 'sessions'), { recursive: true })
    const { agents, sessions } = await scan([workspace])
    expect(agents.map(({ agentId }) => agentId)).toEqual([ID])
    expect(sessions.map(({ format }) => format)).toEqual(['codewhale'])
  })

  it('in the folders that a transcript of another client names, in one report', async () => {
    const workspace = join(lab.root, 'met')
    keep(workspace)
    const root = homeOf('home-met', join(lab.root, 'nothing-here'), workspace)
    const report = await scan([root])
    expect(formatsOf(report)).toEqual(['claude-code', 'codewhale'])
    expect(report.options.roots).toEqual([root, join(workspace, STATE)])
    const document = await show({ ...analyzeOptions({ roots: [root], now: NOW }), id: ID }, plain())
    expect(document.receipt).toMatchObject({ status: 'timed_out_with_checkpoint', announced: { text: 'I run the tests next.' } })
  })

  it('in the repository of a worktree that a transcript names', async () => {
    const repository = join(lab.root, 'of-worktree')
    keep(repository)
    const root = homeOf('home-worktree', join(repository, '.claude/worktrees/agent-a1'))
    expect(formatsOf(await scan([root]))).toContain('codewhale')
  })

  it('when it alone is asked for, and nothing of the others is told', async () => {
    const workspace = join(lab.root, 'alone')
    keep(workspace)
    const root = homeOf('home-alone', workspace)
    expect(formatsOf(await scan([root], { client: 'codewhale' }))).toEqual(['codewhale'])
    expect(formatsOf(await scan([root], { client: 'claude-code' }))).toEqual(['claude-code'])
    const none = homeOf('home-none', join(lab.root, 'nothing-here'))
    await expect(scan([none], { client: 'codewhale' })).rejects.toBeInstanceOf(NothingToScan)
  })

  it('with one cache for all that is read, which forgets nobody and is written once', async () => {
    const app = join(lab.root, 'cached', 'app')
    keep(app)
    const root = homeOf('cached', app)
    const path = join(lab.root, 'cached', 'cache')
    const writes: boolean[] = []
    const keepCache = async ({ isWhole, pieces }: CacheChange): Promise<void> => {
      writes.push(isWhole)
      writeFileSync(path, [...pieces].join(''), { flag: isWhole ? 'w' : 'a' })
    }
    // What has just been written is not kept.
    const options = { client: 'codewhale', now: Date.now() + 3_600_000 }
    const first = await scan([root], options, { ...plain(), cache: { path, write: keepCache } })
    expect(first.agents.map(({ agentId }) => agentId)).toEqual([ID])
    expect(writes).toEqual([true])
    // The transcript that says where to look; a document is small, and read each time.
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.includes(`${SESSION}.jsonl`)),
    ).toHaveLength(1)
    expect(await scan([root], options, { ...plain(), cache: { path, write: keepCache } })).toEqual(first)
    expect(writes).toEqual([true])
  })

  it('by one look at each place of a folder, and folders that lead elsewhere are not looked at', async () => {
    const folders = [join(lab.root, 'one'), join(lab.root, 'one'), `${lab.root}/one/../two`, '//host/share', 'relative']
    const root = homeOf('home-looks', ...folders)
    const files = createFiles()
    const looked: string[] = []
    const counting: Files = {
      ...files,
      facts: (path) => {
        if (path.endsWith('/state')) looked.push(path)
        return files.facts(path)
      },
    }
    await scan([root], {}, plain(counting))
    expect(looked.filter((path) => !path.startsWith(root))).toEqual([STATE, OLD_STATE].map((place) => join(lab.root, 'one', place)))
  })
})

describe('the work of an agent that died', () => {
  it('in a worktree beside the repository is at risk, and a fresh session gets a brief', async () => {
    const repository = join(lab.root, 'work', 'app')
    mkdirSync(repository, { recursive: true })
    await lab.git(repository, 'init', '--quiet')
    await lab.git(repository, 'commit', '--quiet', '--allow-empty', '-m', 'Begin')
    const branch = 'codex/agent-tests-0a1b2c3d'
    const worktree = join(lab.root, 'work', '.codewhale-worktrees', 'app', 'codex-agent-tests-0a1b2c3d')
    await lab.git(repository, 'worktree', 'add', '--quiet', '-b', branch, worktree)
    writeFileSync(join(worktree, 'new.txt'), 'work\n')
    keep(repository, STATE, limited(worktree))
    const host = { ...plain(), git: createGit({ env: lab.env }) }
    const options = { git: true, offline: true, plan: { ...PLAIN_WISHES, headless: true } }
    const report = await scan([repository], options, host)
    expect(report.agents).toMatchObject([{ agentId: ID, worktreePath: worktree, checkpoint: 'timed_out_with_checkpoint' }])
    const [row] = report.worktrees.filter(({ path }) => path === worktree)
    expect(row).toMatchObject({ branch, agents: [ID], atRisk: [{ what: 'untracked', count: 1, paths: ['new.txt'] }] })
    const [preserve, redispatch] = report.plan.actions
    expect(preserve).toMatchObject({ kind: 'preserve' })
    expect(redispatch).toMatchObject({ kind: 'redispatch', agents: [ID], dependsOn: [preserve?.id] })
    expect(redispatch?.commands.map(({ cwd, argv }) => [cwd, ...argv.slice(0, 3)])).toEqual([
      ['/', 'agent-forensics', 'show', ID],
      [worktree, 'codewhale', 'exec', expect.stringContaining(`Continue the work of agent ${ID}`)],
    ])
    expect(redispatch?.commands[0]?.argv).toContain(`--root=${join(repository, STATE)}`)
    // Whoever wrote the document must not have anything run unasked.
    expect(redispatch?.commands.flatMap(({ argv }) => argv)).not.toContain('--auto')
    expect(redispatch?.preconditions.join('\n')).toContain('calls no tool without --auto')
    expect(redispatch?.why).toContain('no command does it from a shell')
  })

  it('that is gone from disk is named, and no command promises to rebuild it', async () => {
    const fixture = join(import.meta.dirname, '../../../fixtures/cases/codewhale-needs-an-answer/root')
    const options = { git: true, offline: true, plan: PLAIN_WISHES }
    const report = await scan([fixture], options, { ...plain(withFixtureHome(createFiles())), git: createGit({ env: lab.env }) })
    expect(report.agents.map(({ goneFiles }) => goneFiles.count)).toContain(1)
    expect(report.plan.actions.filter(({ id }) => id.startsWith('inspect-gone-'))).toEqual([])
  })
})
