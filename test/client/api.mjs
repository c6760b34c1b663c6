// A scripted Messages API on loopback, so that real clients can be led into an incident and out of it again. It plays the
// model: a conversation is known by the TASK=<name> in it, and what the task's model does next follows from the phase, from
// what it has said so far and from what it was told last. Every request is one line of the log.
//
//   node api.mjs PORT LOG PHASE     PHASE: incident | recovery | disobedient
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [, , port, logPath, phase] = process.argv
/** The limit is over before a test gets impatient. Seconds. */
const RESETS_AFTER = Number(process.env.RESETS_AFTER ?? 3)
/** Whether it meets everybody from the first refusal on, as a real one does; else those agents that are to die of it. */
const LIMIT_HOLDS = process.env.LIMIT_HOLDS === '1'
let isLimitHit = false
/** How long the command of a continued agent takes. Seconds. */
const WORK_TAKES = Number(process.env.WORK_TAKES ?? 0)
const WORKFLOW = `export const meta = { name: 'survey', description: 'a survey', phases: [{ title: 'Read' }, { title: 'Check' }] }
phase('Read')
const read = await parallel([0, 1, 2].map((i) => () => agent('TASK=read' + i + ' read part ' + i, { label: 'read:' + i })))
phase('Check')
const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }
const checked = await parallel([0, 1, 2].map((i) => () => agent('TASK=check' + i + ' check part ' + i, { label: 'check:' + i, ...(i > 0 && { schema }) })))
const rest = await agent('TASK=read3 read the rest', { label: 'read:3' })
return { read, checked, rest }`

// The real API gives no id out twice; this one is started anew for every phase.
let serial = Date.now() * 1000
const sent = new Set()

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
const limit = () => {
  isLimitHit = true
  const resets = Math.floor(Date.now() / 1000) + RESETS_AFTER
  return {
    end: 'limit',
    status: 429,
    error: { type: 'rate_limit_error', message: "This request would exceed your account's rate limit. Please try again later." },
    headers: {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-representative-claim': 'five_hour',
      'anthropic-ratelimit-unified-reset': String(resets),
      'anthropic-ratelimit-unified-5h-status': 'rejected',
      'anthropic-ratelimit-unified-5h-reset': String(resets),
      'anthropic-ratelimit-unified-5h-utilization': '1.0',
      'retry-after': String(RESETS_AFTER),
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
}

const mark = (task) => bash(`echo "part of ${task}" > ${task}.txt`)

function incident({ task, turns }) {
  if (LIMIT_HOLDS && isLimitHit) return limit()
  if (task in DISPATCH) return turns < DISPATCH[task].length ? use(...DISPATCH[task][turns]) : say('Noted.')
  if (task.startsWith('done')) return turns === 0 ? use(mark(task)) : finish('Done: my part is finished.')
  if (task.startsWith('read')) return finish('Read.')
  if (turns === 0) return use(mark(task))
  return task.endsWith('-bg') ? hang : limit()
}

/** A model that does what its prompt says, and nothing else. */
function recovery({ task, turns, last, tools }) {
  // 2.1.290 takes no answer for a report that does not come by this tool.
  if (/^\[handback-send-enforce\]/m.test(last)) return use(['SubagentHandback', { message: 'Done.' }])
  if (task === 'fresh') {
    const brief = /Read the file (\S+\.brief\.md) first/.exec(last)?.[1]
    if (brief !== undefined) return use(['Read', { file_path: brief }])
    return /WORKED IN/.test(last) ? finish('Done: continued from the brief.') : use(work())
  }
  if (!(task in DISPATCH)) {
    if (/WORKED IN/.test(last)) return finish('Done: continued after the incident.')
    if (!task.startsWith('check') || turns > 1) return use(work())
    const isAsked = tools.includes('StructuredOutput') && !/provided successfully/.test(last)
    return isAsked
      ? { ...use(['StructuredOutput', { ok: true }]), end: 'finished' }
      : { ...say('Checked.'), end: tools.includes('StructuredOutput') ? null : 'finished' }
  }
  const told = last.replace(/<(task-notification|system-reminder)>[^]*?<\/\1>/g, '')
  const ids = [...(/(?:agent ids, with the id as to: )([A-Za-z0-9_, -]+)\./.exec(told)?.[1]?.split(', ') ?? [])].filter(
    (id) => !sent.has(id),
  )
  const message = /word for word: ([^]*?pull request for it\.[^.]*\.)/.exec(told)?.[1]
  if (ids.length > 0 && message !== undefined) {
    for (const id of ids) sent.add(id)
    return use(...ids.map((to) => ['SendMessage', { to, summary: 'continue', message }]))
  }
  const run = /resumeFromRunId (wf_[A-Za-z0-9-]+)\./.exec(told)?.[1]
  const script = /with scriptPath (\S+) and/.exec(told)?.[1]
  if (run !== undefined && script !== undefined && !sent.has(run)) {
    sent.add(run)
    return use(['Workflow', { scriptPath: script, resumeFromRunId: run }])
  }
  return say(tools.includes('SendMessage') || tools.includes('Workflow') ? 'Noted.' : 'Noted, without tools for it.')
}

const work = () => bash(`node -e 'setTimeout(() => console.log("WORKED IN", process.cwd()), ${WORK_TAKES * 1000})'`)

const PHASES = {
  incident,
  recovery,
  disobedient: (question) => (question.task in DISPATCH ? say('I would rather not.') : recovery(question)),
}

/** What stands behind the model's last answer, and the task of the conversation. */
function asked(body) {
  const messages = body.messages ?? []
  const at = messages.findLastIndex(({ role }) => role === 'assistant')
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => textOf(content))
  const task = /TASK=([a-z0-9-]+)/.exec(said.join('\n'))?.[1]
  const last = messages
    .slice(at + 1)
    .filter(({ role }) => role === 'user')
    .map(({ content }) => textOf(content))
    .join('\n')
  return {
    task: /Continue the work of agent [A-Za-z0-9_-]+, which died/.test(said.join('\n')) ? 'fresh' : (task ?? null),
    turns: messages.filter(({ role }) => role === 'assistant').length,
    last,
    tools: (body.tools ?? []).map(({ name }) => name),
  }
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
  const answer = question.isAboutACall ? say('<severity>0</severity>') : question.task === null ? say('ok') : PHASES[phase](question)
  const { task, turns, last } = question
  const cwd = /WORKED IN (\S+)/.exec(last)?.[1] ?? null
  const calls = (answer.blocks ?? []).filter(({ type }) => type === 'tool_use').map(({ name }) => name)
  appendFileSync(
    logPath,
    `${JSON.stringify({ at: Date.now(), task, turns, end: answer.end ?? null, cwd, calls, last: last.slice(0, 20_000) })}\n`,
  )
  if (answer.hang) return
  if (answer.status !== undefined) {
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(JSON.stringify({ type: 'error', error: answer.error }))
  } else if (body.stream) stream(response, body.model, answer.blocks)
  else {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(messageOf(body.model, answer.blocks, stopOf(answer.blocks))))
  }
}

createServer((request, response) => void respond(request, response)).listen(Number(port), '127.0.0.1', () =>
  process.stdout.write('ready\n'),
)
