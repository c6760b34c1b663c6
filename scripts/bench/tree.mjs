// Trees of transcripts as heavy users have them, from a seed. See records.mjs for the records.
import { closeSync, mkdirSync, openSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { writer } from './records.mjs'
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
  [60, 100, 1_500],
  [30, 1_500, 8_000],
  [8, 8_000, 30_000],
  [2, 30_000, 100_000],
]
const FAILURES = {
  limit: {
    words: "You've hit your weekly limit · resets Nov 24, 10:43am (Europe/Kyiv)",
    code: 'rate_limit',
    status: 429,
    more:
      ',"apiError":"usage_limit_reached","apiErrorParams":{"rate_limit_info":{"status":"rejected","resetsAt":1795509839,"rateLimitType":"seven_day","isUsingOverage":false}},' +
      '"quotaLimits":{"status":"rejected","resetsAt":1795509839,"unifiedRateLimitFallbackAvailable":false,"rateLimitType":"seven_day","isUsingOverage":false}',
  },
  overloaded: { words: 'API Error: 529 Overloaded', code: 'server_error', status: 529 },
  connection: { words: 'Connection dropped (ECONNRESET)', code: 'server_error', status: null, more: ',"apiError":"connection_failed"' },
  rejected: { words: 'API Error: 400 An image in the conversation exceeds the dimension limit.', code: 'invalid_request', status: 400 },
}

/**
 * A tree of about `megabytes` below `<root>/projects`, in at least `files` transcripts where they fit. One per cent of the bytes
 * (whole sessions of the newest client) was written within the last day, all the rest three days ago. `only`: one version alone.
 */
export function largeTree(root, { megabytes, seed, now, only = null }) {
  const rng = random(seed)
  const text = texts(rng)
  const tally = new Tally(root)
  let young = 0
  for (let session = 0; tally.bytes < megabytes * MEGABYTE; session += 1) {
    const version = only ?? rng.weighted(VERSIONS)
    const isYoung = young < tally.bytes / 100 && (version === '2.1.329' || only !== null)
    const before = tally.bytes
    tally.mtime = isYoung ? now - 3_600_000 : now - 3 * DAY
    writeSession(tally, rng, text, { version, project: session % 23, from: EPOCH + session * 600_000 })
    if (isYoung) young += tally.bytes - before
  }
  return { ...tally.summary(), youngBytes: young }
}

/** `count` transcripts of about 4 KB: sessions of 2.1.220 with 19 short agents each. */
export function smallFiles(root, { count, seed, now }) {
  const rng = random(seed)
  const text = texts(rng, 512 * 1024)
  const tally = new Tally(root)
  tally.mtime = now - 3 * DAY
  for (let session = 0; tally.transcripts < count; session += 1) {
    const sessionId = rng.uuid()
    const from = EPOCH + session * 60_000
    const slug = `-home-dev-project-${session % 50}`
    const common = { rng, text, version: '2.1.220', sessionId, cwd: `/home/dev/project-${session % 50}`, entrypoint: 'cli' }
    for (let file = 0; file < 20 && tally.transcripts < count; file += 1) {
      const agentId = file === 0 ? null : `a${rng.hex(16)}`
      const write = writer({ ...common, agentId, from })
      const records = [write.prompt(`small job ${file}`)]
      const call = `toolu_${rng.hex(20)}`
      records.push(...write.turn('', [{ id: call, name: 'Bash', input: '{"command":"ls"}' }]))
      const left = 4_096 - records.reduce((sum, record) => sum + record.length + 1, 0) - 1_900
      records.push(write.result(call, `"${text(Math.max(40, left))}"`, null), ...ending(write, rng.weighted(ENDS), rng))
      const folder = agentId === null ? slug : join(slug, sessionId, 'subagents')
      tally.transcript(folder, agentId === null ? `${sessionId}.jsonl` : `agent-${agentId}.jsonl`, records)
    }
  }
  return tally.summary()
}

/** One main transcript of `megabytes`, written piece by piece. */
export function hugeFile(root, { megabytes, seed, now }) {
  const rng = random(seed)
  const text = texts(rng)
  const folder = join(root, 'projects', '-home-dev-huge')
  mkdirSync(folder, { recursive: true })
  const sessionId = rng.uuid()
  const path = join(folder, `${sessionId}.jsonl`)
  const file = openSync(path, 'w')
  const write = writer({ rng, text, version: '2.1.329', sessionId, agentId: null, cwd: '/home/dev/huge', entrypoint: 'cli', from: EPOCH })
  let bytes = 0
  let lines = 0
  let records = write.opening('a very long job')
  while (bytes < megabytes * MEGABYTE) {
    for (let turn = 0; turn < 50; turn += 1) records.push(...workTurn(write, rng, text, true))
    bytes += writeSync(file, `${records.join('\n')}\n`)
    lines += records.length
    records = []
  }
  records = write.turn('Done.', [], true)
  bytes += writeSync(file, `${records.join('\n')}\n`)
  closeSync(file)
  utimesSync(path, new Date(now - 3 * DAY), new Date(now - 3 * DAY))
  return { bytes, transcripts: 1, files: 1, lines: lines + records.length, paths: [path], sessions: [{ sessionId, paths: [path] }] }
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
    this.sessions.push({ sessionId, paths: [] })
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
    this.sessions.at(-1)?.paths.push(path)
    this.bytes += bytes.length
  }

  transcript(folder, name, records, tail = '\n') {
    this.write(folder, name, records.join('\n') + tail)
    this.transcripts += 1
    this.lines += records.length
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
  const write = writer({ ...common, agentId: null, from })
  tally.begin(sessionId)
  const records = write.opening(`work on part ${rng.below(100)}`)
  const waves = rng.between(1, 3)
  const runs = !isLegacy && rng.chance(0.1) ? [`wf_${rng.hex(8)}-${rng.hex(3)}`] : []
  const isKilled = rng.chance(0.08)
  for (let wave = 0; wave < waves; wave += 1) {
    for (let turns = rng.between(3, 12); turns > 0; turns -= 1) records.push(...workTurn(write, rng, text, true))
    if (wave === 0 && version === '2.1.329') records.push(write.snapshot())
    const agents = Array.from({ length: rng.between(3, 8) }, () => ({
      agentId: isLegacy ? rng.hex(8) : `a${rng.hex(16)}`,
      call: `toolu_${rng.hex(20)}`,
      end: rng.weighted(ENDS),
      description: `part ${rng.below(1_000)}`,
    }))
    const launcher = isLegacy ? 'Task' : 'Agent'
    const inputOf = ({ description }) =>
      `{"description":"${description}","prompt":"${text(900)}","subagent_type":"general-purpose"${isLegacy ? '' : ',"run_in_background":false'}}`
    records.push(
      ...write.turn(
        'Dispatching.',
        agents.map((agent) => ({ id: agent.call, name: launcher, input: inputOf(agent) })),
      ),
    )
    const began = write.at
    for (const agent of agents) writeAgent(tally, rng, text, { common, slug, agent, from: began, isInteractive, runId: null })
    write.wait(300_000)
    if (isKilled && wave === waves - 1) break
    for (const { call, agentId, end } of agents) {
      const report = `${end === 'completed' ? '' : 'Agent terminated early due to an API error.\\n\\n'}${text(1_500)}`
      records.push(
        write.result(
          call,
          `[{"type":"text","text":"${report}"},{"type":"text","text":"agentId: ${agentId} (use SendMessage to continue this agent)"}]`,
          `{"status":"completed","prompt":"${text(900)}","agentId":"${agentId}","agentType":"general-purpose","content":[{"type":"text","text":"${report}"}],` +
            `"totalDurationMs":${rng.below(300_000)},"totalTokens":${rng.below(90_000)},"totalToolUseCount":${rng.below(40)}}`,
        ),
      )
    }
    records.push(...write.books(`work on part ${wave}`, 'Read'))
  }
  for (const runId of runs) writeWorkflow(tally, rng, text, { common, slug, runId, from: write.at, isInteractive })
  if (!isKilled) records.push(...write.turn('All of it is done.', [], true), ...write.books('work', 'Write'))
  if (!isKilled && version === '2.1.329') records.push(write.costState())
  tally.transcript(slug, `${sessionId}.jsonl`, records)
}

function writeAgent(tally, rng, text, { common, slug, agent, from, isInteractive, runId }) {
  const { agentId, end, description, call } = agent
  const { version, sessionId } = common
  const isLegacy = version === '2.0.76'
  const write = writer({ ...common, agentId, from })
  const records = write.opening(`${description}: do the work and report`)
  for (let turn = 0, turns = rng.between(3, 18); turn < turns; turn += 1) {
    records.push(...workTurn(write, rng, text, isInteractive && !isLegacy))
    if (turn === 0 && version === '2.1.329') records.push(write.snapshot(), write.blob('system', 1_700))
  }
  records.push(...ending(write, end, rng))
  const folder = isLegacy ? slug : join(slug, sessionId, 'subagents', ...(runId === null ? [] : ['workflows', runId]))
  const isTorn = end === 'torn'
  if (isTorn) records[records.length - 1] = records.at(-1).slice(0, 400)
  tally.transcript(folder, `agent-${agentId}.jsonl`, records, isTorn ? '' : '\n')
  if (isLegacy || version === '2.1.156') return
  const more =
    version === '2.1.329'
      ? `,"requestShape":"foreground","requestNonInteractive":true,"model":"claude-sonnet-5-5","pickedEffortModel":"claude-sonnet-5-5"${end === 'killed' ? '' : ',"finished":true'}`
      : ''
  const name = runId === null ? `"description":"${description}","toolUseId":"${call}",` : ''
  tally.write(folder, `agent-${agentId}.meta.json`, `{"agentType":"general-purpose",${name}"spawnDepth":1${more}}`)
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
  const journal = ['{"type":"launched"}']
  for (const { agentId, end, description } of agents) {
    const key = `v2:${rng.hex(64)}`
    journal.push(`{"type":"started","key":"${key}","agentId":"${agentId}","label":"${description}","phase":"Search"}`)
    if (end === 'completed')
      journal.push(`{"type":"result","key":"${key}","agentId":"${agentId}","result":"${text(300)}","sessionId":"${common.sessionId}"}`)
  }
  const session = join(slug, common.sessionId)
  tally.write(join(session, 'subagents', 'workflows', runId), 'journal.jsonl', `${journal.join('\n')}\n`)
  tally.write(join(session, 'workflows', 'scripts'), `research-${runId}.js`, "export const meta = { name: 'research' }\n")
  const progress = agents.map(
    ({ agentId, end, description }, index) =>
      `{"type":"workflow_agent","index":${index + 1},"label":"${description}","agentId":"${agentId}","state":"${end === 'completed' ? 'done' : 'error'}","attempt":1}`,
  )
  const summary = `{"runId":"${runId}","workflowName":"research","status":"completed","agentCount":${agents.length},"workflowProgress":[${progress.join(',')}]}`
  tally.write(join(session, 'workflows'), `${runId}.json`, summary)
}

/** A text, a call or two, and their results. */
function workTurn(write, rng, text, repeats) {
  const calls = Array.from({ length: rng.chance(0.2) ? 2 : 1 }, () => ({ id: `toolu_${rng.hex(20)}`, ...callOf(rng, text) }))
  const records = write.turn(rng.chance(0.6) ? text(rng.between(40, 600)) : '', calls)
  for (const { id, name } of calls) {
    const [, least, most] = rng.weighted(RESULTS.map((row) => [row[0], row]))
    const output = text(rng.between(least, most))
    const again =
      name === 'Read'
        ? `{"type":"text","file":{"filePath":"/home/dev/app/a.ts","content":"${output}","numLines":9}}`
        : `{"stdout":"${output}","stderr":"","interrupted":false,"isImage":false}`
    records.push(write.result(id, `"${output}"`, repeats ? again : null))
  }
  return records
}

function callOf(rng, text) {
  const path = `/home/dev/app/src/module-${rng.below(500)}.ts`
  const name = rng.weighted([
    [45, 'Bash'],
    [35, 'Read'],
    [15, 'Edit'],
    [5, 'Write'],
  ])
  if (name === 'Read') return { name, input: `{"file_path":"${path}"}` }
  if (name === 'Edit') return { name, input: `{"file_path":"${path}","old_string":"${text(300)}","new_string":"${text(400)}"}` }
  if (name === 'Write') return { name, input: `{"file_path":"${path}","content":"${text(rng.between(500, 9_000))}"}` }
  return {
    name,
    input: `{"command":"${rng.chance(0.1) ? 'git status --short && ' : ''}npm test -- module-${rng.below(500)}","description":"run tests"}`,
  }
}

/** How a transcript ends; nothing for a killed one but the call that was under way. */
function ending(write, end, rng) {
  const failure = FAILURES[end]
  if (failure !== undefined) return [write.failure(failure)]
  if (end === 'completed') return write.turn('The work is done. Everything passes.', [], true)
  const under = write.turn('One more check.', [{ id: `toolu_${rng.hex(20)}`, name: 'Bash', input: '{"command":"npm test"}' }])
  return end === 'interrupted' ? [...under, write.interrupt(true)] : under
}
