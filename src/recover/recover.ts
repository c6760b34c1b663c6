import { clients, recoveryStartedBy } from '../clients/index.ts'
import { leavesWorkOpen, RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import type { Person, Processes } from '../ports/host.ts'
import type { ProgramEnd, Programs } from '../ports/programs.ts'
import type { Preserved } from '../preserve/preserve.ts'
import type { Report } from '../report/report.ts'
import { joinSome } from '../text/join-some.ts'
import { plural } from '../text/plural.ts'
import { shellWord } from '../text/shell-word.ts'
import { formatInstant, parseInstant } from '../time/instant.ts'
import { formatClock } from '../time/zoned-time.ts'
import { type Choice, chooseActions, type HeldAction, findNamed, involves } from './choose.ts'
import type { Journal, UnfinishedStart } from './journal.ts'
import { Saving } from './saving.ts'
import { describeQuestion, isAtWork, isDone, judgeAttempt, listSubjects, type Subject } from './subject.ts'

/** What the person wants. */
export interface RecoverSettings {
  /** Ids of actions; null: all that recover somebody. */
  readonly actions: readonly string[] | null
  /** Only actions of these kinds; null: all. */
  readonly only: ReadonlySet<Action['kind']> | null
  /** Each client talks with the person; else it runs alone. */
  readonly isInteractive: boolean
  /** The permission mode that clients are started in; null: what their settings say. */
  readonly permissionMode: string | null
  /** False: local-only work is not saved first. */
  readonly savesFirst: boolean
  /** So many agents at once. */
  readonly batch: number
  /** Whom so many starts did not help is started again only where it is named. */
  readonly maxAttempts: number
  /** The least time between two starts. Milliseconds. */
  readonly staggerMs: number
  readonly timeZone: string
  readonly toolVersion: string
}

/** Whom a plan is about, and how clients are started. null: it is not narrowed. */
export interface Narrowing {
  readonly agents: ReadonlySet<string> | null
  readonly sessions: ReadonlySet<string> | null
  /** Questions of the plan that were answered with yes. */
  readonly consent: ReadonlySet<string>
  readonly headless: boolean
  readonly permissionMode: string | null
}

/** The world of a recovery. */
export interface RecoverWorld {
  /** Reads everything again, and plans. */
  plan(narrowing: Narrowing): Promise<Report>
  /** `paths`: only these worktrees; null: all. */
  save(report: Report, paths: ReadonlySet<string> | null): Promise<Preserved>
  /** Runs a command of this program; what it said on standard error where it failed, else null. */
  runTool(argv: readonly string[]): Promise<string | null>
  readonly programs: Programs
  readonly processes: Processes
  readonly journal: Journal
  /** Nobody is asked where it is null, and every answer is yes. */
  readonly person: Person | null
  now(): number
  /** Resolves after so many milliseconds, or as soon as `stop` is aborted. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>
  /** A line for the person, as things happen. */
  say(line: string): Promise<void>
  /** The end of what a program printed, in one line. */
  readEnd(path: string): Promise<string>
  /** Does what a plan asks a person to fix, by the id of its action; false: it is for the person. Absent: so is all. */
  readonly fix?: (id: string) => Promise<boolean>
}

/** What was not recovered, and why. */
export interface OpenSubject {
  readonly id: string
  readonly title: string
  readonly why: string
  /** The action that tells all of it and asks about it; null: there is none. */
  readonly question: string | null
}

/** What came of a recovery. */
export interface Recovery {
  readonly report: Report
  readonly done: readonly Subject[]
  readonly open: readonly OpenSubject[]
  readonly saved: Preserved
}

/** So long after a start was told, a client that it began may not yet have said that it is there. Milliseconds. */
const UNSEEN_MS = 60_000
/** How often somebody who waits looks at the clock: a machine that slept is found awake. Milliseconds. */
const LOOK_MS = 20_000
/** Who writes nothing for two minutes, and has no live process, is judged as dead by a scan. Milliseconds. */
const SILENCE_MS = 180_000
/** A check that does not answer within that is not waited for. Milliseconds. */
const CHECK_MS = 30_000

interface Running {
  readonly action: Action
  readonly startedAt: number
  readonly subjects: readonly Subject[]
  readonly ended: Promise<Ended>
}

interface Ended {
  readonly start: string
  readonly failure: string | null
}

/** Carries out a plan: saves, waits, starts clients, and looks at what they did. Everything is read again before each start. */
export async function recover(settings: RecoverSettings, world: RecoverWorld): Promise<Recovery> {
  return await new RecoveryRun(settings, world).run()
}

class RecoveryRun {
  readonly #settings: RecoverSettings
  readonly #world: RecoverWorld
  readonly #subjects = new Map<string, Subject>()
  /** Those that may be started, by id. */
  readonly #left = new Set<string>()
  readonly #notes = new Map<string, string>()
  readonly #running = new Map<string, Running>()
  readonly #confirmed = new Set<string>()
  readonly #declined = new Map<string, string>()
  readonly #consent = new Set<string>()
  readonly #namedSaves = new Set<string>()
  readonly #saving: Saving
  #maySave: boolean
  /** Actions that were named and recover nobody: a push, a worktree to remove. */
  readonly #others: Action[] = []
  readonly #failed: OpenSubject[] = []
  #mayWait = true
  #quit = false
  #isInteractive: boolean
  #permissionMode: string | null
  #asksEach: boolean
  #lastStartAt = -Infinity
  #silenceFrom: number | null = null
  /** Whose client has ended, and who seemed to be at work still, with their start. */
  readonly #undecided = new Map<string, { readonly kind: Action['kind']; readonly startedAt: number }>()
  #starts = 0

  constructor(settings: RecoverSettings, world: RecoverWorld) {
    this.#settings = settings
    this.#world = world
    this.#asksEach = world.person !== null
    this.#isInteractive = settings.isInteractive
    this.#maySave = settings.savesFirst
    this.#saving = new Saving(world, settings.actions === null ? null : this.#namedSaves, this.#subjects)
    this.#permissionMode = settings.permissionMode
  }

  async run(): Promise<Recovery> {
    await this.#settleEarlierRuns()
    let report = await this.#choose()
    this.#write({ event: 'begin', tool: this.#settings.toolVersion, actions: report.plan.actions.map(({ id }) => id) })
    if (this.#settings.savesFirst) await this.#saveFirst(report)
    else if (report.plan.actions.some(({ kind }) => kind === 'preserve'))
      await this.#world.say('Warning: local-only work is not saved (--no-preserve). Starting a client may sweep it.')
    await this.#check(report)
    await this.#askForMode(report)
    const isAnybodyLeft = this.#left.size > 0
    if (isAnybodyLeft) await this.#loop()
    await this.#runOthers()
    if (isAnybodyLeft || this.#others.length > 0 || this.#saving.result.saved.length > 0) report = await this.#planAll()
    const open = this.#listOpen(report)
    this.#write({ event: 'end', open: open.map(({ id }) => id) })
    return { report, done: [...this.#subjects.values()].filter((each) => isDone(each, report)), open, saved: this.#saving.result }
  }

  #write(event: Parameters<Journal['write']>[0]): void {
    this.#world.journal.write(event)
  }

  /** The plan for those that are still to be started. */
  async #plan(): Promise<Report> {
    return await this.#planFor(this.#left)
  }

  async #planAll(): Promise<Report> {
    return await this.#planFor(null)
  }

  async #planFor(ids: ReadonlySet<string> | null): Promise<Report> {
    const [consent, headless, permissionMode] = [this.#consent, !this.#isInteractive, this.#permissionMode]
    return await this.#world.plan({ agents: ids, sessions: ids, consent, headless, permissionMode })
  }

  /** Whom the plan, or what of it was named, is about. */
  async #choose(): Promise<Report> {
    const { actions: named } = this.#settings
    let report = await this.#planAll()
    if (named !== null) {
      for (const id of named) for (const action of findNamed(id, report)) if (action.kind === 'inspect') this.#consent.add(action.id)
      if (this.#consent.size > 0) report = await this.#planAll()
    }
    const wanted = named === null ? report.plan.actions : named.flatMap((id) => findNamed(id, report))
    if (named !== null) for (const { kind, id } of wanted) if (kind === 'preserve') this.#namedSaves.add(id)
    if (named !== null) this.#others.push(...wanted.filter(({ kind, commands }) => isRunWhenNamed(kind) && commands.length > 0))
    for (const action of wanted) {
      if (!RECOVERY_KINDS.has(action.kind) || this.#settings.only?.has(action.kind) === false) continue
      for (const subject of listSubjects(action, report)) {
        this.#subjects.set(subject.id, subject)
        const tries = named === null ? this.#world.journal.countFailures(subject.id) : 0
        if (tries < this.#settings.maxAttempts) this.#left.add(subject.id)
        else this.#notes.set(subject.id, `${tries} starts did not help; --action ${action.id} tries once more`)
      }
    }
    return report
  }

  /** Clients that earlier runs started are waited for: two processes on one transcript would spoil it. */
  async #settleEarlierRuns(): Promise<void> {
    const { journal } = this.#world
    for (const unfinished of journal.findUnfinished()) {
      let isTold = false
      while (await this.#isAtWork(unfinished)) {
        const { process, action, at } = unfinished
        const what =
          process === null
            ? `An earlier run may have started a client (${action}). Waiting until ${this.#clock(at + UNSEEN_MS)} for it to show.`
            : `An earlier run started process ${process.pid} (${action}). Waiting for its end.`
        if (!isTold) await this.#world.say(`${what} Ctrl-C stops.`)
        isTold = true
        await this.#world.sleep(2_000)
      }
      this.#write({ event: 'ended', start: unfinished.start, how: 'not seen: the run that started it was stopped' })
    }
  }

  async #isAtWork({ at, process }: UnfinishedStart): Promise<boolean> {
    const { processes } = this.#world
    if (process === null) return this.#world.now() < at + UNSEEN_MS
    if (process.domain !== (await processes.domain())) return false
    const facts = await processes.inspect(process.pid)
    return facts.state === 'alive' && (process.mark === null || facts.start === null || facts.start === process.mark)
  }

  async #saveFirst(report: Report): Promise<void> {
    const places = this.#saving.list(report).length
    if (places === 0) return
    const where = places === 1 ? 'Work in 1 place exists' : `Work in ${places} places exists`
    if (!(await this.#asks(`${where} only on this machine. Save it now? [Y/n] `))) {
      this.#maySave = false
      await this.#world.say('Not saved. Projects with local-only work are left alone (--no-preserve recovers them anyway).')
      return
    }
    await this.#saving.save(report)
  }

  /** Asks about what may still cost money. Nothing is ended. */
  async #check({ plan: { actions } }: Report): Promise<void> {
    if (this.#settings.actions !== null) return
    for (const action of actions.filter(({ kind }) => kind === 'release')) {
      await this.#world.say(action.title)
      for (const { cwd, argv } of action.commands) {
        const log = this.#world.journal.logOf(`check-${this.#nextStart()}`)
        const { ended } = this.#world.programs.start({ cwd, argv, output: { file: log }, timeoutMs: CHECK_MS })
        const end = await ended
        await this.#world.say(`  ${argv.map(shellWord).join(' ')}`)
        await this.#world.say(`  ${isGood(end) ? await this.#world.readEnd(log) : `it could not be asked: ${describeEnd(end)}`}`)
      }
    }
  }

  /** Asked once, since a client that runs alone is refused whatever it would have to ask for. */
  async #askForMode(report: Report): Promise<void> {
    const { person } = this.#world
    if (person === null || this.#isInteractive || this.#permissionMode !== null || this.#left.size === 0) return
    const ids = new Set(report.agents.flatMap(({ agentId, sessionId }) => (this.#left.has(agentId) ? (sessionId ?? []) : [])))
    const modes = new Set(
      report.sessions.flatMap(({ sessionId, permissionMode }) =>
        ids.has(sessionId) || this.#left.has(sessionId) ? (permissionMode ?? []) : [],
      ),
    )
    const [mode] = [...modes].filter((each) => each !== 'default')
    if (mode === undefined) return
    const isOffered = clients.every(({ recovery }) => recovery === null || recovery.refuseMode(mode) === null)
    await this.#world.say(`Their session ran in permission mode ${mode}. Headless, calls that need your approval are refused.`)
    const choices = [...(isOffered ? [`1 continue in ${mode}`] : []), '2 open each client for me', '3 continue without', 'q quit']
    const answer = (await person.ask(`  ${choices.join('   ')}\n> `))?.trim() ?? 'q'
    if (/^q/i.test(answer)) this.#quit = true
    else if (answer === '2') this.#isInteractive = true
    else if (isOffered && (answer === '1' || answer === '')) this.#permissionMode = mode
  }

  async #loop(): Promise<void> {
    while (!this.#quit || this.#running.size > 0) {
      const pausesUntil = this.#lastStartAt + this.#settings.staggerMs
      if (this.#left.size === 0 && this.#running.size > 0) {
        await this.#waitUntil(Infinity)
        continue
      }
      // Only then: what is planned earlier has to be planned again.
      if (this.#left.size > 0 && !this.#quit && pausesUntil > this.#world.now()) {
        await this.#waitUntil(pausesUntil)
        continue
      }
      const report = await this.#plan()
      // What agents of this run have made since would hold up the others of their project.
      if (this.#maySave && this.#saving.hasNew(report)) await this.#saving.save(report)
      const choice = this.#quit ? null : await this.#sort(report)
      const next = choice === null ? null : this.#pickStart(choice)
      const soonest = choice?.later[0]?.at ?? Infinity
      if (next !== null) await this.#begin(next, report)
      else if (this.#running.size > 0) await this.#waitUntil(soonest)
      else if (choice !== null && !(await this.#waitForReset(choice)) && !(await this.#waitForSilence(report))) return
    }
  }

  async #sort(report: Report): Promise<Choice> {
    const choice = chooseActions(report, (action) => involves(action, report, this.#left), {
      now: this.#world.now(),
      busySessions: new Set([...this.#running.values()].flatMap(({ action }) => action.session ?? [])),
      confirmed: this.#confirmed,
      saved: this.#settings.savesFirst ? this.#saving.done : null,
      refused: this.#declined,
    })
    for (const held of choice.held) await this.#explainHeld(held, report)
    const { held } = choice
    // A person may just have removed what held some of them.
    if (held.some(({ need }) => need !== null && this.#confirmed.has(need.id))) return await this.#sort(report)
    return choice
  }

  async #explainHeld({ action, why, need }: HeldAction, report: Report): Promise<void> {
    if (need?.kind === 'fix' && (this.#confirmed.has(need.id) || (await this.#world.fix?.(need.id)) === true)) {
      this.#confirmed.add(need.id)
      return
    }
    const subjects = listSubjects(action, report)
    const isNew = subjects.some(({ id }) => this.#notes.get(id) !== why)
    for (const { id } of subjects) this.#notes.set(id, why)
    if (!isNew) return
    await this.#world.say(`Held: ${action.title}. ${why}`)
    if (need === null || this.#world.person === null || RECOVERY_KINDS.has(need.kind)) return
    // What git cannot read is looked at again; a person's word is not enough.
    if (need.id.startsWith('inspect-unreadable-')) return
    const answer = await this.#world.person.ask(`${need.title}. Press Enter when that is done (s skips, q quits): `)
    if (answer === null || /^q/i.test(answer)) this.#quit = true
    else if (!/^s/i.test(answer)) this.#confirmed.add(need.id)
  }

  /** The first that may be started beside what runs. */
  #pickStart({ due }: Choice): Action | null {
    const atWork = [...this.#running.values()].reduce((sum, { action }) => sum + weigh(action), 0)
    const most = this.#isInteractive ? 1 : this.#settings.batch
    return due.find((action) => atWork === 0 || (!this.#isInteractive && atWork + weigh(action) <= most)) ?? null
  }

  async #begin(action: Action, report: Report): Promise<void> {
    const subjects = listSubjects(action, report)
    if (!(await this.#agrees(action, subjects))) return
    // What was saved before may have grown meanwhile.
    if (this.#settings.savesFirst && this.#saving.hasOld(report)) await this.#saving.save(report)
    const start = this.#nextStart()
    const startedAt = this.#world.now()
    for (const { id } of subjects) this.#left.delete(id)
    this.#lastStartAt = startedAt
    await this.#world.say(`${this.#clock(startedAt)}  started  ${nameAll(subjects)}`)
    const ended = this.#runCommands(action, start, subjects)
    this.#running.set(start, { action, startedAt, subjects, ended })
  }

  async #agrees(action: Action, subjects: readonly Subject[]): Promise<boolean> {
    if (!this.#asksEach || this.#world.person === null) return true
    const answer = await this.#world.person.ask(`Recover ${nameAll(subjects)}? [Y/n, a for all, q quits] `)
    if (answer === null || /^q/i.test(answer)) this.#quit = true
    else if (/^a/i.test(answer)) this.#asksEach = false
    else if (/^n/i.test(answer)) this.#declined.set(action.id, 'you said no')
    else return true
    return this.#asksEach === false
  }

  /** Runs the commands one after another while they go well. */
  async #runCommands(action: Action, start: string, subjects: readonly Subject[]): Promise<Ended> {
    const { journal, programs, processes } = this.#world
    const log = journal.logOf(start)
    for (const { cwd, argv } of action.commands) {
      const recovery = recoveryStartedBy(argv)
      if (argv[0] === 'agent-forensics') {
        const failure = await this.#world.runTool(argv.slice(1))
        if (failure !== null) return { start, failure }
        continue
      }
      let end: ProgramEnd
      if (recovery === undefined) end = await programs.start({ cwd, argv: harden(argv), output: { file: log } }).ended
      else {
        journal.write({ event: 'starting', start, action: action.id, subjects: subjects.map(({ id }) => id), log })
        const output = this.#isInteractive ? 'terminal' : ({ file: log } as const)
        const program = programs.start({ cwd, argv, output, without: recovery.notInherited })
        if (program.pid !== null) {
          const { pid } = program
          const [facts, domain] = await Promise.all([processes.inspect(pid), processes.domain()])
          journal.write({ event: 'started', start, pid, mark: facts.state === 'alive' ? facts.start : null, domain })
        }
        end = await program.ended
        journal.write({ event: 'ended', start, how: describeEnd(end) })
      }
      if (!isGood(end)) {
        const said = await this.#world.readEnd(log)
        return { start, failure: `${argv[0]} ${describeEnd(end)}${said === '' ? '' : `: ${said}`}` }
      }
    }
    return { start, failure: null }
  }

  /** What was named besides: each command while those before it go well. */
  async #runOthers(): Promise<void> {
    for (const action of this.#others) {
      if (this.#quit || !(await this.#asks(`${action.title}? [Y/n] `))) continue
      const { failure } = await this.#runCommands(action, this.#nextStart(), [])
      await this.#world.say(`${failure === null ? 'done' : 'failed'}  ${action.title}${failure === null ? '' : `: ${failure}`}`)
      if (failure !== null) this.#failed.push({ id: action.id, title: action.title, why: failure, question: null })
    }
  }

  /** Sleeps until then, but no longer than until a client ends; and looks at what it did. */
  async #waitUntil(at: number): Promise<void> {
    const running = [...this.#running.values()].map(({ ended }) => ended)
    while (this.#world.now() < at) {
      const stop = new AbortController()
      const sleep = this.#world.sleep(Math.min(LOOK_MS, at - this.#world.now()), stop.signal).then(() => null)
      const ended = await Promise.race([sleep, ...running])
      stop.abort()
      if (ended !== null) return await this.#finish(ended)
    }
  }

  async #finish({ start, failure }: Ended): Promise<void> {
    const running = this.#running.get(start)
    if (running === undefined) return
    this.#running.delete(start)
    const report = await this.#planAll()
    const [done, open, refused]: [string[], string[], string[]] = [[], [], []]
    for (const subject of running.subjects) {
      const end = judgeAttempt(subject, running.action.kind, running.startedAt, report)
      const time = this.#clock(this.#world.now())
      if (end.state === 'done') {
        done.push(subject.id)
        this.#notes.delete(subject.id)
        await this.#world.say(`${time}  done     ${subject.title}`)
        continue
      }
      ;(end.state === 'refused' ? refused : open).push(subject.id)
      if (end.state === 'running') this.#undecided.set(subject.id, { kind: running.action.kind, startedAt: running.startedAt })
      const why = 'why' in end ? end.why : 'it is still running'
      this.#notes.set(subject.id, end.state === 'open' && failure !== null ? failure : why)
      // It is tried again where the plan makes it wait; else one refusal would follow another.
      if (end.state === 'refused' && this.#hasToWait(subject, report)) this.#left.add(subject.id)
      await this.#world.say(`${time}  ${end.state === 'refused' ? 'refused' : 'open   '}  ${subject.title}: ${this.#notes.get(subject.id)}`)
    }
    this.#write({ event: 'outcome', start, done, open, refused })
  }

  #hasToWait(subject: Subject, report: Report): boolean {
    const own = report.plan.actions.find((action) => RECOVERY_KINDS.has(action.kind) && involves(action, report, new Set([subject.id])))
    return own !== undefined && own.notBefore !== null && (parseInstant(own.notBefore) ?? 0) > this.#world.now()
  }

  /** Waits until the soonest reset; false: there is nothing to wait for, or the person does not want to. */
  async #waitForReset({ later }: Pick<Choice, 'later'>): Promise<boolean> {
    const [soonest] = later
    if (soonest === undefined || !this.#mayWait) {
      for (const { action, at } of later) for (const id of action.agents) this.#notes.set(id, `not before ${this.#clock(at)}`)
      return false
    }
    const { at } = soonest
    const agents = later.filter((each) => each.at === at).reduce((sum, { action }) => sum + weigh(action), 0)
    const left = describeSpan(at - this.#world.now())
    if (!(await this.#asks(`Wait for ${this.#clock(at)} (${left}) to recover ${plural(agents, 'agent')}? [Y/n] `))) {
      this.#mayWait = false
      return await this.#waitForReset({ later })
    }
    if (this.#world.person === null)
      await this.#world.say(
        `Waiting until ${this.#clock(at)} (${left}) to recover ${plural(agents, 'agent')}. Ctrl-C stops. Run the same command to continue.`,
      )
    this.#write({ event: 'wait', until: formatInstant(at), actions: later.filter((each) => each.at === at).map(({ action }) => action.id) })
    await this.#waitUntil(at)
    return true
  }

  /**
   * Waits a little for those who seem to be at work: where a client takes away what told that others were killed just before (its registry,
   * up to 2.1.220), only their silence tells. False: there is nobody, or it took too long.
   */
  async #waitForSilence(report: Report): Promise<boolean> {
    const busy = [...this.#subjects.values()].filter(
      (each) => (this.#left.has(each.id) || this.#undecided.has(each.id)) && !isDone(each, report) && isAtWork(each, report),
    )
    const now = this.#world.now()
    if (busy.length === 0 || now - (this.#silenceFrom ?? now) > SILENCE_MS) return false
    if (this.#silenceFrom === null) await this.#world.say(`Checking whether they are still running: ${nameAll(busy)}`)
    this.#silenceFrom ??= now
    for (const { id } of busy) this.#notes.set(id, 'it may be running: its last record is new')
    await this.#waitUntil(now + LOOK_MS)
    return true
  }

  /** Whether the person says yes; Enter is yes, and so is nobody. */
  async #asks(question: string): Promise<boolean> {
    if (this.#world.person === null) return true
    const answer = (await this.#world.person.ask(question))?.trim() ?? 'q'
    if (/^q/i.test(answer)) this.#quit = true
    return !/^[nq]/i.test(answer)
  }

  #listOpen(report: Report): readonly OpenSubject[] {
    const open: OpenSubject[] = []
    const told = new Set<string>()
    const questions = report.plan.actions.filter(({ kind }) => kind === 'inspect')
    const add = (id: string, title: string, why: string): void => {
      const question = questions.find((each) => each.id === id || each.agents.includes(id))?.id ?? null
      if (!told.has(id)) open.push({ id, title, why, question })
      told.add(id)
    }
    for (const subject of this.#subjects.values()) {
      if (isDone(subject, report)) continue
      const undecided = this.#undecided.get(subject.id)
      const end = undecided === undefined ? null : judgeAttempt(subject, undecided.kind, undecided.startedAt, report)
      if (end !== null && 'why' in end) this.#notes.set(subject.id, end.why)
      add(subject.id, subject.title, this.#notes.get(subject.id) ?? 'it was not started')
    }
    open.push(...this.#failed)
    if (this.#settings.actions !== null || this.#settings.only !== null) return open
    for (const action of report.plan.actions.filter(leavesWorkOpen)) {
      const subjects = listSubjects(action, report)
      if (subjects.some(({ id }) => told.has(id))) continue
      if (subjects.length === 0) add(action.id, action.title, describeQuestion(action))
      else if (action.kind === 'inspect') for (const { id, title } of subjects) add(id, title, describeQuestion(action))
      else
        for (const { id, title } of subjects)
          add(id, title, action.commands.length === 0 ? (action.preconditions[0] ?? '') : 'not tried in this run')
    }
    return open
  }

  #nextStart(): string {
    this.#starts += 1
    return `${formatInstant(this.#world.now()).replace(/[-:.]/g, '')}-${this.#starts}`
  }

  #clock(at: number): string {
    return formatClock(at, this.#settings.timeZone, this.#world.now())
  }
}

/** What others see, or what is gone afterwards, is done only where it was named. */
function isRunWhenNamed(kind: Action['kind']): boolean {
  return kind === 'push' || kind === 'clean_up' || kind === 'release'
}

/** How many agents an action starts at once: a workflow run goes by its own bound. */
function weigh({ kind, agents }: Action): number {
  return kind === 'resume_workflow' ? 1 : Math.max(1, agents.length)
}

function nameAll(subjects: readonly Subject[]): string {
  return joinSome(
    subjects.map(({ title }) => title),
    2,
  )
}

/** git as the person runs it, but without the hooks of the repository. */
function harden(argv: readonly string[]): readonly string[] {
  const [program = '', ...words] = argv
  return program === 'git' ? [program, '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', ...words] : argv
}

function isGood(end: ProgramEnd): boolean {
  return 'code' in end && end.code === 0
}

function describeEnd(end: ProgramEnd): string {
  if ('error' in end) return `could not be started: ${end.error}`
  return end.signal === null ? `ended with ${end.code}` : `was ended by ${end.signal}`
}

function describeSpan(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000))
  if (minutes >= 48 * 60) return `${Math.round(minutes / 1_440)} days`
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
