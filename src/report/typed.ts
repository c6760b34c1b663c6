import type { Report } from '../model/report.ts'
import { escapeControl } from '../text/escape.ts'
import { shellWord } from '../text/shell-word.ts'
import { parseInstant } from '../time/instant.ts'

/** The command that makes this plan again. */
export function planCommand({ options, generatedAt }: Report): string {
  const { roots, since, project, session, agent } = options
  const isUsual = roots.every((root) => /[\\/]\.claude[\\/]projects$/.test(root))
  const made = parseInstant(generatedAt) ?? 0
  const from = since === null ? null : (parseInstant(since) ?? 0)
  const isWeek = from !== null && made - from === WEEK_MS
  return [
    'agent-forensics plan',
    ...(isUsual ? [] : roots.map((root) => `--root ${quoted(root)}`)),
    ...(project === null ? [] : [`--project ${quoted(project)}`]),
    ...(session === null ? [] : [`--session ${quoted(session)}`]),
    ...(agent === null ? [] : [`--agent ${quoted(agent)}`]),
    ...(isWeek ? [] : [`--since ${since === null ? 'all' : since}`]),
  ].join(' ')
}
const WEEK_MS = 7 * 24 * 60 * 60_000

/** A word for a POSIX shell; what a terminal would obey cannot be typed anyway, and is shown. */
export function quoted(word: string): string {
  return shellWord(escapeControl(word))
}
