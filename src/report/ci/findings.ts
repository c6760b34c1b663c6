import type { Evidence } from '../../facts/evidence.ts'
import { outcomeOf, type TerminalReason } from '../../reasons/terminal-reason.ts'
import { escapeControl } from '../../text/escape.ts'
import type { Report } from '../report.ts'
import type { View } from '../reporter.ts'
import { wasCutOff, isLost, listShownAgents, type Row, rowMaker, worstRowFirst } from '../rows.ts'
import { describeLocalWork, isUnsaved, titleOf } from '../work.ts'
import { GLUE } from '../words.ts'

/** An end that somebody has to look at: of an agent, or of a main thread whose work was cut off. Its texts are not escaped yet. */
export interface Finding {
  readonly id: string
  readonly sessionId: string | null
  readonly reason: TerminalReason
  /** `note`: another attempt did its work, or is at it. */
  readonly level: 'error' | 'warning' | 'note'
  readonly title: string
  readonly text: string
  /** The record that decides, or the transcript. */
  readonly place: { readonly path: string; readonly line: number | null } | null
}

/** Everything that died, and everything of which nobody can say, the worst first. */
export function findingsOf(report: Report, view: View): readonly Finding[] {
  const rowOf = rowMaker(report, view)
  const agents = listShownAgents(report)
    .filter(({ reason }) => isLost(reason))
    .map((agent) => ({ row: rowOf.agent(agent), evidence: agent.evidence, path: agent.transcript.path }))
  const sessions = report.sessions
    .filter(wasCutOff)
    .map((session) => ({ row: rowOf.session(session), evidence: session.evidence, path: session.path }))
  return [...sessions, ...agents]
    .toSorted((a, b) => worstRowFirst(a.row, b.row))
    .map(({ row, evidence, path }) => ({
      id: row.id,
      sessionId: row.sessionId,
      reason: row.reason,
      level: row.isDoneSince ? 'note' : outcomeOf(row.reason) === 'unknown' ? 'warning' : 'error',
      title: `${row.name}: ${row.reason}`,
      text: describe(row),
      place: placeOf(evidence) ?? (path === null ? null : { path, line: null }),
    }))
}

/** Local-only work of nobody that died: an agent that finished, or an orphan. */
export function looseWorkOf(report: Report, findings: readonly Finding[]): readonly { readonly title: string; readonly text: string }[] {
  const told = new Set(findings.map(({ id }) => id))
  return report.worktrees
    .filter((row) => isUnsaved(row) && !row.agents.some((id) => told.has(id)))
    .map((row) => ({ title: `${titleOf(row, report)}: local only`, text: `${describeLocalWork(row)} in ${row.path}` }))
}

/** A text on one line, with what a log or a terminal would obey made visible. */
export function plainLine(text: string): string {
  return escapeControl(text.replaceAll(/\s*[\t\r\n]\s*/g, ' ').replaceAll(GLUE, ' '))
}

function describe({ what, reportedAs, reason, work, shortId }: Row): string {
  const parts = [what]
  if (reportedAs !== null && reportedAs !== reason && outcomeOf(reason) === 'died') parts.push(`reported as "${reportedAs}"`)
  if (work !== null && isUnsaved(work)) parts.push(`local only: ${describeLocalWork(work)}`)
  return `${parts.join('; ')} (${shortId})`
}

function placeOf(evidence: readonly Evidence[]): Finding['place'] {
  const record = evidence.find((each) => each.kind === 'record')
  return record === undefined ? null : { path: record.path, line: record.line }
}
