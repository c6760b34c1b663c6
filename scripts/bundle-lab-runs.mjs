// Trims labelled runs of the client to bundles: node scripts/bundle-lab-runs.mjs <lab>/out [fixtures/lab] [<version>/<scenario>…]
// Refuses a run whose verdicts the trimming would change. Reads dist/ (npm run build); see fixtures/lab/README.md.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { analyze } from '../dist/analyze.js'
import { createFiles } from '../dist/node/files.js'

const EVERY = ['2.0.76', '2.1.97', '2.1.156', '2.1.187', '2.1.220', '2.1.261', '2.1.329']
const MAIN = ['2.0.76', '2.1.156', '2.1.220', '2.1.329']
/** Which versions of a scenario are kept; where a lab has no such run, it is left out. */
const SCENARIOS = {
  limits: EVERY,
  'killed-KILL': EVERY,
  'killed-KILL-resumed': EVERY,
  'killed-TERM': EVERY,
  'killed-TERM-resumed': MAIN,
  connection: EVERY,
  rejects: EVERY,
  stops: EVERY,
  stopped: EVERY,
  exit: EVERY,
  interrupt: [...MAIN, '2.1.187'],
  storm: MAIN,
  maxturns: [...MAIN, '2.1.261'],
  workflow2: [...MAIN, '2.1.261'],
  restorm: [...MAIN, '2.1.187'],
  nested: MAIN,
  resumed: MAIN,
  throttle: MAIN,
  auth: MAIN,
  'connection-bg': ['2.0.76'],
  'wfkilled-KILL': ['2.1.329'],
  'wfkilled-TERM': ['2.1.187'],
  workflow: ['2.1.329'],
  'workflow-resumed': ['2.1.156', '2.1.329'],
  'stallping-short': ['2.1.220'],
  stopnest: ['2.1.329'],
  stopui: ['2.1.329'],
  fork: ['2.1.329'],
  compact: ['2.1.329'],
}

/** Where a label of the lab is wrong, or a transcript cannot tell: what is right, and why. Agents by what they are matched with. */
const CORRECTIONS = {
  '2.0.76/connection-bg': {
    agents: {
      'conn silent': { accept: ['exit_killed'], why: 'the process ended on its first background notice while this agent was retrying' },
      'conn midhang': { accept: ['exit_killed'], why: 'the process ended on its first background notice while this agent was at work' },
    },
    session: { accept: ['connection_lost'], why: 'its own request timed out four times (mock.log), and its last record says so' },
  },
  '2.1.187/wfkilled-TERM': {
    session: {
      accept: ['completed', 'exit_killed'],
      why: 'its turn had ended and a clean exit leaves nothing: only its workflow was cut off',
    },
  },
}

/** Longest string that is kept of what a tool or the client said, and of its lectures. Characters. */
const CLIP = 220
const LECTURE =
  /^\s*(?:Async agent launched|Workflow launched|Message (?:sent|queued)|<system-reminder>|<fork-boilerplate>|\[Your previous response|\[Workflow harness|This session is being continued)/
const CLIP_LECTURE = 60
/** What a record holds beside its facts. */
const DROPPED_FIELDS = new Set([
  'apiBlockIndex',
  'attributionAgent',
  'canReadOutputFile',
  'commandUuid',
  'container',
  'context_management',
  'deliveryId',
  'diagnostics',
  'durationMs',
  'effort',
  'leafUuid',
  'madeBy',
  'messagingSocketPath',
  'modelUsage',
  'nameSince',
  'nameSource',
  'noOutputExpected',
  'outputFile',
  'parentUuid',
  'peerFeatures',
  'perTurnEffort',
  'permissionDecision',
  'promptCacheRequested',
  'promptId',
  'rendered',
  'renderedInHumanTurn',
  'renderedRole',
  'requestId',
  'requestRef',
  'requestedModel',
  'resolvedModel',
  'sandboxed',
  'slug',
  'sourceToolAssistantUUID',
  'stop_details',
  'thinkingMetadata',
  'toolInputStreamMs',
  'toolStats',
  'totalDurationMs',
  'totalTokens',
  'totalToolUseCount',
  'userType',
])
/** Fields that hardly change within a file: written where they do, null where a record lacks them. `unpacked` writes them back. */
const STICKY = ['sessionId', 'agentId', 'isSidechain', 'cwd', 'version', 'gitBranch', 'entrypoint']
const CARRIERS = new Set(['user', 'assistant', 'attachment', 'system'])
const KEPT_ATTACHMENTS = new Set(['queued_command', 'max_turns_reached', 'structured_output', 'task_status', 'date'])
const KEPT_FILES =
  /^(?:projects\/.*(?:\.jsonl|\/agent-[^/]+\.meta\.json|\/workflows\/wf_[^/]+\.json|\/workflows\/scripts\/[^/]+\.js)|sessions\/\d+\.json)$/
const LOCK_FILES = /^app\/\.git\/worktrees\/[^/]+\/locked$/
const TOKEN_COUNTS = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens']
const MAX_OTHER_RECORD = 1_500
const NO_MACHINE = '0'.repeat(32)

const [lab, target = 'fixtures/lab', ...wanted] = process.argv.slice(2)
if (lab === undefined) throw new Error('which lab output folder?')
let count = 0
let bytes = 0
for (const [scenario, versions] of Object.entries(SCENARIOS)) {
  for (const version of versions) {
    const name = `${version}/${scenario}`
    const run = join(lab, name)
    if ((wanted.length > 0 && !wanted.includes(name)) || !existsSync(join(run, 'truth.json'))) continue
    const bundle = bundleOf(run, version, scenario)
    await requireSameVerdicts(run, bundle)
    const text = textOf(bundle)
    const path = join(target, `${name}.json`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    count += 1
    bytes += text.length
  }
}
console.log(`${count} bundles, ${bytes} bytes`)

/** JSON with one line for each agent and each line of a transcript, so that a change can be read. */
function textOf({ truth, files, locks, ...head }) {
  const one = JSON.stringify
  const list = (items) => (items.length === 0 ? '[]' : `[\n  ${items.map((item) => one(item)).join(',\n  ')}\n ]`)
  const parts = Object.entries(head).map(([key, value]) => `${one(key)}: ${one(value)}`)
  const contents = Object.entries(files).map(([path, content]) => ` ${one(path)}: ${Array.isArray(content) ? list(content) : one(content)}`)
  parts.push(
    `"truth": {"session": ${one(truth.session)}, "agents": ${list(truth.agents)}}`,
    `"files": {\n${contents.join(',\n')}\n}`,
    `"locks": ${one(locks)}`,
  )
  return `{\n${parts.join(',\n')}\n}\n`
}

function bundleOf(run, version, scenario) {
  const truth = JSON.parse(readFileSync(join(run, 'truth.json'), 'utf8'))
  const home = join(run, '.claude')
  const files = {}
  for (const path of listed(home, KEPT_FILES)) {
    const text = readFileSync(join(home, path), 'utf8')
    files[path] = path.endsWith('.jsonl')
      ? trimmedLines(text)
      : path.endsWith('.js')
        ? neutral(text)
        : neutral(JSON.stringify(trimmed(JSON.parse(text))))
  }
  // That nobody is registered says something too: a folder stands for itself.
  if (existsSync(join(home, 'sessions'))) files['sessions/'] = ''
  const locks = {}
  for (const path of existsSync(join(run, 'app/.git/worktrees')) ? listed(run, LOCK_FILES) : [])
    locks[path] = neutral(readFileSync(join(run, path), 'utf8'))
  return {
    version,
    scenario,
    endedAt: truth.endedAt,
    ...(truth.killedAt === undefined ? {} : { killedAt: truth.killedAt }),
    truth: truthOf(truth, CORRECTIONS[`${version}/${scenario}`]),
    files,
    locks,
  }
}

/** Paths of files below a folder, in a fixed order. */
function listed(folder, pattern) {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = found.map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  return paths.filter((path) => pattern.test(path)).toSorted()
}

function truthOf(truth, corrections = {}) {
  const agents = truth.agents
    .filter((agent) => agent.suspect === undefined || agent.suspect === false)
    .map(({ match, accept, limitKind, limitKindAccept, resetsAt, why }) => {
      const corrected = corrections.agents?.[Object.values(match)[0]] ?? {}
      const kinds = limitKind === null || limitKind === undefined ? [] : [limitKind, ...(limitKindAccept ?? [])]
      return {
        match,
        accept,
        limitKind: kinds.length === 0 ? null : [...new Set(kinds)],
        resetsAt: resetsAt ?? null,
        why: clip(why ?? '', CLIP),
        ...corrected,
      }
    })
  return { agents, session: corrections.session ?? truth.session ?? null }
}

function trimmedLines(text) {
  const records = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  const requests = records.filter((record) => record.type === 'api-request')
  // Lines do not always stand in the order of time.
  const timed = records.filter((record) => typeof record.timestamp === 'string').toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
  const edges = new Set([records[0], timed[0], timed.at(-1), requests[0], requests.at(-1)])
  const lines = []
  const sticky = {}
  const usages = new Map()
  for (const record of records) {
    const kept = trimmedRecord(record, edges.has(record))
    if (kept === undefined) continue
    if (typeof kept.uuid === 'string') kept.uuid = kept.uuid.slice(0, 8)
    if (CARRIERS.has(kept.type)) {
      for (const field of STICKY) {
        const value = kept[field] ?? null
        if (value === (sticky[field] ?? null)) delete kept[field]
        else kept[field] = value
        sticky[field] = value
      }
      if (kept.message?.role === kept.type) delete kept.message.role
      if (kept.message?.type === 'message') delete kept.message.type
      if (kept.type === 'assistant' && kept.message.model === sticky.model) delete kept.message.model
      else if (kept.type === 'assistant') sticky.model = kept.message.model
      // The records of one message repeat its usage.
      const usage = JSON.stringify(kept.message?.usage)
      if (usage !== undefined && usages.get(kept.message.id) === usage) delete kept.message.usage
      else if (usage !== undefined) usages.set(kept.message.id, usage)
    }
    lines.push(neutral(JSON.stringify(kept)))
  }
  return lines
}

/** The lines of a file as the client wrote them, as far as they were kept. test/lab/bundle.ts does the same. */
function unpacked(lines) {
  const sticky = {}
  const usages = new Map()
  return lines.map((line) => {
    const record = JSON.parse(line)
    if (!CARRIERS.has(record.type)) return line
    for (const field of STICKY) {
      if (field in record) sticky[field] = record[field]
      if (sticky[field] == null) delete record[field]
      else record[field] = sticky[field]
    }
    if (record.message !== undefined) record.message.role ??= record.type
    if (record.type === 'assistant') {
      sticky.model = record.message.model ??= sticky.model
      record.message.usage ??= usages.get(record.message.id)
      usages.set(record.message.id, record.message.usage)
    }
    return JSON.stringify(record)
  })
}

function trimmedRecord(record, isEdge) {
  switch (record.type) {
    case 'api-request-blob':
    case 'api-request-shape':
      return undefined
    case 'api-request': {
      const { type, timestamp, sessionId, agentId } = record
      return isEdge ? { type, timestamp, sessionId, agentId } : undefined
    }
    case 'attachment': {
      const { type } = record.attachment
      if (KEPT_ATTACHMENTS.has(type)) return type === 'date' && !isEdge ? undefined : trimmed(record)
      return isEdge ? trimmed({ ...record, attachment: { type } }) : undefined
    }
    case 'user':
      return trimmed({ ...record, toolUseResult: withoutCopies(record.toolUseResult) })
    case 'assistant':
    case 'queue-operation':
      return trimmed(record)
    default: {
      const kept = trimmed(record)
      if (JSON.stringify(kept).length <= MAX_OTHER_RECORD) return kept
      const { type, subtype, uuid, timestamp, sessionId, agentId } = kept
      return { type, subtype, uuid, timestamp, sessionId, agentId }
    }
  }
}

/** Only results about agents, runs and messages have a meaning of their own; what they repeat of the call is left out. */
function withoutCopies(result) {
  if (typeof result !== 'object' || result === null) return result
  const { prompt: _prompt, usage: _usage, ...rest } = result
  return ['status', 'agentId', 'runId', 'task_id', 'success'].some((name) => name in rest) ? rest : undefined
}

function trimmed(value, key = '') {
  if (typeof value === 'string') return key === 'lastPrompt' ? clip(value, CLIP_LECTURE) : trimmedText(value, key)
  if (Array.isArray(value)) return value.map((item) => trimmed(item, key))
  if (typeof value !== 'object' || value === null) return value
  if (key === 'usage') return Object.fromEntries(TOKEN_COUNTS.filter((name) => name in value).map((name) => [name, value[name]]))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, item]) => !DROPPED_FIELDS.has(name) && !((name === 'stop_sequence' || name === 'stop_reason') && item === null))
      .map(([name, item]) => [name, trimmed(item, name)]),
  )
}

function trimmedText(text, key) {
  // A workflow's script is the lab's own.
  if (key === 'script') return text
  if (/<(?:task|agent)-notification>/.test(text))
    return text.replaceAll(/<(task|agent)-notification>[^]*?<\/\1-notification>/g, trimmedNotice)
  // A stack leads through the client's own sources.
  const [told = ''] = text.split('\n    at ', 1)
  return clip(told, LECTURE.test(text) ? CLIP_LECTURE : CLIP)
}

function trimmedNotice(notice) {
  const from = notice.indexOf('<result>')
  const to = notice.lastIndexOf('</result>')
  const body = (text) =>
    text.replaceAll(
      /<(note|summary|diagnostics)>([^]*?)<\/\1>/g,
      (_whole, tag, inner) => `<${tag}>${clip(inner, tag === 'summary' ? CLIP : CLIP_LECTURE)}</${tag}>`,
    )
  if (from < 0 || to < from) return body(notice)
  return `${body(notice.slice(0, from))}<result>${clip(notice.slice(from + '<result>'.length, to), CLIP_LECTURE)}${body(notice.slice(to))}`
}

/** The beginning; of a prompt that the client framed, the lab's own words too. */
function clip(text, max) {
  const role = text.indexOf('ROLE=')
  if (role >= max) return `${clip(text.slice(0, role), max)} ${clip(text.slice(role), max)}`
  return text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, '')
}

function neutral(text) {
  return text.replaceAll(/linux:[0-9a-f]{32}:pid/g, `linux:${NO_MACHINE}:pid`).replaceAll(/Linux \d+\.\d+[\w.-]*/g, 'Linux')
}

/** Trimming may cost words, never a verdict: both trees are analyzed at two instants and everything that is judged is compared. */
async function requireSameVerdicts(run, bundle) {
  const folder = mkdtempSync(join(tmpdir(), 'lab-bundle-'))
  try {
    for (const [path, content] of Object.entries(bundle.files)) {
      const isFolder = path.endsWith('/')
      mkdirSync(isFolder ? join(folder, '.claude', path) : dirname(join(folder, '.claude', path)), { recursive: true })
      if (!isFolder)
        writeFileSync(
          join(folder, '.claude', path),
          Array.isArray(content)
            ? unpacked(content)
                .map((line) => `${line}\n`)
                .join('')
            : content,
        )
    }
    const end = Date.parse(bundle.endedAt)
    for (const now of [Date.parse(bundle.killedAt ?? bundle.endedAt) + 60_000, end + 2 * 86_400_000]) {
      const [whole, cut] = [await judged(join(run, '.claude'), now), await judged(join(folder, '.claude'), now)]
      for (const [id, before] of Object.entries(whole)) {
        if (!isDeepStrictEqual(before, cut[id]))
          throw new Error(`${run}: trimming changes ${id}:\n${JSON.stringify(before)}\n${JSON.stringify(cut[id])}`)
      }
      if (Object.keys(whole).length !== Object.keys(cut).length) throw new Error(`${run}: trimming changes how many runs there are`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function judged(root, now) {
  const processes = { domain: async () => null, inspect: async () => ({ state: 'gone' }) }
  const options = {
    roots: [root],
    now,
    timeZone: 'UTC',
    since: null,
    until: null,
    project: null,
    session: null,
    agent: null,
    reasons: [],
    excerpts: false,
    git: false,
    offline: true,
    toolVersion: '0',
  }
  const report = await analyze(options, { files: createFiles(), processes })
  const facts = (each) => {
    const { evidence, transcript, alternatives, path, ...rest } = each
    return {
      ...rest,
      path: relative(root, path ?? transcript?.path ?? root),
      proofs: evidence.map(({ kind, shows }) => `${kind} ${shows}`),
      alternatives: alternatives.map(({ reason, confidence }) => `${reason} ${confidence}`),
      limit: rest.limit === null ? null : { ...rest.limit, text: clip(rest.limit.text, CLIP_LECTURE) },
    }
  }
  return Object.fromEntries([
    ...report.agents.map((agent) => [`${agent.sessionId} ${agent.agentId}`, facts(agent)]),
    ...report.sessions.map((session) => [session.sessionId, facts(session)]),
  ])
}
