// Trees of transcripts as heavy users have them, from a seed. See records.mjs for the records.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeEarlySession, writeOrphan } from './early.mjs'
import { Work } from './records.mjs'
import { random, texts } from './text.mjs'

const MEGABYTE = 1_000_000
const DAY = 86_400_000
/** The hour in which every made-up session begins at the earliest; file times are set apart from it. */
const EPOCH = Date.UTC(2026, 9, 1)

/** Shares of sessions by client, as in a folder that was begun a year ago: most bytes come from the newest. */
const VERSIONS = [
  [50, '2.1.329'],
  [25, '2.1.220'],
  [15, '2.1.156'],
  [10, '2.0.76'],
]
/** How agents end. */
const ENDS = [
  [58, 'completed'],
  [15, 'limit'],
  [6, 'overloaded'],
  [5, 'connection'],
  [3, 'rejected'],
  [8, 'killed'],
  [3, 'interrupted'],
  [2, 'torn'],
]
/** Sizes of tool results in bytes: most are small, a few fill the 100 KB that clients cut at. */
const RESULTS = [
  [60, [100, 1_500]],
  [30, [1_500, 8_000]],
  [8, [8_000, 30_000]],
  [2, [30_000, 100_000]],
]
const WEEKLY = "You've hit your weekly limit · resets Nov 24, 10:43am (Europe/Kyiv)"
/** How the client words a request that failed for good. */
const FAILURES = {
  limit: (work) => work.limit(WEEKLY, 'seven_day', '2026-11-24T08:43:59Z'),
  overloaded: (work) => work.error('API Error: 529 Overloaded', { code: 'server_error', status: 529 }),
  connection: (work) =>
    work.error('Connection dropped (ECONNRESET)', {
      code: 'server_error',
      ...(work.who.version === '2.1.329' ? { detail: 'connection_failed' } : {}),
    }),
  rejected: (work) =>
    work.error('API Error: 400 An image in the conversation exceeds the dimension limit.', { code: 'invalid_request', status: 400 }),
}

/** A tree of about `megabytes` below `<root>/projects`, of clients of a year or of one alone. */
export function largeTree(root, { megabytes, seed, now, only = null }) {
  const rng = random(seed)
  const tally = new Tally(root)
  tally.mtime = now - 3 * DAY
  writeSessions(tally, rng, texts(rng), megabytes * MEGABYTE, only)
  return tally.summary()
}

/** Sessions until the tree has so many bytes. */
function writeSessions(tally, rng, text, until, only = null) {
  for (let session = 0; tally.bytes < until; session += 1) {
    const version = only ?? rng.weighted(VERSIONS)
    writeSession(tally, rng, text, { version, project: session % 23, from: EPOCH + session * 600_000 })
  }
}

/**
 * A tree as people have them who began with older clients: half of the bytes are theirs, and a thousand agents of 2.0 have no main file any
 * more; the other half is a large tree.
 */
export function peoplesTree(root, { megabytes, seed, now }) {
  const rng = random(seed)
  const text = texts(rng)
  const tally = new Tally(root)
  tally.mtime = now - 3 * DAY
  const place = (number) => ({ project: number % 31, from: EPOCH - 200 * DAY + number * 600_000 })
  for (let orphan = 0; orphan < 1_000; orphan += 1) writeOrphan(tally, rng, text, place(orphan))
  for (let session = 0; tally.bytes < (megabytes / 2) * MEGABYTE; session += 1) writeEarlySession(tally, rng, text, place(session))
  writeSessions(tally, rng, text, megabytes * MEGABYTE)
  return tally.summary()
}

/** `count` transcripts of about 4 KB: sessions of 2.1.220 with 19 short agents each; a share of the sessions is young enough for a scan without options. */
export function smallFiles(root, { count, seed, now, youngShare = 0 }) {
  const rng = random(seed)
  const text = texts(rng, 512 * 1024)
  const tally = new Tally(root)
  for (let session = 0; tally.transcripts < count; session += 1) {
    tally.mtime = tally.transcripts < count * youngShare ? now - 3_600_000 : now - 30 * DAY
    const sessionId = rng.uuid()
    const from = EPOCH + session * 60_000
    const slug = `-home-dev-project-${session % 50}`
    const common = { rng, text, version: '2.1.220', sessionId, cwd: `/home/dev/project-${session % 50}`, entrypoint: 'cli' }
    for (let file = 0; file < 20 && tally.transcripts < count; file += 1) {
      const agentId = file === 0 ? null : `a${rng.hex(16)}`
      const work = new Work({ ...common, agentId, from })
      const call = work.newToolId()
      work.prompt(`small job ${file}`).turn('', [{ id: call, name: 'Bash', input: { command: 'ls' } }])
      work.output(call, text(Math.max(40, 4_096 - work.text.length - 1_900)), null)
      writeEnd(work, rng.weighted(ENDS))
      const folder = agentId === null ? slug : join(slug, sessionId, 'subagents')
      tally.transcript(folder, agentId === null ? `${sessionId}.jsonl` : `agent-${agentId}.jsonl`, work)
    }
  }
  return tally.summary()
}

/** Writes files, and counts them. */
class Tally {
  bytes = 0
  transcripts = 0
  lines = 0
  mtime = 0
  paths = []
  sessions = []
  #root
  #made = new Set()

  constructor(root) {
    this.#root = join(root, 'projects')
  }

  begin(sessionId) {
    this.sessions.push({ sessionId, agents: 0 })
  }

  write(folder, name, content) {
    const directory = join(this.#root, folder)
    if (!this.#made.has(directory)) {
      mkdirSync(directory, { recursive: true })
      this.#made.add(directory)
    }
    const path = join(directory, name)
    const bytes = Buffer.from(content)
    writeFileSync(path, bytes)
    utimesSync(path, new Date(this.mtime), new Date(this.mtime))
    this.paths.push(path)
    this.bytes += bytes.length
  }

  transcript(folder, name, work) {
    this.write(folder, name, work.text)
    const session = this.sessions.at(-1)
    if (work.who.agentId !== null && work.who.sessionId === session?.sessionId) session.agents += 1
    this.transcripts += 1
    this.lines += work.lines
  }

  summary() {
    const { bytes, transcripts, lines, paths, sessions } = this
    return { bytes, transcripts, lines, files: paths.length, paths, sessions }
  }
}

function writeSession(tally, rng, text, { version, project, from }) {
  const sessionId = rng.uuid()
  const slug = `-home-dev-project-${project}`
  const isLegacy = version === '2.0.76'
  const common = { rng, text, version, sessionId, cwd: `/home/dev/project-${project}`, entrypoint: rng.chance(0.85) ? 'cli' : 'sdk-cli' }
  const isInteractive = common.entrypoint === 'cli'
  const work = new Work({ ...common, agentId: null, from })
  tally.begin(sessionId)
  work.opening(`work on part ${rng.below(100)}`)
  const waves = rng.between(1, 3)
  const runs = !isLegacy && rng.chance(0.1) ? [`wf_${rng.hex(8)}-${rng.hex(3)}`] : []
  const isKilled = rng.chance(0.08)
  for (let wave = 0; wave < waves; wave += 1) {
    for (let turns = rng.between(3, 12); turns > 0; turns -= 1) writeTurn(work, rng, text, true)
    if (wave === 0 && version === '2.1.329') work.snapshot()
    const agents = Array.from({ length: rng.between(3, 8) }, () => ({
      agentId: isLegacy ? rng.hex(8) : `a${rng.hex(16)}`,
      call: work.newToolId(),
      end: rng.weighted(ENDS),
      description: `part ${rng.below(1_000)}`,
    }))
    work.turn(
      'Dispatching.',
      agents.map(({ call, description }) => ({
        id: call,
        name: isLegacy ? 'Task' : 'Agent',
        input: { description, prompt: text(900), subagent_type: 'general-purpose', ...(isLegacy ? {} : { run_in_background: false }) },
      })),
    )
    for (const agent of agents) writeAgent(tally, rng, text, { common, slug, agent, from: work.clock, isInteractive, runId: null })
    work.wait(300)
    if (isKilled && wave === waves - 1) break
    for (const { call, agentId, end } of agents) {
      const report = { type: 'text', text: `${end === 'completed' ? '' : 'Agent terminated early due to an API error.\n\n'}${text(1_500)}` }
      work.output(call, [report, { type: 'text', text: `agentId: ${agentId} (use SendMessage to continue this agent)` }], {
        status: 'completed',
        prompt: text(900),
        agentId,
        agentType: 'general-purpose',
        content: [report],
        totalDurationMs: rng.below(300_000),
        totalTokens: rng.below(90_000),
        totalToolUseCount: rng.below(40),
      })
    }
    work.books(`work on part ${wave}`, 'Read')
  }
  for (const runId of runs) writeWorkflow(tally, rng, text, { common, slug, runId, from: work.clock, isInteractive })
  if (!isKilled) work.turn('All of it is done.', [], true).books('work', 'Write')
  if (!isKilled && version === '2.1.329') work.costState()
  tally.transcript(slug, `${sessionId}.jsonl`, work)
}

function writeAgent(tally, rng, text, { common, slug, agent, from, isInteractive, runId }) {
  const { agentId, end, description, call } = agent
  const { version, sessionId } = common
  const isLegacy = version === '2.0.76'
  const work = new Work({ ...common, agentId, from })
  work.opening(`${description}: do the work and report`)
  for (let turn = 0, turns = rng.between(3, 18); turn < turns; turn += 1) {
    writeTurn(work, rng, text, isInteractive && !isLegacy)
    if (turn === 0 && version === '2.1.329') work.snapshot().blob('system', 1_700)
  }
  writeEnd(work, end)
  if (end === 'torn') work.tear()
  const folder = isLegacy ? slug : join(slug, sessionId, 'subagents', ...(runId === null ? [] : ['workflows', runId]))
  tally.transcript(folder, `agent-${agentId}.jsonl`, work)
  if (isLegacy || version === '2.1.156') return
  const meta = {
    agentType: 'general-purpose',
    ...(runId === null ? { description, toolUseId: call } : {}),
    spawnDepth: 1,
    ...(version === '2.1.329'
      ? { requestShape: 'foreground', requestNonInteractive: true, model: work.model, pickedEffortModel: work.model }
      : {}),
    ...(version === '2.1.329' && end !== 'killed' ? { finished: true } : {}),
  }
  tally.write(folder, `agent-${agentId}.meta.json`, JSON.stringify(meta))
}

function writeWorkflow(tally, rng, text, { common, slug, runId, from, isInteractive }) {
  const agents = Array.from({ length: rng.between(4, 12) }, (_, index) => ({
    agentId: `a${rng.hex(16)}`,
    call: '',
    end: rng.weighted([
      [70, 'completed'],
      [30, 'limit'],
    ]),
    description: `search:${index}`,
  }))
  for (const agent of agents) writeAgent(tally, rng, text, { common, slug, agent, from, isInteractive, runId })
  const journal = [{ type: 'launched' }]
  for (const { agentId, end, description } of agents) {
    const key = `v2:${rng.hex(64)}`
    journal.push({ type: 'started', key, agentId, label: description, phase: 'Search' })
    if (end === 'completed') journal.push({ type: 'result', key, agentId, result: text(300), sessionId: common.sessionId })
  }
  const session = join(slug, common.sessionId)
  const lines = journal.map((line) => `${JSON.stringify(line)}\n`)
  tally.write(join(session, 'subagents', 'workflows', runId), 'journal.jsonl', lines.join(''))
  tally.write(join(session, 'workflows', 'scripts'), `research-${runId}.js`, "export const meta = { name: 'research' }\n")
  const workflowProgress = agents.map(({ agentId, end, description }, index) => {
    const state = end === 'completed' ? 'done' : 'error'
    return { type: 'workflow_agent', index: index + 1, label: description, agentId, state, attempt: 1 }
  })
  const summary = { runId, workflowName: 'research', status: 'completed', agentCount: agents.length, workflowProgress }
  tally.write(join(session, 'workflows'), `${runId}.json`, JSON.stringify(summary))
}

/** A text, a call or two, and their results. */
function writeTurn(work, rng, text, repeats) {
  const calls = Array.from({ length: rng.chance(0.2) ? 2 : 1 }, () => ({ id: work.newToolId(), ...callOf(rng, text) }))
  work.turn(rng.chance(0.6) ? text(rng.between(40, 600)) : '', calls)
  for (const { id, name } of calls) {
    const [least, most] = rng.weighted(RESULTS)
    const output = text(rng.between(least, most))
    const again =
      name === 'Read'
        ? { type: 'text', file: { filePath: '/home/dev/app/a.ts', content: output, numLines: 9 } }
        : { stdout: output, stderr: '', interrupted: false, isImage: false }
    work.output(id, output, repeats ? again : null)
  }
}

function callOf(rng, text) {
  const path = `/home/dev/app/src/module-${rng.below(500)}.ts`
  const name = rng.weighted([
    [45, 'Bash'],
    [35, 'Read'],
    [15, 'Edit'],
    [5, 'Write'],
  ])
  if (name === 'Read') return { name, input: { file_path: path } }
  if (name === 'Edit') return { name, input: { file_path: path, old_string: text(300), new_string: text(400) } }
  if (name === 'Write') return { name, input: { file_path: path, content: text(rng.between(500, 9_000)) } }
  const command = `${rng.chance(0.1) ? 'git status --short && ' : ''}npm test -- module-${rng.below(500)}`
  return { name, input: { command, description: 'run tests' } }
}

/** How a transcript ends; nothing for a killed one but the call that was under way. */
function writeEnd(work, end) {
  if (FAILURES[end] !== undefined) return void FAILURES[end](work)
  if (end === 'completed') return void work.turn('The work is done. Everything passes.', [], true)
  work.turn('One more check.', [{ id: work.newToolId(), name: 'Bash', input: { command: 'npm test' } }])
  if (end === 'interrupted') work.marker(true)
}
