import type { Action } from '../../src/plan/action.ts'
import type { ProcessFacts } from '../../src/ports/host.ts'
import type { JournalFile } from '../../src/ports/journal.ts'
import type { ProgramCall, ProgramEnd } from '../../src/ports/programs.ts'
import { Journal } from '../../src/recover/journal.ts'
import { type Narrowing, recover, type Recovery, type RecoverSettings, type RecoverWorld } from '../../src/recover/recover.ts'
import type { Report } from '../../src/report/report.ts'
import { formatInstant } from '../../src/time/instant.ts'

/** When every simulation begins. Milliseconds since the epoch. */
export const BEGIN = Date.parse('2026-11-21T02:00:00Z')
export const MINUTE = 60_000

/** An agent of a simulation, as its transcript has it. */
export interface SimulatedAgent {
  readonly id: string
  readonly session: string
  /** Its launcher, which goes on first. */
  readonly parent?: string
  reason: Report['agents'][number]['reason']
  endedAt: number
  /** When the limit that refused it resets. */
  resetsAt: number | null
  needsPermission?: boolean
}

/** What a client does with an agent that it is told to continue. */
export type Behaviour = (agent: SimulatedAgent, now: number, attempt: number) => Partial<SimulatedAgent> | null

/** A machine with dead agents, a clock that jumps, and clients that behave as they are told. */
export class Simulation {
  readonly agents: SimulatedAgent[]
  readonly starts: { readonly at: number; readonly session: string | null; readonly agents: readonly string[]; endedAt: number }[] = []
  readonly said: string[] = []
  readonly asked: string[] = []
  readonly lines: string[] = []
  readonly alive = new Set<number>()
  /** Sessions that a process of somebody else has open. */
  readonly openElsewhere = new Set<string>()
  /** More actions of every plan. */
  more: readonly Action[] = []
  /** Ids that every recovery depends on. */
  firsts: readonly string[] = []
  saves: (report: Report) => Awaited<ReturnType<RecoverWorld['save']>> = () => ({ saved: [], failures: [], leftOut: 0 })
  behave: Behaviour = (_, now) => ({ reason: 'completed', endedAt: now })
  /** How long a client takes. */
  takesMs = MINUTE
  /** Answers of the person, in order; null: nobody is there. */
  answers: (string | null)[] | null = null
  /** Throws out of the run when it returns true: as if the process was killed. */
  diesAt: (event: 'start' | 'end') => boolean = () => false
  /** The permission mode that every session ran in. */
  mode: string | null = null
  readonly planned: Narrowing[] = []
  /** What a command of ours says where it fails. */
  tool: (argv: readonly string[]) => string | null = () => null
  /** How commands end that start no client, and how clients do. */
  otherEnd: ProgramEnd = { code: 0, signal: null }
  clientEnd: ProgramEnd = { code: 0, signal: null }
  /** The last line of what programs print. */
  printed = ''
  /** Commands before the start of a client. */
  before: Action['commands'] = []
  /** Main threads that died, with what they end as once a client has resumed them. */
  readonly threads = new Map<string, Report['sessions'][number]['reason']>()
  readonly resumed = new Set<string>()
  /** Commands that start no client. */
  readonly ran: (readonly string[])[] = []
  now = BEGIN
  readonly #timers: { readonly at: number; readonly go: () => void }[] = []
  readonly #attempts = new Map<string, number>()
  #pid = 1_000

  constructor(agents: readonly (Pick<SimulatedAgent, 'id' | 'session'> & Partial<SimulatedAgent>)[]) {
    this.agents = agents.map((each) => ({ reason: 'exit_killed', endedAt: BEGIN - MINUTE, resetsAt: null, ...each }))
  }

  async run(settings: Partial<RecoverSettings> = {}): Promise<Recovery> {
    const given: RecoverSettings = {
      actions: null,
      only: null,
      isInteractive: false,
      permissionMode: null,
      savesFirst: true,
      batch: 3,
      maxAttempts: 5,
      staggerMs: 30_000,
      timeZone: 'UTC',
      toolVersion: '0.1.0',
      ...settings,
    }
    return await recover(given, this.#world())
  }

  /** A time on the clock of the simulation, as the screen has it. */
  get minutes(): readonly number[] {
    return this.starts.map(({ at }) => (at - BEGIN) / MINUTE)
  }

  #world(): RecoverWorld {
    const file: JournalFile = {
      path: '/state/recover.journal',
      folder: '/state/recover',
      lines: [...this.lines],
      append: (line) => void this.lines.push(line),
      close: () => {},
    }
    return {
      plan: (narrowing) => {
        this.planned.push(narrowing)
        return Promise.resolve(this.plan(narrowing))
      },
      save: (report) => Promise.resolve(this.saves(report)),
      runTool: (argv) => Promise.resolve(this.tool(argv)),
      programs: { start: (call) => this.#start(call) },
      processes: {
        domain: () => Promise.resolve('here'),
        inspect: (pid): Promise<ProcessFacts> =>
          Promise.resolve(this.alive.has(pid) ? { state: 'alive', start: `mark-${pid}`, startedAt: null } : { state: 'gone' }),
      },
      journal: new Journal(file, () => this.now),
      person:
        this.answers === null
          ? null
          : {
              ask: (question) => {
                this.asked.push(question)
                return Promise.resolve(this.answers?.shift() ?? null)
              },
            },
      now: () => this.now,
      sleep: (ms, stop) => this.#sleep(ms, stop),
      say: (line) => Promise.resolve(void this.said.push(line)),
      readEnd: () => Promise.resolve(this.printed),
    }
  }

  /** The clock jumps to the next thing that happens once nothing else goes on. */
  #sleep(ms: number, stop?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = { at: this.now + ms, go: resolve }
      this.#timers.push(timer)
      stop?.addEventListener('abort', () => {
        if (this.#timers.includes(timer)) this.#timers.splice(this.#timers.indexOf(timer), 1)
        resolve()
      })
      setImmediate(() => this.#tick())
    })
  }

  #tick(): void {
    const next = this.#timers.toSorted((a, b) => a.at - b.at)[0]
    if (next === undefined) return
    this.#timers.splice(this.#timers.indexOf(next), 1)
    this.now = Math.max(this.now, next.at)
    next.go()
  }

  #start({ argv }: ProgramCall): ReturnType<RecoverWorld['programs']['start']> {
    if (argv[0] !== 'claude') {
      this.ran.push(argv)
      return { pid: 1, ended: Promise.resolve(this.otherEnd) }
    }
    if (this.diesAt('start')) throw new Error('killed')
    const session = argv.find((word) => word.startsWith('--resume='))?.slice('--resume='.length) ?? null
    const named = this.agents.filter(({ id }) => argv.some((word) => word.includes(id)))
    const start = { at: this.now, session, agents: named.map(({ id }) => id), endedAt: Infinity }
    this.starts.push(start)
    this.#pid += 1
    const pid = this.#pid
    this.alive.add(pid)
    const ended = this.#sleep(this.takesMs).then((): ProgramEnd => {
      for (const agent of named) {
        const attempt = (this.#attempts.get(agent.id) ?? 0) + 1
        this.#attempts.set(agent.id, attempt)
        Object.assign(agent, this.behave(agent, this.now, attempt) ?? {})
      }
      start.endedAt = this.now
      this.alive.delete(pid)
      if (this.diesAt('end')) throw new Error('killed')
      if (session !== null && this.threads.has(session)) this.resumed.add(session)
      return this.clientEnd
    })
    return { pid, ended }
  }

  /** The plan as it would be made now: one start for a session and a reset, of three agents at most. */
  plan({ agents, sessions, consent }: Narrowing): Report {
    const open = this.agents.filter(({ reason, needsPermission }) => reason !== 'completed' || needsPermission === true)
    const questions = open.filter(({ id, needsPermission }) => needsPermission === true && !consent.has(`inspect-permission-${id}`))
    const planned = open.filter((each) => !questions.includes(each) && (agents === null || agents.has(each.id)))
    const groups = new Map<string, SimulatedAgent[]>()
    for (const agent of planned) {
      const key = JSON.stringify([agent.session, this.#heldUntil(agent), agent.parent ?? ''])
      const group = groups.get(key)
      if (group === undefined || group.length === 3) groups.set(group === undefined ? key : `${key}${agent.id}`, [agent])
      else group.push(agent)
    }
    const starts = [...groups.values()].map((group) => this.#draft(group))
    const actions = starts.map((action) => ({
      ...action,
      dependsOn: [
        ...this.firsts,
        ...starts.flatMap((other) =>
          this.agents.some(({ id, parent }) => action.agents.includes(id) && parent !== undefined && other.agents.includes(parent))
            ? [other.id]
            : [],
        ),
      ],
    }))
    return {
      generatedAt: formatInstant(this.now),
      agents: this.agents.map(({ id, session, reason, endedAt, resetsAt }) => ({
        agentId: id,
        sessionId: session,
        workflowRunId: null,
        description: `Task ${id}`,
        reason,
        endedAt: formatInstant(endedAt),
        limit: resetsAt === null ? null : { kind: 'five_hour', resetsAt: formatInstant(resetsAt), resetSource: 'structured', text: null },
      })),
      sessions: [...new Set([...this.agents.map(({ session }) => session), ...this.threads.keys()])].map((sessionId) => ({
        sessionId,
        reason: this.resumed.has(sessionId) ? this.threads.get(sessionId) : 'exit_killed',
        endedAt: formatInstant(BEGIN - MINUTE),
        limit: null,
        permissionMode: this.mode,
      })),
      workflows: [],
      workItems: this.agents.map(({ id, reason, needsPermission }) => ({
        attempts: [id],
        state: reason === 'completed' && needsPermission !== true ? 'done' : 'open',
      })),
      worktrees: [],
      readIssues: [],
      plan: {
        actions: [...this.more, ...actions, ...this.#draftThreads(sessions), ...questions.map(({ id }) => questionAbout(id))],
      },
    } as unknown as Report
  }

  #draftThreads(sessions: ReadonlySet<string> | null): readonly Action[] {
    const open = [...this.threads].filter(
      ([id, end]) => !(this.resumed.has(id) && end === 'completed') && (sessions === null || sessions.has(id)),
    )
    return open.map(([id]) =>
      plainAction({
        id: `resume_session-${id}`,
        kind: 'resume_session',
        title: `Resume session ${id}`,
        commands: [{ cwd: '/work', argv: ['claude', '-p', `--resume=${id}`, 'Continue.'] }],
        session: id,
      }),
    )
  }

  /** A limit holds all that is to be started, as one account’s limit does. */
  #heldUntil(agent: SimulatedAgent): number {
    const resets = this.agents.flatMap((each) =>
      each.reason === 'rate_limited' && each.session === agent.session ? (each.resetsAt ?? []) : [],
    )
    return Math.max(0, ...resets.filter((at) => at > this.now))
  }

  #draft(group: readonly SimulatedAgent[]): Action {
    const [first] = group
    const session = first?.session ?? ''
    const until = first === undefined ? 0 : this.#heldUntil(first)
    const ids = group.map(({ id }) => id)
    const isElsewhere = this.openElsewhere.has(session)
    return {
      id: `resume-${ids.length === 1 ? ids[0] : `${session}-${ids[0]}`}`,
      kind: 'resume',
      title: `Continue ${ids.join(', ')}`,
      why: '',
      commands: isElsewhere
        ? []
        : [...this.before, { cwd: '/work', argv: ['claude', '-p', `--resume=${session}`, `Continue ${ids.join(', ')}.`] }],
      preconditions: isElsewhere ? [`Process 77 has session ${session} open`] : [],
      notBefore: until === 0 ? null : formatInstant(until),
      dependsOn: [],
      risk: '',
      cost: '',
      agents: ids,
      session,
    }
  }
}

function questionAbout(id: string): Action {
  return plainAction({
    id: `inspect-permission-${id}`,
    kind: 'inspect',
    title: `Allow what “Task ${id}” needs`,
    why: 'Denied: 1 call. This line allows it: "permissions": { "allow": ["Bash(npm publish)"] }',
    agents: [id],
  })
}

/** An action with nothing in it but what is said. */
export function plainAction(said: Pick<Action, 'id' | 'kind'> & Partial<Action>): Action {
  return {
    title: said.id,
    why: '',
    commands: [],
    preconditions: [],
    notBefore: null,
    dependsOn: [],
    risk: '',
    cost: '',
    agents: [],
    session: null,
    ...said,
  }
}
