import { formatInstant } from '../time/instant.ts'
import { formatLocal } from '../time/zoned-time.ts'
import { type Block, type Call, CODE, type Dialect } from './dialect.ts'
import type { EmitOptions, Emitted } from './emitted.ts'
import type { Action } from '../plan/action.ts'
import { BRINGS_BACK, type CannotEmit, type Step, stepsOf } from './steps.ts'
import { sanitizeScriptText, findScriptHazard } from './values.ts'

/** A value that is longer, and needed more than once, gets a name of its own. */
const LONG = 400
const VERSION = /^\d{1,4}\.\d{1,6}\.\d{1,6}(?:-[0-9A-Za-z.-]{1,60})?$/

/** A whole script in one language. */
export function script(actions: readonly Action[], options: EmitOptions, dialect: Dialect): Emitted {
  const { steps, cannotEmit } = stepsOf(actions)
  const scope = options.scope ?? []
  if (!VERSION.test(options.toolVersion) || scope.some((word) => findScriptHazard(word) !== null)) {
    return {
      text: '',
      cannotEmit: [{ id: '', why: 'the version of the tool or the place of the transcripts cannot be written safely', value: null }],
    }
  }
  const constants = new Constants(steps, dialect)
  const starts = steps.filter(({ manner }) => manner === 'start')
  const settings = {
    total: steps.length,
    batch: options.batch,
    staggerSeconds: Math.ceil(options.staggerMs / 1000),
    toolVersion: options.toolVersion,
    scope,
    roots: scope.filter((each, index) => each === '--root' || each.startsWith('--root=') || scope[index - 1] === '--root'),
    needsTool: starts.length > 0 || steps.some(({ commands }) => commands.some(({ argv }) => argv[0] === 'agent-forensics')),
    needsClaude: starts.length > 0,
  }
  const call = ([name, ...words]: Call): string =>
    [
      name,
      ...words.map((word) => (word === CODE ? dialect.code : typeof word === 'number' ? String(word) : constants.reference(word))),
    ].join(' ')
  const lines = [
    dialect.shebang,
    ...headerOf(options, dialect).map((line) => `# ${line}`),
    '',
    dialect.prelude(settings).trimEnd(),
    '',
    ...constants.lines,
    ...cannotEmit.map((each) => call(['af_note', noteOf(each)])),
    'af_prepare',
    ...(steps.length === 0 ? [call(['af_note', 'There is nothing to do.'])] : []),
    ...steps.flatMap((step) => ['', dialect.block(blockOf(step, options), call)]),
    '',
    dialect.close,
    '',
  ]
  return { text: lines.join('\n'), cannotEmit }
}

/** No word of a transcript stands in a comment, and nothing that a shell would run if it took the comment for a command. */
function headerOf({ language, now, toolVersion }: EmitOptions, { notes }: Dialect): readonly string[] {
  return [
    `Recovery plan in ${language}, made by agent-forensics ${toolVersion}`,
    `from the scan of ${formatInstant(now)}. Read it first, then run it. It may be run again:`,
    'before each start of claude the tool is asked whether that is still needed.',
    ...notes,
    'First come the functions that carry the plan out, then the plan, step by step.',
  ]
}

function noteOf({ id, why, value }: CannotEmit): string {
  return (
    sanitizeScriptText(`cannot_emit ${id}: ${why}`) +
    (value === null ? '' : ` ${value.length > 2_000 ? `${value.slice(0, 2_000)}…` : value}`)
  )
}

function blockOf(step: Step, options: EmitOptions): Block {
  const { number, action, manner, commands, needs, notBefore, agents, why } = step
  const { kind, title, preconditions, risk, cost, id } = action
  const before = notBefore === null ? [] : ([['af_until', Math.ceil(notBefore / 1000), timeOf(notBefore, options)]] as const)
  const runs = commands.map(({ cwd, argv, interactive }): Call => [interactive ? 'af_talk' : 'af_run', cwd, ...argv])
  const shown =
    manner === 'tell' || manner === 'ask'
      ? commands.map(({ argv }) => `${BRINGS_BACK.has(kind) ? 'By hand' : 'To look'}: ${argv.join(' ')}`)
      : []
  const say: Call = [
    'af_step',
    number,
    kind,
    sanitizeScriptText(`${title} (${id})`),
    ...[
      action.why,
      ...preconditions.map((each) => `Must be true: ${each}`),
      risk === '' ? '' : `Risk: ${risk}`,
      cost === '' ? '' : `Cost: ${cost}`,
      ...shown,
    ]
      .map(sanitizeScriptText)
      .filter((line) => line !== ''),
  ]
  const ready: readonly Call[] = needs.length === 0 ? [] : [[kind === 'clean_up' ? 'af_over' : 'af_ready', ...needs]]
  switch (manner) {
    case 'tell':
      return { say, guards: ready, runs: [], end: ['af_told'] }
    case 'ask':
      return { say, guards: [...ready, ...before], runs: [], end: ['af_ask'] }
    case 'wait':
      return { say, guards: [...ready, ...before], runs: [], end: ['af_end', 0] }
    case 'look':
      return { say, guards: ready, runs, end: ['af_looked', CODE] }
    case 'start': {
      const asks: readonly Call[] = agents.length === 0 ? [] : [['af_open', ...agents]]
      const talks: readonly Call[] = commands.some(({ interactive }) => interactive) ? [['af_terminal']] : []
      // Asked before the wait too, so that nobody waits for what is done; and after it, since things change meanwhile.
      const waits = before.length === 0 ? [] : [...asks, ...before]
      return {
        say,
        guards: [...ready, ['af_safe'], ...waits, ...asks, ...talks, ['af_pace', Math.max(1, agents.length)]],
        runs,
        end: ['af_end', CODE, ...agents],
      }
    }
    case 'run':
      return { say, guards: [...ready, ...(kind === 'clean_up' ? ([['af_safe']] as const) : []), ...before], runs, end: ['af_end', CODE] }
    case 'refused':
  }
  return { say, guards: [], runs: [], end: ['af_refused', sanitizeScriptText(why ?? '')] }
}

function timeOf(ms: number, { timeZone }: EmitOptions): string {
  return timeZone === undefined ? formatInstant(ms) : `${formatLocal(ms, timeZone)} (${timeZone})`
}

/** Long texts that several steps need (the script that keeps work) are written once. */
class Constants {
  readonly lines: readonly string[]
  readonly #references = new Map<string, string>()
  readonly #dialect: Dialect

  constructor(steps: readonly Step[], dialect: Dialect) {
    this.#dialect = dialect
    const long = new Set(
      steps.flatMap(({ commands }) => commands.flatMap(({ argv }) => argv.filter((word) => word.length > LONG && word.includes('\n')))),
    )
    this.lines = [...long].map((value, index) => {
      const { line, reference } = dialect.constant(index + 1, value)
      this.#references.set(value, reference)
      return line
    })
  }

  reference(value: string): string {
    return this.#references.get(value) ?? this.#dialect.quote(value)
  }
}
