import type { Action } from './action.ts'
import { compare } from '../text/order.ts'
import { redactSecrets } from '../text/redact.ts'
import { shellWord } from '../text/shell-word.ts'
import { findCommandHazard } from './names.ts'

/** Where an action stands in the order of every plan. */
const STEPS = ['preserve', 'release', 'fix', 'wait', 'resume', 'deliver', 'decide', 'clean_up'] as const
type Step = (typeof STEPS)[number]

/** An action before the plan is put in order. */
export interface Draft extends Action {
  readonly step: Step
}

/** A sentence; the commands in it are words of their own, which redaction never changes. */
export type Prose = string | readonly ProsePart[]

/** `argv`: a command as a person types it; `verbatim`: words to paste, which stand as they are. */
export type ProsePart = string | { readonly argv: readonly string[] } | { readonly verbatim: string }

type Lists = 'commands' | 'dependsOn' | 'agents'
type DraftFields = Pick<Draft, 'step' | 'id' | 'kind' | 'title' | 'cost'> & {
  readonly why: Prose
  readonly risk: Prose
  readonly preconditions?: readonly Prose[]
} & Partial<Pick<Draft, 'notBefore' | 'session'>> & { readonly [List in Lists]?: readonly Draft[List][number][] }

/** An action with all that the contract names; what is not said is empty. Texts lose their secrets, commands stay as they are. */
export function draft(said: DraftFields): Draft {
  const { commands = [], preconditions = [], notBefore = null, dependsOn = [], agents = [], session = null } = said
  return {
    step: said.step,
    id: said.id,
    kind: said.kind,
    title: clean(said.title),
    why: clean(said.why),
    commands: [...commands],
    preconditions: preconditions.map(clean),
    notBefore,
    dependsOn: [...new Set(dependsOn)].toSorted(compare),
    risk: clean(said.risk),
    cost: clean(said.cost),
    agents: [...new Set(agents)].toSorted(compare),
    session,
  }
}

function clean(prose: Prose): string {
  if (typeof prose === 'string') return redactSecrets(prose.toWellFormed())
  return prose
    .map((part) => {
      if (typeof part === 'string') return clean(part)
      return 'argv' in part ? printable(part.argv, part.argv.map(shellWord).join(' ')) : printable([part.verbatim], part.verbatim)
    })
    .join('')
}

/** What is typed or pasted stands unchanged, or not at all. */
function printable(words: readonly string[], text: string): string {
  return words.some((word) => findCommandHazard(word) !== null) ? '(not printed: it may hold a secret)' : text
}

/** What can be done at once, then what a person has to act for, then what waits, soonest first. */
function turnOf({ notBefore, dependsOn }: Draft): string {
  return notBefore ?? (dependsOn.some((id) => /^(?:fix|inspect-reset)-/.test(id)) ? '1' : '0')
}

/**
 * The actions in the order in which they are to be done: by step, then by time, then by id, but for what something depends on, which goes
 * first.
 */
export function inOrder(drafts: readonly Draft[]): readonly Action[] {
  const byId = new Map(drafts.map((each) => [each.id, each]))
  const sorted = drafts.toSorted(
    (a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step) || compare(turnOf(a), turnOf(b)) || compare(a.id, b.id),
  )
  const begun = new Set<string>()
  const done = new Set<string>()
  const ordered: Action[] = []
  for (const first of sorted) {
    const stack = [first]
    for (let next = stack.at(-1); next !== undefined; next = stack.at(-1)) {
      // Whatever has begun and is not done waits for itself: nothing here makes such a circle, and if something did, it ends here.
      const before = begun.has(next.id) ? [] : next.dependsOn.flatMap((id) => (begun.has(id) ? [] : (byId.get(id) ?? [])))
      begun.add(next.id)
      if (before.length > 0) {
        stack.push(...before.toReversed())
        continue
      }
      stack.pop()
      if (done.has(next.id)) continue
      const { step: _, ...action } = next
      ordered.push({ ...action, dependsOn: action.dependsOn.filter((id) => done.has(id)) })
      done.add(next.id)
    }
  }
  return ordered
}
