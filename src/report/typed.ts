import { clients } from '../clients/index.ts'
import type { Action } from '../plan/action.ts'
import type { Report } from './report.ts'
import { escapeControl } from '../text/escape.ts'
import { sessionToName } from '../text/plain.ts'
import { shellWord } from '../text/shell-word.ts'
import { parseInstant } from '../time/instant.ts'
import type { View } from './reporter.ts'

/** How commands of ours are typed where the reader is. */
export type Typist = Pick<View, 'tool' | 'usualRoots' | 'demoRoot' | 'repeated'>

/** What commands of ours are about: a report, or what `show` prints. */
type Subject = Pick<Report, 'options' | 'generatedAt'>

/** What plans call this program, wherever they are read. */
const NAME = 'agent-forensics'

const PLACE = ['--root', '--demo', '--offline', '--git-timeout'] as const
const NARROWING = ['--client', '--project', '--session', '--agent', '--since', '--until'] as const
const TIME = ['--time-zone', '--now'] as const
const SAVING = ['--push', '--bundle', '--ref', '--max-file'] as const
const ATTEMPTS = [
  '--only',
  '--headless',
  '--no-preserve',
  '--permission-mode',
  '--budget',
  '--batch',
  '--stagger',
  '--max-attempts',
  '--client-version',
] as const
const SCAN = [...PLACE, ...NARROWING, '--reason', '--no-git', ...TIME] as const

/** The options that a printed command repeats, as far as it knows them. `show` and those behind it name what they are about. */
export const REPEATED = {
  scan: SCAN,
  worktrees: SCAN,
  plan: [...SCAN, ...ATTEMPTS, ...SAVING],
  preserve: [...PLACE, ...NARROWING, ...TIME, ...SAVING],
  // Without git it refuses to start anybody, and it waits by the clock of the machine.
  recover: [...PLACE, ...NARROWING, '--reason', '--time-zone', ...ATTEMPTS, ...SAVING],
  show: [...PLACE, '--no-git', ...TIME],
  salvage: ['--root', '--demo', '--no-git'],
  promote: ['--root', '--demo'],
  explain: [],
} as const satisfies Record<string, readonly `--${string}`[]>

/** The commands that screens tell people to type. */
export type ToolCommand = keyof typeof REPEATED

/** An option with its value, if it has one. */
type Given = readonly [flag: string] | readonly [flag: string, value: string]

/** The words of a command of ours that leads to the same plan, the program's own first. */
export function commandWords(command: ToolCommand, subject: Subject, typist: Typist): readonly string[] {
  return [...toolWords(typist), command, ...listOptions(command, subject, typist).flat()]
}

/** A command of ours that leads to the same plan, as one types it; `words` come behind its name. */
export function toolCommand(command: ToolCommand, subject: Subject, typist: Typist, ...words: readonly string[]): string {
  // An action that is named needs no kind, and a kind that is named no other.
  const isChosen = words.some((word) => word === '--action' || word === '--only')
  const options = listOptions(command, subject, typist).filter(([flag]) => !words.includes(flag) && !(isChosen && flag === '--only'))
  return [...toolWords(typist), command, ...words, ...options.flat()].map(quoteWord).join(' ')
}

/** A command of a plan as one types it; what runs anywhere needs no folder. */
export function typed({ cwd, argv }: Action['commands'][number], subject: Subject, typist: Typist): string {
  const command = ownWords(argv, subject, typist).map(quoteWord).join(' ')
  return cwd === '/' ? command : `cd ${quoteWord(cwd)} && ${command}`
}

/** The words of a command of a plan; one of ours gets the name that it has here, and what the plan does not know of it. */
export function ownWords(argv: readonly string[], subject: Subject, typist: Typist): readonly string[] {
  const [program, name = '', ...args] = argv
  if (program !== NAME) return argv
  const given = args.map((word) => (word === `--root=${typist.demoRoot}` ? '--demo' : word))
  const has = (flag: string): boolean => given.some((word) => word === flag || word.startsWith(`${flag}=`))
  const isPlaced = has('--root') || has('--demo')
  const missing = isToolCommand(name)
    ? listOptions(name, subject, typist).filter(([flag]) => !has(flag) && !(isPlaced && (flag === '--root' || flag === '--demo')))
    : []
  return [...toolWords(typist), name, ...given, ...missing.flat()]
}

function isToolCommand(name: string): name is ToolCommand {
  return Object.hasOwn(REPEATED, name)
}

function toolWords({ tool = [NAME] }: Typist): readonly string[] {
  return tool
}

const WEEK_MS = 7 * 24 * 60 * 60_000

/** What a command has to repeat, from the report and from the command line behind it. */
function listOptions(command: ToolCommand, { options, generatedAt }: Subject, typist: Typist): readonly Given[] {
  const { roots, since, until, project, session, agent, reasons, git, offline } = options
  const isWeek = since !== null && (parseInstant(generatedAt) ?? 0) - (parseInstant(since) ?? 0) === WEEK_MS
  const isUsualSince = isWeek || (since === null && command === 'preserve')
  const all: readonly Given[] = [
    ...listPlace(roots, typist),
    ...givenOption('--project', project),
    ...givenOption('--session', session),
    ...givenOption('--agent', agent),
    ...(isUsualSince ? [] : givenOption('--since', since ?? 'all')),
    ...givenOption('--until', until),
    ...(reasons.length === 0 ? [] : givenOption('--reason', reasons.join(','))),
    ...givenFlag('--no-git', !git),
    ...givenFlag('--offline', offline),
    ...listGiven(typist.repeated ?? []),
  ]
  const known: readonly string[] = REPEATED[command]
  return all.filter(([flag]) => known.includes(flag))
}

function givenFlag(name: string, isSet: boolean): readonly Given[] {
  return isSet ? [[name]] : []
}

function givenOption(name: string, value: string | null): readonly Given[] {
  return value === null ? [] : [[name, value]]
}

/** The options that lead a command to the same transcripts, as words. */
export function placeWords(roots: readonly string[], typist: Typist): readonly string[] {
  return listPlace(roots, typist).flat()
}

function listPlace(roots: readonly string[], { usualRoots, demoRoot }: Typist): readonly Given[] {
  if (roots.length > 0 && roots.every((root) => root === demoRoot)) return [['--demo']]
  const isUsual = roots.every((root) =>
    usualRoots === undefined ? clients.some((client) => client.isUsualRoot(root)) : usualRoots.includes(root),
  )
  return isUsual ? [] : roots.map((root) => ['--root', root] as const)
}

/** Words of a command line as options: no value begins like one. */
function listGiven(words: readonly string[]): readonly Given[] {
  return words.flatMap((word, index): readonly Given[] => {
    if (!word.startsWith('--')) return []
    const next = words[index + 1]
    return [next === undefined || next.startsWith('--') ? [word] : [word, next]]
  })
}

/** The words that tell an agent from one of another session with the same id; none where ids do not meet. */
export function sessionWords(id: string, sessionId: string | null): readonly string[] {
  const named = sessionToName(id, sessionId)
  return named === null ? [] : ['--session', named]
}

/** A word for a POSIX shell; what a terminal would obey cannot be typed anyway, and is shown. What a log would obey, quotes break. */
export function quoteWord(word: string): string {
  return shellWord(escapeControl(word, { logCommands: 'keep' }))
}
