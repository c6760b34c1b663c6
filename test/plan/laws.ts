import { expect } from 'vitest'
import { type Action, ActionSchema } from '../../src/plan/action.ts'
import { type Report } from '../../src/report/report.ts'
import { outcomeOf } from '../../src/reasons/terminal-reason.ts'
import { RECOVERY_KINDS } from '../../src/plan/action-kinds.ts'
import { groupsOf } from '../../src/report/plan-words.ts'
import { escapeControl } from '../../src/text/escape.ts'
import { redactSecrets } from '../../src/text/redact.ts'

const PROGRAMS = ['sh', 'git', 'claude', 'env', 'agent-forensics']

/** What is true of every plan, whatever it is made from. `isAnswered`: a person has answered questions, so that more than the dead come back. */
export function expectLaws(actions: readonly Action[], report?: Report, isAnswered = false): void {
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

  const kept = actions.filter(({ id, kind }) => kind === 'preserve' || id.startsWith('inspect-worktree-'))
  const brings = actions.filter(({ kind }) => RECOVERY_KINDS.has(kind))
  for (const { id, dependsOn, agents } of brings) {
    expect(
      kept.filter((each) => shares(each.agents, agents) && !dependsOn.includes(each.id)).map((each) => each.id),
      `${id} may start a client before the work is saved`,
    ).toEqual([])
  }
  for (const { id, dependsOn, agents, commands } of actions.filter(({ kind }) => kind === 'clean_up')) {
    const isSame = (each: Action): boolean => each.commands.some(({ cwd }) => commands.some((mine) => isWithin(cwd, mine.cwd)))
    const pushes = actions.filter((each) => each.kind === 'push' && shares(each.agents, agents))
    const before = [...[...kept, ...brings].filter(isSame), ...pushes].map((each) => each.id)
    expect(
      before.filter((each) => !dependsOn.includes(each)),
      `${id} may remove what others are not done with`,
    ).toEqual([])
  }
  for (const kind of ['fix', 'wait'])
    for (const action of actions.filter((each) => each.kind === kind))
      expect(action.dependsOn, 'they would block other projects').toEqual([])
  // What may be done at once stands before what waits, and that in the order of time; children come behind whoever launched them.
  const times = brings.filter(({ dependsOn }) => !dependsOn.some((id) => brings.some((each) => each.id === id)))
  const waits = times.map(({ notBefore }) => notBefore ?? '')
  expect(waits).toEqual(waits.toSorted())
  for (const { notBefore, dependsOn, id } of brings) {
    const until = actions.filter((each) => each.kind === 'wait' && dependsOn.includes(each.id)).map((each) => each.notBefore ?? '')
    expect([id, notBefore ?? '']).toEqual([id, until.toSorted().at(-1) ?? ''])
  }
  const brought = brings.flatMap(({ agents }) => agents)
  expect(brought.length, 'nobody is brought back twice').toBe(new Set(brought).size)

  for (const { kind, commands } of actions) {
    for (const { cwd, argv } of commands) {
      // What looks after a rental is the program of whoever bills for it.
      if (kind !== 'release') expect(PROGRAMS).toContain(argv[0])
      const words = argv.filter((_, index) => !(argv[0] === 'sh' && index === 2))
      // A worktree that is gone is added again where git still lists it: that removes nothing.
      const isAdded = argv.slice(0, 3).join(' ') === 'git worktree add'
      expect(words.join(' ')).not.toMatch(/dangerously-skip-permissions|--force|branch -D|bypass/)
      if (!isAdded) expect(words).not.toContain('-f')
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
    for (const id of agents) expect(latest.get(id)?.supersededBy === null || kind === 'resume_workflow').toBe(true)
    expect(outcomes).not.toContain('running')
    if (isAnswered) continue
    expect(outcomes).toContain('died')
    expect(outcomes).not.toContain('finished')
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function shares(some: readonly string[], others: readonly string[]): boolean {
  return some.some((each) => others.includes(each))
}
