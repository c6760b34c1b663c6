// What an answer may name. The names of agents, folders and files are chosen by models and by people, and an answer speaks to a model: only
// what cannot be read as words is said.
import { isSessionId } from '../text/plain.ts'
import { formatInstant, parseInstant } from '../time/instant.ts'

/** The client's own ids are hexadecimal. */
const AGENT_ID = /^a?[0-9a-f]{7,40}$/
const RUN_ID = /^wf_[0-9a-f]{4,16}(?:-[0-9a-f]{2,16}){0,4}$/

/** The id of an agent, where it may be said. */
export function sayableAgent(id: string | null): string | null {
  return id !== null && AGENT_ID.test(id) ? id : null
}

/** The id of a workflow run, where it may be said. */
export function sayableRun(id: string): string | null {
  return RUN_ID.test(id) ? id : null
}

/** The id of a session, where it may be said. */
export function sayableSession(id: string | null): string | null {
  return id !== null && isSessionId(id) ? id : null
}

/** An instant from a record, written anew, to the second. */
export function sayableInstant(text: string | null): string | null {
  const instant = parseInstant(text)
  return instant === undefined ? null : formatInstant(instant).replace(/\.\d+Z$/, 'Z')
}
