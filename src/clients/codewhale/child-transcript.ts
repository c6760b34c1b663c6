import { isObject } from '../../text/json.ts'

/** What stands in the place of a message that could not be read, or that is missing. */
export const DAMAGED = { damaged: true } as const

/**
 * The messages of an agent's whole conversation (0.9.0 on): a first line that names the agent, then one message a line, numbered without a
 * gap. `lines` are parsed; undefined: one that is no JSON. null: it is not this agent's, or holds no message.
 */
export function joinMessages(lines: readonly unknown[], agentId: string): readonly unknown[] | null {
  const [header, ...rest] = lines
  if (!isObject(header) || header['kind'] !== 'subagent_transcript_header' || header['agent_id'] !== agentId) return null
  let next = 0
  const messages: unknown[] = []
  for (const line of rest) {
    if (!isObject(line) || line['kind'] !== 'message' || line['index'] !== next || !isObject(line['message'])) {
      messages.push(DAMAGED)
      next = isObject(line) && typeof line['index'] === 'number' ? line['index'] + 1 : next + 1
      continue
    }
    messages.push(line['message'])
    next += 1
  }
  return messages.length === 0 ? null : messages
}
