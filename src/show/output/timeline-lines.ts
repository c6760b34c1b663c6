import type { AgentReport } from '../../report/report.ts'
import type { View } from '../../report/reporter.ts'
import { oneLine, type Screen } from '../../report/screen.ts'
import type { Tone } from '../../report/statement.ts'
import { count, countWords } from '../../report/words.ts'
import { truncate } from '../../text/escape.ts'
import { parseInstant } from '../../time/instant.ts'
import { formatLocalSecond } from '../../time/zoned-time.ts'
import type { ShowDocument, TimelineEvent } from '../document.ts'
import { foldTimeline } from './fold-timeline.ts'
import { formatDuration, listTools, OUTCOME_WORDS, tookWords } from './words.ts'

const LABEL = 12
const NARROW = 60

/** The timeline as lines of a screen: when, what, and a short word of it. */
export function* timelineLines({ timeline, agents, of }: ShowDocument, view: View, screen: Screen): Iterable<string> {
  const { items, leftOut } = timeline
  if (items.length === 0) return
  let day = ''
  for (const line of foldTimeline(items, view.all)) {
    const [first] = line.kind === 'event' ? [line.event] : line.events
    const ms = parseInstant(first?.at ?? null)
    const clock = ms === undefined ? null : clockOf(ms, view.timeZone)
    if (clock !== null && clock.day !== day) {
      day = clock.day
      yield `${screen.quiet(day)}\n`
    }
    const time = (clock?.time ?? '').slice(0, timeWidth(screen))
    if (line.kind === 'stretch') {
      const text = `${''.padEnd(time.length === 0 ? 8 : time.length)}  ${describeStretch(line.events, view)}`
      yield `${screen.quiet(truncate(text, screen.columns))}\n`
    } else yield drawLine(time, describeEvent(line.event, screen.columns), screen)
  }
  yield* drawLastSilence(agents[0], of, view, screen)
  if (leftOut > 0) yield `${screen.quiet(`${count(leftOut, 'more event')} in between left out: the transcript is too long`)}\n`
}

/** The silence at the end of an agent's transcript. */
function* drawLastSilence(agent: AgentReport | undefined, of: ShowDocument['of'], { timeZone }: View, screen: Screen): Iterable<string> {
  const from = parseInstant(agent?.silence?.from ?? null)
  if (of !== 'agent' || from === undefined) return
  const to = parseInstant(agent?.silence?.to ?? null)
  const end = to === undefined ? 'its session never continued' : `its session continued after ${formatDuration(to - from)}`
  const time = clockOf(from, timeZone).time.slice(0, timeWidth(screen))
  yield drawLine(time, { label: 'silence', text: `from here on; ${end}`, tone: 'bad' }, screen)
}

function timeWidth({ columns }: Screen): number {
  return columns < NARROW ? 5 : 8
}

function drawLine(time: string, { label, text, tone }: EventWords, screen: Screen): string {
  const room = Math.max(screen.columns - Math.max(time.length, 5) - 2 - LABEL - 1, 10)
  const head = `${time.padEnd(timeWidth(screen))}  `
  const words = `${truncate(oneLine(label), LABEL).padEnd(LABEL)} ${truncate(oneLine(text), room)}`.trimEnd()
  return `${screen.quiet(head)}${screen.paintLine(tone, words)}\n`.replace(/ +\n$/, '\n')
}

interface EventWords {
  readonly label: string
  readonly text: string
  readonly tone: Tone
}

function describeEvent(event: TimelineEvent, columns: number): EventWords {
  const { kind, word, text, durationMs, tool, agentId } = event
  const quote = text ?? ''
  switch (kind) {
    case 'prompt':
      return { label: word === 'person' ? 'person' : word === 'summary' ? 'summary' : 'prompt', text: quote, tone: 'command' }
    case 'message':
      return { label: 'says', text: quote, tone: 'plain' }
    case 'call':
      return describeCall(event, columns)
    case 'result':
      return { label: 'result', text: `its call is elsewhere, or missing: ${event.resultText ?? ''}`, tone: 'warning' }
    case 'retry':
    case 'error':
      return { label: kind, text: [word ?? '', quote].filter((part) => part !== '').join(': '), tone: kind === 'error' ? 'bad' : 'warning' }
    case 'interrupt':
      return { label: 'interrupt', text: 'its request was interrupted', tone: 'bad' }
    case 'notification':
      return {
        label: 'notice',
        text: `${(agentId ?? '').slice(0, 8)} ${word ?? ''}: ${quote}`.trim(),
        tone: word === 'completed' ? 'plain' : 'warning',
      }
    case 'compaction':
      return { label: 'compaction', text: 'its context was compacted', tone: 'warning' }
    case 'process_start':
      return { label: 'new process', text: 'another process of the client continued it', tone: 'warning' }
    case 'agents_killed':
      return { label: 'kill', text: 'the client killed all agents of the session', tone: 'bad' }
    case 'schema_nudge':
      return { label: 'demand', text: 'structured output was requested again', tone: 'warning' }
    case 'damage':
      return { label: 'damage', text: `line ${event.line}: ${quote}`, tone: 'warning' }
    default:
      return { label: 'silence', text: `${formatDuration(durationMs ?? 0)}${tool === null ? '' : `, while ${tool} ran`}`, tone: 'warning' }
  }
}

/** A call is cut before its outcome, which must be seen however long the command is. */
function describeCall({ tool, text, outcome, durationMs, resultText, isGit, agentId }: TimelineEvent, columns: number): EventWords {
  const end = `${outcome === null ? '' : OUTCOME_WORDS[outcome]}${tookWords(durationMs)}${agentId === null ? '' : ` ${agentId.slice(0, 8)}`}`
  const room = Math.max(Math.floor((columns - 23) * 0.7) - end.length, 12)
  const about = truncate(oneLine(text ?? ''), room)
  const rest = resultText === null ? '' : `: ${resultText}`
  const tone = outcome === 'ok' || outcome === null ? (isGit ? 'good' : 'plain') : outcome === 'unanswered' ? 'warning' : 'bad'
  return { label: tool ?? 'call', text: `${about === '' ? '' : `${about}  `}${end}${rest}`, tone }
}

function describeStretch(events: readonly TimelineEvent[], { timeZone }: View): string {
  const turns = new Set(events.flatMap(({ turn }) => turn ?? [])).size
  const calls = events.filter(({ kind }) => kind === 'call')
  const failed = calls.filter(({ outcome }) => outcome === 'error').length
  const last = parseInstant(events.at(-1)?.at ?? null)
  const parts = [
    turns > 0 && count(turns, 'turn'),
    ...listTools(countWords(calls.map(({ tool }) => tool ?? '')), 3, 'other call').map(oneLine),
    failed > 0 && `${failed} failed`,
    last !== undefined && `until ${clockOf(last, timeZone).time}`,
  ].filter((part) => part !== false)
  return `… ${parts.length === 0 ? count(events.length, 'event') : parts.join(', ')}`
}

function clockOf(ms: number, zone: string): { readonly day: string; readonly time: string } {
  const [day = '', time = ''] = formatLocalSecond(ms, zone).split(' ')
  return { day, time }
}
