// The older half of people's trees: sessions of clients from 2.0.74 to 2.1.50, whose main threads hold most of the bytes. Kinds, shares and
// sizes of records and files are those of 661 MB of real transcripts; the content is made up.
import { join } from 'node:path'
import { Work } from './records.mjs'

const KB = 1_000
/** Characters of base64 in an image; what it shows matters to nobody. */
const IMAGE = 'iVBORw0KGgoAAAANSUhEUgAAB4AAAAQ4CAYAAADo08FD'.repeat(20_000)

/** Sizes of main files and of agents' files: `[weight, [least, most]]`, in bytes. */
const MAIN_FILES = [
  [50, [1 * KB, 11 * KB]],
  [25, [11 * KB, 534 * KB]],
  [15, [534 * KB, 1_950 * KB]],
  [10, [1_950 * KB, 4_200 * KB]],
]
const AGENT_FILES = [
  [50, [1 * KB, 1.7 * KB]],
  [25, [1.7 * KB, 13 * KB]],
  [15, [13 * KB, 273 * KB]],
  [9, [273 * KB, 600 * KB]],
  [1, [600 * KB, 1_900 * KB]],
]
/** About so many bytes has a call with its result. */
const TURN = 5_000
/** Content of results; an interactive client writes each twice. */
const RESULTS = [
  [45, [60, 1_500]],
  [30, [1_500, 5_000]],
  [18, [5_000, 14_000]],
  [6, [14_000, 30_000]],
  [1, [30_000, 60_000]],
]

/** How many records of a kind stand beside one call. */
const BESIDE_A_CALL = {
  text: 0.41,
  agentProgress: 0.48,
  bashProgress: 0.79,
  hookProgress: 0.5,
  prompt: 0.15,
  snapshot: 0.36,
  queue: 0.36,
  system: 0.12,
  launchAnswer: 0.016,
  promptImage: 0.001,
  resultImage: 0.0022,
  failedCall: 0.06,
}

/** Records as those clients ordered them. */
class EarlyWork extends Work {
  #rng
  #text

  constructor(of) {
    super(of)
    this.#rng = of.rng
    this.#text = of.text
  }

  progress(data, toolUseID) {
    return this.put('progress', { data, toolUseID, parentToolUseID: this.newToolId() })
  }

  /** What an agent did, told again in its parent's file. */
  agentProgress() {
    const content = [{ type: 'tool_result', tool_use_id: this.newToolId(), content: this.#text(this.#rng.between(600, 11_000)) }]
    const message = { type: 'user', message: { role: 'user', content }, uuid: this.#rng.uuid(), timestamp: this.stamp() }
    const data = { message, normalizedMessages: [], type: 'agent_progress', prompt: this.#text(900), agentId: `a${this.#rng.hex(6)}` }
    return this.progress(data, `agent_msg_${this.#rng.hex(20)}`)
  }

  bashProgress() {
    const output = this.#text(150)
    const data = { type: 'bash_progress', output, fullOutput: output, elapsedTimeSeconds: this.#rng.below(90), totalLines: 4 }
    return this.progress(data, `bash-progress-${this.#rng.below(40)}`)
  }

  hookProgress() {
    const data = { type: 'hook_progress', hookEvent: 'PostToolUse', hookName: 'PostToolUse:Read', command: 'callback' }
    return this.progress(data, this.newToolId())
  }

  snapshot() {
    const backups = { 'src/module.ts': { backupFileName: `${this.#rng.hex(16)}@v2`, version: 2, backupTime: this.stamp() } }
    const snapshot = { messageId: this.#rng.uuid(), trackedFileBackups: backups, timestamp: this.stamp() }
    return this.json({ type: 'file-history-snapshot', messageId: this.#rng.uuid(), snapshot, isSnapshotUpdate: true })
  }

  image(kind) {
    const source = { type: 'base64', media_type: 'image/png', data: IMAGE.slice(0, Math.round((kind === 'prompt' ? 1 : 0.36) * 670_000)) }
    const image = { type: 'image', source }
    if (kind === 'prompt') {
      return this.put('user', { message: { role: 'user', content: [{ type: 'text', text: 'Look at this.' }, image] } })
    }
    const file = { base64: source.data.slice(0, 100), type: 'image/png', originalSize: source.data.length }
    return this.result(this.newToolId(), [image], { data: { type: 'image', file } })
  }

  launchAnswer() {
    const content = [{ type: 'text', text: this.#text(9_000) }]
    const data = { status: 'completed', prompt: this.#text(3_000), agentId: `a${this.#rng.hex(6)}`, content, totalTokens: 20_000 }
    return this.result(this.newToolId(), content, { data })
  }
}

/** One session, with the agents that its main thread launched beside it; their files stand flat in 2.0 and in a folder since 2.1. */
export function writeEarlySession(tally, rng, text, { project, from }) {
  const version = rng.weighted([
    [30, '2.0.76'],
    [70, '2.1.45'],
  ])
  const sessionId = rng.uuid()
  const slug = `-home-dev-early-${project}`
  const common = { rng, text, version, sessionId, cwd: `/home/dev/early-${project}`, entrypoint: 'cli', from }
  tally.begin(sessionId)
  const work = new EarlyWork({ ...common, agentId: null })
  fill(work, rng, text, sizeOf(rng, MAIN_FILES), BESIDE_A_CALL)
  tally.transcript(slug, `${sessionId}.jsonl`, work)
  for (let agents = rng.chance(0.4) ? rng.between(1, 4) : 0; agents > 0; agents -= 1) {
    writeEarlyAgent(tally, rng, text, { ...common, agentId: `a${rng.hex(6)}` }, slug)
  }
}

/** An agent whose main file is gone, as old clients left them behind by the hundred. */
export function writeOrphan(tally, rng, text, { project, from }) {
  const common = { rng, text, version: '2.0.76', cwd: `/home/dev/early-${project}`, entrypoint: 'cli', from }
  writeEarlyAgent(tally, rng, text, { ...common, sessionId: rng.uuid(), agentId: rng.hex(8) }, `-home-dev-early-${project}`)
}

function writeEarlyAgent(tally, rng, text, of, slug) {
  const work = new EarlyWork(of)
  const { bashProgress, hookProgress, failedCall } = BESIDE_A_CALL
  fill(work, rng, text, sizeOf(rng, AGENT_FILES), {
    text: 0.42,
    bashProgress: bashProgress / 6,
    hookProgress: hookProgress / 3,
    failedCall,
  })
  const folder = of.version === '2.0.76' ? slug : join(slug, of.sessionId, 'subagents')
  tally.transcript(folder, `agent-${of.agentId}.jsonl`, work)
}

function sizeOf(rng, files) {
  const [least, most] = rng.weighted(files)
  // Sizes of files spread over their orders of magnitude.
  return least * (most / least) ** rng.next()
}

/** Turns until the transcript has about so many bytes. */
function fill(work, rng, text, bytes, shares) {
  const isMain = work.who.agentId === null
  const happens = (kind) => rng.chance(shares[kind] ?? 0)
  work.prompt(text(isMain ? 1_500 : 300))
  while (work.text.length + TURN < bytes) {
    if (happens('prompt')) work.prompt(text(rng.between(40, 3_500)))
    if (happens('snapshot')) work.snapshot()
    if (happens('queue')) work.queueOperation('enqueue', { content: text(90) })
    if (happens('promptImage')) work.image('prompt')
    const call = { id: work.newToolId(), ...callOf(rng, text) }
    work.turn(happens('text') ? text(rng.between(60, 1_100)) : '', [call])
    for (const kind of ['hookProgress', 'bashProgress', 'agentProgress']) if (happens(kind)) work[kind]()
    if (happens('system')) work.put('system', { subtype: 'turn_duration', durationMs: rng.below(90_000), isMeta: false })
    if (happens('failedCall')) work.result(call.id, `Error: ${text(700)}`, { error: true, data: `Error: ${text(700)}` })
    else if (happens('resultImage')) work.image('result')
    else if (happens('launchAnswer')) work.launchAnswer()
    else {
      const [least, most] = rng.weighted(RESULTS)
      const output = text(rng.between(least, most))
      work.output(call.id, output, isMain ? { type: 'text', file: { filePath: '/home/dev/app/a.ts', content: output, numLines: 9 } } : null)
    }
  }
  work.turn('All of it is done.', [], true)
}

function callOf(rng, text) {
  const kind = rng.below(10)
  if (kind < 4) return { name: 'Bash', input: { command: `npm test -- ${rng.below(500)}`, description: 'run tests' } }
  if (kind < 7) return { name: 'Read', input: { file_path: `/home/dev/app/src/module-${rng.below(500)}.ts` } }
  return { name: 'Edit', input: { file_path: '/home/dev/app/src/a.ts', old_string: text(700), new_string: text(1_500) } }
}
