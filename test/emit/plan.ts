import type { EmitOptions } from '../../src/emit/index.ts'
import type { Action } from '../../src/plan/action.ts'

export const SESSION = '6f1b0f3e-8c52-4d0a-9b7e-2f4c1a7d5e90'
export const NOW = Date.parse('2026-05-31T20:10:00Z')

export const options = (changed: Partial<EmitOptions> = {}): EmitOptions => ({
  language: 'sh',
  toolVersion: '0.1.0',
  now: NOW,
  timeZone: 'Europe/Kyiv',
  preserve: null,
  recover: ['agent-forensics', 'recover'],
  plan: ['agent-forensics', 'plan'],
  typeOwn: (argv) => argv,
  ...changed,
})

/** A handmade action. */
export function action(changed: Partial<Action> & Pick<Action, 'id' | 'kind'>): Action {
  return {
    title: `Do ${changed.id}`,
    why: 'Because.',
    commands: [],
    preconditions: [],
    notBefore: null,
    dependsOn: [],
    risk: 'none',
    cost: 'nothing',
    agents: [],
    session: null,
    ...changed,
  }
}
