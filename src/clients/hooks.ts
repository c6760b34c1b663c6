import type { Word } from '../facts/record.ts'
import { claudeCodeHooks } from './claude-code/hooks.ts'

/** The moments at which a client asks us, as our command line calls them. */
export const HOOK_EVENTS = ['session-start', 'user-prompt-submit', 'post-tool-use', 'subagent-stop', 'stop-failure', 'session-end'] as const
export type HookEvent = (typeof HOOK_EVENTS)[number]

/** What a client says when it asks. */
export interface HookInput {
  readonly event: HookEvent
  /** The id of the client. */
  readonly client: string
  readonly sessionId: string
  /** The transcript of the session's main thread, absolute; it need not be there yet. */
  readonly transcript: string
  /** Absolute. */
  readonly cwd: string | null
  /** The agent that the event is about; null: the main thread. */
  readonly agentId: string | null
  /** What the client says of agents and workflow runs in it. */
  readonly said: readonly Word[]
  /**
   * What becomes of the session: `resumed`: it was there before, and this process goes on with it; `ended`: its process ends; `handed_over`:
   * its process and its agents go on in another session. null: none of these.
   */
  readonly turn: 'resumed' | 'ended' | 'handed_over' | null
}

/** What is said in answer. */
export interface HookAnswer {
  /** Into the context of the model; null: nothing. */
  readonly toModel: string | null
  /** To the person at the client; null: nothing. */
  readonly toPerson: string | null
}

/** How a client asks hooks, and how it is answered. */
export interface ClientHooks {
  readonly client: string
  /** Null: it is not of this client, or means nothing to us. */
  read(event: HookEvent, raw: unknown): HookInput | null
  /** The JSON that the client takes for an answer; null: the event has none. */
  answer(event: HookEvent, answer: HookAnswer): object | null
  /** What a person adds to the settings: for each event the command line that answers it. */
  settings(commandOf: (event: HookEvent) => string): object
  /** Where these settings are, in words that end a sentence. */
  readonly settingsInWords: string
  /** The process of the client that asks, as it tells those whom it starts; null: it does not. */
  ownerPid(env: Readonly<Record<string, string | undefined>>): number | null
  /** Bounds on what an answer may say to the model. Characters. */
  readonly mostToModel: number
}

/** All clients with hooks. Apart from the clients themselves: most prompts are none of our business, and nothing else is loaded for them. */
export const clientHooks: readonly ClientHooks[] = [claudeCodeHooks]

/** What the client that speaks says; null: nothing that means anything to us. */
export function readHookInput(event: HookEvent, raw: unknown): HookInput | null {
  for (const hooks of clientHooks) {
    const input = hooks.read(event, raw)
    if (input !== null) return input
  }
  return null
}

/** The hooks of the client that asked. */
export function hooksOf({ client }: HookInput): ClientHooks {
  const hooks = clientHooks.find((each) => each.client === client)
  if (hooks === undefined) throw new Error(`no client with hooks is called ${client}`)
  return hooks
}
