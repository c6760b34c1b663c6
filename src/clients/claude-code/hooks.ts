import type { Word } from '../../facts/record.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { isPlainId, isSessionId } from '../../text/plain.ts'
import type { ClientHooks, HookEvent, HookInput } from '../hooks.ts'
import { isNotification, readNotifications } from './notification.ts'
import { resultWords } from './result-words.ts'

interface EventRule {
  /** What the client calls it. All of these are known to 2.1.156, which switches off every hook of a plugin that names one it does not know. */
  readonly name: string
  /** Only after these tools. */
  readonly matcher?: string
  /** Whether what is answered reaches the model. An agent whose stop is answered goes on, again and again (2.1.332). */
  readonly isAnswered: boolean
}

const EVENTS: Readonly<Record<HookEvent, EventRule>> = {
  'session-start': { name: 'SessionStart', isAnswered: true },
  'user-prompt-submit': { name: 'UserPromptSubmit', isAnswered: true },
  'post-tool-use': { name: 'PostToolUse', matcher: 'Agent|Task|Workflow', isAnswered: true },
  'subagent-stop': { name: 'SubagentStop', isAnswered: false },
  'stop-failure': { name: 'StopFailure', isAnswered: false },
  'session-end': { name: 'SessionEnd', isAnswered: false },
}

const LAUNCHERS: ReadonlySet<string> = new Set(['Agent', 'Task', 'Workflow'])
/** What the client waits for at most, in seconds: twice our own bound. At the end of a session it waits for 1.5 s, whatever stands here. */
const TIMEOUT = 10

/** The hooks of Claude Code, measured with 2.1.156, 2.1.220 and 2.1.332. */
export const claudeCodeHooks: ClientHooks = {
  client: 'claude-code',
  settingsInWords: '~/.claude/settings.json',
  mostToModel: 4_000,
  // 2.1.332
  ownerPid: ({ CLAUDE_PID: pid }) => (pid !== undefined && /^[1-9]\d{0,9}$/.test(pid) ? Number(pid) : null),
  read(event, raw) {
    if (!isObject(raw) || raw['hook_event_name'] !== EVENTS[event].name) return null
    const { session_id: sessionId, transcript_path: transcript, cwd, agent_id: agentId } = raw
    if (typeof sessionId !== 'string' || !isSessionId(sessionId) || typeof transcript !== 'string') return null
    if (!isAbsolute(transcript) || !transcript.endsWith(`${sessionId}.jsonl`)) return null
    // A compacted session goes on as it was.
    if (event === 'session-start' && raw['source'] === 'compact') return null
    if (agentId !== undefined && (typeof agentId !== 'string' || !isPlainId(agentId))) return null
    return {
      event,
      client: 'claude-code',
      sessionId,
      transcript,
      cwd: typeof cwd === 'string' && isAbsolute(cwd) ? cwd : null,
      agentId: agentId ?? null,
      said: wordsOf(event, raw),
      turn: turnOf(event, raw),
    }
  },
  answer(event, { toModel, toPerson }) {
    const { name, isAnswered } = EVENTS[event]
    if (!isAnswered || (toModel === null && toPerson === null)) return null
    return {
      ...(toModel !== null && { hookSpecificOutput: { hookEventName: name, additionalContext: toModel } }),
      ...(toPerson !== null && { systemMessage: toPerson }),
    }
  },
  settings(commandOf) {
    const entries = Object.entries(EVENTS) as [HookEvent, EventRule][]
    const hooks = entries.map(([event, { name, matcher }]) => [
      name,
      [{ ...(matcher !== undefined && { matcher }), hooks: [{ type: 'command', command: commandOf(event), timeout: TIMEOUT }] }],
    ])
    return { hooks: Object.fromEntries(hooks) }
  },
}

function wordsOf(event: HookEvent, raw: JsonObject): readonly Word[] {
  if (event === 'user-prompt-submit') {
    const { prompt } = raw
    return typeof prompt === 'string' && isNotification(prompt) ? readNotifications(prompt) : []
  }
  if (event !== 'post-tool-use') return []
  const { tool_name: tool, tool_response: response, tool_use_id: toolUseId } = raw
  if (typeof tool !== 'string' || !LAUNCHERS.has(tool) || !isObject(response)) return []
  const [first] = Array.isArray(response['content']) ? (response['content'] as readonly unknown[]) : []
  const text = isObject(first) && typeof first['text'] === 'string' ? first['text'].slice(0, 2_000) : ''
  return resultWords(response, [{ toolUseId: typeof toolUseId === 'string' ? toolUseId : '', isError: false, text }])
}

function turnOf(event: HookEvent, { source, reason }: JsonObject): HookInput['turn'] {
  if (event === 'session-start') return source === 'resume' ? 'resumed' : null
  if (event !== 'session-end') return null
  return reason === 'clear' || reason === 'resume' ? 'handed_over' : 'ended'
}

/** Without control characters: commands that name it are one line. */
function isAbsolute(path: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/])\P{Cc}{0,4095}$/u.test(path)
}
