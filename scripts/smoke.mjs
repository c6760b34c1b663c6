// One look at the whole program on the system at hand, without a shell: the sample, a scan, the liveness of a process, what `preserve` saves in
// a scratch repository, and a recovery of the sample with its stand-in client. Usage: node scripts/smoke.mjs (after npm run build).

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../bin/agent-forensics.js', import.meta.url))
const SESSION = '7c1f2a34-0000-4000-8000-000000000001'
const AGENT = 'a0123456789abcdef'
const MINUTE = 60_000

const LATER = new Date(Date.now() + 30 * MINUTE).toISOString()

// A blank and an accent, as homes of people have them.
const home = join(realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics smoke-'))), 'Jos\u00e9 Smith')
const repo = join(home, 'app')
const tree = join(repo, '.claude', 'worktrees', `agent-${AGENT}`)
const projects = join(home, '.claude', 'projects')
const env = { ...process.env, HOME: home, USERPROFILE: home, LOCALAPPDATA: join(home, 'local'), XDG_STATE_HOME: '', CLAUDE_CONFIG_DIR: '' }

function check(name, holds, shown = '') {
  if (!holds) throw new Error(`${name} failed${shown === '' ? '' : `:\n${shown}`}`)
  console.log(`ok  ${name}`)
}

function run(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    cwd: home,
    env,
    encoding: 'utf8',
    timeout: 5 * MINUTE,
  })
  return { status, stdout, all: `exit code ${status}\n${stdout}${stderr}` }
}

function git(cwd, ...words) {
  const who = ['-c', 'user.name=Smoke', '-c', 'user.email=smoke@example.invalid', '-c', 'core.autocrlf=false']
  return execFileSync('git', [...who, ...words], { cwd, env, encoding: 'utf8' }).trim()
}

/** A session whose agent begins a command in a moment: this process began before. Half an hour later (`--now`) nothing has come back. */
function writeTranscripts() {
  const at = (tenths) => new Date(Date.now() + tenths * 100).toISOString()
  let last = null
  const line = (fields) => {
    const uuid = `00000000-0000-4000-8000-${String(Math.floor(Math.random() * 1e12)).padStart(12, '0')}`
    const record = { parentUuid: last, userType: 'external', sessionId: SESSION, version: '2.1.329', gitBranch: 'main', uuid, ...fields }
    last = uuid
    return `${JSON.stringify(record)}\n`
  }
  const says = (id, content, stop) => ({
    id,
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content,
    stop_reason: stop,
    usage: {},
  })
  const call = { type: 'tool_use', id: 'toolu_01', name: 'Task', input: { description: 'port the lexer', prompt: 'Port the lexer.', subagent_type: 'general-purpose' } } // prettier-ignore
  const main = { isSidechain: false, cwd: repo }
  const slug = repo.replace(/[^a-zA-Z0-9]/g, '-')
  const folder = join(projects, slug)
  mkdirSync(join(folder, SESSION, 'subagents'), { recursive: true })
  writeFileSync(
    join(folder, `${SESSION}.jsonl`),
    line({ ...main, type: 'user', message: { role: 'user', content: 'Port the lexer.' }, timestamp: at(1) }) +
      line({ ...main, type: 'assistant', message: says('msg_01', [call], 'tool_use'), timestamp: at(2) }),
  )
  last = null
  const own = { isSidechain: true, agentId: AGENT, cwd: tree }
  const make = { type: 'tool_use', id: 'toolu_02', name: 'Bash', input: { command: 'make' } }
  const path = join(folder, SESSION, 'subagents', `agent-${AGENT}`)
  writeFileSync(
    `${path}.jsonl`,
    line({ ...own, type: 'user', message: { role: 'user', content: 'Port the lexer.' }, timestamp: at(3) }) +
      line({ ...own, type: 'assistant', message: says('msg_02', [make], 'tool_use'), timestamp: at(4) }),
  )
  writeFileSync(
    `${path}.meta.json`,
    JSON.stringify({ agentType: 'general-purpose', worktreePath: tree, description: 'port the lexer', toolUseId: 'toolu_01' }),
  )
}

/** How a client of this system registers a process. */
function register(pid, startedAt) {
  const folder = join(home, '.claude', 'sessions')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const entry = {
    pid,
    sessionId: SESSION,
    cwd: repo,
    startedAt,
    version: '2.1.329',
    kind: 'interactive',
    status: 'busy',
    ...markOf(pid, startedAt),
  }
  writeFileSync(join(folder, `${pid}.json`), JSON.stringify(entry))
}

function markOf(pid, startedAt) {
  if (process.platform === 'darwin') {
    const procStart = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { ...env, LC_ALL: 'C' }, encoding: 'utf8' })
    return { procStart: procStart.trim(), pidDomain: 'darwin' }
  }
  if (process.platform === 'win32')
    return { procStartFt: String((BigInt(Math.round(startedAt)) + 11_644_473_600_000n) * 10_000n), pidDomain: `win32:${hostname()}` }
  // Field 22; the third follows the name of the program.
  const procStart = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[22 - 3]
  return { procStart }
}

function reasonOfAgent() {
  const { stdout, all } = run('scan', '--json', '--all', `--now=${LATER}`)
  try {
    return JSON.parse(stdout).agents.find(({ agentId }) => agentId === AGENT)?.reason
  } catch {
    return all
  }
}

function smokeDemo() {
  const { status, stdout, all } = run('scan', '--demo')
  check('demo: the sample is told', status === 0 && stdout.includes('preserve --demo'), all)
  const saved = run('preserve', '--demo')
  check('demo: its work is saved', saved.status === 0, saved.all)
  const recovered = run('recover', '--demo', '--yes', '--headless')
  check('recover: the stand-in client brings the agents of the sample back', [0, 1].includes(recovered.status) && /recovered|done/i.test(recovered.all), recovered.all) // prettier-ignore
  const cleaned = run('scan', '--demo', '--clean')
  check('demo: the sample is removed', cleaned.status === 0, cleaned.all)
}

function smokeRepository() {
  mkdirSync(repo, { recursive: true })
  git(repo, 'init', '--quiet')
  writeFileSync(join(repo, 'a.txt'), 'one\n')
  git(repo, 'add', '.')
  git(repo, 'commit', '--quiet', '-m', 'first')
  git(repo, 'worktree', 'add', '--quiet', '-b', `worktree-agent-${AGENT}`, tree)
  writeFileSync(join(tree, 'lexer \u00e9.txt'), 'half of a lexer\r\n')
  writeTranscripts()
  register(process.pid, Date.now() - process.uptime() * 1000)
  const alive = reasonOfAgent()
  check('liveness: the agent of a process that lives is running', alive === 'running', String(alive))
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  rmSync(join(home, '.claude', 'sessions'), { recursive: true })
  mkdirSync(join(home, '.claude', 'sessions'))
  writeFileSync(join(home, '.claude', 'sessions', `${pid}.json`), JSON.stringify({ pid, sessionId: SESSION, startedAt: Date.now() - MINUTE, procStart: markOf(process.pid, Date.now()).procStart, version: '2.1.329' })) // prettier-ignore
  const dead = reasonOfAgent()
  check('liveness: the agent of a process that ended is exit_killed', dead === 'exit_killed', String(dead))
  const scan = run('scan', '--json', '--all', `--now=${LATER}`)
  const rows = JSON.parse(scan.stdout).worktrees.filter(({ agents }) => agents.includes(AGENT))
  check('scan: its worktree is one row, with work only here', rows.length === 1 && rows[0].atRisk.length > 0, JSON.stringify(rows))
  const saved = run('preserve', `--now=${LATER}`)
  const ref = git(repo, 'for-each-ref', '--format=%(refname)').split('\n').find((name) => name.includes('rescue')) // prettier-ignore
  check('preserve: a rescue reference is there', saved.status === 0 && ref !== undefined, saved.all)
  const text = execFileSync('git', ['cat-file', 'blob', `${ref}:lexer \u00e9.txt`], { cwd: repo, env, encoding: 'utf8' })
  check('preserve: the file is in it, byte for byte', text === 'half of a lexer\r\n', JSON.stringify(text))
  const plan = run('plan', '--emit=commands', '--client-version=2.1.329', `--now=${LATER}`)
  check('plan: the agent is continued', plan.status === 0 && plan.stdout.includes(SESSION), plan.all)
}

try {
  mkdirSync(home, { recursive: true })
  if (!process.argv.includes('--no-demo')) smokeDemo()
  smokeRepository()
  console.log(`smoke: all held on ${process.platform}, Node.js ${process.versions.node}`)
} finally {
  rmSync(join(home, '..'), { recursive: true, force: true })
}
