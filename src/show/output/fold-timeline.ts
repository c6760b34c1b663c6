import { clients } from '../../clients/index.ts'
import type { TimelineEvent } from '../document.ts'

/** A line of a timeline: one event, or a stretch of events that matter less. */
export type TimelineLine =
  | { readonly kind: 'event'; readonly event: TimelineEvent }
  | { readonly kind: 'stretch'; readonly events: readonly TimelineEvent[] }

/** How many events a screen lists one by one: the first, the last, and what mattered between. */
const FIRST = 6
const LAST = 22
const LANDMARKS = 16
const LONG_SILENCE_MS = 10 * 60_000

/** A timeline as long as a screen: what matters stays, long stretches between are folded. */
export function foldTimeline(events: readonly TimelineEvent[], all: boolean): readonly TimelineLine[] {
  if (all || events.length <= FIRST + LAST + LANDMARKS) return events.map((event) => ({ kind: 'event', event }))
  const middle = events.slice(FIRST, -LAST)
  const landmarks = new Set(
    middle
      .map((event, index) => ({ event, index, weight: weightOf(event) }))
      .filter(({ weight }) => weight > 0)
      // Of equal weight, the later one says more of the end.
      .toSorted((a, b) => b.weight - a.weight || b.index - a.index)
      .slice(0, LANDMARKS)
      .map(({ event }) => event),
  )
  const lines: TimelineLine[] = []
  let stretch: TimelineEvent[] = []
  const close = (): void => {
    const [only, ...more] = stretch
    if (only !== undefined) lines.push(more.length === 0 ? { kind: 'event', event: only } : { kind: 'stretch', events: stretch })
    stretch = []
  }
  for (const [index, event] of events.entries()) {
    if (index >= FIRST && index < events.length - LAST && !landmarks.has(event)) {
      stretch.push(event)
      continue
    }
    close()
    lines.push({ kind: 'event', event })
  }
  return lines
}

const LAUNCH_TOOLS: ReadonlySet<string> = new Set(clients.flatMap(({ launchTools }) => launchTools))

function weightOf({ kind, outcome, isGit, durationMs, tool, agentId }: TimelineEvent): number {
  switch (kind) {
    case 'error':
    case 'interrupt':
    case 'agents_killed':
    case 'process_start':
    case 'prompt':
    case 'compaction':
    case 'damage':
      return 3
    case 'notification':
    case 'schema_nudge':
      return 2
    case 'silence':
      return (durationMs ?? 0) >= LONG_SILENCE_MS ? 2 : 1
    case 'retry':
      return 1
    case 'call':
      if (outcome === 'denied' || outcome === 'interrupted' || outcome === 'unanswered') return 2
      return outcome === 'error' || isGit || agentId !== null || LAUNCH_TOOLS.has(tool ?? '') ? 1 : 0
    default:
      return 0
  }
}
