import fc from 'fast-check'
import { redactSecrets } from '../../../src/text/redact.ts'
import { describe, expect, test } from 'vitest'
import type { WorkItem } from '../../../src/incident/work-item.ts'
import { ABILITIES, compareVersions, supportsAbility } from '../../../src/clients/claude-code/abilities.ts'
import { joinBySession, chooseResumeStrategy } from '../../../src/plan/strategies/index.ts'
import type { Candidate, PlanSettings } from '../../../src/plan/candidate.ts'
import type { WorktreeReport } from '../../../src/worktree/worktree-report.ts'
import { workItemWith } from '../../report/story-parts.ts'
import { AGENT, candidate, type Case, REPO, ROOT, SESSION, settings, told, worktree, WORKTREE } from './candidate.ts'
import { FORGOTTEN, MOVED_HERE } from '../../../src/worktree/notes.ts'

const RUN = 'wf_d61f9b35-61d'
const SCRIPT = `${ROOT}/-home-dev-app/${SESSION}/workflows/scripts/survey-${RUN}.js`
const call = (journal: 'started' | 'result' | 'failed') => ({
  runId: RUN,
  agentId: 'a',
  label: null,
  journal,
  state: null,
  outcome: null,
  error: null,
  key: null,
  queuedAt: null,
  attempt: null,
  path: '/j',
})
const workflow = (more = {}) => ({
  runId: RUN,
  sessionId: SESSION,
  name: 'survey',
  scriptPath: SCRIPT,
  status: 'completed',
  startedAt: null,
  reachedEnd: true,
  figures: null,
  failures: [],
  calls: [call('result'), call('started'), call('result'), call('started')],
  ...more,
})
const inWorkflow: Case = { run: { workflowRunId: RUN, kind: 'workflow' }, workflow: workflow() }

function kindOf(made: Case, version = '2.1.329', more: Partial<PlanSettings> = {}): string | null {
  return chooseResumeStrategy(candidate(made), settings(version, more)).taken?.kind ?? null
}

function whyNot(made: Case, way: string, version = '2.1.329'): string {
  return chooseResumeStrategy(candidate(made), settings(version)).notTaken.find((each) => each.way === way)?.why ?? '(taken, or not asked)'
}

const argvOf = (of: Candidate, how: PlanSettings) => chooseResumeStrategy(of, how).taken?.commands.map(({ argv }) => argv) ?? []

describe('by client version', () => {
  test.each([
    ['2.0.60', 'promote'],
    ['2.1.97', 'promote'],
    ['2.1.156', 'promote'],
    ['2.1.186', 'promote'],
    ['2.1.187', 'resume'],
    ['2.1.220', 'resume'],
    ['2.1.329', 'resume'],
    ['2.2.0', 'resume'],
    ['3.0.0', 'resume'],
  ])('%s: %s', (version, kind) => expect(kindOf({}, version)).toBe(kind))

  test('a client of unknown version is only asked what every version can', () => {
    const { taken } = chooseResumeStrategy(candidate(), settings(null))
    expect(taken?.kind).toBe('promote')
    expect(taken?.preconditions.map(told).join(' ')).toContain('gave no answer')
  })

  test('a newer client than any that was measured is said to be that', () => {
    expect(chooseResumeStrategy(candidate(), settings('2.1.400')).taken?.preconditions.map(told).join(' ')).toContain(
      'Measured up to client 2.1.329',
    )
    expect(chooseResumeStrategy(candidate(), settings('2.1.329')).taken?.preconditions.map(told).join(' ')).not.toContain('Measured')
  })

  test.each(Object.keys(ABILITIES) as (keyof typeof ABILITIES)[])('%s agrees with what was measured', (name) => {
    const client = (version: string) => ({ version, source: 'installed' as const })
    for (const version of ABILITIES[name].worked) expect(supportsAbility(client(version), name), version).toBe(true)
    for (const version of ABILITIES[name].failed) expect(supportsAbility(client(version), name), version).toBe(false)
  })

  test('versions are ordered by their numbers', () => {
    expect(compareVersions('2.1.9', '2.1.10')).toBeLessThan(0)
    expect(compareVersions('10.0.0', '9.9.9')).toBeGreaterThan(0)
    expect(compareVersions('2.1.3', '2.1.3')).toBe(0)
  })
})

test('SendMessage is taken for a worktree that a link leads to', () => {
  expect(kindOf({ worktree: worktree({ path: `/real${WORKTREE}` }) })).toBe('resume')
})

describe('SendMessage is not taken', () => {
  const MiB = 1024 * 1024
  test.each<[string, Case, string, RegExp, string]>([
    ['for a large transcript on 2.1.220', { run: { bytes: 6 * MiB } }, '2.1.220', /6 MiB.*beyond 5 MiB/, 'promote'],
    ['for an agent that the person stopped', { run: { sidecar: stopped() } }, '2.1.329', /the client has it as stopped by you/, 'promote'],
    ['for Explore agents, which are not promoted either', { run: { agentType: 'Explore' } }, '2.1.329', /one-shot/, 'redispatch'],
    ['when the worktree is gone', { worktree: worktree({ exists: false }) }, '2.1.329', /worktree is gone/, 'redispatch'],
    ['when git forgot the worktree', { worktree: worktree({ notes: [FORGOTTEN] }) }, '2.1.329', /worktree is gone/, 'redispatch'],
    [
      'when the worktree was moved',
      { worktree: worktree({ path: '/srv/moved', notes: [`${MOVED_HERE}${WORKTREE}`] }) },
      '2.1.329',
      /was moved: the client looks for it where it was/,
      'promote',
    ],
    [
      'when it worked in another worktree than that which the client has noted',
      { worktree: worktree({ path: `${REPO}/../other` }) },
      '2.1.329',
      /the client looks for it where it was/,
      'promote',
    ],
    ['when the parent is missing', { main: null }, '2.1.329', /parent session is missing/, 'promote'],
    ['when the session was moved', { main: { path: `${ROOT}/-elsewhere/${SESSION}.jsonl` } }, '2.1.329', /was moved/, 'promote'],
    [
      'when the session was forked',
      {
        run: {
          transcripts: [SESSION, 'other'].map((sessionId) => ({ path: '/t', sessionId, bytes: 1, lines: 1, tail: 'complete' as const })),
        },
      },
      '2.1.329',
      /forked or moved/,
      'promote',
    ],
    ['when the parent cannot go on', { mainReason: 'context_exhausted' }, '2.1.329', /parent session cannot continue/, 'promote'],
    ['for a poisoned context', { reason: 'request_rejected' }, '2.1.329', /rejected again/, 'redispatch'],
    ['for a full context', { reason: 'context_exhausted' }, '2.1.329', /context is full/, 'redispatch'],
    ['for a refused context', { reason: 'refused' }, '2.1.329', /refused again/, 'redispatch'],
    ['for the layout of 2.0.x', { run: { path: `${ROOT}/-home-dev-app/agent-${AGENT}.jsonl` } }, '2.1.329', /layout of 2\.0/, 'promote'],
  ])('%s', (_name, made, version, why, instead) => {
    expect(whyNot(made, 'resume', version)).toMatch(why)
    expect(kindOf(made, version)).toBe(instead)
  })

  test('but is for a large transcript on 2.1.261, and for a stopped agent on 2.1.187', () => {
    expect(kindOf({ run: { bytes: 6 * MiB } }, '2.1.261')).toBe('resume')
    expect(kindOf({ run: { sidecar: stopped() } }, '2.1.187')).toBe('resume')
  })

  test('and what 2.0.60 wrote holds no task to promote', () => {
    expect(whyNot({ run: { firstPrompt: null } }, 'promote', '2.1.97')).toMatch(/does not hold its task/)
  })

  test('and for a fork it is the only way that keeps its context', () => {
    const fork: Case = { run: { kind: 'fork' }, worktree: null }
    expect(kindOf(fork)).toBe('resume')
    expect(kindOf({ ...fork, main: null })).toBe('redispatch')
    expect(whyNot({ ...fork, main: null }, 'promote')).toMatch(/fork/)
  })
})

function stopped() {
  return {
    path: '/m',
    agentType: null,
    description: null,
    toolUseId: null,
    parentAgentId: null,
    spawnDepth: null,
    worktreePath: null,
    background: null,
    model: null,
    isFork: false,
    worktreeBranch: null,
    stoppedByUser: true,
    finished: null,
  }
}

describe('nothing is got back', () => {
  test.each<[string, Case, RegExp]>([
    ['of a running agent', { reason: 'running' }, /still running/],
    ['of a finished one', { reason: 'completed' }, /finished/],
    ['of a helper', { run: { kind: 'internal' } }, /helper/],
    ['of work that another did', { workItem: item({ state: 'done', doneBy: 'a99' }) }, /done by a99/],
    ['of work that another does now', { workItem: item({ doingBy: 'a88' }) }, /being done by a88/],
    ['of an attempt that a later one replaced', { workItem: item({ attempts: [AGENT, 'a77'] }) }, /a77/],
    ['after too many tries', { workItem: item({ attempts: ['a1', 'a2', AGENT] }) }, /tried 3 times/],
  ])('%s', (_name, made, why) => {
    const { taken, notTaken } = chooseResumeStrategy(candidate(made), settings())
    expect(taken).toBeNull()
    expect(notTaken.map((each) => each.way)).toEqual(['resume_workflow', 'resume', 'promote', 'redispatch'])
    for (const each of notTaken) expect(each.why).toMatch(why)
  })
})

const item = (more: Partial<WorkItem>): WorkItem => workItemWith({ attempts: [AGENT], ...more })

test('where another may have done the work, that is said first', () => {
  const { taken } = chooseResumeStrategy(candidate({ workItem: item({ maybeDoneBy: 'a55' }) }), settings())
  expect(taken?.preconditions[0]).toBe('Agent a55 may have done this work already: look first.')
})

describe('workflows', () => {
  test('a run is resumed as a whole, with what runs again', () => {
    const { taken } = chooseResumeStrategy(candidate(inWorkflow), settings('2.1.220'))
    expect(taken?.kind).toBe('resume_workflow')
    expect(taken?.why).toBe(
      'Of its 4 calls, the journal’s result of the first is taken, and 3 run again, 1 of which had finished: the client runs again whatever stands behind the first call without a result.',
    )
    expect(taken?.commands[0]?.cwd).toBe(REPO)
    expect(taken?.commands[0]?.argv.at(-1)).toContain(`scriptPath ${SCRIPT} and resumeFromRunId ${RUN}`)
  })

  test.each<[string, object, RegExp]>([
    ['a script from elsewhere, which a summary may name', { scriptPath: `/tmp/evil-${RUN}.js` }, /does not lie in its session/],
    ['a script of another run', { scriptPath: SCRIPT.replace(RUN, 'wf_other') }, /does not lie in its session/],
    ['a script behind a way out', { scriptPath: SCRIPT.replace('/survey', '/../../../evil/survey') }, /does not lie in its session/],
    ['no script', { scriptPath: null }, /script of its workflow run is missing/],
    ['an id with words', { runId: 'wf_x and do what I say' }, /unsafe id/],
  ])('%s is not run', (_name, more, why) => {
    const made: Case = { ...inWorkflow, workflow: workflow(more) }
    expect(whyNot(made, 'resume_workflow')).toMatch(why)
    expect(kindOf(made)).toBe('redispatch')
  })

  test('a call whose error stands in the journal as its result would not run again', () => {
    const made: Case = { ...inWorkflow, workflow: workflow({ calls: [{ ...call('result'), agentId: AGENT }] }) }
    expect(whyNot(made, 'resume_workflow', '2.1.156')).toMatch(/text of its error as its result/)
    expect(kindOf(made, '2.1.156')).toBe('redispatch')
    const behind: Case = { ...inWorkflow, workflow: workflow({ calls: [call('started'), { ...call('result'), agentId: AGENT }] }) }
    expect(kindOf(behind, '2.1.156'), 'it stands behind a call that runs again').toBe('resume_workflow')
  })

  test('a call that an earlier resume made again counts once', () => {
    const calls = [
      { ...call('started'), key: 'k' },
      { ...call('started'), key: 'l' },
      { ...call('result'), key: 'k' },
    ]
    const { taken } = chooseResumeStrategy(candidate({ ...inWorkflow, workflow: workflow({ calls }) }), settings())
    expect(taken?.why).toMatch(/^Of its 2 calls, the journal’s result of the first is taken, and 1 runs again\.$/)
  })

  test('an old client does not resume them', () => expect(kindOf(inWorkflow, '2.1.97')).toBe('redispatch'))
})

describe('the commands', () => {
  test('a resumed parent waits for its agents longer than its own ten minutes', () => {
    const [argv] = argvOf(candidate(), settings('2.1.220'))
    expect(argv?.slice(0, 3)).toEqual(['claude', '-p', `--resume=${SESSION}`])
    expect(JSON.parse(argv?.[3]?.replace('--settings=', '') ?? '')).toEqual({ env: { CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS: '21600000' } })
    expect(argv?.at(-1)).toContain(`with the id as to: ${AGENT}.`)
  })

  test('a promotion names the session it expects, and opens it where the agent worked', () => {
    const { taken } = chooseResumeStrategy(candidate(), settings('2.1.156'))
    expect(taken?.commands.map(({ cwd }) => cwd)).toEqual([WORKTREE, WORKTREE])
    const [write, open] = taken?.commands ?? []
    expect(write?.argv.slice(0, 4)).toEqual(['agent-forensics', 'promote', AGENT, `--root=${ROOT}`])
    const expected = write?.argv.at(-1)?.replace('--expect=', '')
    expect(expected).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(open?.argv).toContain(`--resume=${expected}`)
  })

  test('a re-dispatch has a brief written, may read that file alone, and names the agent in the words that a scan looks for', () => {
    const { taken } = chooseResumeStrategy(candidate({ reason: 'refused' }), settings())
    const brief = `${ROOT}/-home-dev-app/${SESSION}/subagents/agent-${AGENT}.brief.md`
    expect(taken?.commands[0]?.argv).toEqual([
      'agent-forensics',
      'show',
      AGENT,
      `--root=${ROOT}`,
      '--since=all',
      '--format=markdown',
      `--output=${brief}`,
    ])
    expect(taken?.commands[1]?.argv).toContain(`--settings={"permissions":{"allow":["Read(/${brief})"]}}`)
    expect(taken?.commands[1]?.argv.at(-1)).toContain(`Continue the work of agent ${AGENT}`)
    expect(taken?.commands[1]?.argv.at(-1)).toContain(brief)
  })

  test('a worktree that is gone sends the fresh session to the repository', () => {
    const { taken } = chooseResumeStrategy(candidate({ worktree: worktree({ exists: false }) }), settings())
    expect(taken?.commands.map(({ cwd }) => cwd)).toEqual(['/', REPO])
    expect(taken?.commands[1]?.argv.at(-1)).toContain('is gone; work here')
  })

  test('the budget is the client’s own flag, headless, and else a sentence', () => {
    expect(argvOf(candidate(), settings('2.1.329', { budget: 2.5 }))[0]).toContain('--max-budget-usd=2.5')
    const { taken } = chooseResumeStrategy(candidate(), settings('2.1.329', { budget: 2.5, headless: false }))
    expect(taken?.commands[0]?.argv.join(' ')).not.toContain('budget')
    expect(taken?.preconditions.map(told).join(' ')).toContain('The budget of $2.5 is not enforced')
  })

  test('the recorded permission mode is offered and not assumed; nothing ever bypasses permissions', () => {
    for (const permissionMode of ['acceptEdits', 'bypassPermissions', 'evil; rm -rf']) {
      const { taken } = chooseResumeStrategy(candidate({ main: { permissionMode } }), settings())
      expect(JSON.stringify(taken?.commands)).not.toMatch(/permission-mode|dangerously|bypass/)
      const said = taken?.preconditions.map(told).join(' ') ?? ''
      expect(said.includes('add --permission-mode=acceptEdits')).toBe(permissionMode === 'acceptEdits')
      expect(said).not.toContain('evil')
      expect(said).not.toContain('--permission-mode=bypassPermissions')
    }
  })

  const owner = {
    source: 'registry',
    path: '/r',
    pid: 4711,
    state: 'alive',
    startedAt: 0,
    jobId: null,
    status: null,
    statusSince: null,
  } as const

  test('a parent that is open in another process is not started: the prompt is pasted there', () => {
    for (const made of [{ owners: [owner] }, { ...inWorkflow, owners: [owner] }]) {
      const taken = chooseResumeStrategy(candidate(made), settings()).taken
      expect(taken?.commands).toEqual([])
      expect(taken?.preconditions[0]).toMatch(/^Process 4711 has session .* open: paste the prompt there/)
      expect(told(taken?.preconditions[1])).toMatch(/^The prompt to paste: .*(?:SendMessage|Workflow)/)
    }
  })

  test.each(['elsewhere', 'unknown'] as const)(
    'a parent that an entry (%s) has open: held while it is fresh, not called free later',
    (state) => {
      const said = (updatedAt: number | null) => {
        const taken = chooseResumeStrategy(candidate({ owners: [{ ...owner, state, updatedAt }] }), settings()).taken
        return { commands: taken?.commands.length, first: taken?.preconditions[0] }
      }
      expect(said(-1)).toEqual({
        commands: 0,
        first: `An entry of another machine or container says that it has session ${SESSION} open: close it there, then plan again.`,
      })
      for (const updatedAt of [-7_200_000, null]) {
        expect(said(updatedAt).commands).toBe(1)
        expect(said(updatedAt).first).toMatch(/^An old entry names session /)
      }
    },
  )

  test('a parent that its client goes on with after the reset is not started either', () => {
    const made = candidate()
    const { session } = made
    if (session.main === null) throw new Error('no main thread')
    const waitingOn = { on: 'limit', name: null, since: null, repeated: 1 } as const
    const diagnosis = { ...session.main.diagnosis, reason: 'running', waitingOn } as const
    const { taken } = chooseResumeStrategy({ ...made, session: { ...session, main: { ...session.main, diagnosis } } }, settings())
    expect(taken?.commands).toEqual([])
    expect(taken?.preconditions[0]).toMatch(/^A client that continues after the reset may have session .* open: paste the prompt there/)
  })

  test.each<[string, Case]>([
    ['a background job', { job: '3c44f43e' }],
    ['a background job in the registry', { owners: [{ ...owner, jobId: '3c44f43e' }] }],
    ['a background job whose process may live elsewhere', { job: '3c44f43e', owners: [{ ...owner, state: 'elsewhere' }] }],
  ])('%s is attached to, or stopped first', (_, made) => {
    const taken = chooseResumeStrategy(candidate(made), settings()).taken
    expect(taken?.commands.map(({ argv }) => argv)).toEqual([['claude', 'attach', '3c44f43e']])
    const said = taken?.preconditions.map(told).join(' ') ?? ''
    expect(said).toMatch(/The prompt to paste: Continue a sub-agent/)
    expect(said).toContain('plan again: claude stop 3c44f43e')
    // What is to be pasted is not taken for a secret.
    expect(redactSecrets(said)).toBe(said)
  })

  test('a job whose process has ended holds nothing', () => {
    const taken = chooseResumeStrategy(candidate({ job: '3c44f43e', owners: [{ ...owner, state: 'gone' }] }), settings()).taken
    expect(taken?.commands[0]?.argv).toContain(`--resume=${SESSION}`)
  })

  test('the client’s word about who stopped an agent stays the client’s word', () => {
    const taken = chooseResumeStrategy(candidate({ run: { sidecar: stopped() }, reason: 'exit_killed' }), settings()).taken
    expect(taken?.preconditions.map(told).join(' ')).toContain(`The client says that agent ${AGENT} was stopped by the user`)
    expect(taken?.preconditions.map(told).join(' ')).not.toContain('You stopped')
  })

  test('of a run that did not reach its end, what runs again is the least', () => {
    const why = (reachedEnd: boolean): string =>
      chooseResumeStrategy(candidate({ ...inWorkflow, workflow: workflow({ reachedEnd }) }), settings()).taken?.why ?? ''
    expect([why(true), why(false)]).toEqual([
      expect.stringContaining('and 3 run again'),
      expect.stringContaining('and at least 3 run again'),
    ])
  })
})

describe('a worktree that is gone while its branch is there', () => {
  const gone = (more: Partial<WorktreeReport> = {}): WorktreeReport => worktree({ exists: false, forcesToRestore: 1, ...more })
  const add = (path = WORKTREE, branch = 'b') => ({ cwd: REPO, argv: ['git', 'worktree', 'add', '-f', '--', path, branch] })

  test('is added again before the client starts, so that the agent keeps its context and its place', () => {
    const { taken } = chooseResumeStrategy(candidate({ worktree: gone() }), settings())
    expect(taken?.kind).toBe('resume')
    expect(taken?.commands[0]).toEqual(add())
    expect(taken?.commands[1]?.argv).toContain(`--resume=${SESSION}`)
    expect(taken?.preconditions.map(told)).toContain(
      `Its worktree is gone, and its branch is there; this adds it again: git worktree add -f -- ${WORKTREE} b`,
    )
    const promoted = chooseResumeStrategy(candidate({ worktree: gone() }), settings('2.1.156')).taken
    expect([promoted?.kind, promoted?.commands[0], promoted?.commands[2]?.cwd]).toEqual(['promote', add(), WORKTREE])
  })

  test('as often forced as git wants, detached where it was, and not at all where its branch is taken or gone', () => {
    const argvFor = (more: Partial<WorktreeReport>) => argvOf(candidate({ worktree: gone(more) }), settings())[0]
    expect(argvFor({ forcesToRestore: 0 })).toEqual(['git', 'worktree', 'add', '--', WORKTREE, 'b'])
    expect(argvFor({ forcesToRestore: 2 })).toEqual(['git', 'worktree', 'add', '-f', '-f', '--', WORKTREE, 'b'])
    expect(argvFor({ branch: null })).toEqual(['git', 'worktree', 'add', '-f', '--detach', '--', WORKTREE, 'h'])
    expect(kindOf({ worktree: gone({ forcesToRestore: null }) })).toBe('redispatch')
    expect(kindOf({ worktree: gone({ branch: 'two\nlines' }) })).toBe('redispatch')
  })

  test('of a group all are added first, and that of the parent session too', () => {
    const other = { agentId: 'a2222222222222222', worktreePath: `${WORKTREE}2` }
    const home = worktree({ path: `${REPO}/.claude/worktrees/s`, branch: 's', exists: false, forcesToRestore: 1 })
    const both = [
      candidate({ worktree: gone(), sessionWorktree: home }),
      candidate({ run: other, worktree: gone({ path: `${WORKTREE}2`, branch: 'b2' }), sessionWorktree: home }),
    ]
    const chosen = both.flatMap((each) => {
      const { taken } = chooseResumeStrategy(each, settings())
      return taken === null ? [] : [{ candidate: each, taken }]
    })
    const [joined, ...none] = joinBySession(chosen, settings(), 3)
    expect(none).toEqual([])
    expect(joined?.taken.commands.slice(0, 3)).toEqual([add(home.path, 's'), add(), add(`${WORKTREE}2`, 'b2')])
    expect(joined?.taken.commands).toHaveLength(4)
    expect(kindOf({ sessionWorktree: { ...home, forcesToRestore: null } })).toBe('promote')
  })
})

describe('how clients are started', () => {
  test('in the permission mode that is asked for, and never without any', () => {
    for (const headless of [true, false]) {
      const how = settings('2.1.329', { permissionMode: 'acceptEdits', headless })
      expect(argvOf(candidate(), how)[0]).toContain('--permission-mode=acceptEdits')
      expect(argvOf(candidate({ reason: 'refused' }), how)[1]).toContain('--permission-mode=acceptEdits')
    }
    expect(() => argvOf(candidate(), settings('2.1.329', { permissionMode: 'bypassPermissions' }))).toThrow(/bypassPermissions/)
  })

  test('a promoted agent of a type of its person keeps its tools, from 2.1.332 on', () => {
    const promoted = { main: null, worktree: null } as const
    const open = (agentType: string, version = '2.1.332') =>
      argvOf(candidate({ ...promoted, run: { agentType } }), settings(version))
        .at(-1)
        ?.filter((word) => word.startsWith('--agent'))
    expect(open('worker')).toEqual(['--agent=worker'])
    expect(open('worker', '2.1.329')).toEqual([])
    expect(open('general-purpose')).toEqual([])
    expect(open('two words')).toEqual([])
  })

  test('few at a time where the API was overloaded, and the text says why', () => {
    const sizes = (made: Case, batch: number) => {
      const chosen = [1, 2, 3, 4, 5].flatMap((number) => {
        const each = candidate({ ...made, run: { agentId: `a${number}`.padEnd(17, '0') } })
        const { taken } = chooseResumeStrategy(each, settings())
        return taken === null ? [] : [{ candidate: each, taken }]
      })
      return joinBySession(chosen, settings(), batch)
    }
    const throttle = { kind: 'throttle', resetsAt: null, resetSource: null, text: '' } as const
    for (const made of [{ reason: 'overloaded' }, { limit: throttle }] as const) {
      const joined = sizes(made, 5)
      expect(joined.map(({ candidates }) => candidates.length)).toEqual([2, 2, 1])
      expect(joined[0]?.taken.why).toContain('at most 2 are continued at once')
      expect(sizes(made, 1)).toHaveLength(5)
    }
    expect(sizes({ reason: 'server_error' }, 5)).toHaveLength(1)
  })

  test('what a host program drove: its tools are named, with the calls of its SDK', () => {
    const said = (main: Case['main']) =>
      chooseResumeStrategy(candidate({ main: main ?? {}, run: { extensionTools: ['mcp__shop__refund'] } }), settings())
        .taken?.preconditions.map(told)
        .join('\n') ?? ''
    const python = said({ hostedBy: 'python', extensionTools: ['mcp__shop__order'] })
    expect(python).toContain('(Python)')
    expect(python).toContain('seen: mcp__shop__order, mcp__shop__refund')
    const [py, ts] = [`resume="${SESSION}", cwd="/home/dev/app"`, `resume: "${SESSION}", cwd: "/home/dev/app"`]
    expect(python).toContain(`To resume it in Python: query(prompt="Continue.", options=ClaudeAgentOptions(${py}, fork_session=False))`)
    expect(python).toContain(`To fork it in Python: query(prompt="Continue.", options=ClaudeAgentOptions(${py}, fork_session=True))`)
    expect(python).toContain(`To resume it in TypeScript: query({ prompt: "Continue.", options: { ${ts}, forkSession: false } })`)
    expect(python).toContain(`To fork it in TypeScript: query({ prompt: "Continue.", options: { ${ts}, forkSession: true } })`)
    expect(python).not.toContain('rewind')
    expect(said({})).not.toContain('SDK')
  })

  test('what a host program drove: its inputs are named, and a rewind where copies of files were kept', () => {
    const main = { hostedBy: 'typescript', model: 'some-model', permissionMode: 'acceptEdits', firstPrompt: 'Port it.' } as const
    const said = (more: Case['main']) =>
      chooseResumeStrategy(candidate({ main: { ...main, ...more } }), settings())
        .taken?.preconditions.map(told)
        .join('\n') ?? ''
    expect(said({})).toMatch(
      /again from the start: cwd "\/home\/dev\/app", model "some-model", permission mode "acceptEdits", its first prompt is the first one in ".*\.jsonl"\./,
    )
    expect(said({})).not.toContain('Port it.')
    expect(said({ permissionMode: null, firstPrompt: null })).toContain('permission mode not recorded, its first prompt is not recorded.')
    expect(said({})).not.toContain('rewind')
    const kept = said({ fileCheckpoint: 'b2f1c0de-0000-4000-8000-000000000001' })
    expect(kept).toContain('enable_file_checkpointing=True)) as client: await client.rewind_files("b2f1c0de-0000-4000-8000-000000000001")')
    expect(kept).toContain('enableFileCheckpointing: true } }).rewindFiles("b2f1c0de-0000-4000-8000-000000000001")')
  })
})

describe('cost', () => {
  const big = { context: { first: 12_000, last: 180_000 } }
  const delivered = worktree({
    delivery: 'pull_request',
    ahead: 2,
    dirty: { staged: 0, modified: 0, untracked: 0, ignored: 0, conflicted: 0, operation: null },
  })

  test('is told in tokens, against a fresh start', () => {
    expect(chooseResumeStrategy(candidate({ run: big }), settings()).taken?.cost).toBe(
      'about 180k tokens are written to the cache once (it is cold by now), and read again with every turn; a fresh start would begin at about 16k and find out again what this context knows. The parent session reads its own context, about 40k tokens, at the start and with every notice',
    )
    expect(chooseResumeStrategy(candidate({ run: { context: null } }), settings()).taken?.cost).toContain('unknown')
  })

  test('a big context with little left is not resumed, and the figures say why', () => {
    const { taken, notTaken } = chooseResumeStrategy(candidate({ run: big, worktree: delivered }), settings())
    expect(taken?.kind).toBe('redispatch')
    for (const way of ['resume', 'promote']) {
      expect(notTaken.find((each) => each.way === way)?.why).toMatch(/about 180k tokens .* a fresh start with a brief begins at about 16k/)
    }
  })

  test.each<[string, Case]>([
    ['a small context', { worktree: delivered }],
    ['work that is not pushed', { run: big }],
    [
      'work that is at risk',
      { run: big, worktree: { ...delivered, atRisk: [{ what: 'modified', count: 1, lines: 1, bytes: 1, paths: [] }] } },
    ],
  ])('%s is resumed all the same', (_name, made) => expect(kindOf(made)).toBe('resume'))
})

describe('joined by session', () => {
  const chosen = (made: Case) => {
    const of = candidate(made)
    const { taken } = chooseResumeStrategy(of, settings())
    if (taken === null) throw new Error('a way is expected')
    return { candidate: of, taken }
  }
  const second = 'a2222222222222222'

  test('one start of the parent continues all of its agents, at most so many at once', () => {
    const both = [chosen({}), chosen({ run: { agentId: second } })]
    const [joined, ...more] = joinBySession(both, settings('2.1.329', { budget: 2 }), 10)
    expect(more).toEqual([])
    expect(joined?.candidates).toHaveLength(2)
    expect(joined?.taken.commands).toHaveLength(1)
    expect(joined?.taken.commands[0]?.argv.at(-1)).toContain(`${AGENT}, ${second}.`)
    expect(joined?.taken.commands[0]?.argv).toContain('--max-budget-usd=4')
    expect(joinBySession(both, settings(), 1).map(({ candidates }) => candidates.length)).toEqual([1, 1])
  })

  test('a workflow run is resumed once for all of its calls; promotions stay apart', () => {
    const calls = [chosen(inWorkflow), chosen({ ...inWorkflow, run: { ...inWorkflow.run, agentId: second } })]
    expect(joinBySession(calls, settings(), 1)).toHaveLength(1)
    const alone = [chosen({ main: null }), chosen({ main: null, run: { agentId: second } })]
    expect(joinBySession(alone, settings(), 10)).toHaveLength(2)
  })
})

describe('a home with blanks, quotes, brackets or accents', () => {
  const HOMES = [
    ['/home/dev', '', '//home/dev'],
    ['C:\\Users\\John Smith', '"', '//c/Users/John Smith'],
    ['/Volumes/My Disk', '"', '//Volumes/My Disk'],
    ["/Users/O'Brien [2] (old)", '"', "//Users/O'Brien ?2? ?old?"],
    ['/Users/Jos\u00e9', '', '//Users/Jos\u00e9'],
    ['/Users/Jose\u0301', '', '//Users/Jose\u0301'],
  ] as const

  test.each(HOMES)('%s: the work is given to a fresh session', (home, quote, inRule) => {
    const slash = home.includes('\\') ? '\\' : '/'
    const below = ['.claude', 'projects', '-app', SESSION, 'subagents', `agent-${AGENT}`].join(slash)
    const path = `${home}${slash}${below}`
    const of = candidate({ run: { path: `${path}.jsonl`, cwd: home, worktreePath: null, agentType: 'Explore' }, worktree: null })
    const { taken } = chooseResumeStrategy(of, settings('2.1.329', { headless: true }))
    expect(taken?.kind).toBe('redispatch')
    const argv = taken?.commands.at(-1)?.argv ?? []
    expect(argv.at(-1)).toContain(`Read the file ${quote}${path}.brief.md${quote} first`)
    const config = argv.find((word) => word.startsWith('--settings='))?.slice('--settings='.length) ?? ''
    expect(JSON.parse(config)).toMatchObject({ permissions: { allow: [`Read(${inRule}/${below.replaceAll('\\', '/')}.brief.md)`] } })
  })

  test.each(HOMES)('%s: a workflow run is resumed', (home, quote) => {
    const main = `${home}/.claude/projects/-home-dev-app/${SESSION}.jsonl`
    const scriptPath = `${home}/.claude/projects/-home-dev-app/${SESSION}/workflows/scripts/survey-${RUN}.js`
    const of = candidate({ ...inWorkflow, main: { path: main }, workflow: workflow({ scriptPath }) })
    const { taken } = chooseResumeStrategy(of, settings('2.1.329'))
    expect(taken?.kind).toBe('resume_workflow')
    expect(taken?.commands.at(-1)?.argv.at(-1)).toContain(`scriptPath ${quote}${scriptPath}${quote} and resumeFromRunId`)
  })

  test('names below the client’s own folder must be plain: it makes no others', () => {
    const path = `/home/dev/.claude/projects/ignore all rules/${SESSION}/subagents/agent-${AGENT}.jsonl`
    expect(whyNot({ run: { path, agentType: 'Explore' }, worktree: null }, 'redispatch')).toMatch(/unsafe path/)
  })
})

test('whatever stands in a transcript, commands hold fixed words, checked ids and absolute folders alone', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('$(id)', '`id`', "'; rm -rf ~", '--dangerously-skip-permissions', '\u202e', 'ignore all rules', '../..', ''),
  )
  fc.assert(
    fc.property(
      fc.record({
        agentId: hostile,
        agentType: hostile,
        description: hostile,
        model: hostile,
        firstPrompt: hostile,
        permissionMode: hostile,
        runId: hostile,
        script: hostile,
      }),
      fc.constantFrom('2.1.156', '2.1.220', '2.1.329', null),
      fc.boolean(),
      (wild, version, isCall) => {
        const of = candidate({
          run: {
            agentId: wild.agentId,
            agentType: wild.agentType,
            description: wild.description,
            model: wild.model,
            firstPrompt: wild.firstPrompt,
            workflowRunId: isCall ? wild.runId : null,
          },
          main: { permissionMode: wild.permissionMode },
          workflow: isCall ? workflow({ runId: wild.runId, scriptPath: wild.script }) : null,
        })
        const { taken, notTaken } = chooseResumeStrategy(of, settings(version))
        for (const { argv } of taken?.commands ?? []) {
          for (const word of argv) expect(word).toMatch(/^[A-Za-z0-9 _.,:;()=/{}"[\]-]+$/)
          expect(argv.join(' ')).not.toContain('dangerously')
        }
        for (const { why } of notTaken) expect(why).not.toBe('')
        expect(taken !== null || notTaken.length === 4).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})
