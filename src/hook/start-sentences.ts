import { plural } from '../text/plural.ts'
import { formatClock } from '../time/zoned-time.ts'
import type { Death } from './death.ts'
import { sayableAgent } from './names.ts'
import { commandLine, countReasons, describeSaved, type Reader } from './sentences.ts'
import type { WorkLeft } from './work-left.ts'

/** What is known when a session begins. */
export interface StartFacts {
  readonly sessionId: string
  /** Of the session that is resumed. */
  readonly own: readonly Death[]
  /** Of other sessions of its project. */
  readonly others: readonly Death[]
  /** What an agent left on this machine alone; null: nothing. */
  readonly workOf: (death: Death) => WorkLeft | 'unknown' | null
  /** What agents that ended well left, and no rescue reference holds. */
  readonly finished: readonly { readonly agentId: string | null; readonly work: WorkLeft }[]
}

/** What the model is told, within so many characters; null: all is well. */
export function tellStart(facts: StartFacts, reader: Reader, most: number): string | null {
  const { own, others, finished } = facts
  if (own.length + others.length + finished.length === 0) return null
  const lines = [
    ...listBlock(
      `${plural(own.length, 'agent')} of this session did not finish:`,
      foldRuns(own, (death) => lineOf(death, facts)),
    ),
    ...listBlock(
      `${plural(others.length, 'agent')} of other sessions of this project did not finish:`,
      foldRuns(others, (death) => lineOf(death, facts)),
    ),
    ...listBlock(
      `${plural(finished.length, 'agent')} finished, and left work on no remote that is not saved:`,
      finished.map(({ agentId, work }) => `- ${sayableAgent(agentId) ?? 'an agent'}: ${work.holds}`),
    ),
  ]
  const end = closing(facts, reader)
  const kept: string[] = ['agent-forensics, since its last look at this project:']
  let length = kept.join('\n').length + end.length + 80
  for (const line of lines) {
    length += line.length + 1
    if (length > most) break
    kept.push(line)
  }
  const cut = lines.length + 1 - kept.length
  return [...kept, ...(cut === 0 ? [] : [`${cut} more lines: ${commandLine(reader, 'scan')}`]), end].join('\n').slice(0, most)
}

function listBlock(head: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [head, ...lines]
}

/** A line for each agent; the calls of one workflow run share one. */
function foldRuns(deaths: readonly Death[], toLine: (death: Death) => string): readonly string[] {
  const byRun = new Map<string, Death[]>()
  for (const death of deaths) {
    const { workflowRunId } = death.judged.run
    if (workflowRunId !== null) byRun.set(workflowRunId, [...(byRun.get(workflowRunId) ?? []), death])
  }
  const runs = [...byRun.values()].map((calls) => {
    const [first] = calls
    return `- workflow ${first?.runId ?? 'run'}: ${plural(calls.length, 'call')}, ${countReasons(calls)}${first === undefined ? '' : ` (${first.why})`}`
  })
  return [...deaths.filter(({ judged }) => judged.run.workflowRunId === null).map(toLine), ...runs]
}

function lineOf(death: Death, { sessionId, workOf }: StartFacts): string {
  const { id, reason, why, worktree, confidence } = death
  const where = death.sessionId === null || death.sessionId === sessionId ? '' : `, session ${death.sessionId}`
  const work = workOf(death)
  const place = worktree === null ? 'its worktree' : `its worktree ${worktree}`
  const state = work === 'unknown' ? 'was not checked' : work === null ? '' : `holds ${work.holds} on no remote, ${describeSaved(work)}`
  const left = work === null ? '' : `; ${place} ${state}`
  return `- ${id ?? 'an agent'}${where}: ${reason} (${confidence === 'low' ? 'unconfirmed: ' : ''}${why})${left}`
}

function closing(facts: StartFacts, reader: Reader): string {
  const dead = facts.own.length + facts.others.length
  return [
    ...(dead === 0 ? [] : ['Do not build on their results.']),
    ...(countUnsaved(facts) === 0 ? [] : [`Save the work first: ${commandLine(reader, 'preserve')}.`]),
    ...(dead === 0 ? [] : [`How to continue them: ${commandLine(reader, 'plan')}.`]),
    'Ask the user before you start anything.',
  ].join(' ')
}

/** The places with work that no rescue reference holds whole. */
function countUnsaved({ own, others, workOf, finished }: StartFacts): number {
  const dead = [...own, ...others].map(workOf).filter((work) => work !== null && work !== 'unknown' && work.saved !== 'all')
  return dead.length + finished.length
}

/** The same for the person, in short; null: all is well. */
export function announceStart(facts: StartFacts, reader: Reader): string | null {
  const deaths = [...facts.own, ...facts.others]
  const unsaved = countUnsaved(facts)
  if (deaths.length + facts.finished.length === 0) return null
  const what = deaths.every(({ isBackground }) => isBackground) ? 'background agent' : 'agent'
  return [
    ...(deaths.length === 0
      ? []
      : [
          `${plural(deaths.length, what)} ${deaths.length === 1 ? 'was' : 'were'} terminated${whenOf(deaths, reader)} (${countReasons(deaths)}${resetOf(deaths, reader)}).`,
        ]),
    ...(unsaved === 0
      ? []
      : [`${plural(unsaved, 'worktree')} ${unsaved === 1 ? 'holds' : 'hold'} unsaved work: ${commandLine(reader, 'preserve')}.`]),
    `Last-known states: ${commandLine(reader, 'scan')}`,
  ].join(' ')
}

function whenOf(deaths: readonly Death[], { timeZone, now }: Reader): string {
  const times = deaths.flatMap(({ at }) => at ?? []).toSorted((a, b) => a - b)
  const [first, last] = [times[0], times.at(-1)].map((at) => (at === undefined ? undefined : formatClock(at, timeZone, now)))
  if (first === undefined || last === undefined) return ''
  return first === last ? ` at ${first}` : ` between ${first} and ${last}`
}

function resetOf(deaths: readonly Death[], { timeZone, now }: Reader): string {
  const resets = deaths.flatMap(({ resetsAt }) => (resetsAt !== null && resetsAt > now ? [resetsAt] : []))
  return resets.length === 0 ? '' : `, resets ${formatClock(Math.min(...resets), timeZone, now)}`
}
