import { clients } from '../clients/index.ts'
import type { Action } from '../plan/action.ts'
import type { Report } from './report.ts'
import { escapeControl } from '../text/escape.ts'
import { shellWord } from '../text/shell-word.ts'
import { parseInstant } from '../time/instant.ts'
import type { View } from './reporter.ts'

/** The options that a screen repeats, as far as each command has them; `plan` has all. */
const REPEATED = {
  plan: null,
  preserve: new Set(['--offline', '--git-timeout', '--push', '--bundle', '--ref', '--max-file']),
  recover: new Set([
    '--only',
    '--offline',
    '--git-timeout',
    '--headless',
    '--permission-mode',
    '--budget',
    '--batch',
    '--stagger',
    '--max-attempts',
  ]),
} as const satisfies Record<string, ReadonlySet<string> | null>

/** The words of a command of ours that leads to the same plan. */
export function commandWords(
  command: keyof typeof REPEATED,
  { options, generatedAt }: Report,
  { usualRoots, repeated = [] }: Pick<View, 'usualRoots' | 'repeated'>,
): readonly string[] {
  const { roots, since, project, session, agent } = options
  const made = parseInstant(generatedAt) ?? 0
  const from = since === null ? null : (parseInstant(since) ?? 0)
  const isWeek = from !== null && made - from === WEEK_MS
  const known: ReadonlySet<string> | null = REPEATED[command]
  const isKnown = repeated.map((word, index) => known === null || known.has(word.startsWith('--') ? word : (repeated[index - 1] ?? '')))
  return [
    'agent-forensics',
    command,
    ...placeWords(roots, usualRoots),
    ...(project === null ? [] : ['--project', project]),
    ...(session === null ? [] : ['--session', session]),
    ...(agent === null ? [] : ['--agent', agent]),
    ...(isWeek ? [] : ['--since', since ?? 'all']),
    // Without git other steps have these numbers; what saves and starts has to ask it.
    ...(options.git || command !== 'plan' ? [] : ['--no-git']),
    ...repeated.filter((_, index) => isKnown[index]),
  ]
}

/** A command of ours that leads to the same plan, as one types it; `words` come behind its name. */
export function toolCommand(
  command: keyof typeof REPEATED,
  report: Report,
  view: Pick<View, 'usualRoots' | 'repeated'>,
  ...words: readonly string[]
): string {
  // An action that is named needs no kind, and a kind that is named no other.
  const { repeated = [] } = view
  const isChosen = words.some((word) => word === '--action' || word === '--only')
  const kept = isChosen ? repeated.filter((word, index) => word !== '--only' && repeated[index - 1] !== '--only') : repeated
  const [program = '', name = '', ...others] = commandWords(command, report, { ...view, repeated: kept })
  return [program, name, ...words, ...others].map(quoteWord).join(' ')
}

/** The folder of the sample incident is another one every time. */
const DEMO = /[\\/]agent-forensics-demo-\w+[\\/]/
const WEEK_MS = 7 * 24 * 60 * 60_000

/** The options that lead a command to the same transcripts, as words. */
export function placeWords(roots: readonly string[], usualRoots: readonly string[] | undefined): readonly string[] {
  if (isDemo(roots)) return ['--demo']
  const isUsual = roots.every((root) =>
    usualRoots === undefined ? clients.some((client) => client.isUsualRoot(root)) : usualRoots.includes(root),
  )
  return isUsual ? [] : roots.flatMap((root) => ['--root', root])
}

/** Whether it is the sample incident that was looked at. */
export function isDemo(roots: readonly string[]): boolean {
  return roots.length > 0 && roots.every((root) => DEMO.test(root))
}

/** A word for a POSIX shell; what a terminal would obey cannot be typed anyway, and is shown. What a log would obey, quotes break. */
export function quoteWord(word: string): string {
  return shellWord(escapeControl(word, { logCommands: 'keep' }))
}

/** A command of a plan as one types it; what runs anywhere needs no folder. */
export function typed({ cwd, argv }: Action['commands'][number]): string {
  const command = argv.map(quoteWord).join(' ')
  return cwd === '/' ? command : `cd ${quoteWord(cwd)} && ${command}`
}
