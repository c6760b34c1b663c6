import type { Evidence } from '../facts/evidence.ts'
import { isEnd } from '../facts/record.ts'
import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { describeAnnouncement, findAnnouncement } from './announcement.ts'
import { findAbsence, listPendingEvidence, livedOnUntil, mayHaveRun, PAUSE_MS, silenceOf } from './absence.ts'
import type { Claim } from './claim.ts'
import { findCleanEnd } from './last-word.ts'
import { absenceOf, processOf, recordOf } from './proof.ts'
import { defineReason } from './reason.ts'
import { formatInstant } from '../time/instant.ts'
import { findExit } from './exit.ts'

/** A client takes its first prompt within this time of its start. Milliseconds. */
const START_UP_MS = 60_000

/** A main thread that had ended its turn to wait for its agents, when its process was killed: only a kill leaves the registry entry. */
function waitingMain(run: Run, context: RunContext): Claim | undefined {
  const turn = findCleanEnd(run, context)
  const owner = context.session.owners.find(
    (each) => each.state === 'gone' && each.source === 'registry' && mayHaveRun(each, turn?.at ?? null),
  )
  const isAlive = context.session.owners.some((each) => each.state === 'alive')
  if (run.role !== 'main' || turn === undefined || owner === undefined || isAlive || context.openChildren.length === 0) return undefined
  // A later process may have written that turn, and ended well.
  const own = owner.startedAt ?? 0
  if (
    context.session.processStarts.some(
      (start) => start.at !== null && start.at > own + START_UP_MS && (turn.at === null || start.at <= turn.at),
    )
  )
    return undefined
  return {
    basis: 'inferred',
    confidence: 'medium',
    summary: 'its process was killed while it waited for its agents',
    evidence: [
      processOf(owner, `the registry of live sessions still names process ${owner.pid}, which has ended: it was killed`),
      recordOf(turn, `it had ended its turn to wait; ${context.openChildren.length} of its agents have no end`),
    ],
  }
}

const UNREGISTERED = 'no live client registers its session, as this version does while it runs'

/** An agent that only announced its next step, and of whose session nothing is written later: no session lived on without it. */
function announcedAtEnd(run: Run, context: RunContext): Claim | undefined {
  const announced = findAnnouncement(run, context)
  if (announced?.at == null || context.now - announced.at < PAUSE_MS || livedOnUntil(announced.at, context) > announced.at) return undefined
  if (context.session.activity.some(({ from }) => announced.at !== null && from > announced.at) || context.words.some(isEnd))
    return undefined
  return {
    basis: 'inferred',
    confidence: 'low',
    summary: 'it announced its next step, and its whole session has been silent since',
    evidence: [
      describeAnnouncement(announced),
      absenceOf(run, `its session and all its agents have been silent since ${formatInstant(announced.at)}`),
    ],
  }
}

/** Its owner process ended while it was at work. */
export const exitKilled = defineReason({
  name: 'exit_killed',
  place: 190,
  outcome: 'died',
  severity: 98,
  look: { mark: 'XK', group: 'killed', pattern: 'solid' },
  texts: {
    meaning: 'its owner process ended during work',
    detection:
      'No end is recorded, and the owner process is gone: dead pid in the session registry or in a worktree lock, the client’s notice about the previous session, or a session that has been silent since, with all its agents.',
    lookalikes: 'A pause (pause_killed); an agent that is merely quiet (running).',
    action: 'Save its worktree before any claude command runs, then resume it.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'process_end', beginning: 'A process of the client ended' },
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: [
    'paused-session',
    'stop-of-a-finished-agent',
    'no-completion-record',
    'escape-then-lunch',
    'marker-alone',
    'told-more-while-at-work',
    'running-beside-one-that-goes-on',
  ],
  survivesDamage: true,
  detect(run, context) {
    const { lastWord } = run.latest
    if (lastWord.kind === 'interrupt' || (lastWord.kind === 'tool_result' && lastWord.isRejected)) {
      const exit = findExit(lastWord.at, run, context)
      if (exit === undefined) return undefined
      return {
        basis: 'inferred',
        confidence: exit.sure ? 'medium' : 'low',
        summary: 'it was interrupted in the moment in which its client exited',
        evidence: [recordOf(lastWord, 'its last record is the client’s interrupt marker'), exit.evidence],
      }
    }
    const waiting = waitingMain(run, context)
    if (waiting !== undefined) return waiting
    const facts = findAbsence(run, context)
    if (facts === undefined) return announcedAtEnd(run, context)
    const silence = facts.silence === undefined ? {} : { silence: silenceOf(facts.silence) }
    // A word that was said while the client exited is no end of the agent's own.
    if (
      facts.word !== undefined &&
      !(facts.word.outcome === 'killed' && findExit(facts.word.at, run, context) !== undefined) &&
      !facts.ownerEndedForSure
    )
      return undefined
    if (facts.word !== undefined && facts.word.outcome !== 'killed' && facts.word.tells === null) return undefined
    if (facts.ownerEnded.length > 0 && facts.alive === undefined) {
      return {
        basis: 'inferred',
        confidence: facts.ownerEndedForSure ? 'high' : 'medium',
        summary: 'its owner process ended during work',
        evidence: listPendingEvidence(run, facts.ownerEnded),
        ...silence,
      }
    }
    if (facts.alive !== undefined) return undefined
    if (facts.word !== undefined) {
      const evidence = listPendingEvidence(run, [recordOf(facts.word, 'the client reported it as killed while it exited', facts.word.text)])
      return { basis: 'inferred', confidence: 'medium', summary: 'its client exited during work', evidence, ...silence }
    }
    // Went on later: whether its process had ended by then is what nothing shows.
    if (facts.silence?.to != null) return undefined
    // Silence alone calls nobody dead whose process may live.
    if (facts.mayLive !== undefined) return undefined
    if (facts.silence === undefined) {
      if (!facts.unregistered) return undefined
      const evidence = listPendingEvidence(run, [absenceOf(run, UNREGISTERED)])
      return { basis: 'inferred', confidence: 'low', summary: 'no live client registers its session', evidence }
    }
    const silent: Evidence = absenceOf(run, `its session and all its agents have been silent since ${formatInstant(facts.silence.from)}`)
    return {
      basis: 'inferred',
      confidence: facts.unregistered ? 'medium' : 'low',
      summary: 'no end is recorded, and its whole session has been silent since',
      evidence: listPendingEvidence(run, facts.unregistered ? [absenceOf(run, UNREGISTERED), silent] : [silent]),
      ...silence,
    }
  },
})
