import { escapeControl } from './escape.ts'
import { isAbsolutePath } from './path.ts'

/** No option, and nothing that means anything to a shell or to a model. */
const ID = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/
const SESSION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const WORKFLOW_RUN_ID = /^wf_[A-Za-z0-9-]{1,120}$/
/** Absolute, and nothing in it that could be read as words, as a quote or as a pattern. */
const PATH = /^(?:[A-Za-z]:)?[\\/][\p{L}\p{M}\p{N}._@+\\/-]{1,1000}$/u
const MAX_PATH = 1000
/** Quotes that a path can stand between. */
const QUOTES = ['"', "'", '`']

/** Whether an id from a transcript may stand in a command, a prompt, a reference or a path. */
export function isPlainId(id: string | null): id is string {
  return id !== null && ID.test(id)
}

/** The session that tells an agent from one of another session with the same id; null where ids do not meet: only short ones do (2.0.x). */
export function sessionToName(id: string | null, sessionId: string | null): string | null {
  return id !== null && id.length < 12 && sessionId !== null && isSessionId(sessionId) ? sessionId : null
}

/** Whether it is an id as sessions have them. */
export function isSessionId(id: string): boolean {
  return SESSION_ID.test(id)
}

/** Whether it is an id as workflow runs have them. */
export function isWorkflowRunId(id: string): boolean {
  return WORKFLOW_RUN_ID.test(id)
}

/** Whether a path may stand in a prompt as it is. */
export function isPlainPath(path: string): boolean {
  return PATH.test(path)
}

/** A path as it stands in a prompt: in quotes where it is not plain, so that it is not taken for words; null: it stands in none. */
export function pathInPrompt(path: string): string | null {
  if (isPlainPath(path)) return path
  const quote = QUOTES.find((each) => !path.includes(each))
  const isSpeakable = isAbsolutePath(path) && path.length <= MAX_PATH && escapeControl(path) === path
  return quote === undefined || !isSpeakable ? null : `${quote}${path}${quote}`
}

/** The paths that a prompt holds, plain or in quotes. */
export function pathsInPrompt(prompt: string): readonly string[] {
  const quoted = [...prompt.matchAll(/(["'`])((?:\/|[A-Za-z]:[\\/]|\\\\).*?)\1/g)].flatMap(([, , path]) => path ?? [])
  const plain = prompt.split(/\s+/).map((word) => word.replace(/[.,;]$/, ''))
  return [...quoted.filter((path) => pathInPrompt(path) !== null), ...plain.filter(isPlainPath)]
}
