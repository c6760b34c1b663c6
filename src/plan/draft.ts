import type { Action } from '../model/report.ts'
import { compare } from '../text/order.ts'
import { redactSecrets } from '../text/redact.ts'

/** Where an action stands in the order of every plan. */
export const STEPS = ['preserve', 'release', 'fix', 'wait', 'resume', 'deliver', 'decide', 'clean_up'] as const
export type Step = (typeof STEPS)[number]

/** An action before the plan is put in order. */
export interface Draft extends Action {
  readonly step: Step
}

type Lists = 'commands' | 'preconditions' | 'dependsOn' | 'agents'
type Said = Pick<Draft, 'step' | 'id' | 'kind' | 'title' | 'why' | 'risk' | 'cost'> &
  Partial<Pick<Draft, 'notBefore'>> & { readonly [List in Lists]?: readonly Draft[List][number][] }

/** An action with all that the contract names; what is not said is empty. Texts lose their secrets, commands stay as they are. */
export function draft(said: Said): Draft {
  const { commands = [], preconditions = [], notBefore = null, dependsOn = [], agents = [] } = said
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
  }
}

function clean(text: string): string {
  return redactSecrets(text.toWellFormed())
}

/** The actions in the order in which they are to be done: by step, what something depends on first, then by id. */
export function inOrder(drafts: readonly Draft[]): readonly Action[] {
  const known = new Set(drafts.map(({ id }) => id))
  const waiting = drafts.toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step) || compare(a.id, b.id))
  const done = new Set<string>()
  const ordered: Action[] = []
  while (waiting.length > 0) {
    const ready = waiting.findIndex(({ dependsOn }) => dependsOn.every((id) => done.has(id) || !known.has(id)))
    // Nothing here makes a circle; if something did, its first action would have to wait for nobody.
    const [{ step: _, ...action }] = waiting.splice(Math.max(ready, 0), 1) as [Draft]
    const dependsOn = action.dependsOn.filter((id) => done.has(id))
    done.add(action.id)
    ordered.push({ ...action, dependsOn })
  }
  return ordered
}
