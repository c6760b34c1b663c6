import type { WaitingOn } from '../facts/agent.ts'
import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { findAbsence, isUnregistered, listPendingEvidence, mayHaveRun, WRITING_MS } from './absence.ts'
import type { Claim } from './claim.ts'
import { findCleanEnd, lastSign } from './last-word.ts'
import { processOf, recordOf, withMore } from './proof.ts'
import { defineReason } from './reason.ts'
import { formatInstant } from '../time/instant.ts'

/** Beyond this silence a living process no longer proves that the agent itself is at work. Milliseconds. */
const QUIET_MS = 60 * 60_000

/** A client that waits for a reset goes on some time after it: one minute was seen to pass (2.1.332). Milliseconds. */
const LATE_MS = 5 * 60_000

/** Alive: no end is recorded, and its owner process lives or its file grows. */
export const running = defineReason({
  name: 'running',
  place: 210,
  outcome: 'running',
  severity: 20,
  look: { mark: 'RN', group: 'alive', pattern: 'solid' },
  texts: {
    meaning: 'it is alive: its owner process is proven alive, or it is still writing',
    detection:
      'No end is recorded, and the owner process (pid and start time) lives, the file grew while it was read, or its last record is less than two minutes old. A main thread that a limit refused also counts until shortly after the time at which its client announced to go on by itself, unless its process is known to have ended.',
    lookalikes: 'A reused pid; a registry entry copied from another machine.',
    action: 'Nothing. If it waits for a permission, grant or deny it. If it waits for a reset, leave its client open.',
  },
  checkpoint: null,
  incident: null,
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['reused-pid', 'registry-of-another-machine', 'silent-stop-in-live-session', 'children-that-ended-in-a-live-session'],
  survivesDamage: true,
  detect(run, context) {
    const wait = findWait(run, context)
    if (wait !== undefined) return wait
    const waitsForChild = findCleanEnd(run, context) !== undefined && context.openChildren.length > 0
    const owner = context.session.owners.find((each) => each.state === 'alive')
    if (waitsForChild && owner !== undefined && run.role === 'agent') {
      return {
        basis: 'inferred',
        confidence: 'medium',
        summary: 'it ended its turn to wait for an agent of its own, and its session is alive',
        evidence: [processOf(owner, `process ${owner.pid} of its session is alive`)],
        waitingOn: waitingOn(run, context),
      }
    }
    const facts = findAbsence(run, context)
    // A second client on a session that is alive takes its agents for dead (2.1.275, 2.1.332): the living process knows better.
    if (facts === undefined || facts.word !== undefined || (facts.ownerEndedForSure && facts.alive === undefined)) return undefined
    const since = lastSign(run)
    if (facts.alive !== undefined) {
      const isQuiet = since !== null && context.now - since > QUIET_MS
      return {
        basis: 'inferred',
        confidence: isQuiet ? 'medium' : 'high',
        summary: isQuiet ? 'its owner process is alive, though it has been silent for over an hour' : 'its owner process is alive',
        evidence: listPendingEvidence(run, [processOf(facts.alive, `process ${facts.alive.pid}, which runs it, is alive`)]),
        waitingOn: waitingOn(run, context),
      }
    }
    if (run.grewWhileRead && run.path !== null) {
      return {
        basis: 'inferred',
        confidence: 'medium',
        summary: 'its transcript grew while it was read',
        evidence: listPendingEvidence(run, [
          { kind: 'file', shows: 'the file grew while it was read', path: run.path, bytes: run.bytes, modifiedAt: null },
        ]),
        waitingOn: waitingOn(run, context),
      }
    }
    const last = run.lastRecordAt
    if (last === null || Math.abs(context.now - last) > WRITING_MS) return undefined
    return {
      basis: 'inferred',
      confidence: 'low',
      summary: 'its last record is less than two minutes old',
      evidence: listPendingEvidence(run, []),
      waitingOn: waitingOn(run, context),
    }
  },
})

/** A main thread with which its client goes on by itself after the reset, as far as anything shows. */
function findWait(run: Run, context: RunContext): Claim | undefined {
  const { willContinue } = run
  if (run.role !== 'main' || willContinue === null || context.now > willContinue.continuesAt + LATE_MS) return undefined
  const { at, continuesAt } = willContinue
  const { owners, processStarts } = context.session
  const owner = owners.find((each) => each.state === 'alive' && mayHaveRun(each, at))
  const hasEnded =
    isUnregistered(run, context) ||
    owners.some((each) => each.state === 'gone' || !mayHaveRun(each, at)) ||
    processStarts.some((start) => start.at !== null && at !== null && start.at > at)
  if (owner === undefined && hasEnded) return undefined
  return {
    basis: 'reported',
    confidence: owner === undefined ? 'medium' : 'high',
    summary: `a limit refused it, and its client announced that it continues by itself at ${formatInstant(continuesAt)}`,
    evidence: withMore(recordOf(willContinue, 'its client announced that it continues after the reset'), [
      owner === undefined ? undefined : processOf(owner, `process ${owner.pid}, which waits, is alive`),
    ]),
    waitingOn: { on: 'limit', name: null, since: at === null ? null : formatInstant(at), repeated: 1 },
  }
}

function waitingOn(run: Run, context: RunContext): WaitingOn {
  const { openCalls, repeated } = run.latest
  const since = lastSign(run)
  const base = { since: since === null ? null : formatInstant(since), repeated: Math.max(1, repeated) }
  const [child] = context.openChildren
  const call = openCalls.at(-1)
  const status = context.session.owners.find((owner) => owner.state === 'alive')?.status ?? null
  if (status !== null && /permission|waiting|blocked/i.test(status)) return { ...base, on: 'permission', name: call?.name ?? null }
  if (child !== undefined && (call === undefined || call.launch !== null)) return { ...base, on: 'child', name: child }
  if (call === undefined) return { ...base, on: 'model', name: run.model }
  if (call.launch !== null) return { ...base, on: 'child', name: child ?? null }
  return { ...base, on: call.purpose === 'wait' ? 'monitor' : 'tool', name: call.name }
}
