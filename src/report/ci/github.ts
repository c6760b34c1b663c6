import type { Reporter } from '../reporter.ts'
import { findingsOf, looseWorkOf, plainLine } from './findings.ts'

/** GitHub shows no more of one kind and step. */
const MOST = 10
const LONGEST = 1_000

/** Commands to the log of a GitHub workflow, each an annotation: at most ten, the worst first. */
export const github: Reporter = {
  name: 'github',
  mediaType: 'text/plain',
  *render(report, view) {
    const findings = findingsOf(report, view)
    const open = findings.filter(({ level }) => level !== 'note')
    const all = [...open, ...looseWorkOf(report, findings).map((each) => ({ ...each, level: 'warning' as const }))]
    for (const { level, title, text } of all.slice(0, MOST)) yield annotation(level === 'error' ? 'error' : 'warning', title, text)
    if (all.length > MOST) yield `and ${all.length - MOST} more (the step summary has them)\n`
    if (all.length === 0) yield 'agent-forensics: no agent died, and nothing is local only\n'
  },
}

/** Neither text can end its own part, nor the line. */
function annotation(level: 'error' | 'warning', title: string, text: string): string {
  return `::${level} title=${property(title)}::${data(text)}\n`
}

/** As the runner's own toolkit escapes them (`@actions/core`, command.ts). */
function data(text: string): string {
  return plainLine(text).slice(0, LONGEST).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
