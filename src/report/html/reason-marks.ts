import type { TerminalReason } from '../../reasons/terminal-reason.ts'

/** Two letters for every reason, so that a bar can be told without its colour; style.css has the colours and patterns. */
export const REASON_MARKS: Readonly<Record<TerminalReason, string>> = {
  completed: 'OK',
  rate_limited: 'RL',
  retry_storm: 'RS',
  overloaded: 'OV',
  server_error: 'SE',
  connection_lost: 'CL',
  stalled: 'ST',
  context_exhausted: 'CX',
  request_rejected: 'RR',
  auth_failed: 'AU',
  billing: 'BI',
  refused: 'RF',
  truncated: 'TR',
  max_turns: 'MT',
  schema_unmet: 'SU',
  interrupted: 'IN',
  stopped: 'SP',
  pause_killed: 'PK',
  exit_killed: 'XK',
  never_started: 'NS',
  running: 'RN',
  unknown: '??',
}
