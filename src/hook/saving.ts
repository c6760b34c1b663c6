import type { HookMemory } from '../ports/hook.ts'
import { digestOf } from '../text/digest.ts'
import { codeOf } from '../ports/system-error.ts'

/** Saving is over by then, or was ended. Milliseconds. */
const MOST_MS = 60_000

/** Notes that a process of ours is about to save the work of an agent: whoever looks meanwhile need not say that it is not saved. */
export async function noteSaving(agentId: string, memory: HookMemory): Promise<void> {
  try {
    await memory.note(nameOf(agentId))
  } catch (error) {
    if (codeOf(error) === null) throw error
  }
}

/** Whether a process of ours is saving it, as far as anything shows. */
export async function isBeingSaved(agentId: string | null, now: number, memory: HookMemory): Promise<boolean> {
  if (agentId === null) return false
  try {
    const at = await memory.lastNoted(nameOf(agentId))
    return at !== null && now - at < MOST_MS
  } catch (error) {
    if (codeOf(error) === null) throw error
    return false
  }
}

function nameOf(agentId: string): string {
  return `saving-${digestOf(agentId)}`
}
