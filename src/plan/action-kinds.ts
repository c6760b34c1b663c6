// Apart from the schema of an action: the command line offers the kinds, and must not load zod for them.

/** The kinds of action that a plan is made of. */
export const ACTION_KINDS = [
  'preserve',
  'release',
  'wait',
  'fix',
  'resume',
  'resume_session',
  'resume_workflow',
  'promote',
  'redispatch',
  'push',
  'open_pr',
  'inspect',
  'clean_up',
] as const

type Kind = (typeof ACTION_KINDS)[number]

/** The kinds that recover an agent or a session: they start a client. */
export const RECOVERY_KINDS: ReadonlySet<Kind> = new Set(['resume', 'resume_session', 'resume_workflow', 'promote', 'redispatch'])

/** Whether an action says that work is open which nobody chose to stop. */
export function leavesWorkOpen({ kind, id }: { readonly kind: Kind; readonly id: string }): boolean {
  return RECOVERY_KINDS.has(kind) || /^inspect-(?:permission|unknown|done|unsure|tried|no-way|unreadable|worktree)-/.test(id)
}
