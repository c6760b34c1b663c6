import { type Client, clientOf } from '../clients/client.ts'
import type { StartSettings } from '../clients/recovery.ts'
import { wasNothingAsked } from '../facts/run.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import { outcomeOf, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { isSessionId } from '../text/plain.ts'
import { CONTINUE_WORDS } from '../text/prompts.ts'
import { formatInstant } from '../time/instant.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { Obstacle } from './blocks.ts'
import { draft, type Draft } from './draft.ts'
import { findCommandHazard, findFolderHazard } from './names.ts'
import { resumeCost } from './strategies/cost.ts'
import { continueSession } from './strategies/preflight.ts'

/** What has to be known of the main threads that died. */
export interface MainFacts {
  readonly sessions: readonly JudgedSession[]
  readonly chosen: ReadonlySet<Judged>
  readonly clients: readonly Client[]
  readonly worktrees: readonly WorktreeReport[]
}

/**
 * Whether the work of a main thread was cut off for certain, by something that does not happen again: a person had asked for something,
 * and it did not end by a person's word, by its own, or by what its own context would bring about again.
 */
export function isCutOff({ main, session }: JudgedSession): boolean {
  // An interrupt that stands last may be a person's, whatever ended the process then.
  if (main === null || wasNothingAsked(main.run) || main.run.latest.lastWord.kind === 'interrupt') return false
  const { reason, confidence } = main.diagnosis
  const { incident, plan } = TERMINAL_REASONS[reason]
  if (outcomeOf(reason) !== 'died' || confidence === 'low' || incident === null || plan.needs === 'consent' || plan.contextFault !== null)
    return false
  return session.owners.every(({ state }) => state !== 'alive')
}

/** One start for each main thread that died at work. `others`: the actions that start clients already; one start of a session does all. */
export function resumeSessions(
  { sessions, chosen, clients, worktrees }: MainFacts,
  settings: Omit<StartSettings, 'client'>,
  blocks: readonly Obstacle[],
  first: readonly string[],
  others: readonly Draft[],
): readonly Draft[] {
  return sessions.flatMap((session) => {
    const { main } = session
    const { sessionId } = session.session
    if (main === null || !chosen.has(main) || !isCutOff(session) || sessionId === null || !isSessionId(sessionId)) return []
    const { recovery } = clientOf(clients, main.run.format)
    const folder = recovery?.folderOfSession(main.run) ?? null
    if (recovery === null || folder === null || findFolderHazard(folder) !== null) return []
    if (worktrees.some(({ path, exists }) => path === folder && !exists)) return []
    if (others.some(({ commands }) => commands.some(({ argv }) => recovery.sessionOf(argv) === sessionId))) return []
    const client = { version: main.run.clientVersion, source: 'transcript' as const }
    const asked = { cwd: folder, session: sessionId, prompt: CONTINUE_WORDS, agents: 1 }
    const open = settings.headless
      ? recovery.buildStart(asked, { ...settings, client })
      : { cwd: folder, argv: recovery.openSession(sessionId) }
    const { commands, preconditions } = continueSession({ session }, asked, recovery, open)
    if (commands.some(({ argv }) => argv.some((word) => findCommandHazard(word) !== null))) return []
    const standing = blocks.filter((block) => block.appliesTo(main, session))
    const until = Math.max(0, ...standing.flatMap((block) => block.until ?? []))
    return [
      draft({
        step: 'resume',
        id: `resume_session-${sessionId}`,
        kind: 'resume_session',
        title: `Resume session ${sessionId}`,
        why: `Its main thread ended as ${main.diagnosis.reason} while it was at work: ${main.diagnosis.summary}. It continues with all it knows.`,
        commands: commands.map(({ cwd, argv }) => ({ cwd, argv: [...argv] })),
        preconditions: [...preconditions, ...recovery.listNotes(main.run.permissionMode, { ...settings, client })],
        notBefore: until === 0 ? null : formatInstant(until),
        dependsOn: [...first, ...standing.map(({ action }) => action.id)],
        risk: 'What it had in flight may have taken effect already: look at git status first.',
        cost: resumeCost({ judged: main, worktree: null }),
      }),
    ]
  })
}
