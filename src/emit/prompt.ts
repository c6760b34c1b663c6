import { namePrograms } from '../clients/client.ts'
import { clients, recoveryStartedBy } from '../clients/index.ts'
import type { ClientRecovery } from '../clients/recovery.ts'
import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { isPlainId, isSessionId, pathInPrompt, pathsInPrompt } from '../text/plain.ts'
import { plural } from '../text/plural.ts'
import { CONTINUE_WORDS, freshPrompt, promotedPrompt } from '../text/prompts.ts'
import { shellWord } from '../text/shell-word.ts'
import { formatInstant, parseInstant } from '../time/instant.ts'
import { formatLocal } from '../time/zoned-time.ts'
import type { EmitOptions, Emitted } from './emitted.ts'
import { jsonEscaped } from './hazards.ts'
import { type CannotEmit, findRefusals } from './refusals.ts'

const RUN_ID = /\bwf_[A-Za-z0-9-]{1,120}/

/** What is opened, and what is pasted there. */
interface Paste {
  /** The session to resume; null: a new one. */
  readonly session: string | null
  readonly cwd: string
  readonly recovery: ClientRecovery
  /** Commands of the tool that come before. */
  readonly before: readonly (readonly string[])[]
  readonly agents: readonly string[]
  readonly wording: 'message' | 'workflow' | 'promoted' | 'fresh'
  readonly runId: string | null
  readonly path: string | null
}

/**
 * Prompts to paste into a client, one for each parent session (and one for each agent that gets a session of its own). They hold fixed words
 * of ours, ids and paths of the strictest form, and nothing else: no word of a transcript, not even of the prompts in the actions.
 */
export const prompt = (actions: readonly Action[], options: EmitOptions): Emitted => {
  const { preserve } = options
  const cannotEmit: CannotEmit[] = []
  const pastes: Paste[] = []
  const others: Action[] = []
  for (const action of actions) {
    const refusals = findRefusals(action)
    if (refusals.length > 0) cannotEmit.push(...refusals)
    else if (!isForPrompt(action)) others.push(action)
    else {
      const paste = pasteOf(action)
      if ('why' in paste) cannotEmit.push({ id: action.id, ...paste })
      else pastes.push(paste)
    }
  }
  const groups = groupBySession(pastes)
  const programs = pastes.length === 0 ? namePrograms(clients) : [...new Set(pastes.map(({ recovery }) => recovery.program))].join(' or ')
  const until = Math.max(0, ...actions.map(({ notBefore }) => (notBefore === null ? 0 : (parseInstant(notBefore) ?? 0))))
  const head = [
    `Prompts of agent-forensics ${options.toolVersion}, made from the scan of ${formatInstant(options.now)}.`,
    'They hold fixed words, ids and paths only. Open the sessions in this order, and paste each prompt unchanged.',
    ...(preserve === null
      ? []
      : [
          `First save the work in ${plural(preserve.places, 'place')}: starting ${programs} may sweep worktrees.`,
          preserve.words.map(shellWord).join(' '),
        ]),
    ...(others.length === 0 ? [] : [`Not a prompt (${kindsOf(others)}); to see it: ${options.plan.map(shellWord).join(' ')}`]),
    ...(until > options.now
      ? [
          `Not before ${options.timeZone === undefined ? formatInstant(until) : `${formatLocal(until, options.timeZone)} (${options.timeZone})`}.`,
        ]
      : []),
    ...cannotEmit.map(({ id, why, value }) => `cannot_emit ${jsonEscaped(id)}: ${why}${value === null ? '' : ` ${value}`}`),
    ...(groups.length === 0 ? ['Nothing can be recovered by a prompt.'] : []),
  ]
  const parts = groups.map((group, index) => partOf(group, { number: index + 1, total: groups.length }, options))
  return { text: `${[head.join('\n'), ...parts].join('\n\n')}\n`, cannotEmit, notes: [] }
}

/** It starts a client for agents; a session that is open elsewhere is a person's. */
function isForPrompt({ kind, commands, agents }: Action): boolean {
  return (
    RECOVERY_KINDS.has(kind) &&
    agents.length > 0 &&
    commands.some(({ argv }) => recoveryStartedBy(argv) !== undefined) &&
    !commands.some(({ argv }) => recoveryStartedBy(argv)?.isAttach(argv) === true)
  )
}

/** What an action opens and says, from the shape of its commands; or why nothing can be said. */
function pasteOf({ kind, commands, agents }: Action): Paste | Omit<CannotEmit, 'id'> {
  const start = commands.find(({ argv }) => recoveryStartedBy(argv) !== undefined)
  const recovery = recoveryStartedBy(start?.argv ?? [])
  const words = start?.argv ?? []
  const resumed = recovery?.sessionOf(words) ?? null
  if (start === undefined || recovery === undefined || pathInPrompt(start.cwd) === null)
    return { why: 'its folder goes into no prompt', value: jsonEscaped(start?.cwd ?? '') }
  if (resumed !== null && !isSessionId(resumed)) return { why: 'the id of its session is not plain', value: jsonEscaped(resumed) }
  if (!agents.every(isPlainId)) return { why: 'the id of an agent is not plain', value: null }
  const before = commands.filter((command) => command !== start && command.argv[0] === 'agent-forensics').map(({ argv }) => argv)
  if (!before.flat().every(isPlainWord)) return { why: 'a command before it goes into no prompt', value: null }
  const base = { recovery, session: resumed, cwd: start.cwd, before, agents, runId: null, path: null }
  switch (kind) {
    case 'resume':
      return resumed === null ? { why: 'it names no session', value: null } : { ...base, wording: 'message' }
    case 'resume_workflow': {
      // The prompt of the action is not taken over; only what looks exactly like an id and a path is.
      const said = words.at(-1) ?? ''
      const runId = RUN_ID.exec(said)?.[0] ?? null
      const path = pathsInPrompt(said).find((each) => runId !== null && each.endsWith(`${runId}.js`)) ?? null
      if (resumed === null || runId === null || path === null) return { why: 'its run or its script is not named plainly', value: null }
      return { ...base, wording: 'workflow', runId, path }
    }
    case 'promote':
      return resumed === null ? { why: 'it names no session', value: null } : { ...base, wording: 'promoted' }
    default: {
      const path =
        before
          .flat()
          .find((word) => word.startsWith('--output='))
          ?.slice('--output='.length) ?? ''
      if (pathInPrompt(path) === null || !path.endsWith('.brief.md'))
        return { why: 'the path of its brief goes into no prompt', value: jsonEscaped(path) }
      return { ...base, wording: 'fresh', path }
    }
  }
}

/** A word of a command of ours: an option may have a path for its value. */
function isPlainWord(word: string): boolean {
  return /^[\w.@+:=/\\-]{1,1100}$/.test(word) || pathInPrompt(word.replace(/^--[a-z-]+=/, '')) !== null
}

/** One prompt per parent session: what several actions do there is done with one paste. */
function groupBySession(pastes: readonly Paste[]): readonly (readonly Paste[])[] {
  const groups: Paste[][] = []
  for (const paste of pastes) {
    const isParents = paste.wording === 'message' || paste.wording === 'workflow'
    const known = isParents
      ? groups.find(([first]) => first?.session === paste.session && first.wording !== 'promoted' && first.session !== null)
      : undefined
    if (known === undefined) groups.push([paste])
    else known.push(paste)
  }
  return groups
}

function partOf(
  group: readonly Paste[],
  { number, total }: { readonly number: number; readonly total: number },
  { typeOwn }: Pick<EmitOptions, 'typeOwn'>,
): string {
  const [first] = group
  if (first === undefined) return ''
  const before = group.flatMap((paste) => paste.before).map((argv) => typeOwn(argv).map(shellWord).join(' '))
  return [
    `===== ${number} of ${total} =====`,
    ...(before.length === 0 ? [] : [`Run first: ${before.join('\nThen: ')}`]),
    `Open, in the folder ${pathInPrompt(first.cwd)}: ${first.session === null ? first.recovery.program : first.recovery.openSession(first.session).join(' ')}`,
    'Paste:',
    '',
    wordsOf(group),
  ].join('\n')
}

function wordsOf(group: readonly Paste[]): string {
  const [first] = group
  const [id = ''] = first?.agents ?? []
  if (first?.wording === 'promoted') return promotedPrompt(id)
  if (first?.wording === 'fresh')
    return `${freshPrompt(id, pathInPrompt(first.path ?? '') ?? '', null)} Give parts of it to others with the tool Agent only where the task itself asked for that.`
  const ids = [...new Set(group.filter(({ wording }) => wording === 'message').flatMap(({ agents }) => agents))]
  const runs = group.filter(({ wording }) => wording === 'workflow')
  return [
    'Work of this session died before it was done. Bring it back by tool calls, and do none of it yourself.',
    ...(ids.length === 0 ? [] : [first?.recovery.messageRequest(ids, CONTINUE_WORDS) ?? '']),
    ...runs.map(({ recovery, runId, path }) => recovery.workflowRequest(runId ?? '', path ?? '')),
    'Start no other agents. If a call is refused, quote the refusal and leave it at that. Then wait until all of it has ended, and say of each in one line how it ended.',
  ].join('\n')
}

function kindsOf(actions: readonly Action[]): string {
  return [...new Set(actions.map(({ kind }) => kind))].join(', ')
}
