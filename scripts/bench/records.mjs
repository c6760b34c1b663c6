// Records of four clients as they stand in transcripts, with the keys, their order and their sizes as in runs of the lab.
// Only the content is made up. A record is a string without its line end.

const MODELS = {
  '2.0.76': 'claude-sonnet-4-5-20250929',
  '2.1.156': 'claude-sonnet-5',
  '2.1.220': 'claude-sonnet-5',
  '2.1.329': 'claude-sonnet-5-5',
}

/** Writes the records of one transcript: `version`, the ids, a clock that moves on, and the chain of parents. */
export function writer({ rng, text, version, sessionId, agentId, cwd, entrypoint, from }) {
  const isNew = version === '2.1.329'
  const isLegacy = version === '2.0.76'
  const isSidechain = agentId !== null
  const model = MODELS[version]
  const agent = agentId === null ? '' : `"agentId":"${agentId}",`
  const effort = isNew ? '"effort":"medium","perTurnEffort":"medium","madeBy":"model",' : isLegacy ? '' : '"effort":"high",'
  let at = from
  let parent = 'null'
  let request = ''
  let messages = 0

  const stamp = (most) => {
    at += rng.between(20, most)
    return new Date(at).toISOString()
  }
  const chain = () => {
    const uuid = rng.uuid()
    const before = parent
    parent = `"${uuid}"`
    return { before, uuid }
  }
  const home = `"cwd":"${cwd}","sessionId":"${sessionId}","version":"${version}","gitBranch":"main"`
  const head = (before) =>
    isLegacy
      ? `{"parentUuid":${before},"isSidechain":${isSidechain},"userType":"external",${home},${agent}`
      : `{"parentUuid":${before},"isSidechain":${isSidechain},`
  const tail = isLegacy ? '}' : `,"userType":"external","entrypoint":"${entrypoint}",${home}}`
  const usage = (output) =>
    `{"input_tokens":${rng.between(4, 1200)},"cache_creation_input_tokens":${rng.between(0, 9000)},"cache_read_input_tokens":${rng.between(0, 150_000)},` +
    `"output_tokens":${output},` +
    (isLegacy
      ? '"service_tier":"standard"}'
      : `${isNew ? '"output_tokens_details":{"thinking_tokens":0},' : ''}"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},` +
        '"service_tier":"standard","cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0},"inference_geo":"","iterations":[],' +
        `"speed":"standard"${isNew ? ',"fallback_credit":null' : ''}}`)

  const assistant = (id, index, block, stop, output) => {
    const { before, uuid } = chain()
    const time = stamp(4_000)
    const message =
      `"message":{"id":"${id}","type":"message","role":"assistant","model":"${model}","content":[${block}],"stop_reason":${stop},"stop_sequence":null,` +
      `"usage":${usage(output)}${isLegacy ? '' : ',"stop_details":null'}}`
    if (isLegacy)
      return `${head(before)}${message},"requestId":"req_${rng.hex(20)}","type":"assistant","uuid":"${uuid}","timestamp":"${time}"}`
    const middle = isNew
      ? `"apiBlockIndex":${index},"requestId":"req_${rng.hex(20)}","requestRef":"${request}","requestedModel":"${model}","promptCacheRequested":"5m",`
      : `"requestId":"req_${rng.hex(20)}",`
    return (
      `${head(before)}${agent}${message},${middle}${isSidechain ? '"attributionAgent":"general-purpose",' : ''}` +
      `"type":"assistant","uuid":"${uuid}","timestamp":"${time}",${effort.slice(0, -1)}${tail}`
    )
  }

  const attachment = (type, body) => {
    const { before, uuid } = chain()
    return `${head(before)}${agent}"attachment":{"type":"${type}",${body}},"type":"attachment","uuid":"${uuid}","timestamp":"${stamp(30)}"${tail}`
  }
  const own = (type, body) => `{"type":"${type}","sessionId":"${sessionId}",${agent}${body}}`
  /** Schemas of tools: many short strings and much nesting, unlike the text of results. */
  const tools = (bytes) => {
    const all = []
    let length = 0
    while (length < bytes) {
      const tool =
        `{"name":"Tool${all.length}","description":"${text(1_400)}","input_schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":` +
        `{"description":{"description":"${text(120)}","type":"string"},"path":{"description":"${text(90)}","type":"string"},` +
        `"mode":{"description":"${text(300)}","type":"string","enum":["low","medium","high"]},"limit":{"type":"number"}},"required":["description"],"additionalProperties":false}}`
      all.push(tool)
      length += tool.length
    }
    return `[${all.join(',')}]`
  }

  const self = {
    get at() {
      return at
    },
    wait(ms) {
      at += ms
    },
    /** What stands before the conversation: nothing in 2.0.x, a listing in 2.1.1xx, 50 to 90 KB of it in 2.1.329. */
    opening(prompt) {
      const records = []
      const queued = (operation, more) =>
        `{"type":"queue-operation","operation":"${operation}","timestamp":"${stamp(30)}","sessionId":"${sessionId}"${more}}`
      if (!isSidechain) records.push(queued('enqueue', `,"content":"${prompt}"`), queued('dequeue', ''))
      records.push(self.prompt(prompt))
      if (isLegacy) return records
      if (isNew) {
        records.push(attachment('deferred_tools_delta', `"addedNames":[],"addedLines":[],"removedNames":["${text(900)}"]`))
        records.push(attachment('environment', `"text":"${text(900)}"`), attachment('model', `"text":"${text(350)}"`))
      }
      records.push(attachment('skill_listing', `"content":"${text(isNew ? 14_000 : 4_600)}","skillCount":24,"isInitial":true`))
      if (!isNew) return records
      if (!isSidechain) records.push(`{"type":"atis-latch","atis":"","sessionId":"${sessionId}"}`, self.lastPrompt(prompt))
      records.push(attachment('session_context', `"text":"${text(800)}"`))
      records.push(attachment('prompt_snapshot', `"systemPrompt":["${text(isSidechain ? 3_000 : 6_600)}"],"tools":[]`))
      records.push(
        own(
          'api-request-shape',
          `"shapeHash":"${rng.hex(64)}","timestamp":"${stamp(30)}","version":"${version}","shape":{"system":[{"type":"text","text":"${text(3_000)}"}],"tools":${tools(isSidechain ? 20_000 : 34_000)}}`,
        ),
      )
      records.push(self.blob('user', 1_300), self.blob('system', isSidechain ? 8_100 : 9_800))
      return records
    },
    prompt(words) {
      const { before, uuid } = chain()
      const message = `"type":"user","message":{"role":"user","content":"${words}"},"uuid":"${uuid}","timestamp":"${stamp(30)}"`
      if (isLegacy) return `${head(before)}${message}}`
      return `${head(before)}"promptId":"${rng.uuid()}",${agent}${message}${tail}`
    },
    blob(role, bytes) {
      return own(
        'api-request-blob',
        `"hash":"${rng.hex(64)}","message":{"role":"${role}","content":[{"type":"text","text":"${text(bytes)}"}]}`,
      )
    },
    lastPrompt: (prompt) => `{"type":"last-prompt","lastPrompt":"${prompt}","leafUuid":${parent},"sessionId":"${sessionId}"}`,
    /** The tools of the second request, once per transcript: the largest record without a fact. */
    snapshot: () =>
      attachment(
        'prompt_snapshot',
        `"systemPrompt":["${text(3_000)}"],"tools":${tools(isSidechain ? 32_000 : 52_000)},"reminderFold":false`,
      ),
    /** One request with its answer: thinking now and then, a text, and the calls given. */
    turn(words, calls, done = false) {
      const records = []
      messages += 1
      const id = `msg_${rng.hex(20)}${messages}`
      const stop = isLegacy ? 'null' : done ? '"end_turn"' : '"tool_use"'
      const output = rng.between(30, 2_000)
      let index = 0
      if (isNew) {
        request = rng.uuid()
        records.push(
          own(
            'api-request',
            `"id":"${request}","timestamp":"${stamp(200)}","version":"${version}","querySource":"agent:builtin:general-purpose","shapeHash":"${rng.hex(64)}",` +
              `"params":{"model":"${model}","betas":["claude-code-20250219","oauth-2025-04-20","interleaved-thinking-2025-05-14","context-management-2025-06-27",` +
              '"per-turn-control-2026-07-01","advanced-tool-use-2025-11-20","effort-2025-11-24"],"max_tokens":128000,"thinking":{"type":"adaptive","display":"omitted"},' +
              '"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},"output_config":{"effort":"medium"}},' +
              `"base":"${rng.uuid()}","keep":2,"tail":["${rng.hex(64)}","${rng.hex(64)}"],"cacheControl":[{"path":["system",0],"value":{"type":"ephemeral"}},` +
              `{"path":["messages",4,"content",0],"value":{"type":"ephemeral"}}],"requestDigest":"${rng.hex(64)}"`,
          ),
        )
      }
      if (rng.chance(0.3)) {
        records.push(
          assistant(
            id,
            index++,
            `{"type":"thinking","thinking":"${isNew ? '' : text(600)}","signature":"${rng.hex(rng.between(300, 1_600))}"}`,
            stop,
            output,
          ),
        )
      }
      if (words !== '') records.push(assistant(id, index++, `{"type":"text","text":"${words}"}`, stop, output))
      for (const { id: call, name, input } of calls) {
        records.push(
          assistant(
            id,
            index++,
            `{"type":"tool_use","id":"${call}","name":"${name}","input":${input}}`,
            isLegacy ? '"tool_use"' : stop,
            output,
          ),
        )
      }
      return records
    },
    /** The result of one call. Interactive clients repeat the output in `toolUseResult`; headless ones leave it out for agents. */
    result(call, content, toolUseResult) {
      const { before, uuid } = chain()
      const source = parent
      const body =
        `"type":"user","message":{"role":"user","content":[{"tool_use_id":"${call}","type":"tool_result","content":${content}}]},"uuid":"${uuid}",` +
        `"timestamp":"${stamp(6_000)}"${toolUseResult === null ? '' : `,"toolUseResult":${toolUseResult}`}`
      if (isLegacy) return `${head(before)}${body}}`
      const decision = isNew ? ',"permissionDecision":{"decision":"accept","source":"config","reasonType":"mode"}' : ''
      return `${head(before)}"promptId":"${rng.uuid()}",${agent}${body},"sourceToolAssistantUUID":${source}${decision}${tail}`
    },
    /** The record that a client writes in the model's place when a request failed for good. */
    failure({ words, code, status, more = '' }) {
      const { before, uuid } = chain()
      const message =
        `"message":{"id":"${rng.uuid()}","container":null,"model":"<synthetic>","role":"assistant","stop_reason":"stop_sequence","stop_sequence":"","type":"message",` +
        '"usage":{"input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},' +
        `"service_tier":null},"content":[{"type":"text","text":"${words}"}],"context_management":null}`
      const time = stamp(3_000)
      if (isLegacy)
        return `${head(before)}"type":"assistant","uuid":"${uuid}","timestamp":"${time}",${message},"error":"${code}","isApiErrorMessage":true}`
      const apiStatus = status === null ? '' : `,"apiErrorStatus":${status}`
      return (
        `${head(before)}${agent}"type":"assistant","uuid":"${uuid}","timestamp":"${time}",${message},"requestId":"req_${rng.hex(20)}"${isNew ? more : ''},` +
        `"error":"${code}","isApiErrorMessage":true${apiStatus}${tail}`
      )
    },
    interrupt(duringTool) {
      const { before, uuid } = chain()
      const words = duringTool ? '[Request interrupted by user for tool use]' : '[Request interrupted by user]'
      const body = `"type":"user","message":{"role":"user","content":[{"type":"text","text":"${words}"}]},"uuid":"${uuid}","timestamp":"${stamp(2_000)}"`
      return isLegacy ? `${head(before)}${body}}` : `${head(before)}"promptId":"${rng.uuid()}",${agent}${body}${tail}`
    },
    /** What a main transcript of 2.1.329 ends every round with. */
    books(prompt, tool) {
      if (!isNew || isSidechain) return []
      return [
        self.lastPrompt(prompt),
        `{"type":"atis-latch","atis":"","sessionId":"${sessionId}"}`,
        `{"type":"tools-used","tools":["Agent","Bash","${tool}"],"sessionId":"${sessionId}"}`,
      ]
    },
    costState: () =>
      own(
        'cost-state',
        `"totalCostUSD":${rng.below(4_000) / 100},"totalAPIDuration":${rng.below(900_000)},"totalLinesAdded":${rng.below(900)},"modelUsage":{"${model}":${usage(77)}}`,
      ),
  }
  return self
}
