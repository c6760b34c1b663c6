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
import { restoreOf } from './strategies/places.ts'
import { continueSession, listHostNotes } from './strategies/preflight.ts'
import type { PlanWishes } from './wishes.ts'

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

/** What the person wants of main threads. */
type MainWishes = Omit<StartSettings, 'client'> & Pick<PlanWishes, 'agents' | 'sessions'>

/**
 * One start for each main thread that died at work. `before`: the actions that save or look at the work of its project; `others`: those
 * that start clients already, since one start of a session does all.
 */
export function resumeSessions(
  { sessions, chosen, clients, worktrees }: MainFacts,
  settings: MainWishes,
  blocks: readonly Obstacle[],
  before: (session: JudgedSession) => readonly string[],
  others: readonly Draft[],
): readonly Draft[] {
  return sessions.flatMap((session) => {
    const { main } = session
    const { sessionId } = session.session
    if (main === null || !chosen.has(main) || !isCutOff(session) || sessionId === null || !isSessionId(sessionId)) return []
    if (!(settings.sessions?.has(sessionId) ?? settings.agents === null)) return []
    const { recovery } = clientOf(clients, main.run.format)
    const folder = recovery?.folderOfSession(main.run) ?? null
    if (recovery === null || folder === null || findFolderHazard(folder) !== null) return []
    const gone = worktrees.find(({ path, exists }) => path === folder && !exists)
    const restore = gone === undefined ? null : restoreOf(gone)
    if (gone !== undefined && restore === null) return []
    if (others.some((other) => other.session === sessionId)) return []
    const client = { version: main.run.clientVersion, source: 'transcript' as const }
    const asked = { cwd: folder, session: sessionId, prompt: CONTINUE_WORDS, agents: 1 }
    const open = recovery.buildStart(settings.headless ? asked : { ...asked, prompt: null }, { ...settings, client })
    const { commands, preconditions } = continueSession({ session }, asked, recovery, open, restore === null ? [] : [restore])
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
        session: sessionId,
        preconditions: [
          ...preconditions,
          ...listHostNotes(
            { session },
            session.agents.map(({ run }) => run),
            recovery,
          ),
          ...recovery.listNotes(main.run.permissionMode, { ...settings, client }),
        ],
        notBefore: until === 0 ? null : formatInstant(until),
        dependsOn: [...before(session), ...standing.map(({ action }) => action.id)],
        risk: 'What it had in flight may have taken effect already: look at git status first.',
        cost: resumeCost({ judged: main, worktree: null }),
      }),
    ]
  })
}
