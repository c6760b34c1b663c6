import type { ShowDocument, TimelineEvent } from '../document.ts'
import type { AgentReport } from '../../report/report.ts'
import { truncate } from '../../text/escape.ts'
import { parseInstant } from '../../time/instant.ts'
import { localTime } from '../../time/zoned-time.ts'
import type { View } from '../../report/reporter.ts'
import { oneLine, type Screen } from '../../report/screen.ts'
import type { Tone } from '../../report/statements.ts'
import { count } from '../../report/words.ts'
import { folded } from './fold-timeline.ts'
import { duration, OUTCOME_WORDS } from './words.ts'

const LABEL = 12
const NARROW = 60

/** The timeline as lines of a screen: when, what, and a short word of it. */
export function* timelineLines({ timeline, agents, of }: ShowDocument, view: View, screen: Screen): Iterable<string> {
  const { items, leftOut } = timeline
  if (items.length === 0) return
  let day = ''
  for (const line of folded(items, view.all)) {
    const [first] = line.kind === 'event' ? [line.event] : line.events
    const ms = parseInstant(first?.at ?? null)
    const clock = ms === undefined ? null : clockOf(ms, view.timeZone)
    if (clock !== null && clock.day !== day) {
      day = clock.day
      yield `${screen.quiet(day)}\n`
    }
    const time = (clock?.time ?? '').slice(0, screen.columns < NARROW ? 5 : 8)
    if (line.kind === 'stretch') {
      const text = `${''.padEnd(time.length === 0 ? 8 : time.length)}  ${stretchWords(line.events, view)}`
      yield `${screen.quiet(truncate(text, screen.columns))}\n`
      continue
    }
    yield drawn(line.event, time, screen)
  }
  yield* lastSilence(agents[0], of, view, screen)
  if (leftOut > 0) yield `${screen.quiet(`${count(leftOut, 'more event')} between were not kept: the transcript is that long`)}\n`
}

/** What nobody wrote any more. */
function* lastSilence(agent: AgentReport | undefined, of: ShowDocument['of'], { timeZone }: View, screen: Screen): Iterable<string> {
  const from = parseInstant(agent?.silence?.from ?? null)
  if (of !== 'agent' || from === undefined) return
  const to = parseInstant(agent?.silence?.to ?? null)
  const text =
    to === undefined ? 'from here on; its session never went on' : `from here on; its session went on after ${duration(to - from)}`
  const time = clockOf(from, timeZone).time.slice(0, screen.columns < NARROW ? 5 : 8)
  yield lineOf(time, { label: 'silence', text, tone: 'bad' }, screen)
}

function drawn(event: TimelineEvent, time: string, screen: Screen): string {
  return lineOf(time, told(event, screen.columns), screen)
}

function lineOf(time: string, { label, text, tone }: Told, screen: Screen): string {
  const room = Math.max(screen.columns - Math.max(time.length, 5) - 2 - LABEL - 1, 10)
  const head = `${time.padEnd(screen.columns < NARROW ? 5 : 8)}  `
  const said = `${truncate(oneLine(label), LABEL).padEnd(LABEL)} ${truncate(oneLine(text), room)}`.trimEnd()
  return `${screen.quiet(head)}${screen.toned(tone, said)}\n`.replace(/ +\n$/, '\n')
}

interface Told {
  readonly label: string
  readonly text: string
  readonly tone: Tone
}

function told(event: TimelineEvent, columns: number): Told {
  const { kind, word, text, durationMs, tool, agentId } = event
  const said = text ?? ''
  switch (kind) {
    case 'prompt':
      return { label: word === 'person' ? 'person' : word === 'summary' ? 'summary' : 'prompt', text: said, tone: 'command' }
    case 'message':
      return { label: 'says', text: said, tone: 'plain' }
    case 'call':
      return callWords(event, columns)
    case 'result':
      return { label: 'result', text: `its call stands elsewhere, or not at all: ${event.resultText ?? ''}`, tone: 'warning' }
    case 'retry':
      return { label: 'retry', text: [word ?? '', said].filter((part) => part !== '').join(': '), tone: 'warning' }
    case 'error':
      return { label: 'error', text: [word ?? '', said].filter((part) => part !== '').join(': '), tone: 'bad' }
    case 'interrupt':
      return { label: 'interrupt', text: 'its request was interrupted', tone: 'bad' }
    case 'notification':
      return {
        label: 'notice',
        text: `${(agentId ?? '').slice(0, 8)} ${word ?? ''}: ${said}`.trim(),
        tone: word === 'completed' ? 'plain' : 'warning',
      }
    case 'compaction':
      return { label: 'compaction', text: 'its context was compacted', tone: 'warning' }
    case 'process_start':
      return { label: 'new process', text: 'another process of the client went on with it', tone: 'warning' }
    case 'agents_killed':
      return { label: 'kill', text: 'the client killed all agents of the session', tone: 'bad' }
    case 'schema_nudge':
      return { label: 'demand', text: 'structured output was demanded again', tone: 'warning' }
    case 'damage':
      return { label: 'damage', text: `line ${event.line}: ${said}`, tone: 'warning' }
    default:
      return { label: 'silence', text: `${duration(durationMs ?? 0)}${tool === null ? '' : `, while ${tool} ran`}`, tone: 'warning' }
  }
}

/** The outcome must be seen, however long the command is. */
function callWords({ tool, text, outcome, durationMs, resultText, isGit, agentId }: TimelineEvent, columns: number): Told {
  const word = outcome === null ? '' : OUTCOME_WORDS[outcome]
  const took = durationMs === null || durationMs < 1_000 ? '' : ` ${duration(durationMs)}`
  const child = agentId === null ? '' : ` ${agentId.slice(0, 8)}`
  const end = `${word}${took}${child}`
  const room = Math.max(Math.floor((columns - 23) * 0.7) - end.length, 12)
  const about = truncate(oneLine(text ?? ''), room)
  const rest = resultText === null ? '' : `: ${resultText}`
  const tone = outcome === 'ok' || outcome === null ? (isGit ? 'good' : 'plain') : outcome === 'unanswered' ? 'warning' : 'bad'
  return { label: tool ?? 'call', text: `${about === '' ? '' : `${about}  `}${end}${rest}`, tone }
}

function stretchWords(events: readonly TimelineEvent[], { timeZone }: View): string {
  const turns = new Set(events.flatMap(({ turn }) => turn ?? [])).size
  const calls = events.filter(({ kind }) => kind === 'call')
  const failed = calls.filter(({ outcome }) => outcome === 'error').length
  const byTool = new Map<string, number>()
  for (const { tool } of calls) byTool.set(tool ?? '', (byTool.get(tool ?? '') ?? 0) + 1)
  const most = [...byTool].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
  const tools = most.slice(0, 3).map(([tool, times]) => `${times} ${oneLine(tool)}`)
  const others = most.slice(3).reduce((sum, [, times]) => sum + times, 0)
  const last = parseInstant(events.at(-1)?.at ?? null)
  const parts = [
    turns > 0 && count(turns, 'turn'),
    ...tools,
    others > 0 && count(others, 'other call'),
    failed > 0 && `${failed} failed`,
    last !== undefined && `until ${clockOf(last, timeZone).time}`,
  ].filter((part) => part !== false)
  return `… ${parts.length === 0 ? count(events.length, 'event') : parts.join(', ')}`
}

function clockOf(ms: number, zone: string): { readonly day: string; readonly time: string } {
  const { year, month, day, hour, minute, second } = localTime(ms, zone)
  return { day: `${year}-${two(month)}-${two(day)}`, time: `${two(hour)}:${two(minute)}:${two(second)}` }
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
