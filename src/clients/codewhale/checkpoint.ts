import { isObject, type JsonObject } from '../../text/json.ts'
import { listIn, objectIn, textIn } from '../fields.ts'
import { isTimeout, nameStatus } from './status.ts'

/** What the client kept of an agent, as far as it says whether the agent can be continued. */
export interface KeptState {
  /** The client's own rule (`needs_continuation`): interrupted, marked as continuable, and a message to continue from. */
  readonly isContinuable: boolean
  /** Its request timed out (`timed_out_with_checkpoint`, where it is continuable). */
  readonly isTimeout: boolean
  /** The parent's turn ended while it was at work (0.9.11). */
  readonly isParked: boolean
}

/**
 * The state of an agent's checkpoint; null: it has none. Neither flag is on the disk. What the document calls running is taken as the client
 * takes it when it reads the document again: as interrupted.
 */
export function checkpointOf(agent: JsonObject): KeptState | null {
  const checkpoint = objectIn(agent, 'checkpoint')
  if (checkpoint === null) return null
  const { name, text } = nameStatus(agent['status'])
  const isCutOff = name === 'interrupted' || name === 'running'
  return {
    isContinuable: isCutOff && checkpoint['continuable'] === true && listIn(checkpoint, 'messages').some(isObject),
    isTimeout: name === 'interrupted' && (isTimeout(text) || (text === '' && textIn(checkpoint, 'reason', 200) === 'api_timeout')),
    isParked: checkpoint['parked_at_turn_end'] === true,
  }
}
