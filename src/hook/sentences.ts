// What is said. Our own words, ids, numbers and instants: nothing that stands in a transcript.
import { shellWord } from '../text/shell-word.ts'
import { plural } from '../text/plural.ts'
import { formatClock } from '../time/zoned-time.ts'
import type { Death } from './death.ts'
import { joinWords, type KnownWork, type WorkLeft } from './work-left.ts'

/** How whoever reads it types our commands, and reads times. */
export interface Reader {
  /** The words that start this program. */
  readonly tool: readonly string[]
  /** The options that lead a command to the same transcripts. */
  readonly place: readonly string[]
  readonly timeZone: string
  readonly now: number
}

/** A command of ours, as one types it. */
export function commandLine(reader: Reader, ...words: readonly string[]): string {
  return [...reader.tool, ...words, ...reader.place].map(shellWord).join(' ')
}

/** What the model is told of an agent that its client just told it of. `work`: null: nothing is left, or there is no worktree. */
export function tellDeath(death: Death, work: KnownWork, reader: Reader): string {
  const { id, confidence, reason, why } = death
  const isSure = confidence !== 'low'
  const who = id === null ? 'an agent of this session' : `agent ${id}`
  return [
    `agent-forensics: ${who} ${isSure ? 'did not finish' : 'may not have finished'}. terminated_by: ${reason} (${isSure ? '' : 'unconfirmed: '}${why}).`,
    ...describeWork(death, work, reader),
    isSure ? 'Do not build on its result.' : 'Check its work before you build on its result.',
    ...describeWayOn(death, reader),
  ].join(' ')
}

function describeWork({ worktree, hasWorktree }: Death, work: KnownWork, reader: Reader): readonly string[] {
  const place = worktree === null ? 'Its worktree' : `Its worktree ${worktree}`
  if (work === 'soon') return [`${place} is being saved to a rescue reference.`]
  if (work === 'unknown') return hasWorktree ? [`${place} was not checked.`] : []
  if (work === null) return []
  const toDo = ['all', 'soon'].includes(work.saved) ? '' : `: ${commandLine(reader, 'preserve')}`
  return [`${place} holds ${work.holds} on no remote (${describeSaved(work)}${toDo}).`]
}

/** How much of it a rescue reference holds. */
export function describeSaved({ saved, ref }: WorkLeft): string {
  if (saved === 'all') return `saved in ${ref ?? 'a rescue reference'}`
  if (saved === 'soon') return 'being saved to a rescue reference'
  return saved === 'some' ? 'saved in part' : 'not saved'
}

function describeWayOn({ id, waitsForReset, waitsForPerson, resetsAt, messageTool }: Death, reader: Reader): readonly string[] {
  if (waitsForPerson) return ['A person has to fix that before any agent can continue.']
  if (id === null) return []
  const isAhead = waitsForReset && resetsAt !== null && resetsAt > reader.now
  const when = isAhead ? ' after the reset' : ''
  const later = `once this session has ended: ${commandLine(reader, 'recover', '--agent', id)}`
  return [
    ...(isAhead ? ['Do not launch it again before the reset.'] : []),
    `To continue it${when}${messageTool === null ? ', ' : `: ${messageTool} to ${id}, or `}${later}`,
  ]
}

/** The same for the person, in short. */
export function announceDeath({ id, confidence, reason, why, resetsAt }: Death, reader: Reader): string {
  const who = id === null ? 'an agent' : `agent ${id}`
  const until = resetsAt === null ? why : `resets ${formatClock(resetsAt, reader.timeZone, reader.now)}`
  return `${who} ${confidence === 'low' ? 'may not have finished' : 'did not finish'}: ${reason} (${until})`
}

/** What is known of a workflow run that its client calls over. */
export interface RunEnd {
  readonly id: string | null
  /** Those that were started, and those of them that failed. */
  readonly calls: number
  readonly failed: number
  readonly deaths: readonly Death[]
}

/** What the model is told of a workflow run. */
export function tellRun({ id, calls, failed, deaths }: RunEnd, reader: Reader): string {
  const [first] = deaths
  const reset = deaths.find(({ waitsForReset, resetsAt }) => waitsForReset && resetsAt !== null && resetsAt > reader.now)
  return [
    `agent-forensics: ${failed} of ${plural(calls, 'call')} of workflow ${id ?? 'run'} did not finish. terminated_by: ${countReasons(deaths)}${first === undefined ? '' : ` (${first.why})`}.`,
    'Their results are missing. Do not build on them.',
    ...(reset === undefined ? [] : ['Do not run it again before the reset.']),
    ...(id === null ? [] : [`More: ${commandLine(reader, 'show', id)}`]),
  ].join(' ')
}

/** The same for the person, in short. */
export function announceRun({ id, calls, failed, deaths }: RunEnd): string {
  return `${failed} of ${plural(calls, 'call')} of workflow ${id ?? 'run'} did not finish: ${countReasons(deaths)}`
}

/** `2 rate_limited, 1 exit_killed`; of one reason its name alone. */
export function countReasons(deaths: readonly Death[]): string {
  const counts = new Map<string, number>()
  for (const { reason } of deaths) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const [only, ...others] = counts.keys()
  if (only !== undefined && others.length === 0) return only
  return joinWords([...counts].toSorted(([, a], [, b]) => b - a).map(([reason, amount]) => `${amount} ${reason}`))
}
