import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { ExternalResource } from '../resources/external-resource.ts'
import type { Action } from './action.ts'
import type { WorkItem } from '../incident/work-item.ts'
import { isForgotten } from '../preserve/rows.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { isEnd } from '../facts/record.ts'
import type { Run } from '../facts/run.ts'
import type { WorkflowRun } from '../facts/session.ts'
import { outcomeOf, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { compare } from '../text/order.ts'
import { isPlainId } from '../text/plain.ts'
import { plural } from '../text/plural.ts'
import { formatInstant, parseInstant } from '../time/instant.ts'
import { type Client, clientOf, namePrograms, type PermissionSettings } from '../clients/client.ts'
import { type Obstacle, findObstacles } from './blocks.ts'
import type { Candidate, PlanSettings } from './candidate.ts'
import { cleanUp, deliver, type RowAgents } from './deliver.ts'
import { draft, type Draft, inOrder, type Prose, type ProsePart } from './draft.ts'
import { markOf } from '../text/word.ts'
import { titleOf, findFolderHazard, findCommandHazard } from './names.ts'
import { type Attempt, latestOf, needsNoRecovery, type OpenWork, listOpenWork, countAttempts } from './pieces.ts'
import { listRootWords, listSessionWords } from './own-command.ts'
import { describeDenials, isAllowedSince } from './permissions.ts'
import { preserve } from './preserve.ts'
import { isSameProject, type Project, projectOfRow, projectOfRuns, projectsOfDrafts } from './projects.ts'
import { salvageGoneFiles } from './salvage-gone.ts'
import { mayBeCutOff, resumeSessions } from './resume-session.ts'
import { releaseActions } from './release.ts'
import { type CandidateStrategy, joinBySession, type Taken, type ResumeChoice, chooseResumeStrategy } from './strategies/index.ts'
import { askAboutUnreadable, type Unreadable } from './unreadable.ts'
import type { PlanWishes } from './wishes.ts'
import { isSamePath, isWithin } from '../text/path.ts'

/** Everything that a plan is made from. */
export interface PlanFacts {
  /** All sessions that were read: an agent that the plan is not about may have done the work, or met the limit. */
  readonly sessions: readonly JudgedSession[]
  /** Whom the plan is about. */
  readonly chosen: ReadonlySet<Judged>
  readonly workflows: readonly WorkflowRun[]
  /** The clients that the runs may be of. */
  readonly clients: readonly Client[]
  readonly worktrees: readonly WorktreeReport[]
  readonly placeOf: ReadonlyMap<Run, { readonly item: WorkItem }>
  /** Files that are not there any more, by the agent or session that wrote them. */
  readonly goneFiles: ReadonlyMap<string, readonly string[]>
  readonly rentals: readonly ExternalResource[]
  readonly roots: readonly string[]
  /** Where transcripts are looked for without a word; null: by the usual look of such a path. */
  readonly usualRoots: readonly string[] | null
  /** What git could not read. */
  readonly unreadable: readonly Unreadable[]
  /** What settings allow, for the runs whose calls were denied. */
  readonly permissions: ReadonlyMap<Run, readonly PermissionSettings[]>
  /** Git was asked, and about all worktrees: what exists only here is known. */
  readonly knowsAllWork: boolean
  readonly now: number
}

/** Everybody's plan: what to do about a scan, in the order in which it has to be done. The same facts give the same plan. */
export function makePlan(facts: PlanFacts, wishes: PlanWishes): readonly Action[] {
  const { sessions, worktrees, clients } = facts
  const programs = namePrograms(clients)
  const pieces = listOpenWork(sessions, facts.placeOf)
  const open = pieces.filter((piece) => !needsNoRecovery(piece))
  const kept = preserve(worktrees, runningIn(sessions), wishes, programs, facts.roots, agentsAt(open))
  const forgotten = new Set(worktrees.filter(isForgotten).map(({ path }) => path))
  // What git forgot is asked about by its row already.
  const unreadable = askAboutUnreadable(
    facts.unreadable.filter(({ path }) => !forgotten.has(path)),
    clients,
    programs,
  )
  const first = new Map([
    ...projectsOfDrafts(
      kept.drafts.filter(({ kind }) => kind !== 'push'),
      worktrees,
    ),
    ...unreadable.map(({ draft: { id }, project }) => [id, project] as const),
  ])
  // No client starts in a project before all of its work is saved, by a person where it has to be: its start may sweep any worktree there.
  const firstOf = (project: Project): readonly string[] => [...first].flatMap(([id, other]) => (isSameProject(project, other) ? [id] : []))
  const blocks = findObstacles(facts)
  const recovery = new Recovery(facts, wishes, blocks, firstOf)
  const wanted = open.filter((piece) => facts.chosen.has(latestOf(piece).judged) && isWished(piece, wishes))
  const agentsBack = recovery.of(wanted)
  const projectOfSession = (session: JudgedSession): Project =>
    projectOfRuns(
      session.agents.map(({ run }) => run),
      session,
      clients,
    )
  const back = [...agentsBack, ...resumeSessions(facts, wishes, blocks, (session) => firstOf(projectOfSession(session)), agentsBack)]
  // Whose a worktree is has to be asked only where there is one.
  const doersOf = worktrees.length === 0 ? doersIn([], [], []) : doersIn(pieces, open, sessions)
  const needed = new Set(back.flatMap(({ dependsOn }) => dependsOn))
  const delivered = deliver(worktrees, doersOf, kept.keptBy)
  const started = back.filter(({ step }) => step === 'resume')
  // Only a worktree asks where somebody starts.
  const opened = worktrees.length === 0 ? [] : sessions
  const projectOf = new Map<string, Project>([
    ...recovery.projects,
    ...opened.map((each) => [`resume_session-${each.session.sessionId ?? ''}`, projectOfSession(each)] as const),
  ])
  const before = (row: WorktreeReport): readonly string[] => {
    const project = projectOfRow(row)
    return [...firstOf(project), ...started.flatMap(({ id }) => (isSameProject(project, projectOf.get(id) ?? []) ? [id] : []))]
  }
  return inOrder([
    ...kept.drafts,
    ...unreadable.map((each) => each.draft),
    ...releases(facts),
    // A limit that nobody here has to get past is no action.
    ...blocks.map(({ action }) => action).filter(({ id }) => needed.has(id)),
    ...salvageGoneFiles(facts),
    ...back,
    ...delivered,
    ...cleanUp(worktrees, doersOf, before, delivered),
  ])
}

/** Whether the person wants the agents of a piece of work back. */
function isWished({ attempts }: OpenWork, { agents }: PlanWishes): boolean {
  return agents === null || attempts.some(({ judged: { run } }) => run.agentId !== null && agents.has(run.agentId))
}

/** The ids of the agents that are at work. */
function runningIn(sessions: readonly JudgedSession[]): ReadonlySet<string> {
  const running = new Set<string>()
  for (const { agents } of sessions) {
    for (const { run, diagnosis } of agents) if (outcomeOf(diagnosis.reason) === 'running' && run.agentId !== null) running.add(run.agentId)
  }
  return running
}

/** What may still cost money. It depends on nothing, and nothing on it: an agent that is brought back may need it. */
function releases({ rentals, sessions, now }: PlanFacts): readonly Draft[] {
  if (rentals.length === 0) return []
  const limits = sessions.flatMap(({ main, agents }) => [main, ...agents]).flatMap((each) => each?.diagnosis.limit?.resetsAt ?? [])
  const resetsAt = parseInstant(limits.toSorted(compare).at(-1)) ?? null
  return releaseActions(rentals, { now, resetsAt }).map((action) => (isPrintable(action) ? action : { ...action, commands: [] }))
}

function doersIn(
  pieces: readonly OpenWork[],
  open: readonly OpenWork[],
  sessions: readonly JudgedSession[],
): (row: WorktreeReport) => RowAgents {
  const wanted = agentsAt(open)
  const running = agentsAt(pieces.filter(({ attempts }) => attempts.some(({ judged }) => outcomeOf(judged.diagnosis.reason) === 'running')))
  const known = agentsAt(pieces)
  const cutOff = new Set(sessions.flatMap((session) => (mayBeCutOff(session) ? (session.session.sessionId ?? []) : [])))
  const folders = new Set(sessions.flatMap(({ main }) => main?.run.folders ?? []))
  return ({ agents, sessions: ids, path }) => ({
    finished: agents.length > 0 && agents.every((id) => known.has(id) && !wanted.has(id) && !running.has(id)),
    wanted: agents.some((id) => wanted.has(id) || running.has(id)) || ids.some((id) => cutOff.has(id)),
    isSessionFolder: ids.length > 0 || [...folders].some((folder) => isWithin(folder, path)),
  })
}

function agentsAt(pieces: readonly OpenWork[]): ReadonlySet<string> {
  return new Set(pieces.flatMap(({ attempts }) => attempts.flatMap(({ judged }) => judged.run.agentId ?? [])))
}

class Recovery {
  /** The project of each action that starts a client, by its id. */
  readonly projects = new Map<string, Project>()
  readonly #facts: PlanFacts
  readonly #wishes: PlanWishes
  readonly #blocks: readonly Obstacle[]
  readonly #firstOf: (project: Project) => readonly string[]
  readonly #rows = new Map<string, WorktreeReport[]>()
  readonly #runs: ReadonlyMap<string, WorkflowRun>

  constructor(facts: PlanFacts, wishes: PlanWishes, blocks: readonly Obstacle[], firstOf: (project: Project) => readonly string[]) {
    this.#facts = facts
    this.#wishes = wishes
    this.#blocks = blocks
    this.#firstOf = firstOf
    for (const row of facts.worktrees) for (const id of row.agents) this.#rows.set(id, [...(this.#rows.get(id) ?? []), row])
    this.#runs = new Map(facts.workflows.map((workflow) => [JSON.stringify([workflow.sessionId, workflow.runId]), workflow]))
  }

  of(pieces: readonly OpenWork[]): readonly Draft[] {
    const stops = stopsOf(pieces.filter(needsConsent))
    const asked = stops.filter((stop) => !this.#wishes.consent.has(nameStop(stop)))
    const drafts: Draft[] = asked.map((stop) => this.#askAboutStop(stop))
    const left = new Set(asked.flat())
    const versions = new Map<string, { settings: PlanSettings; chosen: CandidateStrategy[] }>()
    const against = new Map<Judged, ResumeChoice['notTaken']>()
    for (const { piece, depth } of parentsFirst(pieces.filter((each) => !left.has(each)))) {
      const question = this.#question(piece)
      if (question !== null) {
        drafts.push(question)
        continue
      }
      const candidate = this.#candidate(piece)
      const settings = this.#settings(candidate, piece)
      const { taken, notTaken } = chooseResumeStrategy(candidate, settings)
      against.set(candidate.judged, notTaken)
      if (taken === null || !isPrintable(taken)) drafts.push(this.#noWay(piece, notTaken, taken === null))
      else {
        // One start of the client waits for one set of limits, and a child is not started beside whoever launched it. A workflow run is one.
        const blocked = this.#blocks.filter((block) => standsBefore(block, latestOf(piece), taken.kind)).map(({ action }) => action.id)
        const apart = taken.kind === 'resume_workflow' ? [] : [depth, blocked]
        const key = JSON.stringify([settings.client.version, taken.kind === 'resume_workflow', apart])
        const group = versions.get(key) ?? { settings, chosen: [] }
        group.chosen.push({ candidate, taken })
        versions.set(key, group)
      }
    }
    const pieceOf = new Map(pieces.map((piece) => [latestOf(piece).judged, piece] as const))
    const joined = [...versions.values()].flatMap(({ settings, chosen }) => joinBySession(chosen, settings, this.#wishes.batch))
    const names = new Map<string, number>()
    for (const { taken, candidates } of joined) {
      const name = nameOfGroup(taken, candidates)
      names.set(name, (names.get(name) ?? 0) + 1)
    }
    const byAgent = new Map<string, string>()
    for (const { taken, candidates } of joined) {
      const members = candidates.flatMap(({ judged }) => pieceOf.get(judged) ?? [])
      const name = nameOfGroup(taken, candidates)
      const [first] = candidates
      const subject = (names.get(name) ?? 0) > 1 && first !== undefined ? `${name}-${subjectOf(first.judged)}` : name
      const reasons = candidates.flatMap(({ judged }) => against.get(judged) ?? [])
      const action = this.#action(taken, members, reasons, subject, byAgent)
      drafts.push(action)
      for (const id of agentsAt(members)) byAgent.set(id, action.id)
    }
    return drafts
  }

  /** Why nobody should go on with it unasked; null: it may be brought back. */
  #question(piece: OpenWork): Draft | null {
    const attempt = latestOf(piece)
    const { run, diagnosis, context } = attempt.judged
    const name = titleOf(run)
    const tries = countAttempts(piece)
    const look = (word: string, title: string, why: readonly Prose[], isRecoverable: boolean): Draft | null => {
      const id = `inspect-${word}-${subjectOf(attempt.judged)}`
      if (this.#wishes.consent.has(id)) return null
      return draft({
        step: 'decide',
        id,
        kind: 'inspect',
        title,
        why: [...why.flat(), ...(isRecoverable ? this.#howToRecover(id, [piece]) : [])],
        commands: this.#showCommand(attempt),
        risk: 'none: only shows what is known',
        cost: 'your time',
        agents: idsOf([piece]),
      })
    }
    const { outcome } = TERMINAL_REASONS[diagnosis.reason]
    if (outcome === 'finished' && !this.#isAllowed(attempt)) {
      const { client } = this.#candidate(piece)
      const why = ['Its calls were denied, and it ended its turn: its work is not done. ', describeDenials(run, client)]
      const question = look('permission', `Allow what “${name}” needs`, why, true)
      if (question !== null) return question
    }
    const isLostLaunch = run.isMissing && !context.words.some(isEnd)
    if (outcome === 'unknown' && !isLostLaunch) {
      const why = 'No reason can be shown. Treat its work as unfinished until you have looked.'
      const question = look('unknown', `Look how “${name}” ended`, [why], true)
      if (question !== null) return question
    }
    if (diagnosis.confidence === 'low' && diagnosis.alternatives.some(({ reason }) => outcomeOf(reason) === 'finished')) {
      const why = `It may have ended as ${diagnosis.reason} (${diagnosis.summary}), or it finished: only its words and its work can tell.`
      const question = look('done', `Look whether “${name}” is done`, [why], true)
      if (question !== null) return question
    }
    if (tries < this.#wishes.maxAttempts) return null
    const why = `That is as often as --max-attempts allows (${this.#wishes.maxAttempts}). The last time it ended as ${diagnosis.reason}.`
    return look('tried', `“${name}” was tried ${plural(tries, 'time')}: find out why it fails`, [why], true)
  }

  /** Whether the person has allowed since what was denied. */
  #isAllowed({ judged: { run } }: Attempt): boolean {
    const settings = this.#facts.permissions.get(run) ?? []
    return this.#wishes.permissionMode !== null || isAllowedSince(run, settings, clientOf(this.#facts.clients, run.format))
  }

  /** Nobody is brought back against a person's word: one question for all that one act ended. */
  #askAboutStop(stop: Stop): Draft {
    const attempt = latestOf(stop[0])
    const { run, diagnosis } = attempt.judged
    const { workflowRunId } = run
    const workflow = workflowRunId === null ? null : this.#candidate(stop[0]).workflow
    const name = workflowRunId === null ? `“${titleOf(run)}”` : `the workflow run “${workflow?.name ?? workflowRunId}”`
    const isOne = stop.length === 1 || workflowRunId !== null
    const ended =
      isOne && workflowRunId === null ? `It ended as ${diagnosis.reason}` : `${plural(stop.length, 'agent')} ended as ${diagnosis.reason}`
    const id = nameStop(stop)
    return draft({
      step: 'decide',
      id,
      kind: 'inspect',
      title: isOne ? `Was ${name} meant to stop?` : `Were ${stop.length} agents meant to stop, ${name} among them?`,
      why: [`${ended} (${diagnosis.summary}): it is recovered only when asked.`, ...this.#howToRecover(id, stop)],
      commands:
        workflowRunId === null ? stop.flatMap((piece) => this.#showCommand(latestOf(piece))) : this.#showCommand(attempt, workflowRunId),
      risk: 'none: only shows what is known',
      cost: 'your time',
      agents: idsOf(stop),
    })
  }

  /** How a question is answered with yes, as the end of an explanation; nothing where no command recovers any of them. */
  #howToRecover(id: string, pieces: Stop): readonly ProsePart[] {
    const isRecoverable = pieces.some((piece) => {
      const candidate = this.#candidate(piece)
      const { taken } = chooseResumeStrategy(candidate, { ...this.#settings(candidate, piece), maxAttempts: Number.POSITIVE_INFINITY })
      return taken !== null && isPrintable(taken)
    })
    if (!isRecoverable) return []
    const { judged, session } = latestOf(pieces[0])
    const argv = ['agent-forensics', 'recover', '--action', id, ...listRootWords(judged.run, session, this.#facts)]
    return [' If it is wanted after all: ', { argv }]
  }

  #showCommand({ judged: { run }, session }: Attempt, id: string | null = run.agentId): Action['commands'] {
    const ofSession = listSessionWords(id, session.session.sessionId)
    const argv = ['agent-forensics', 'show', id ?? '', ...ofSession, ...listRootWords(run, session, this.#facts)]
    // The folder that it ran in may be gone.
    return isPlainId(id) && argv.every((word) => findCommandHazard(word) === null) ? [{ cwd: '/', argv }] : []
  }

  #noWay(piece: OpenWork, notTaken: ResumeChoice['notTaken'], isNone: boolean): Draft {
    const attempt = latestOf(piece)
    const why = isNone
      ? 'No resume strategy can be shown to work.'
      : 'Its folder or a name is unsafe in a command: not an absolute path, characters that cannot be shown, or something like a secret.'
    return draft({
      step: 'decide',
      id: `inspect-no-way-${subjectOf(attempt.judged)}`,
      kind: 'inspect',
      title: `Find a way to recover “${titleOf(attempt.judged.run)}”`,
      why: [why, inWords(notTaken)].filter((part) => part !== '').join(' '),
      commands: this.#showCommand(attempt),
      risk: 'none: only shows what is known',
      cost: 'your time',
      agents: idsOf([piece]),
    })
  }

  #candidate(piece: OpenWork): Candidate {
    const { judged, session } = latestOf(piece)
    const { run } = judged
    const rows = run.agentId === null ? [] : (this.#rows.get(run.agentId) ?? [])
    const own =
      rows.find(({ path }) => run.worktreePath !== null && isSamePath(path, run.worktreePath)) ??
      rows.find(({ path, repo }) => path !== repo) ??
      rows[0]
    const workflow = this.#runs.get(JSON.stringify([session.session.sessionId, run.workflowRunId]))
    const client = clientOf(this.#facts.clients, run.format)
    const opened = session.main === null ? null : (client.recovery?.folderOfSession(session.main.run) ?? null)
    const sessionWorktree =
      this.#facts.worktrees.find(({ path, repo }) => opened !== null && isSamePath(path, opened) && path !== repo) ?? null
    return { judged, session, client, workflow: workflow ?? null, worktree: own ?? null, sessionWorktree, workItem: piece.item }
  }

  #settings({ judged, session }: Candidate, piece: OpenWork): PlanSettings {
    const version = judged.run.clientVersion ?? session.main?.run.clientVersion ?? null
    const { client: wished, headless, budget, permissionMode, maxAttempts, consent } = this.#wishes
    const isMeant = wished !== null && (wished.client ?? judged.run.format) === judged.run.format
    return {
      client: isMeant ? wished : { version, source: 'transcript' },
      headless,
      budget,
      permissionMode,
      maxAttempts: consent.has(`inspect-tried-${subjectOf(latestOf(piece).judged)}`) ? Number.POSITIVE_INFINITY : maxAttempts,
      now: this.#facts.now,
    }
  }

  #action(
    taken: Taken,
    pieces: readonly OpenWork[],
    notTaken: ResumeChoice['notTaken'],
    subject: string,
    before: ReadonlyMap<string, string>,
  ): Draft {
    const latest = pieces.map(latestOf)
    const blocks = this.#blocks.filter((block) => latest.some((attempt) => standsBefore(block, attempt, taken.kind)))
    const until = Math.max(0, ...blocks.flatMap((block) => block.until ?? []))
    const reasons = [...new Set(latest.map(({ judged }) => judged.diagnosis.reason))].toSorted(compare).join(', ')
    // An agent that launched another one, both dead, goes on first: it may do or dispatch the other's work itself.
    const own = agentsAt(pieces)
    const parents = latest.flatMap(({ judged: { run } }) => {
      if (run.parentAgentId === null || own.has(run.parentAgentId)) return []
      return before.get(run.parentAgentId) ?? []
    })
    const id = `${taken.kind}-${subject}`
    const project = [...new Set(latest.flatMap(({ judged, session }) => this.#projectOf(judged.run, session)))]
    this.projects.set(id, project)
    return draft({
      step: 'resume',
      id,
      kind: taken.kind,
      title: taken.title,
      why: [
        latest.length === 1 ? `It ended as ${reasons}.` : `${latest.length} agents ended (${reasons}).`,
        ...new Set(latest.flatMap(({ judged }) => judged.diagnosis.advice ?? [])),
        taken.why,
        inWords(notTaken),
      ]
        .filter((part) => part !== '')
        .join(' '),
      commands: taken.commands.map(({ cwd, argv }) => ({ cwd, argv: [...argv] })),
      preconditions: [
        ...(this.#facts.knowsAllWork
          ? []
          : ['the local-only work of other worktrees is saved: not all of them were checked; worktrees lists them']),
        ...taken.preconditions,
        ...(parents.length === 0 ? [] : ['the agent that launched it continued, and has not done this itself']),
      ],
      notBefore: until === 0 ? null : formatInstant(until),
      dependsOn: [...this.#firstOf(project), ...blocks.map(({ action }) => action.id), ...parents],
      risk: taken.risk,
      cost: taken.cost,
      // A start that continues agents by name names the latest only: who came before was given up.
      agents:
        taken.kind === 'resume_workflow'
          ? idsOf(pieces)
          : latest.flatMap(({ judged: { run } }) => (isPlainId(run.agentId) ? [run.agentId] : [])),
      session: taken.session,
    })
  }

  #projectOf(run: Run, session: JudgedSession): Project {
    const rows = run.agentId === null ? [] : (this.#rows.get(run.agentId) ?? [])
    return [...projectOfRuns([run], session, this.#facts.clients), ...rows.flatMap(projectOfRow)]
  }
}

/** What one act ended. */
type Stop = readonly [OpenWork, ...OpenWork[]]

/** The id of the question about it. */
function nameStop([first]: Stop): string {
  const { judged } = latestOf(first)
  const { workflowRunId } = judged.run
  return `inspect-stopped-${workflowRunId === null ? subjectOf(judged) : wordFor(workflowRunId)}`
}

/** One act ends what is at work in a session within this time. Milliseconds. */
const ONE_STOP_MS = 2_000

/** Whether somebody ended it on purpose. */
function needsConsent(piece: OpenWork): boolean {
  return TERMINAL_REASONS[latestOf(piece).judged.diagnosis.reason].plan.needs === 'consent'
}

function endOf(piece: OpenWork): number {
  return latestOf(piece).judged.run.latest.lastAt ?? 0
}

/** The pieces that one act ended: the calls of a workflow run, or agents of a session in the same moment. */
function stopsOf(pieces: readonly OpenWork[]): readonly Stop[] {
  const stops: [OpenWork, ...OpenWork[]][] = []
  for (const piece of pieces.toSorted((a, b) => endOf(a) - endOf(b))) {
    const { run } = latestOf(piece).judged
    const known = stops.find((stop) => {
      const last = latestOf(stop[stop.length - 1] ?? stop[0]).judged.run
      if (last.sessionId !== run.sessionId || last.workflowRunId !== run.workflowRunId) return false
      return run.workflowRunId !== null || (run.latest.lastAt !== null && run.latest.lastAt - (last.latest.lastAt ?? 0) <= ONE_STOP_MS)
    })
    if (known === undefined) stops.push([piece])
    else known.push(piece)
  }
  return stops
}

/** A start of the client that is for one agent bears its name; one for several that of their run or session. */
function nameOfGroup({ kind }: Taken, candidates: readonly Candidate[]): string {
  const [first, ...others] = candidates
  if (first === undefined) return 'nobody'
  const { run } = first.judged
  if (kind === 'resume_workflow') return wordFor(first.workflow?.runId ?? run.workflowRunId ?? run.agentId ?? '')
  return others.length === 0 ? subjectOf(first.judged) : wordFor(run.sessionId ?? '')
}

/** Whoever launched another agent stands before it; a transcript may name its own child as its parent. */
function parentsFirst(pieces: readonly OpenWork[]): readonly { readonly piece: OpenWork; readonly depth: number }[] {
  const byAgent = new Map(pieces.flatMap((piece) => piece.attempts.map(({ judged }) => [judged.run.agentId, piece] as const)))
  const depths = new Map<OpenWork, number>()
  const depthOf = (piece: OpenWork): number => {
    const chain = new Set<OpenWork>()
    let above: OpenWork | undefined = piece
    while (above !== undefined && !depths.has(above) && !chain.has(above)) {
      chain.add(above)
      const parent: string | null = latestOf(above).judged.run.parentAgentId
      above = parent === null ? undefined : byAgent.get(parent)
    }
    let depth = above === undefined ? 0 : (depths.get(above) ?? 0)
    for (const each of [...chain].toReversed()) depths.set(each, (depth += 1))
    return depths.get(piece) ?? 0
  }
  return pieces
    .map((piece) => ({ piece, depth: depthOf(piece) }))
    .toSorted((a, b) => a.depth - b.depth || compare(a.piece.key, b.piece.key))
}

function inWords(notTaken: ResumeChoice['notTaken']): string {
  return [...new Set(notTaken.map(({ way, why }) => `Not ${way}: ${why.replace(/\.$/, '')}.`))].join(' ')
}

function isPrintable({ commands }: Pick<Taken, 'commands'>): boolean {
  return commands.every(({ cwd, argv }) => findFolderHazard(cwd) === null && argv.every((word) => findCommandHazard(word) === null))
}

/** What blocks an agent, or the main thread that it is recovered through. */
function standsBefore(block: Obstacle, { judged, session }: Attempt, kind: Action['kind']): boolean {
  const isThroughParent = kind === 'resume' || kind === 'resume_workflow'
  return block.appliesTo(judged, session) || (isThroughParent && session.main !== null && block.appliesTo(session.main, session))
}

function subjectOf({ run }: Judged): string {
  return wordFor(run.agentId ?? run.toolUseId ?? run.path ?? '')
}

function wordFor(id: string): string {
  return isPlainId(id) ? id : markOf(id)
}

function idsOf(pieces: readonly OpenWork[]): readonly string[] {
  return pieces.flatMap(({ attempts }) => attempts.flatMap(({ judged }) => (isPlainId(judged.run.agentId) ? [judged.run.agentId] : [])))
}
