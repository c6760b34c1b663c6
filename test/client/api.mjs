// A scripted Messages API on loopback, so that real clients can be led into an incident and out of it again. It plays the
// model: a conversation is known by the TASK=<name> in it, and what the task's model does next follows from what is played, from
// what it has said so far and from what it was told last. Every request is one line of the log. It lives as long as its world:
// what is played is read again at each request.
//
//   node api.mjs PORT PLAY LOG     PLAY: a file with a `Play` (world.ts)
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [, , port, playPath, logPath] = process.argv
/** The resets of the limits that were met, by the limit's name. Seconds since the epoch. */
const resets = new Map()
/** The play, how many tasks have finished in it, and whether its own limit was met. */
let now = { number: -1, finished: 0, isLimitMet: false }
const WORKFLOW = `export const meta = { name: 'survey', description: 'a survey', phases: [{ title: 'Read' }, { title: 'Check' }] }
phase('Read')
const read = await parallel([0, 1, 2].map((i) => () => agent('TASK=read' + i + ' read part ' + i, { label: 'read:' + i })))
phase('Check')
const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }
const checked = await parallel([0, 1, 2].map((i) => () => agent('TASK=check' + i + ' check part ' + i, { label: 'check:' + i, ...(i > 0 && { schema }) })))
const rest = await agent('TASK=read3 read the rest', { label: 'read:3' })
return { read, checked, rest }`

let serial = Date.now() * 1000

const textOf = (content) =>
  typeof content === 'string'
    ? content
    : (content ?? [])
        .map((block) => (block.type === 'text' ? block.text : block.type === 'tool_result' ? textOf(block.content) : ''))
        .join('\n')

const say = (text) => ({ blocks: [{ type: 'text', text }] })
const use = (...calls) => ({
  blocks: [
    { type: 'text', text: 'On it.' },
    ...calls.map(([name, input]) => ({ type: 'tool_use', id: `toolu_${String(++serial).padStart(20, '0')}`, name, input })),
  ],
})
const bash = (command) => ['Bash', { command, description: 'work', timeout: 120_000 }]
const finish = (text) => ({ ...say(text), end: 'finished' })
const hang = { hang: true, end: 'hangs' }
/** What is written of a refusal this shortly before the reset may bear a time behind it: that would be a reset that is late. Seconds. */
const MARGIN = 5

/** A refusal. The limit keeps its reset until that has passed; then it is a new one. */
const limit = (play, name = 'five_hour') => {
  const second = Math.floor(Date.now() / 1000)
  const soon = second + (name === 'five_hour' ? play.resetsAfter : 5 * 86_400)
  if ((resets.get(name) ?? 0) <= second + (play.limitHolds ? 0 : MARGIN))
    resets.set(name, play.onMinutes ? Math.ceil(soon / 60) * 60 : soon)
  const resetsAt = String(resets.get(name))
  return {
    end: 'limit',
    resetsAt: Number(resetsAt) * 1000,
    status: 429,
    error: { type: 'rate_limit_error', message: "This request would exceed your account's rate limit. Please try again later." },
    headers: {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-representative-claim': name,
      'anthropic-ratelimit-unified-reset': resetsAt,
      'anthropic-ratelimit-unified-5h-status': 'rejected',
      'anthropic-ratelimit-unified-5h-reset': resetsAt,
      'anthropic-ratelimit-unified-5h-utilization': '1.0',
      'retry-after': String(Number(resetsAt) - second),
    },
  }
}

const agent = (task, more = {}) => [
  'Agent',
  { description: `part ${task}`, prompt: `TASK=${task} do this part and report`, subagent_type: 'general-purpose', ...more },
]
const worktree = { isolation: 'worktree' }

/**
 * What the main thread does in the incident, turn by turn. One worktree at a time: git locks its configuration while it makes one,
 * and a second agent may be refused its own.
 */
const background = { run_in_background: true }
const DISPATCH = {
  limit: [[agent('left', worktree)], [agent('right', worktree)], [agent('plain'), agent('done')]],
  kill: [
    [agent('left-bg', { ...background, ...worktree })],
    [agent('right-bg', { ...background, ...worktree })],
    [agent('plain-bg', background), agent('done-bg', background)],
  ],
  workflow: [[['Workflow', { script: WORKFLOW }]]],
  // A weekly limit of one model, far away, and one for all, that is over soon.
  two: [[agent('late', { model: 'opus' })], [agent('soon'), agent('done')]],
  // What hooks tell of: one agent each, so that it is plain which request is the first to be told.
  'hook-background': [[agent('slow', { ...background, ...worktree })]],
  'hook-foreground': [[agent('left', worktree)]],
  'hook-announcement': [[agent('announcer')]],
  'hook-build': [[agent('builder')]],
  'hook-well': [[agent('done')], [agent('done-too', background)]],
  'hook-work': [[agent('left-bg', { ...background, ...worktree })]],
}

/** An agent that ends while its main thread still speaks is told of within the turn, or not at all. */
const mark = (task) =>
  bash(`${task === 'slow' ? 'node -e "setTimeout(Date, 5000)"; ' : ''}echo "part of ${task}" > ${task}.txt; echo "BEGAN IN $PWD"`)

function incident({ task, turns }, play) {
  if (task in DISPATCH) return turns < DISPATCH[task].length ? use(...DISPATCH[task][turns]) : say('Noted.')
  if (task.startsWith('done')) return turns === 0 ? use(mark(task)) : finish('Done: my part is finished.')
  if (task.startsWith('read')) return finish('Read.')
  if (task === 'builder' && turns === 0) return use(['Bash', { command: 'sleep 600', description: 'build', run_in_background: true }])
  if (task === 'builder') return say('I started the build.')
  if (turns === 0) return use(mark(task))
  if (task === 'announcer') return say('Now running the tests.')
  return task.endsWith('-bg') ? hang : limit(play, task === 'late' ? 'seven_day_opus' : 'five_hour')
}

/** A model that does what its prompt says, and nothing else. */
function recovery(question, play) {
  const { task, turns, last, tools } = question
  if (task in DISPATCH) return lead(question, play)
  // 2.1.290 takes no answer for a report that does not come by this tool.
  if (/^\[handback-send-enforce\]/m.test(last)) return use(['SubagentHandback', { message: 'Done.' }])
  if (/\bPermission to use \w+|requires approval|have not granted|haven't granted/i.test(last))
    return say('I may not do that, so that I end here.')
  if (task === 'fresh') {
    const brief = /Read the file (\S+\.brief\.md) first/.exec(last)?.[1]
    if (brief !== undefined) return use(['Read', { file_path: brief }])
    return /WORKED IN/.test(last) ? finish('Done: continued from the brief.') : use(work(task, play))
  }
  if (/WORKED IN/.test(last)) return finish('Done: continued after the incident.')
  if (!task.startsWith('check') || turns > 1) return use(work(task, play))
  const isAsked = tools.includes('StructuredOutput') && !/provided successfully/.test(last)
  return isAsked
    ? { ...use(['StructuredOutput', { ok: true }]), end: 'finished' }
    : { ...say('Checked.'), end: tools.includes('StructuredOutput') ? null : 'finished' }
}

/** A main thread that was told to continue agents or a workflow run. */
function lead({ order, called, tools }, { obeys }) {
  if (order === null) return say('Noted.')
  if (obeys === 'nothing') return say('I would rather not.')
  if (called.some((name) => name === 'SendMessage' || name === 'Workflow')) return say('Noted.')
  const ids = /agent ids, with the id as to: ([A-Za-z0-9_, -]+)\./.exec(order)?.[1]?.split(', ') ?? []
  const message = /word for word: ([^]*?pull request for it\.[^.]*\.)/.exec(order)?.[1]
  const run = /resumeFromRunId (wf_[A-Za-z0-9-]+)\./.exec(order)?.[1]
  const script = /with scriptPath (\S+) and/.exec(order)?.[1]
  const chosen = obeys === 'first' ? ids.slice(0, 1) : ids
  // Newest clients load it only when they are asked to.
  if (chosen.length > 0 && !tools.includes('SendMessage') && tools.includes('ToolSearch') && !called.includes('ToolSearch'))
    return use(['ToolSearch', { query: 'select:SendMessage', max_results: 3 }])
  if (chosen.length > 0 && message !== undefined)
    return { ...use(...chosen.map((to) => ['SendMessage', { to, summary: 'continue', message }])), messaged: chosen }
  if (run !== undefined && script !== undefined) return use(['Workflow', { scriptPath: script, resumeFromRunId: run }])
  return say('Noted, and not understood.')
}

/** Does its part: what counts is told by the command itself, when it is done. */
const work = (task, { workTakes }) => {
  const seconds = typeof workTakes === 'number' ? workTakes : (workTakes[task] ?? 0)
  const told = `require("fs").appendFileSync(process.env.HOME + "/work.log", "${task} " + process.cwd() + "\\n")`
  return bash(`node -e 'setTimeout(() => { ${told}; console.log("WORKED IN", process.cwd()) }, ${seconds * 1000})'`)
}

/** What the model says, or the limit. */
function answer(question, play) {
  if (now.number !== play.number) now = { number: play.number, finished: 0, isLimitMet: false }
  // It meets everybody from the first refusal to the reset, as a real one does.
  if (play.limitHolds && (resets.get('five_hour') ?? 0) * 1000 > Date.now()) return limit(play)
  if (play.limitAfter !== null && now.finished >= play.limitAfter && !now.isLimitMet) {
    now.isLimitMet = true
    return limit(play)
  }
  if (/\bTASK=open\b/.test(question.last)) return hang
  const said = play.phase === 'incident' ? incident(question, play) : recovery(question, play)
  if (said.end === 'finished') now.finished += 1
  return said
}

const ORDER = /Call the tool (?:SendMessage|Workflow) exactly once|call the tool Workflow exactly once/

/** What stands behind the model's last answer, the task of the conversation, and what its main thread was told to continue. */
function asked(body) {
  const messages = body.messages ?? []
  const at = messages.findLastIndex(({ role }) => role === 'assistant')
  const said = messages.map(({ role, content }) => (role === 'user' ? textOf(content) : ''))
  const task = /TASK=([a-z0-9-]+)/.exec(said.join('\n'))?.[1]
  const last = said.slice(at + 1).join('\n')
  const isOrder = (text) => ORDER.test(text.replace(/<(task-notification|system-reminder)>[^]*?<\/\1>/g, ''))
  const ordered = said.findLastIndex(isOrder)
  return {
    task: /Continue the work of agent [A-Za-z0-9_-]+, which died/.test(said.join('\n')) ? 'fresh' : (task ?? null),
    turns: messages.filter(({ role }) => role === 'assistant').length,
    last,
    order: ordered === -1 ? null : said[ordered],
    called: messages
      .slice(ordered + 1)
      .flatMap(({ role, content }) => (role === 'assistant' && Array.isArray(content) ? content : []))
      .flatMap(({ type, name }) => (type === 'tool_use' ? [name] : [])),
    tools: (body.tools ?? []).map(({ name }) => name),
  }
}

/** Everything in a request, wherever it stands, that our hooks told the model. */
function toldIn(value) {
  if (typeof value === 'string')
    return [...value.matchAll(/agent-forensics(?:: (?:an? )?agent \w|: \d|, since)[^]*/g)].map(([text]) => text)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(toldIn) : []
}

function stream(response, model, blocks) {
  const send = (type, data) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  send('message_start', { message: messageOf(model, [], null) })
  for (const [index, block] of blocks.entries()) {
    const isText = block.type === 'text'
    send('content_block_start', { index, content_block: isText ? { type: 'text', text: '' } : { ...block, input: {} } })
    send('content_block_delta', {
      index,
      delta: isText ? { type: 'text_delta', text: block.text } : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
    })
    send('content_block_stop', { index })
  }
  send('message_delta', { delta: { stop_reason: stopOf(blocks), stop_sequence: null }, usage: { output_tokens: 40 } })
  send('message_stop', {})
  response.end()
}

const stopOf = (blocks) => (blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn')
const messageOf = (model, content, stop) => ({
  id: `msg_${String(++serial).padStart(20, '0')}`,
  type: 'message',
  role: 'assistant',
  model,
  content,
  stop_reason: stop,
  stop_sequence: null,
  usage: { input_tokens: 900, cache_creation_input_tokens: 100, cache_read_input_tokens: 2000, output_tokens: 40 },
})

async function respond(request, response) {
  let text = ''
  for await (const chunk of request) text += chunk
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count_tokens')) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(request.url.includes('count_tokens') ? { input_tokens: 1000 } : {}))
    return
  }
  const body = JSON.parse(text)
  const question = asked(body)
  // 2.1.290 asks the model about every call before it is made, unless its mode says otherwise.
  if (/^<transcript>|respond with <(?:severity|block)>/im.test(question.last)) Object.assign(question, { task: null, isAboutACall: true })
  const play = JSON.parse(readFileSync(playPath, 'utf8'))
  const said = question.isAboutACall ? say('<severity>0</severity>') : question.task === null ? say('ok') : answer(question, play)
  const { task, turns, last } = question
  const placeOf = (word) => new RegExp(`${word} IN (\\S+)`).exec(last)?.[1] ?? null
  const entry = {
    at: Date.now(),
    task,
    turns,
    end: said.end ?? null,
    resetsAt: said.resetsAt ?? null,
    began: placeOf('BEGAN'),
    cwd: placeOf('WORKED'),
    calls: (said.blocks ?? []).filter(({ type }) => type === 'tool_use').map(({ name }) => name),
    messaged: said.messaged ?? [],
    last: last.slice(0, 20_000),
    told: toldIn([body.system, body.messages]),
  }
  appendFileSync(logPath, `${JSON.stringify(entry)}\n`)
  if (said.hang) return
  if (said.status !== undefined) {
    response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers })
    response.end(JSON.stringify({ type: 'error', error: said.error }))
  } else if (body.stream) stream(response, body.model, said.blocks)
  else {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(messageOf(body.model, said.blocks, stopOf(said.blocks))))
  }
}

createServer((request, response) => void respond(request, response)).listen(Number(port), '127.0.0.1', () =>
  process.stdout.write('ready\n'),
)
