// Transcripts of four clients with the sizes that their records have in runs of the lab. The shapes are those of the writer that the
// tests and the demo use; only the content is made up.
import { readFileSync } from 'node:fs'
import ts from 'typescript'

// Node 20 reads no TypeScript, and the writer imports nothing.
const WRITER = readFileSync(new URL('../../test/records/transcript.ts', import.meta.url), 'utf8')
const { outputText } = ts.transpileModule(WRITER, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } })
const { atLeast, Transcript } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`)

const MODELS = {
  '2.0.76': 'claude-sonnet-4-5-20250929',
  '2.1.156': 'claude-sonnet-5',
  '2.1.220': 'claude-sonnet-5',
  '2.1.329': 'claude-sonnet-5-5',
}
/** Records whose type stands behind their content, so that a reader has to get past it. */
const TYPE_BEHIND = new Set(['assistant', 'attachment'])

/** One transcript with the ids, the pace and the weight of a real one. */
export class Work extends Transcript {
  lines = 0
  #rng
  #text
  #request = ''
  /** The most milliseconds between two records. */
  #pace = 30
  #isNew
  #isLegacy

  constructor({ rng, text, version, sessionId, agentId, cwd, entrypoint, from }) {
    super({ version, sessionId, agentId, cwd, entrypoint })
    this.#rng = rng
    this.#text = text
    this.model = MODELS[version]
    this.clock = from
    this.#isNew = atLeast(version, '2.1.329')
    this.#isLegacy = !atLeast(version, '2.1.0')
  }

  newUuid() {
    return this.#rng.uuid()
  }

  newToolId() {
    return `toolu_${this.#rng.hex(20)}`
  }

  newMessageId() {
    return `msg_${this.#rng.hex(20)}`
  }

  newErrorId() {
    return this.#rng.uuid()
  }

  stamp() {
    this.clock += this.#rng.between(20, this.#pace)
    this.#pace = 30
    return new Date(this.clock).toISOString()
  }

  line(text) {
    this.lines += 1
    return super.line(text)
  }

  json(record) {
    const { type, ...rest } = record
    if (!TYPE_BEHIND.has(type)) return super.json(record)
    const entries = Object.entries(rest)
    entries.splice(
      entries.findIndex(([key]) => key === 'uuid'),
      0,
      ['type', type],
    )
    return super.json(Object.fromEntries(entries))
  }

  /** Cuts the last record off in its middle. */
  tear() {
    const start = this.text.lastIndexOf('\n', this.text.length - 2) + 1
    this.text = this.text.slice(0, Math.min(start + 400, this.text.length - 1))
  }

  prompt(words, more = {}) {
    return super.prompt(words, this.#isLegacy ? more : { promptId: this.#rng.uuid(), ...more })
  }

  /** What stands before the conversation: nothing in 2.0.x, a listing in 2.1.1xx, 50 to 90 KB of it in 2.1.329. */
  opening(prompt) {
    const isMain = this.who.agentId === null
    if (isMain) this.queueOperation('enqueue', { content: prompt }).queueOperation('dequeue')
    this.prompt(prompt)
    if (this.#isLegacy) return this
    if (this.#isNew) {
      this.#attachment('deferred_tools_delta', { addedNames: [], addedLines: [], removedNames: [this.#text(900)] })
      this.#attachment('environment', { text: this.#text(900) })
      this.#attachment('model', { text: this.#text(350) })
    }
    this.#attachment('skill_listing', { content: this.#text(this.#isNew ? 14_000 : 4_600), skillCount: 24, isInitial: true })
    if (!this.#isNew) return this
    if (isMain) this.#latch().#lastPrompt(prompt)
    this.#attachment('session_context', { text: this.#text(800) })
    this.#attachment('prompt_snapshot', { systemPrompt: [this.#text(isMain ? 6_600 : 3_000)], tools: [] })
    const shape = { system: [{ type: 'text', text: this.#text(3_000) }], tools: this.#tools(isMain ? 34_000 : 20_000) }
    this.#own('api-request-shape', { shapeHash: this.#rng.hex(64), timestamp: this.stamp(), version: this.who.version, shape })
    return this.blob('user', 1_300).blob('system', isMain ? 9_800 : 8_100)
  }

  blob(role, bytes) {
    const message = { role, content: [{ type: 'text', text: this.#text(bytes) }] }
    return this.#own('api-request-blob', { hash: this.#rng.hex(64), message })
  }

  /** The tools of the second request, once per transcript: the largest record without a fact. */
  snapshot() {
    const tools = this.#tools(this.who.agentId === null ? 52_000 : 32_000)
    return this.#attachment('prompt_snapshot', { systemPrompt: [this.#text(3_000)], tools, reminderFold: false })
  }

  /** One request with its answer: thinking now and then, a text, and the calls given. */
  turn(words, calls, done = false) {
    const id = this.newMessageId()
    const stop = this.#isLegacy ? null : done ? 'end_turn' : 'tool_use'
    const output = this.#rng.between(30, 2_000)
    if (this.#isNew) this.#writeRequest()
    const blocks = []
    if (this.#rng.chance(0.3)) {
      const signature = this.#rng.hex(this.#rng.between(300, 1_600))
      blocks.push([{ type: 'thinking', thinking: this.#isNew ? '' : this.#text(600), signature }, stop])
    }
    if (words !== '') blocks.push([{ type: 'text', text: words }, stop])
    for (const call of calls) blocks.push([{ type: 'tool_use', ...call }, this.#isLegacy ? 'tool_use' : stop])
    for (const [index, [block, reason]] of blocks.entries()) this.#streamBlock(id, index, block, reason, output)
    return this
  }

  /** The result of one call. Interactive clients repeat the output in `toolUseResult`; headless ones leave it out for agents. */
  output(call, content, toolUseResult) {
    this.#pace = 6_000
    const decision = { decision: 'accept', source: 'config', reasonType: 'mode' }
    const more = this.#isLegacy
      ? {}
      : {
          promptId: this.#rng.uuid(),
          sourceToolAssistantUUID: this.last,
          ...(this.#isNew ? { permissionDecision: decision } : {}),
        }
    return this.result(call, content, { ...(toolUseResult === null ? {} : { data: toolUseResult }), more })
  }

  /** What a main transcript of 2.1.329 ends every round with. */
  books(prompt, tool) {
    if (!this.#isNew || this.who.agentId !== null) return this
    return this.#lastPrompt(prompt).#latch().#own('tools-used', { tools: ['Agent', 'Bash', tool] })
  }

  costState() {
    return this.#own('cost-state', {
      totalCostUSD: this.#rng.below(4_000) / 100,
      totalAPIDuration: this.#rng.below(900_000),
      totalLinesAdded: this.#rng.below(900),
      modelUsage: { [this.model]: this.#usage(77) },
    })
  }

  #own(type, body) {
    const { sessionId, agentId } = this.who
    return this.json({ type, sessionId, ...(agentId === null ? {} : { agentId }), ...body })
  }

  #attachment(type, body) {
    return this.put('attachment', { attachment: { type, ...body } })
  }

  #latch() {
    return this.#own('atis-latch', { atis: '' })
  }

  #lastPrompt(prompt) {
    return this.#own('last-prompt', { lastPrompt: prompt, leafUuid: this.last })
  }

  #writeRequest() {
    const rng = this.#rng
    this.#request = rng.uuid()
    const betas =
      'claude-code-20250219 oauth-2025-04-20 interleaved-thinking-2025-05-14 context-management-2025-06-27 per-turn-control-2026-07-01'
    this.#own('api-request', {
      id: this.#request,
      timestamp: this.stamp(),
      version: this.who.version,
      querySource: 'agent:builtin:general-purpose',
      shapeHash: rng.hex(64),
      params: {
        model: this.model,
        betas: [...betas.split(' '), 'advanced-tool-use-2025-11-20', 'effort-2025-11-24'],
        max_tokens: 128_000,
        thinking: { type: 'adaptive', display: 'omitted' },
        context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
        output_config: { effort: 'medium' },
      },
      base: rng.uuid(),
      keep: 2,
      tail: [rng.hex(64), rng.hex(64)],
      cacheControl: [
        ['system', 0],
        ['messages', 4, 'content', 0],
      ].map((path) => ({ path, value: { type: 'ephemeral' } })),
      requestDigest: rng.hex(64),
    })
  }

  #streamBlock(id, index, block, stop, output) {
    this.#pace = 4_000
    const message = { ...this.message([block], stop, id), usage: this.#usage(output), ...(this.#isLegacy ? {} : { stop_details: null }) }
    const requestId = `req_${this.#rng.hex(20)}`
    if (this.#isLegacy) return this.put('assistant', { message, requestId })
    const attribution = this.who.agentId === null ? {} : { attributionAgent: 'general-purpose' }
    if (!this.#isNew) return this.put('assistant', { message, requestId, ...attribution }, { effort: 'high' })
    const request = { requestId, requestRef: this.#request, requestedModel: this.model, promptCacheRequested: '5m' }
    const body = { message, apiBlockIndex: index, ...request, ...attribution }
    return this.put('assistant', body, { effort: 'medium', perTurnEffort: 'medium', madeBy: 'model' })
  }

  #usage(output) {
    const rng = this.#rng
    const usage = {
      input_tokens: rng.between(4, 1200),
      cache_creation_input_tokens: rng.between(0, 9000),
      cache_read_input_tokens: rng.between(0, 150_000),
      output_tokens: output,
    }
    if (this.#isLegacy) return { ...usage, service_tier: 'standard' }
    return {
      ...usage,
      ...(this.#isNew ? { output_tokens_details: { thinking_tokens: 0 } } : {}),
      server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
      service_tier: 'standard',
      cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 0 },
      inference_geo: '',
      iterations: [],
      speed: 'standard',
      ...(this.#isNew ? { fallback_credit: null } : {}),
    }
  }

  /** Schemas of tools: many short strings and much nesting, unlike the text of results. */
  #tools(bytes) {
    const tools = []
    let length = 0
    while (length < bytes) {
      const properties = {
        description: { description: this.#text(120), type: 'string' },
        path: { description: this.#text(90), type: 'string' },
        mode: { description: this.#text(300), type: 'string', enum: ['low', 'medium', 'high'] },
        limit: { type: 'number' },
      }
      const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties, required: ['description'] }
      const tool = {
        name: `Tool${tools.length}`,
        description: this.#text(1_400),
        input_schema: { ...schema, additionalProperties: false },
      }
      tools.push(tool)
      length += JSON.stringify(tool).length
    }
    return tools
  }
}
