import type { Incident } from '../../src/incident/incident.ts'

/** Figures of a run, counted anew from the bytes on disk: no code is shared with the program. */
export interface Recount {
  readonly refusals: readonly { readonly agentId: string | null; readonly at: number; readonly text: string; readonly status: unknown }[]
  readonly agents: ReadonlyMap<string, { readonly firstAt: number; readonly tools: number; readonly tokens: Incident['tokens'] }>
}

interface Line {
  readonly type?: string
  readonly timestamp?: string
  readonly isApiErrorMessage?: boolean
  readonly error?: unknown
  readonly apiErrorStatus?: unknown
  readonly message?: {
    readonly id?: string
    readonly model?: string
    readonly usage?: Readonly<Record<string, unknown>>
    readonly content?: unknown
  }
}

const AGENT = /\/agent-(?!acompact|aside_question)([^/]+)\.jsonl$/
const FIELDS = {
  input: 'input_tokens',
  output: 'output_tokens',
  cacheRead: 'cache_read_input_tokens',
  cacheWrite: 'cache_creation_input_tokens',
} as const

export function recount(files: ReadonlyMap<string, string>): Recount {
  const refusals: { agentId: string | null; at: number; text: string; status: unknown }[] = []
  const agents = new Map<string, { firstAt: number; tools: number; tokens: Incident['tokens'] }>()
  for (const [path, content] of files) {
    if (!path.endsWith('.jsonl') || path.endsWith('journal.jsonl')) continue
    const agentId = AGENT.exec(path)?.[1] ?? null
    const lines = content
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
    // A fork begins with its parent's launching call and what that was told.
    if (lines[0]?.type === 'fork-context-ref') lines.splice(0, lines.findIndex(({ type }) => type === 'user') + 1)
    const usages = new Map<string, Readonly<Record<string, unknown>>>()
    const tools = new Set<unknown>()
    const times: number[] = []
    for (const { type, timestamp, isApiErrorMessage, error, apiErrorStatus, message } of lines) {
      if (timestamp !== undefined) times.push(Date.parse(timestamp))
      const blocks = Array.isArray(message?.content) ? (message.content as { type?: string; id?: unknown; text?: string }[]) : []
      if (type !== 'assistant') continue
      if (isApiErrorMessage === true && error === 'rate_limit') {
        refusals.push({
          agentId,
          at: Date.parse(timestamp ?? ''),
          text: blocks.map(({ text = '' }) => text).join(''),
          status: apiErrorStatus,
        })
      }
      if (message?.model === '<synthetic>') continue
      if (message?.id !== undefined && message.usage !== undefined) usages.set(message.id, message.usage)
      for (const block of blocks) if (block.type === 'tool_use') tools.add(block.id)
    }
    if (agentId === null) continue
    const sum = (field: string): number => [...usages.values()].reduce((all, usage) => all + Number(usage[field] ?? 0), 0)
    const tokens = {
      input: sum(FIELDS.input),
      output: sum(FIELDS.output),
      cacheRead: sum(FIELDS.cacheRead),
      cacheWrite: sum(FIELDS.cacheWrite),
    }
    agents.set(agentId, { firstAt: Math.min(...times), tools: tools.size, tokens })
  }
  return { refusals: refusals.toSorted((a, b) => a.at - b.at), agents }
}
