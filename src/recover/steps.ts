import { recoveryStartedBy } from '../clients/index.ts'
import type { Action } from '../plan/action.ts'
import { isPlainId } from '../text/plain.ts'
import { parseInstant } from '../time/instant.ts'
import { isUnguarded, jsonEscaped, findScriptHazard } from './values.ts'

/** An action that is in no script, or a value of it, and why. */
export interface CannotEmit {
  readonly id: string
  readonly why: string
  /** The value in JSON's spelling, in ASCII; null: it is not about one value. */
  readonly value: string | null
}

/** One command of a step, every word of it safe to quote. */
interface Command {
  readonly cwd: string
  readonly argv: readonly string[]
  /** It talks with the person: it needs the terminal. */
  readonly interactive: boolean
}

/** How a step is carried out. `start`: it starts a client; `look`: it only asks; `ask`: a person does it; `tell`: it is only said. */
type StepManner = 'run' | 'start' | 'wait' | 'look' | 'ask' | 'tell' | 'refused'

/** An action as a script goes about it. */
export interface Step {
  readonly number: number
  readonly action: Action
  readonly manner: StepManner
  readonly commands: readonly Command[]
  /** The numbers of the steps that have to be done before. */
  readonly needs: readonly number[]
  /** Milliseconds since the epoch. */
  readonly notBefore: number | null
  /** Agents of which the tool is asked whether they still need it. */
  readonly agents: readonly string[]
  /** Why it cannot be emitted. */
  readonly why: string | null
}

export const BRINGS_BACK: ReadonlySet<Action['kind']> = new Set(['resume', 'resume_workflow', 'promote', 'redispatch'])
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\[^\\/])/
const MOST_WORDS = 2_000

/** The actions as steps, each behind what it depends on and what removes something at the end. */
export function stepsOf(actions: readonly Action[]): { readonly steps: readonly Step[]; readonly cannotEmit: readonly CannotEmit[] } {
  const cannotEmit: CannotEmit[] = []
  const { ordered, circular } = inOrder(actions)
  for (const { id } of circular) cannotEmit.push({ id, why: 'it depends on itself', value: null })
  const numbers = new Map(ordered.map(({ id }, index) => [id, index + 1]))
  const depended = new Set(actions.flatMap(({ dependsOn }) => dependsOn))
  const steps = ordered.map((action): Step => {
    const reasons = circular.includes(action) ? [{ why: 'it depends on itself', value: null }] : whyNot(action)
    if (!circular.includes(action)) cannotEmit.push(...reasons.map((reason) => ({ id: action.id, ...reason })))
    const [reason] = reasons
    const startsClient = action.commands.some(({ argv }) => recoveryStartedBy(argv) !== undefined)
    const isForPerson = action.commands.some(({ argv }) => recoveryStartedBy(argv)?.isAttach(argv) === true)
    return {
      number: numbers.get(action.id) ?? 0,
      action,
      manner: reason === undefined ? (isForPerson ? 'tell' : mannerOf(action, startsClient, depended)) : 'refused',
      commands:
        reason === undefined
          ? action.commands.map(({ cwd, argv }) => ({ cwd, argv, interactive: recoveryStartedBy(argv)?.isHeadless(argv) === false }))
          : [],
      // What is not part of the plan was left out on purpose.
      needs: [...new Set(action.dependsOn)].flatMap((id) => numbers.get(id) ?? []).toSorted((a, b) => a - b),
      notBefore: action.notBefore === null ? null : (parseInstant(action.notBefore) ?? null),
      agents: BRINGS_BACK.has(action.kind) ? action.agents : [],
      why: reason?.why ?? null,
    }
  })
  return { steps, cannotEmit }
}

function mannerOf({ id, kind, commands }: Action, startsClient: boolean, depended: ReadonlySet<string>): StepManner {
  if (kind === 'wait') return 'wait'
  if (kind === 'inspect' || commands.length === 0) return kind === 'fix' || depended.has(id) ? 'ask' : 'tell'
  if (kind === 'release') return 'look'
  return startsClient ? 'start' : 'run'
}

function whyNot(action: Action): readonly Omit<CannotEmit, 'id'>[] {
  const { kind, commands, agents, notBefore } = action
  const reasons: Omit<CannotEmit, 'id'>[] = []
  for (const { cwd, argv } of commands) {
    if (!ABSOLUTE.test(cwd)) reasons.push({ why: 'its folder is no absolute path', value: jsonEscaped(cwd) })
    if (argv.length > MOST_WORDS) reasons.push({ why: `a command has ${argv.length} words`, value: null })
    const [program] = argv
    if (program === undefined || !/^(?:[A-Za-z0-9][\w.+-]*|(?:\/|[A-Za-z]:[\\/]).+)$/.test(program)) {
      reasons.push({ why: 'a program is neither a plain name nor an absolute path', value: jsonEscaped(program ?? '') })
    }
    for (const [index, word] of [cwd, ...argv].entries()) {
      const isFixedScript = index === 3 && argv[0] === 'sh' && argv[1] === '-c'
      const why = findScriptHazard(word, isFixedScript)
      if (why !== null)
        reasons.push({ why: `a value cannot be written safely: ${why}`, value: isUnguarded(word) ? null : jsonEscaped(word) })
    }
  }
  if (BRINGS_BACK.has(kind) && commands.length > 0) {
    if (agents.length === 0) reasons.push({ why: 'it names no agent, so that nothing could tell whether it was done already', value: null })
    for (const id of agents) if (!isPlainId(id)) reasons.push({ why: 'the id of an agent is not plain', value: jsonEscaped(id) })
  }
  if (notBefore !== null && parseInstant(notBefore) === undefined)
    reasons.push({ why: 'its time is no instant', value: jsonEscaped(notBefore) })
  return reasons
}

/** The order of the plan, but everything behind what it depends on; what removes something comes last. */
function inOrder(actions: readonly Action[]): { readonly ordered: readonly Action[]; readonly circular: readonly Action[] } {
  const byId = new Map(actions.map((action) => [action.id, action]))
  const ordered: Action[] = []
  const placed = new Set<string>()
  let rest = [...actions.filter(({ kind }) => kind !== 'clean_up'), ...actions.filter(({ kind }) => kind === 'clean_up')]
  while (rest.length > 0) {
    const ready = rest.find(({ dependsOn }) => dependsOn.every((id) => placed.has(id) || !byId.has(id)))
    if (ready === undefined) return { ordered: [...ordered, ...rest], circular: rest }
    ordered.push(ready)
    placed.add(ready.id)
    rest = rest.filter((action) => action !== ready)
  }
  return { ordered, circular: [] }
}
