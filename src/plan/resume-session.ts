import { clientOf } from '../clients/client.ts'
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
import { listRootWords, type Roots } from './own-command.ts'
import { resumeCost } from './strategies/cost.ts'
import { restoreOf } from './strategies/places.ts'
import { continueSession, listHostNotes } from './strategies/preflight.ts'
import type { PlanWishes } from './wishes.ts'
import { isSamePath } from '../text/path.ts'

/** What has to be known of the main threads that died. */
export interface MainFacts extends Roots {
  readonly sessions: readonly JudgedSession[]
  readonly chosen: ReadonlySet<Judged>
  readonly worktrees: readonly WorktreeReport[]
}

/**
 * Whether the work of a main thread was cut off for certain, by something that does not happen again: a person had asked for something,
 * and it did not end by a person's word, by its own, or by what its own context would bring about again.
 */
export function isCutOff(session: JudgedSession): boolean {
  return mayBeCutOff(session) && session.main?.diagnosis.confidence !== 'low'
}

/** The same, sure or not: what a scan counts as cut off, and a person has to look at where it is not sure. */
export function mayBeCutOff({ main, session }: JudgedSession): boolean {
  // An interrupt that stands last may be a person's, whatever ended the process then.
  if (main === null || wasNothingAsked(main.run) || main.run.latest.lastWord.kind === 'interrupt') return false
  const { reason } = main.diagnosis
  const { lastWord } = main.run.latest
  // Whoever says no to a call is there to say more.
  if (lastWord.kind === 'tool_result' && lastWord.isRejected) return false
  const { incident, plan } = TERMINAL_REASONS[reason]
  if (outcomeOf(reason) !== 'died' || incident === null || plan.needs === 'consent' || plan.contextFault !== null) return false
  return session.owners.every(({ state }) => state !== 'alive')
}

/** What the person wants of main threads. */
type MainWishes = Omit<StartSettings, 'client'> & Pick<PlanWishes, 'agents' | 'sessions' | 'consent'>

/**
 * One start for each main thread that died at work. `before`: the actions that save or look at the work of its project; `others`: those
 * that start clients already, since one start of a session does all.
 */
export function resumeSessions(
  facts: MainFacts,
  settings: MainWishes,
  blocks: readonly Obstacle[],
  before: (session: JudgedSession) => readonly string[],
  others: readonly Draft[],
): readonly Draft[] {
  const { sessions, chosen, clients, worktrees } = facts
  return sessions.flatMap((session) => {
    const { main } = session
    const { sessionId } = session.session
    if (main === null || !chosen.has(main) || !mayBeCutOff(session) || sessionId === null || !isSessionId(sessionId)) return []
    if (!(settings.sessions?.has(sessionId) ?? settings.agents === null)) return []
    const { recovery } = clientOf(clients, main.run.format)
    const folder = recovery?.folderOfSession(main.run) ?? null
    if (recovery === null || folder === null || findFolderHazard(folder) !== null) return []
    const gone = worktrees.find(({ path, exists }) => isSamePath(path, folder) && !exists)
    const restore = gone === undefined ? null : restoreOf(gone)
    if (gone !== undefined && restore === null) return []
    if (others.some((other) => other.session === sessionId)) return []
    const client = { version: main.run.clientVersion, source: 'transcript' as const }
    const asked = { cwd: folder, session: sessionId, prompt: CONTINUE_WORDS, agents: 1 }
    const open = recovery.buildStart(settings.headless ? asked : { ...asked, prompt: null }, { ...settings, client })
    const { commands, preconditions } = continueSession({ session }, asked, recovery, open, restore === null ? [] : [restore])
    if (commands.some(({ argv }) => argv.some((word) => findCommandHazard(word) !== null))) return []
    const question = `inspect-unsure-${sessionId}`
    if (!isCutOff(session) && !settings.consent.has(question)) return [askWhetherCutOff(question, sessionId, { session, main }, facts)]
    const standing = blocks.filter((block) => block.appliesTo(main, session))
    const until = Math.max(0, ...standing.flatMap((block) => block.until ?? []))
    return [
      draft({
        step: 'resume',
        id: `resume_session-${sessionId}`,
        kind: 'resume_session',
        title: `Resume session ${sessionId}`,
        why: `Its main thread ended as ${main.diagnosis.reason} while it was at work: ${main.diagnosis.summary}. It keeps its context.`,
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
        risk: 'In-flight calls may already have taken effect: look at git status first.',
        cost: resumeCost({ judged: main, worktree: null }),
      }),
    ]
  })
}

/** Nothing but silence speaks of its end: resuming it is for a person to say. */
function askWhetherCutOff(
  id: string,
  sessionId: string,
  { session, main }: { readonly session: JudgedSession; readonly main: Judged },
  facts: MainFacts,
): Draft {
  const argv = ['agent-forensics', 'recover', '--action', id, ...listRootWords(main.run, session, facts)]
  return draft({
    step: 'decide',
    id,
    kind: 'inspect',
    title: `Was the main thread of session ${sessionId} cut off?`,
    why: [
      `It ended as ${main.diagnosis.reason} (${main.diagnosis.summary}), but not for certain: it is resumed only when asked.`,
      ' If it is wanted after all: ',
      { argv },
    ],
    risk: 'none: acts only when asked',
    cost: 'your time',
    session: sessionId,
  })
}
