import { recoveryStartedBy } from '../clients/index.ts'
import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { plural } from '../text/plural.ts'
import { wordOf } from '../text/word.ts'
import { formatInstant } from '../time/instant.ts'
import type { EmitOptions, Emitted } from './emitted.ts'
import { findValueHazard } from './hazards.ts'
import type { Shell } from './languages.ts'
import { QUOTING } from './quoting.ts'
import { type CannotEmit, findRefusals } from './refusals.ts'

/** What every shell takes for itself: options, and words that begin with a letter. */
const BARE = /^(?:--?)?[A-Za-z][A-Za-z0-9_-]*$/
/** More ids than these are only counted. */
const MOST_IDS = 6
/** A longer word is the prompt, which `plan` shows: a list is read in half a minute. */
const LONG = 160

type Command = Action['commands'][number]

/**
 * A list to read and to run, a line or two of comment and one command for each action. Interactive zsh runs a comment that is pasted:
 * comments hold fixed words, plain ids, and words between quotes.
 */
export function list(actions: readonly Action[], options: EmitOptions, shell: Shell): Emitted {
  const { toolVersion, now, preserve, recover } = options
  const { head, quote, call } = QUOTING[shell]
  if ([...(preserve?.words ?? []), ...recover].some((word) => findValueHazard(word) !== null))
    return { text: '', cannotEmit: [{ id: '', why: 'the folder of the transcripts cannot be written safely', value: null }], notes: [] }
  const cannotEmit: CannotEmit[] = []
  const tool = (words: readonly string[]): string => {
    const line = words.map((word) => (BARE.test(word) ? word : quote(word))).join(' ')
    // The first word may be a path.
    return BARE.test(words[0] ?? '') ? line : `${call}${line}`
  }
  // A wait says nothing that the actions behind it do not say.
  const waitedFor = new Set(actions.flatMap(({ kind, notBefore }) => (kind === 'wait' ? [] : [notBefore])))
  const written = actions.filter(({ kind, notBefore }) => kind !== 'wait' || !waitedFor.has(notBefore))
  const blocks = written.map((action): readonly string[] => {
    const refusals = findRefusals(action)
    if (refusals.length === 0) return describeAction(action, shell, (words) => tool([...recover, ...words]))
    cannotEmit.push(...refusals)
    return [`# cannot_emit ${wordOf(action.id)}, standard error says why`]
  })
  const lines = [
    head,
    `# agent-forensics ${toolVersion}, ${shell} only, from the scan of ${formatInstant(now)}. Every line may be run again.`,
    ...(preserve === null ? [] : [`# First save the work in ${plural(preserve.places, 'place')}`, tool(preserve.words)]),
    ...blocks.flat(),
    ...(blocks.length === 0 && preserve === null ? ['# Nothing to do'] : []),
  ]
  return { text: `${lines.join('\n')}\n`, cannotEmit, notes: [] }
}

const HEADS: Readonly<Record<Action['kind'], string>> = {
  preserve: 'Save',
  release: 'Check what may be billed',
  wait: 'Wait',
  fix: 'Fix by hand',
  resume: 'Resume',
  resume_session: 'Resume the session',
  resume_workflow: 'Resume the workflow run',
  promote: 'Continue as a session of its own',
  redispatch: 'Dispatch again, with a brief',
  push: 'Push',
  open_pr: 'Open a pull request',
  inspect: 'Decide by hand',
  clean_up: 'Clean up',
}

function describeAction(action: Action, shell: Shell, recover: (words: readonly string[]) => string): readonly string[] {
  const { id, kind, commands, notBefore } = action
  const title = comment(HEADS[kind], action, notBefore === null ? '' : `not before ${notBefore}`)
  const attach = commands.find(({ argv }) => recoveryStartedBy(argv)?.isAttach(argv) === true)
  if (attach !== undefined) return [comment('Attach by hand, the session is open elsewhere', action, rawWords(attach, shell))]
  if (RECOVERY_KINDS.has(kind)) {
    const start = commands.find(({ argv }) => recoveryStartedBy(argv) !== undefined)
    const by = start === undefined ? [] : [`# by ${rawWords(start, shell)}`]
    return [title, ...by, recover(['--action', id, '--yes'])]
  }
  if (kind === 'fix' || kind === 'wait' || kind === 'inspect' || commands.length === 0) return [title]
  return [title, commands.map((command) => rawLine(command, shell)).join(' && ')]
}

/** A command as it stands in a comment: each of its words between quotes, whatever it is, and its prompt left out. */
function rawWords({ cwd, argv: [program = '', ...words] }: Command, shell: Shell): string {
  const { quote } = QUOTING[shell]
  const short = words.filter((word) => word.length <= LONG).map(quote)
  const prompt = short.length === words.length ? '' : ' and a prompt'
  return `${[BARE.test(program) ? program : quote(program), ...short].join(' ')}${prompt}, in ${quote(cwd)}`
}

function rawLine({ cwd, argv }: Command, shell: Shell): string {
  const { changeFolder, quote, call } = QUOTING[shell]
  return `${changeFolder} ${cwd === '/' ? cwd : quote(cwd)} && ${call}${argv.map(quote).join(' ')}`
}

/** Fixed words and plain ids, and what ends it. */
function comment(head: string, { id, kind, agents }: Action, end: string): string {
  const others = kind === 'wait' ? [] : agents.filter((agent) => !id.endsWith(agent))
  const named = others.length > MOST_IDS ? `${others.length} agents` : `agent${others.length === 1 ? '' : 's'} ${others.join(' ')}`
  return `# ${[head, id, ...(others.length === 0 ? [] : [named]), ...(end === '' ? [] : [end])].join(', ')}`
}
