import { expect } from 'vitest'
import { type Action, ActionSchema } from '../../src/plan/action.ts'
import { type Report } from '../../src/report/report.ts'
import { outcomeOf } from '../../src/reasons/terminal-reason.ts'
import { BRINGS_BACK, groupsOf } from '../../src/report/plan-words.ts'
import { escapeControl } from '../../src/text/escape.ts'
import { redactSecrets } from '../../src/text/redact.ts'

const PROGRAMS = ['sh', 'git', 'claude', 'env', 'agent-forensics']

/** What is true of every plan, whatever it is made from. */
export function expectLaws(actions: readonly Action[], report?: Report): void {
  for (const action of actions) expect(() => ActionSchema.parse(action)).not.toThrow()
  const ids = actions.map(({ id }) => id)
  expect(new Set(ids).size, 'no two actions share an id').toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]+$/)

  actions.forEach(({ id, dependsOn }, index) => {
    const earlier = ids.slice(0, index)
    expect(
      dependsOn.filter((each) => !earlier.includes(each)),
      `${id} depends on what comes later or on nothing`,
    ).toEqual([])
    expect(dependsOn).toEqual([...new Set(dependsOn)].toSorted())
  })
  const steps = groupsOf(actions, 0).flatMap((group) => group.steps)
  expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1))
  const isShown = new Set(steps.map(({ action }) => action.id))
  expect(isShown.size).toBe(steps.length)
  expect(actions.filter(({ id, kind }) => !isShown.has(id) && kind !== 'wait')).toEqual([])

  const kept = actions.filter(({ id, kind }) => kind === 'preserve' || id.startsWith('inspect-worktree-')).map(({ id }) => id)
  const brings = actions.filter(({ kind }) => BRINGS_BACK.has(kind))
  for (const { id, dependsOn } of actions.filter(({ kind }) => BRINGS_BACK.has(kind) || kind === 'fix' || kind === 'wait')) {
    expect(
      kept.filter((each) => !dependsOn.includes(each)),
      `${id} may start a client before the work is kept`,
    ).toEqual([])
  }
  for (const { id, dependsOn, agents } of actions.filter(({ kind }) => kind === 'clean_up')) {
    const pushes = actions.filter((each) => each.kind === 'push' && !each.id.startsWith('push-kept-') && shares(each.agents, agents))
    const before = [...kept, ...[...brings, ...pushes].map((each) => each.id)]
    expect(
      before.filter((each) => !dependsOn.includes(each)),
      `${id} may remove what others are not done with`,
    ).toEqual([])
  }
  const brought = brings.flatMap(({ agents }) => agents)
  expect(brought.length, 'nobody is brought back twice').toBe(new Set(brought).size)

  for (const { kind, commands } of actions) {
    for (const { cwd, argv } of commands) {
      // What looks after a rental is the program of whoever bills for it.
      if (kind !== 'release') expect(PROGRAMS).toContain(argv[0])
      const words = argv.filter((_, index) => !(argv[0] === 'sh' && index === 2))
      expect(words.join(' ')).not.toMatch(/dangerously-skip-permissions|--force|(?:^| )-f(?: |$)|branch -D/)
      expect(cwd).toMatch(/^(?:\/|[A-Za-z]:[\\/])/)
      // The script itself has lines; nothing else may.
      for (const word of [cwd, ...words]) {
        expect([escapeControl(word), redactSecrets(word)]).toEqual([word, word])
      }
    }
  }

  if (report === undefined) return
  const latest = new Map(report.agents.map((agent) => [agent.agentId, agent]))
  for (const { agents, kind } of brings) {
    if (kind === 'resume_session') continue
    for (const id of agents) expect(latest.get(id)?.kind).not.toBe('internal')
    const outcomes = agents.map((id) => outcomeOf(latest.get(id)?.reason ?? 'unknown'))
    expect(outcomes).toContain('died')
    expect(outcomes).not.toContain('running')
    expect(outcomes).not.toContain('finished')
  }
}

function shares(some: readonly string[], others: readonly string[]): boolean {
  return some.some((each) => others.includes(each))
}
