import type { SourcePlace, SourceRole } from '../client.ts'

/** What to list below a root: transcripts, their sidecars and the files of workflow runs. */
export const PATTERNS = ['**/*.jsonl', '**/agent-*.meta.json', '**/workflows/wf_*.json', '**/workflows/scripts/*.js'] as const

const SAFE_ID = /^[A-Za-z0-9_-]{1,128}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * Helpers of the client itself, told by their ids: `acompact-…` copies a context for compaction, `aside_question-…` answers
 * a question beside the work, prompt suggestions and memory upkeep run unasked. Real agents are `a` and hexadecimal digits.
 */
const INTERNAL_ID =
  /^a(?:compact|side_question|prompt_suggestion|auto_?compact|session_memory|extract_memories|away_summary|speculation|magic_docs|auto_dream)/i

export function isInternalId(agentId: string): boolean {
  return INTERNAL_ID.test(agentId)
}

/**
 * `<slug>/<session>.jsonl` (main), `<slug>/<session>/subagents/…/agent-<id>.jsonl` at any depth, `…/subagents/workflows/wf_*`
 * (2.1.154 on), and the legacy `<slug>/agent-<id>.jsonl` (2.0.x). Names are only trusted where they are plain ids.
 */
export function roleOf(path: string): SourceRole | undefined {
  const end = path.lastIndexOf('/')
  const name = path.slice(end + 1)
  const { sessionId, workflowRunId, isSessions } = folderOf(end < 0 ? '' : path.slice(0, end))

  if (name.endsWith('.meta.json')) return { role: 'sidecar' }
  if (name === 'journal.jsonl' && workflowRunId !== null) return { role: 'workflow_journal', sessionId, runId: workflowRunId }
  if (name.endsWith('.js')) {
    const id = /(wf_[A-Za-z0-9_-]+)\.js$/.exec(name)?.[1]
    return id === undefined ? undefined : { role: 'workflow_script', sessionId, runId: id }
  }
  if (name.endsWith('.json')) {
    const id = name.slice(0, -'.json'.length)
    return SAFE_ID.test(id) ? { role: 'workflow_summary', sessionId, runId: id } : undefined
  }
  if (!name.endsWith('.jsonl')) return undefined
  const stem = name.slice(0, -'.jsonl'.length)
  if (stem.startsWith('agent-')) return { role: 'agent', sessionId, agentId: stem.slice('agent-'.length), workflowRunId }
  // Everything else inside a session's folder is no transcript (spilled results), nor is the history of typed prompts.
  if (isSessions || name === 'history.jsonl') return undefined
  return { role: 'main', sessionId: UUID.test(stem) ? stem : null }
}

/** What the folders above a file say of it. */
interface Folder {
  readonly path: string
  readonly sessionId: string | null
  readonly workflowRunId: string | null
  /** Whether it lies inside of a session's own folder. */
  readonly isSessions: boolean
}

/** A pure memo: files are listed folder by folder. */
let last: Folder | undefined

function folderOf(path: string): Folder {
  if (last?.path === path) return last
  const parts = path.split('/')
  const subagents = parts.indexOf('subagents')
  const workflows = parts.lastIndexOf('workflows')
  const owner = subagents > 0 ? parts[subagents - 1] : workflows > 0 ? parts[workflows - 1] : undefined
  const run = parts.find((part, index) => part.startsWith('wf_') && parts[index - 1] === 'workflows')
  last = {
    path,
    sessionId: owner !== undefined && SAFE_ID.test(owner) ? owner : null,
    workflowRunId: run !== undefined && SAFE_ID.test(run) ? run : null,
    isSessions: subagents >= 0 || workflows >= 0 || parts.includes('tool-results'),
  }
  return last
}

/** Outputs lie in the session's own folder, copies of files beside the projects. A root may be the folder of one project, too. */
export function foldersBeside({ path, root }: SourcePlace, sessionId: string, kind: 'outputs' | 'copies'): readonly string[] {
  const [slug] = path.slice(root.length + 1).split(/[\\/]/)
  return kind === 'outputs'
    ? [`${root}/${slug}/${sessionId}/tool-results`, `${root}/${sessionId}/tool-results`]
    : [`${root}/../file-history/${sessionId}`, `${root}/../../file-history/${sessionId}`]
}
