import { clients } from '../clients/index.ts'
import type { Action } from '../plan/action.ts'
import type { Report } from './report.ts'
import { escapeControl } from '../text/escape.ts'
import { shellWord } from '../text/shell-word.ts'
import { parseInstant } from '../time/instant.ts'
import type { View } from './reporter.ts'

/** The command that makes this plan again. */
export function planCommand(
  { options, generatedAt }: Report,
  { usualRoots, repeated = [] }: Pick<View, 'usualRoots' | 'repeated'>,
): string {
  const { roots, since, project, session, agent } = options
  const made = parseInstant(generatedAt) ?? 0
  const from = since === null ? null : (parseInstant(since) ?? 0)
  const isWeek = from !== null && made - from === WEEK_MS
  return [
    'agent-forensics plan',
    ...placeWords(roots, usualRoots),
    ...(project === null ? [] : [`--project ${quoteWord(project)}`]),
    ...(session === null ? [] : [`--session ${quoteWord(session)}`]),
    ...(agent === null ? [] : [`--agent ${quoteWord(agent)}`]),
    ...(isWeek ? [] : [`--since ${since === null ? 'all' : since}`]),
    ...repeated.map(quoteWord),
  ].join(' ')
}
/** The folder of the sample incident is another one every time. */
const DEMO = /[\\/]agent-forensics-demo-\w+[\\/]/
const WEEK_MS = 7 * 24 * 60 * 60_000

/** The options that lead a command to the same transcripts. */
export function placeWords(roots: readonly string[], usualRoots: readonly string[] | undefined): readonly string[] {
  if (isDemo(roots)) return ['--demo']
  const isUsual = roots.every((root) =>
    usualRoots === undefined ? clients.some((client) => client.isUsualRoot(root)) : usualRoots.includes(root),
  )
  return isUsual ? [] : roots.map((root) => `--root ${quoteWord(root)}`)
}

/** Whether it is the sample incident that was looked at. */
export function isDemo(roots: readonly string[]): boolean {
  return roots.length > 0 && roots.every((root) => DEMO.test(root))
}

/** A word for a POSIX shell; what a terminal would obey cannot be typed anyway, and is shown. */
export function quoteWord(word: string): string {
  return shellWord(escapeControl(word))
}

/** A command of a plan as one types it; what runs anywhere needs no folder. */
export function typed({ cwd, argv }: Action['commands'][number]): string {
  const command = argv.map(quoteWord).join(' ')
  return cwd === '/' ? command : `cd ${quoteWord(cwd)} && ${command}`
}
