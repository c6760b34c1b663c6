// 60 repositories with 200 worktrees, and the transcripts of 5,000 agents that worked in them, from a seed.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { Work } from '../bench/records.mjs'
import { random, texts } from '../bench/text.mjs'

const VERSION = '2.1.329'
const FILES = 40
/** How agents end, and how many of a hundred. */
const ENDS = [
  [60, (work) => work.turn('The work is done. Everything passes.', [], true)],
  [
    20,
    (work) =>
      work.limit("You've hit your session limit · resets 3:10pm (UTC)", 'five_hour', new Date(work.clock + 3_600_000).toISOString()),
  ],
  [5, (work) => work.error('API Error: 529 Overloaded', { code: 'server_error', status: 529 })],
  [15, (work) => work.turn('One more check.', [{ id: work.newToolId(), name: 'Bash', input: { command: 'npm test' } }])],
]

/** Makes all of it below a folder; what it came to. */
export function createWorld(folder, { agents, worktrees, repositories, seed, now }) {
  const rng = random(seed)
  const text = texts(rng, 512 * 1024)
  const places = Array.from({ length: repositories }, (_, index) => createRepository(join(folder, `repo-${index}`)))
  const owned = new Map(places.map((repo) => [repo, []]))
  for (let index = 0; index < worktrees; index += 1) {
    const repo = places[index % repositories]
    owned.get(repo).push(createWorktree(repo, `a${rng.hex(16)}`, index))
  }
  let bytes = 0
  for (const [index, repo] of places.entries()) {
    const share = Math.floor(agents / repositories) + (index < agents % repositories ? 1 : 0)
    bytes += writeSession(join(folder, 'home', '.claude'), { rng, text, repo, owned: owned.get(repo), share, from: now - 7_200_000 })
  }
  return { bytes }
}

const env = {
  PATH: process.env.PATH,
  HOME: devNull,
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Load'],
      [`GIT_${who}_EMAIL`, 'load@example.invalid'],
    ]),
  ),
}
const git = (cwd, ...args) =>
  execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'gc.auto=0', ...args], { cwd, env, stdio: 'pipe' })

function createRepository(repo) {
  mkdirSync(join(repo, 'src'), { recursive: true })
  for (let index = 0; index < FILES; index += 1) writeFileSync(join(repo, 'src', `file-${index}.js`), `export const value = ${index}\n`)
  writeFileSync(join(repo, '.gitignore'), '.claude/\n')
  git(repo, 'init', '--quiet')
  git(repo, 'add', '.')
  git(repo, 'commit', '--quiet', '-m', 'first')
  git(repo, 'clone', '--quiet', '--bare', '.', `${repo}.git`)
  git(repo, 'remote', 'add', 'origin', `${repo}.git`)
  git(repo, 'fetch', '--quiet', 'origin')
  return repo
}

/** Every second one has a commit that nobody pushed; each has a file that is changed and one that is new. */
function createWorktree(repo, agentId, index) {
  const path = join(repo, '.claude', 'worktrees', `agent-${agentId}`)
  git(repo, 'worktree', 'add', '--quiet', '--no-track', '-b', `worktree-agent-${agentId}`, path, 'origin/main')
  writeFileSync(join(path, 'src', 'file-1.js'), `export const value = '${agentId}'\n`)
  if (index % 2 === 0) git(path, 'commit', '--quiet', '-am', 'second')
  writeFileSync(join(path, 'src', 'file-2.js'), `export const value = '${agentId}'\n`)
  writeFileSync(join(path, 'new.txt'), `${agentId}\n`)
  return { agentId, path }
}

function writeSession(root, { rng, text, repo, owned, share, from }) {
  const sessionId = rng.uuid()
  const slug = repo.replaceAll(/[^A-Za-z0-9]/g, '-')
  const folder = join(root, 'projects', slug)
  const agentsFolder = join(folder, sessionId, 'subagents')
  mkdirSync(agentsFolder, { recursive: true })
  const common = { rng, text, version: VERSION, sessionId, entrypoint: 'cli' }
  const main = new Work({ ...common, cwd: repo, agentId: null, from })
  main.prompt('Port all of it.')
  let bytes = 0
  for (let index = 0; index < share; index += 1) {
    const { agentId, path } = owned[index] ?? { agentId: `a${rng.hex(16)}`, path: null }
    const call = main.newToolId()
    const description = `part ${index}`
    main.turn('', [{ id: call, name: 'Agent', input: { description, prompt: `Do ${description}.`, run_in_background: true } }])
    main.output(call, [{ type: 'text', text: `Async agent launched successfully.\nagentId: ${agentId}` }], {
      isAsync: true,
      agentId,
      description,
    })
    const work = new Work({ ...common, cwd: path ?? repo, agentId, from: main.clock })
    work.prompt(`Do ${description}.`)
    for (let turn = rng.between(3, 10); turn > 0; turn -= 1) {
      const id = work.newToolId()
      work.turn(text(rng.between(40, 400)), [{ id, name: 'Bash', input: { command: `npm test -- module-${rng.below(500)}` } }])
      work.output(id, text(rng.between(100, 4_000)), null)
    }
    rng.weighted(ENDS)(work)
    const meta = { agentType: 'general-purpose', description, toolUseId: call, spawnDepth: 1, ...(path !== null && { worktreePath: path }) }
    writeFileSync(join(agentsFolder, `agent-${agentId}.jsonl`), work.text)
    writeFileSync(join(agentsFolder, `agent-${agentId}.meta.json`), JSON.stringify(meta))
    bytes += work.text.length
  }
  main.turn('I wait for the rest.', [], true)
  writeFileSync(join(folder, `${sessionId}.jsonl`), main.text)
  return bytes + main.text.length
}
