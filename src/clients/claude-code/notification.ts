import type { Word, WordMeaning } from '../../facts/record.ts'
import { outcomeOf } from './words.ts'

/**
 * Words that the client uses about an agent's end beyond its status; the first that fits. They are matched against the
 * notice's own summary or note only, never against the agent's result.
 */
const MEANINGS: readonly { readonly tells: WordMeaning; readonly seen: string; readonly text: RegExp }[] = [
  { tells: 'turn_cap', seen: '2.1.27x, 2.1.329', text: /stopped at its \d+-turn limit/i },
  { tells: 'watchdog', seen: '2.1.113 on', text: /Agent stalled: no progress for|stream watchdog/i },
  { tells: 'previous_session_ended', seen: '2.1.329', text: /before the previous session ended/i },
  {
    tells: 'previous_session_ended',
    seen: '2.1.187',
    text: /was running when the previous Claude Code process exited and did not complete/i,
  },
  { tells: 'no_completion_record', seen: '2.1.157 on', text: /No completion record was found/i },
  { tells: 'schema_unmet', seen: '2.1.156 on', text: /without calling StructuredOutput|StructuredOutput retry cap/i },
  { tells: 'resumed', seen: '2.1.2xx', text: /was resumed by the user/i },
  { tells: 'stopped_by_person', seen: '2.1.187, #87176', text: /was stopped by (?:the )?user\b/i },
  { tells: 'stopped_by_parent', seen: '2.1.97, 2.1.329', text: /was stopped(?: by Claude)?\s*$/i },
]

/** What a summary or note of the client means, or null. */
export function meaningOf(text: string): WordMeaning | null {
  return MEANINGS.find((each) => each.text.test(text))?.tells ?? null
}

/** `task-notification` (2.1.97 on), before that `agent-notification` (2.0.76). */
const NOTICE = /<(task|agent)-notification>/g
const MAX_NOTICES = 256

/** Whether a text begins as the client's notices do. */
export function isNotification(text: string): boolean {
  return text.startsWith('<task-notification>') || text.startsWith('<agent-notification>')
}

/** All notifications of a text. One text may hold several, and one notification may name several tasks (2.1.329). */
export function readNotifications(text: string): readonly Word[] {
  const words: Word[] = []
  let read = 0
  for (const match of text.matchAll(NOTICE)) {
    if (match.index < read || words.length >= MAX_NOTICES) continue
    const from = match.index + match[0].length
    const end = text.indexOf(`</${match[1] ?? ''}-notification>`, from)
    read = end < 0 ? text.length : end
    words.push(...readNotification(text.slice(from, read)))
  }
  return words
}

function readNotification(body: string): readonly Word[] {
  // The agent's own result stands in the same text and may forge tags: everything behind its beginning is not read.
  const result = body.indexOf('<result>')
  const head = result < 0 ? body : body.slice(0, result)
  const summary = unescapeXml(tagsOf(head, 'summary')[0] ?? '')
  const note = unescapeXml(tagsOf(head, 'note')[0] ?? '')
  const status = tagsOf(head, 'status')[0]?.trim() ?? null
  const toolUseId = tagsOf(head, 'tool-use-id')[0]?.trim() ?? null
  const ids = [...tagsOf(head, 'task-id'), ...tagsOf(head, 'agent-id')].map((id) => id.trim())
  const quoted = summary.startsWith('Agent "')
    ? summary.replace(/^Agent "[^]*?"(?= (?:completed|finished|failed|was|stopped|didn))/, 'Agent')
    : summary
  const tells = meaningOf(quoted) ?? meaningOf(note)
  // The worktree stands behind the result, which may forge it: the last one is the client's.
  const worktree = tagsOf(body, 'worktreePath').at(-1)
  const branch = tagsOf(body, 'worktreeBranch').at(-1)
  return (ids.length === 0 ? [null] : ids).map((id) => ({
    via: 'notification' as const,
    agentId: id,
    toolUseId: ids.length > 1 ? null : toolUseId,
    workflowRunId: null,
    taskId: null,
    status,
    outcome: outcomeOf(status),
    tells,
    text: summary.slice(0, 500),
    worktree: worktree === undefined ? null : { path: worktree.trim(), branch: branch?.trim() ?? null },
  }))
}

function tagsOf(text: string, tag: string): readonly string[] {
  const found: string[] = []
  const open = `<${tag}>`
  const close = `</${tag}>`
  let from = text.indexOf(open)
  while (from >= 0 && found.length < MAX_NOTICES) {
    const end = text.indexOf(close, from)
    if (end < 0) break
    found.push(text.slice(from + open.length, end))
    from = text.indexOf(open, end)
  }
  return found
}

/** The client escapes the text of its notices as XML. */
function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
