import { outcomeOf, type TerminalReason } from '../../reasons/terminal-reason.ts'
import { escapeControl } from '../../text/escape.ts'
import { parseInstant } from '../../time/instant.ts'
import type { AgentReport, Report } from '../report.ts'
import type { Reporter, View } from '../reporter.ts'
import { wasCutOff, listShownAgents, rowMaker } from '../rows.ts'
import { GLUE } from '../words.ts'
import { plainLine } from './findings.ts'

/**
 * A case for each work item and each main thread that was cut off, as CI servers read JUnit's XML. Open and lost work fails, what nobody can
 * tell is an error, and what is at work is skipped. A last case fails where something could not be read.
 */
export const junit: Reporter = {
  name: 'junit',
  mediaType: 'application/xml',
  *render(report, view) {
    const cases = casesOf(report, view)
    const amount = (element: Case['element']): number => cases.filter((each) => each.element === element).length
    const totals = `tests="${cases.length}" failures="${amount('failure')}" errors="${amount('error')}" skipped="${amount('skipped')}"`
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield `<testsuites name="agent-forensics" ${totals}>\n`
    yield `  <testsuite name="agents" ${totals} timestamp="${attribute(report.generatedAt.replace(/\.\d+Z$|Z$/, ''))}">\n`
    for (const { name, group, seconds, element, type, message, text } of cases) {
      const head = `    <testcase classname="${attribute(group)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"`
      const typed = element === 'skipped' ? '' : ` type="${attribute(type)}"`
      if (element === null) yield `${head}/>\n`
      else yield `${head}>\n      <${element}${typed} message="${attribute(message)}">${content(text)}</${element}>\n    </testcase>\n`
    }
    yield '  </testsuite>\n</testsuites>\n'
  },
}

interface Case {
  readonly name: string
  /** Cases of one session stand together. */
  readonly group: string
  readonly seconds: number
  /** null: it passed. */
  readonly element: 'failure' | 'error' | 'skipped' | null
  readonly type: string
  readonly message: string
  readonly text: string
}

function casesOf(report: Report, view: View): readonly Case[] {
  const agents = new Map(listShownAgents(report).map((agent) => [agent.agentId, agent]))
  const rowOf = rowMaker(report, view)
  const items = report.workItems.flatMap((item): readonly Case[] => {
    const attempts = item.attempts.flatMap((id) => agents.get(id) ?? [])
    const last = attempts.at(-1)
    if (last === undefined) return []
    return [
      {
        name: `${item.title} (${last.agentId})`,
        group: groupOf(last.sessionId),
        seconds: attempts.reduce((sum, { startedAt, endedAt }) => sum + secondsBetween(startedAt, endedAt), 0),
        element: item.state === 'done' ? null : item.doingBy === null ? elementOf(last.reason) : 'skipped',
        type: last.reason,
        message: item.doingBy === null ? `${item.state === 'lost' ? 'lost: ' : ''}${rowOf.agent(last).what}` : `${item.doingBy} is at work`,
        text: evidenceOf(last),
      },
    ]
  })
  const sessions = report.sessions.filter(wasCutOff).map((session): Case => ({
    name: 'main thread',
    group: groupOf(session.sessionId),
    seconds: secondsBetween(session.startedAt, session.endedAt),
    element: elementOf(session.reason),
    type: session.reason,
    message: rowOf.session(session).what,
    text: evidenceOf(session),
  }))
  const reading: Case = {
    name: 'everything was read',
    group: 'agent-forensics',
    seconds: 0,
    element: report.complete ? null : 'error',
    type: 'incomplete',
    message: `${report.readIssues.length} could not be read`,
    text: report.readIssues.map(({ path, detail }) => `${path}: ${detail}`).join('\n'),
  }
  return [...items, ...sessions, reading]
}

function groupOf(sessionId: string | null): string {
  return `session ${sessionId ?? 'unknown'}`
}

/** Of work that is not done. */
function elementOf(reason: TerminalReason): NonNullable<Case['element']> {
  const outcome = outcomeOf(reason)
  return outcome === 'running' ? 'skipped' : outcome === 'unknown' ? 'error' : 'failure'
}

function evidenceOf({ evidence }: Pick<AgentReport, 'evidence'>): string {
  return evidence.map((each) => `${each.shows}${each.kind === 'record' ? ` (${each.path}:${each.line})` : ''}`).join('\n')
}

function secondsBetween(from: string | null, to: string | null): number {
  const [start, end] = [parseInstant(from), parseInstant(to)]
  return start === undefined || end === undefined ? 0 : Math.max(0, (end - start) / 1000)
}

function content(text: string): string {
  const lines = text.replaceAll(GLUE, ' ').split('\n')
  return xml(lines.map((line) => escapeControl(line)).join('\n'))
}

function attribute(text: string): string {
  return xml(plainLine(text)).replaceAll('"', '&quot;')
}

/** XML 1.0 has no place for most control characters, whichever way they are written. */
function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
}
