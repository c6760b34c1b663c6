import { sample } from '../long.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessFacts } from '../../src/ports/host.ts'
import type { Report } from '../../src/report/report.ts'
import { type Bundle, bundles, labelled, processesOf, report, type TrueAgent, unpack } from './bundle.ts'

const MINUTE = 60_000
/** A process takes this long from its start to its first entry in the registry. Milliseconds. */
const START_UP = 500
/** One that a killed process's pid was given to. */
const OTHER_START = '999999999'

let folder = ''
let trees = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-later-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function fresh(): string {
  trees += 1
  return join(folder, String(trees))
}

interface Process {
  readonly start: string | null
  readonly startedAt: number | null
}

/** The processes that a bundle's registry names, by pid. */
function registered(bundle: Bundle): ReadonlyMap<number, Process> {
  const entries = Object.entries(bundle.files).filter(([path]) => /^sessions\/\d+\.json$/.test(path))
  return new Map(
    entries.map(([, text]) => {
      const entry = JSON.parse(String(text)) as { pid: number; procStart?: string; startedAt: number }
      return [entry.pid, { start: entry.procStart ?? null, startedAt: entry.startedAt - START_UP }]
    }),
  )
}

/** The processes that a bundle's locks name, by pid. */
function lockers(bundle: Bundle): ReadonlyMap<number, Process> {
  const found = Object.values(bundle.locks).flatMap((text) => {
    const [, pid, start] = /\(pid (\d+)(?: start (\d+))?\)/.exec(text) ?? []
    return pid === undefined ? [] : [[Number(pid), { start: start ?? null, startedAt: null }] as const]
  })
  return new Map(found)
}

function aliveWith(bundle: Bundle, start: (process: Process) => string | null, startedAt: (process: Process) => number | null) {
  const known = new Map([...lockers(bundle), ...registered(bundle)])
  return (pid: number): ProcessFacts => {
    const process = known.get(pid)
    return process === undefined ? { state: 'gone' } : { state: 'alive', start: start(process), startedAt: startedAt(process) }
  }
}

/** The agent whose worktree a bundle's lock guards. */
function isLocked(bundle: Bundle, agentId: string): boolean {
  return Object.values(bundle.locks).some((text) => text.includes(`agent-${agentId} (`))
}

function isDead({ accept }: TrueAgent): boolean {
  return !accept.includes('completed')
}

function reasonsIn(found: Report, agents: readonly TrueAgent[]): ReadonlyMap<TrueAgent, string> {
  return new Map(agents.map((truth) => [truth, labelled(found, truth)?.reason ?? 'missing']))
}

/** Verdicts of one agent that do not contradict each other: unknown is no verdict yet. */
function isCompatible(truth: TrueAgent, reasons: ReadonlySet<string>): boolean {
  const killed: readonly string[] = truth.accept.includes('never_started')
    ? ['never_started', 'exit_killed', 'unknown']
    : ['exit_killed', 'unknown']
  return reasons.size === 1 || [...reasons].every((reason) => killed.includes(reason))
}

const killed = bundles.filter(({ scenario }) => /^killed-[A-Z]+$/.test(scenario))

describe('a killed run, looked at later and with less left of it', () => {
  it('covers KILL and TERM of seven versions', () => {
    expect(killed).toHaveLength(14)
  })

  for (const bundle of sample(killed, 6)) {
    const name = `${bundle.version} ${bundle.scenario}`
    const killedAt = Date.parse(bundle.killedAt ?? bundle.endedAt)
    // Within two minutes of a record its writer may be at work still.
    const soon = killedAt + 3 * MINUTE
    const later = killedAt + 30 * MINUTE
    const dead = bundle.truth.agents.filter(isDead)
    const names = registered(bundle)

    it(`${name}: no verdict contradicts another`, async () => {
      const reused = processesOf(
        aliveWith(
          bundle,
          () => OTHER_START,
          () => later - MINUTE,
        ),
      )
      const whole = unpack(bundle, fresh())
      const seen = new Map<string, Report>([
        ['after a minute', await report(whole, soon)],
        ['after half an hour', await report(whole, later)],
        ['with its pid reused', await report(whole, later, reused)],
      ])
      for (const [what, parts] of Object.entries({
        sessions: { sessions: false },
        locks: { locks: false },
        both: { sessions: false, locks: false },
      })) {
        const root = unpack(bundle, fresh(), parts)
        seen.set(`after a minute without ${what}`, await report(root, soon))
        seen.set(`after half an hour without ${what}`, await report(root, later))
      }
      const resumed = bundles.find((each) => each.version === bundle.version && each.scenario === `${bundle.scenario}-resumed`)
      if (resumed !== undefined)
        seen.set('after it was resumed', await report(unpack(resumed, fresh()), Date.parse(resumed.endedAt) + MINUTE))

      const contradictions = dead.flatMap((truth) => {
        const told = [...seen].map(([when, found]) => [when, reasonsIn(found, dead).get(truth) ?? 'missing'] as const)
        const reasons = new Set(told.map(([, reason]) => reason))
        return isCompatible(truth, reasons) && !reasons.has('missing') ? [] : [`${JSON.stringify(truth.match)}: ${JSON.stringify(told)}`]
      })
      expect(contradictions).toEqual([])
    })

    it(`${name}: a dead process that the registry or a lock names makes it sure`, async () => {
      const whole = await report(unpack(bundle, fresh()), soon)
      const onlyLocks = await report(unpack(bundle, fresh(), { sessions: false }), soon)
      expect(names.size).toBe(bundle.scenario === 'killed-KILL' && bundle.version !== '2.0.76' ? 1 : 0)
      for (const truth of dead.filter(({ accept }) => accept.includes('exit_killed'))) {
        const [agent, alone] = [labelled(whole, truth), labelled(onlyLocks, truth)]
        const locked = agent !== undefined && isLocked(bundle, agent.agentId)
        // The registry of 2.1.97 does not say whose pids it means.
        if ((names.size > 0 && bundle.version !== '2.1.97') || locked)
          expect([agent?.reason, agent?.confidence], truth.why).toEqual(['exit_killed', 'high'])
        if (locked) expect([alone?.reason, alone?.confidence], truth.why).toEqual(['exit_killed', 'high'])
      }
    })

    it(`${name}: runs as long as the very process lives, unless it had ended`, async () => {
      const alive = processesOf(
        aliveWith(
          bundle,
          ({ start }) => start,
          ({ startedAt }) => startedAt ?? killedAt - MINUTE,
        ),
      )
      const found = await report(unpack(bundle, fresh()), soon, alive)
      for (const truth of bundle.truth.agents) {
        const agent = labelled(found, truth)
        const hasStart = [...lockers(bundle).values()].some(({ start }) => start !== null)
        const isOwned = names.size > 0 || (hasStart && agent !== undefined && isLocked(bundle, agent.agentId))
        if (truth.accept.includes('exit_killed') && isOwned)
          expect([agent?.reason, agent?.confidence], truth.why).toEqual(['running', 'high'])
        else expect(agent?.reason, truth.why).not.toBe('running')
      }
    })

    it(`${name}: copied to another machine, nobody in it lives`, async () => {
      const elsewhere = `linux:${'1'.repeat(32)}:pid:[4026531836]`
      const tree = unpack(bundle, fresh())
      // There every pid is somebody else's.
      const strangers = processesOf(() => ({ state: 'alive', start: OTHER_START, startedAt: killedAt - 24 * 60 * MINUTE }), elsewhere)
      const found = await report(tree, soon, strangers)
      expect(found.agents.map(({ reason }) => reason)).not.toContain('running')
      expect(found.sessions.filter(({ alive }) => alive === true)).toEqual([])
      // Even the same pid with the same start is another process there, where the registry says whose pids it means.
      if (!Object.entries(bundle.files).some(([path, text]) => path.startsWith('sessions/') && String(text).includes('pidDomain'))) return
      const twins = processesOf(
        aliveWith(
          bundle,
          ({ start }) => start,
          ({ startedAt }) => startedAt ?? killedAt - MINUTE,
        ),
        elsewhere,
      )
      const unlocked = await report(unpack(bundle, fresh(), { locks: false }), soon, twins)
      expect(unlocked.agents.map(({ reason }) => reason)).not.toContain('running')
      expect(unlocked.sessions.filter(({ alive }) => alive === true)).toEqual([])
    })
  }
})
