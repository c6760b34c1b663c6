/** The closed set of ways an agent ends. The order is that of the contract. */
export const TERMINAL_REASON_NAMES = [
  'completed',
  'rate_limited',
  'retry_storm',
  'overloaded',
  'server_error',
  'connection_lost',
  'stalled',
  'context_exhausted',
  'request_rejected',
  'auth_failed',
  'billing',
  'refused',
  'truncated',
  'max_turns',
  'schema_unmet',
  'interrupted',
  'stopped',
  'pause_killed',
  'exit_killed',
  'never_started',
  'running',
  'unknown',
] as const
export type TerminalReason = (typeof TERMINAL_REASON_NAMES)[number]

/** How a reason counts: everything that is neither finished, alive nor undecided has died. */
export type Outcome = 'finished' | 'died' | 'running' | 'unknown'

export interface TerminalReasonInfo {
  readonly outcome: Outcome
  /** What the reason means, as the end of the sentence "the agent ended because …". */
  readonly meaning: string
  /** How the tool tells it. */
  readonly told: string
  /** What looks like it and is not. */
  readonly lookalikes: string
  /** What a person should do about it. */
  readonly action: string
}

/** All static text about reasons: `explain`, the README's table and the reports draw on it. */
export const TERMINAL_REASONS = {
  completed: {
    outcome: 'finished',
    meaning: 'it finished its own turn and said so',
    told: 'Its last turn carries a normal stop reason (end_turn, stop_sequence) and no open tool call. The word of the parent or of meta.json is never enough.',
    lookalikes:
      'A cut stream on clients up to 2.0.x leaves a normal-looking last turn; a final message may only announce the next step; clients call dead agents completed.',
    action: 'Nothing. Check that its work was committed and pushed.',
  },
  rate_limited: {
    outcome: 'died',
    meaning: 'a usage limit or a throttle refused it, and waiting cures it',
    told: 'Its last word is the client’s own error record for HTTP 429 (error rate_limit), with a limit that resets by itself; the kind and the reset time come from quotaLimits, else from the text.',
    lookalikes:
      'The same text quoted in a tool result or an answer; a refusal followed by real turns; spend limits and missing entitlements, which waiting does not cure (billing).',
    action: 'Wait until the reset, then resume the agent through its own session.',
  },
  retry_storm: {
    outcome: 'died',
    meaning: 'a limit refused it, and it was doomed from its start: the limit was known before it began',
    told: 'It ended as rate_limited without one successful turn of its own, and its attempt began after a recorded refusal of the same limit in its session and before that limit’s reset.',
    lookalikes: 'An agent that met the limit first (rate_limited); a ladder of internal retries of one request.',
    action: 'Nothing of its own is lost: dispatch it again after the reset, and stop dispatching before it.',
  },
  overloaded: {
    outcome: 'died',
    meaning: 'the API was overloaded (HTTP 529)',
    told: 'Its last word is an API error with status 529 or type overloaded_error.',
    lookalikes: 'Rows of system/api_error are retries, not an end; other 5xx are server_error.',
    action: 'Resume it in a few minutes, one agent at a time.',
  },
  server_error: {
    outcome: 'died',
    meaning: 'the API failed with another 5xx',
    told: 'Its last word is an API error with status 500 to 599 other than 529, or the server’s error in the middle of a response.',
    lookalikes: '529 (overloaded); a dropped connection also carries error server_error, but no status.',
    action: 'Resume it; if it fails again at once, look at the service’s status page.',
  },
  connection_lost: {
    outcome: 'died',
    meaning: 'the connection dropped, stalled in the middle of a response or could not be made',
    told: 'Its last word is the client’s record of a lost, refused or timed-out connection, without an HTTP status.',
    lookalikes: 'The client’s own watchdog (stalled); a laptop that slept kills a whole session (pause_killed).',
    action: 'Check the network, then resume it.',
  },
  stalled: {
    outcome: 'died',
    meaning: 'the client’s own watchdog killed it for lack of progress',
    told: 'The watchdog’s words in its record or in the notification, or an interrupt marker after 590 to 620 seconds of silence.',
    lookalikes: 'A person’s interrupt leaves the same marker without that silence.',
    action: 'Resume it; if it stalls again, look at the tool that it was waiting for.',
  },
  context_exhausted: {
    outcome: 'died',
    meaning: 'its context was full: prompt too long, context window reached, or compaction failed',
    told: 'Its last word is an API error that says so, or the stop reason model_context_window_exceeded.',
    lookalikes: 'A compaction boundary in the middle of a run is normal; a request over the size limit is request_rejected.',
    action: 'Do not resume: dispatch a successor with a brief of what is done and what remains.',
  },
  request_rejected: {
    outcome: 'died',
    meaning: 'the API rejected what was sent: images, tool history, size or model',
    told: 'Its last word is an API error with status 400, 404 or 413 that is neither context, billing nor refusal.',
    lookalikes: 'Context overflow and an empty credit balance are 400 too.',
    action: 'A plain resume fails the same way: fix what was sent, or dispatch a successor.',
  },
  auth_failed: {
    outcome: 'died',
    meaning: 'the login failed: 401 or 403, expired or revoked',
    told: 'Its last word is an API error with status 401 or 403, or the client’s request to log in.',
    lookalikes: 'A seat without entitlement is billing.',
    action: 'Log in again (/login), then resume every agent of the session.',
  },
  billing: {
    outcome: 'died',
    meaning: 'only a person cures it: credit balance, spend limit or no entitlement',
    told: 'Its last word is an API error whose text or fields name credits, a spend limit, a seat or an allocation.',
    lookalikes: 'The same 429 and rate_limit code as a usage limit; a reset time in the text may belong to the session’s limit.',
    action: 'Raise the limit or add credits; waiting does not help. Then resume.',
  },
  refused: {
    outcome: 'died',
    meaning: 'a safety refusal or a content filter ended it',
    told: 'Stop reason refusal, or an API error of the usage policy or the content filter.',
    lookalikes: 'A switch to a fallback model (system/model_refusal_fallback) is no end.',
    action: 'Resuming repeats it: dispatch a successor with another brief.',
  },
  truncated: {
    outcome: 'died',
    meaning: 'its output stops unfinished though nothing reports an error and its session lived on',
    told: 'Stop reason max_tokens or pause_turn, an empty answer, a call or a result that nothing answered while the session went on, or a final message that only announces the next step.',
    lookalikes: 'An agent still at work (running); a killed session (pause_killed, exit_killed); streamed records without a stop reason.',
    action: 'Read its last turn, then resume it with what remains.',
  },
  max_turns: {
    outcome: 'died',
    meaning: 'a cap on turns or on the budget ended it',
    told: 'The client’s record of the cap, or the parent’s notice that it stopped at its turn limit.',
    lookalikes: 'Clients report it as completed, and in workflows as a missing StructuredOutput; models also invent step limits.',
    action: 'Resume it with a higher cap or a smaller rest.',
  },
  schema_unmet: {
    outcome: 'died',
    meaning: 'it never produced the structured output that was demanded of it',
    told: 'It ended its turn without a valid StructuredOutput call though one was demanded, and no limit or error of its own explains that.',
    lookalikes: 'A limit that refused the call is reported in the same words (rate_limited); a turn cap too (max_turns).',
    action: 'Look for its work on disk, then dispatch it again with a simpler schema.',
  },
  interrupted: {
    outcome: 'died',
    meaning: 'the person interrupted it',
    told: 'Its last word is the client’s interrupt marker, with no named stop, watchdog or process end beside it.',
    lookalikes: 'The watchdog (after 590 to 620 s of silence), TaskStop and a client that exits leave the same marker.',
    action: 'Resume it if it was meant to go on.',
  },
  stopped: {
    outcome: 'died',
    meaning: 'the parent, a person or the client stopped it by name',
    told: 'A TaskStop (or older: KillShell) call that names it, a notification that it was killed, or stoppedByUser in its meta.json, while it had not finished.',
    lookalikes: 'Clients also say "stopped" of agents that finished, or that died with the process.',
    action: 'Nothing, unless it was a mistake. Agents stopped by the person refuse a resume through SendMessage since 2.1.191.',
  },
  pause_killed: {
    outcome: 'died',
    meaning: 'its whole session fell silent and went on later without it',
    told: 'No end is recorded; the session was silent for 10 minutes or more and went on later without this agent, and nothing proves that the owner process had ended.',
    lookalikes: 'A long tool call in a live session (running); a killed process (exit_killed).',
    action: 'Save its worktree first, then resume it.',
  },
  exit_killed: {
    outcome: 'died',
    meaning: 'its owner process ended while it was at work',
    told: 'No end is recorded, and the owner process is gone: dead pid in the session registry or in a worktree lock, the client’s notice about the previous session, or a session that never went on.',
    lookalikes: 'A pause (pause_killed); an agent that is merely quiet (running).',
    action: 'Save its worktree before any claude command runs, then resume it.',
  },
  never_started: {
    outcome: 'died',
    meaning: 'the launch was refused, or it never got further than its prompt',
    told: 'The launching call was answered with an error and no transcript exists, or the transcript holds nothing but the prompt while the session lived on.',
    lookalikes: 'An agent whose first answer was an error (that error is the reason).',
    action: 'Nothing is lost: dispatch it again.',
  },
  running: {
    outcome: 'running',
    meaning: 'it is alive: its owner process is proven alive, or it is still writing',
    told: 'No end is recorded, and the owner process (pid and start time) lives, or the file grew while it was read.',
    lookalikes: 'A reused pid; a registry entry copied from another machine.',
    action: 'Nothing. If it waits for a permission, grant or deny it.',
  },
  unknown: {
    outcome: 'unknown',
    meaning: 'none of the other reasons can be shown',
    told: 'What was looked for is listed in the evidence.',
    lookalikes: 'Damage at the end of a transcript hides its real end.',
    action: 'Look at the evidence; treat its work as unfinished.',
  },
} as const satisfies Record<TerminalReason, TerminalReasonInfo>
