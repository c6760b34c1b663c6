import { rebuildsFiles } from '../../clients/index.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import type { AgentReport, SessionReport } from '../../report/report.ts'
import type { View } from '../../report/reporter.ts'
import { isLost, rowsOf } from '../../report/rows.ts'
import { sessionWords, toolCommand } from '../../report/typed.ts'
import type { Item, Statement } from '../../report/statement.ts'
import { isAtRisk, describeLocalWork, stageOf, titleOfAgent } from '../../report/work.ts'
import { callsAgain, count, firstOf, limitWords, local } from '../../report/words.ts'
import { clip } from '../../text/escape.ts'
import { isPlainId } from '../../text/plain.ts'
import type { WorktreeReport } from '../../worktree/worktree-report.ts'
import type { CheckpointReceipt, BoundedList, Quote, ShowDocument } from '../document.ts'
import { blockerWords, budgetWords, CHECKPOINT_WORDS, commandWords, deliveryWords, evidencePlace, touchWords } from './words.ts'

const ALL = '--json lists them'
const SURE = { high: '', medium: ' (likely)', low: ' (unsure)' } as const

/** What the screen says above the timeline: what it is, and how it ended. */
export function statementsAbove(document: ShowDocument, view: View): readonly Statement[] {
  const { of, agents, sessions } = document
  const [agent] = agents
  const [session] = sessions
  const budget = describeBudget(document)
  const work = describeWork(document)
  if (of === 'agent' && agent !== undefined) {
    const verdict = describeVerdict(agent, view)
    return present([
      describeAgent(agent, view),
      budget,
      verdict,
      describeCheckpoint(agent),
      work,
      describeGoneFiles(agent.agentId, agent, document, view),
      describeTask(document),
    ])
  }
  const members = countAgents(document)
  const runs = describeRuns(document)
  if (of === 'session' && session !== undefined) {
    return present([
      describeSession(session, view),
      budget,
      describeVerdict(session, view),
      members,
      ...runs,
      work,
      describeGoneFiles(session.sessionId, session, document, view),
    ])
  }
  return present([...runs, members, work])
}

/** What the screen says below the timeline: the receipt, where the transcript is, and the one command to type next. */
export function statementsBelow(document: ShowDocument, view: View): readonly Statement[] {
  const { receipt } = document
  return present([
    listAttempts(document, view),
    ...(receipt === null ? [] : describeReceipt(receipt, view)),
    describeTranscript(document),
    listUnread(document),
    suggestNext(document, view),
  ])
}

function present(all: readonly (Statement | null)[]): readonly Statement[] {
  return all.filter((statement) => statement !== null)
}

function describeAgent(agent: AgentReport, view: View): Statement {
  const { agentId, agentType, kind, label, sessionId, parentAgentId, workflowRunId, background, clientVersion, model } = agent
  const what = [agentType, kind === 'subagent' ? null : kind, background === true ? 'background' : null].filter((each) => each !== null)
  const by = parentAgentId === null ? (workflowRunId === null ? '' : `, by workflow run ${workflowRunId}`) : `, by agent ${parentAgentId}`
  return {
    topic: 'Agent',
    tone: 'plain',
    text: clip(titleOfAgent(agent), 200),
    items: [
      `${agentId}${what.length === 0 ? '' : `, ${[...new Set(what)].join(', ')}`}`,
      ...(label === null || label === agent.description ? [] : [`label ${label}`]),
      ...(sessionId === null ? [] : [`of session ${sessionId}${by}`]),
      formatTimes(agent, view),
      `client ${clientVersion ?? 'unknown'}, model ${model ?? 'unknown'}`,
    ],
  }
}

function describeSession(session: SessionReport, view: View): Statement {
  const { sessionId, cwd, clientVersion } = session
  return {
    topic: 'Session',
    tone: 'plain',
    text: sessionId,
    items: [...(cwd === null ? [] : [{ text: '', path: cwd }]), formatTimes(session, view), `client ${clientVersion ?? 'unknown'}`],
  }
}

function formatTimes({ startedAt, endedAt, reason }: AgentReport | SessionReport, { timeZone }: View): string {
  const from = startedAt === null ? 'unknown' : local(startedAt, timeZone)
  if (reason === 'running') return `since ${from} (${timeZone})`
  return `${from} to ${endedAt === null ? 'unknown' : local(endedAt, timeZone)} (${timeZone})`
}

function describeBudget({ budget: used }: ShowDocument): Statement | null {
  if (used === null) return null
  const [first = '', ...items] = budgetWords(used)
  return { topic: 'Used', tone: 'plain', text: first, items }
}

function describeVerdict(thread: AgentReport | SessionReport, view: View): Statement {
  const { reason, confidence, basis, summary, evidence, alternatives, limit, silence } = thread
  const { outcome } = TERMINAL_REASONS[reason]
  const reportedAs = 'reportedAs' in thread && outcome === 'died' ? thread.reportedAs : null
  return {
    topic: 'Verdict',
    tone: ({ died: 'bad', unknown: 'warning', running: 'plain', finished: 'good' } as const)[outcome],
    text: `${reason}${SURE[confidence]}: ${summary}`,
    items: [
      ...evidence.map((each) => {
        const place = evidencePlace(each)
        return `- ${each.shows}${place === '' ? '' : ` (${place})`}`
      }),
      ...(limit === null ? [] : [limitWords(limit, thread.endedAt, view)]),
      ...(silence === null ? [] : [silenceWords(silence, view)]),
      ...(reportedAs === null ? [] : [`the client reported "${reportedAs}"`]),
      ...alternatives.map((each) => `or ${each.reason}${SURE[each.confidence]}: ${each.summary}`),
      ...(basis === 'inferred' ? ['inferred: no record of its own says so'] : []),
    ],
  }
}

function silenceWords({ from, to }: { readonly from: string; readonly to: string | null }, { timeZone }: View): string {
  return to === null
    ? `silent since ${local(from, timeZone)}; its session never continued`
    : `silent from ${local(from, timeZone)}; its session continued at ${local(to, timeZone)}`
}

function describeCheckpoint({ checkpoint: status }: AgentReport): Statement | null {
  if (status === null) return null
  return { topic: 'Checkpoint', tone: status === 'complete' ? 'good' : 'warning', text: `${status}: ${CHECKPOINT_WORDS[status]}` }
}

function describeWork({ worktrees, options, agents }: ShowDocument): Statement | null {
  if (!options.git) return { topic: 'Its work', tone: 'warning', text: 'Skipped git (--no-git): local-only work is unknown.' }
  if (worktrees.length === 0) {
    const paths = [...new Set(agents.flatMap(({ worktreePath }) => worktreePath ?? []))]
    if (paths.length === 0) return null
    return {
      topic: 'Its work',
      tone: 'warning',
      text: 'Git has no information on its worktree:',
      items: firstOf(
        paths.map((path) => ({ text: '', path })),
        5,
        ALL,
      ),
    }
  }
  const items = worktrees.map((row): Item => ({ text: worktreeWords(row), path: row.path }))
  return {
    topic: 'Its work',
    tone: worktrees.some(isAtRisk) ? 'bad' : 'plain',
    text: worktrees.some(isAtRisk) ? `local only: ${describeLocalWork(...worktrees.filter(isAtRisk))}` : worktrees.map(stageOf).join(', '),
    items: firstOf<Item>(items, 5, 'worktrees lists them'),
  }
}

function describeGoneFiles(
  id: string,
  { format, goneFiles: { count: amount, paths } }: Pick<AgentReport, 'format' | 'goneFiles'>,
  document: ShowDocument,
  view: View,
): Statement | null {
  if (amount === 0) return null
  const [are, them] = amount === 1 ? ['is', 'it'] : ['are', 'them']
  const isTyped = isPlainId(id) && rebuildsFiles(format)
  const items = paths.map((path): Item => ({ text: '', path }))
  return {
    topic: 'Gone',
    tone: 'warning',
    text: `${count(amount, 'file')} that it wrote ${are} gone from disk.${isTyped ? ` To rebuild ${them}:` : ''}`,
    ...(isTyped && {
      command: toolCommand(
        'salvage',
        document,
        view,
        id,
        ...sessionWords(id, document.sessions[0]?.sessionId ?? null),
        '--out',
        `salvaged-${id}`,
      ),
    }),
    items: firstOf<Item>(items, 5, '--json lists more'),
  }
}

function worktreeWords(row: WorktreeReport): string {
  const branch = row.branch === null ? 'detached' : `branch ${row.branch}`
  return `${stageOf(row)}, ${branch}${row.base === null ? '' : `, from ${row.base}`}`
}

function describeTask({ receipt }: ShowDocument): Statement | null {
  return receipt === null || receipt.task === null ? null : { topic: 'Task', tone: 'plain', text: clip(receipt.task.text, 400) }
}

function countAgents({ agents }: ShowDocument): Statement | null {
  if (agents.length === 0) return null
  const outcomes = agents.flatMap(({ kind, reason }) => (kind === 'internal' ? [] : [TERMINAL_REASONS[reason].outcome]))
  const text = (['died', 'unknown', 'running', 'finished'] as const)
    .filter((outcome) => outcomes.includes(outcome))
    .map((outcome) => `${outcomes.filter((each) => each === outcome).length} ${outcome}`)
    .join(', ')
  return { topic: 'Agents', tone: outcomes.includes('died') ? 'bad' : 'plain', text: text === '' ? 'only helpers of the client' : text }
}

function describeRuns({ workflows, of }: ShowDocument): readonly Statement[] {
  return workflows.map((run) => {
    const { runId, name, status, calls, resumable, sessionId, scriptPath } = run
    const bad = calls.failed + calls.neverStarted
    return {
      topic: 'Workflow',
      tone: bad > 0 ? 'bad' : 'plain',
      text: `${name === null ? '' : `${name}, `}${runId}${status === null ? '' : `, which the client reported as ${status}`}`,
      items: [
        `${count(calls.started + calls.neverStarted, 'call')}: ${calls.done} done, ${calls.failed} failed, ${calls.neverStarted} never started`,
        resumable
          ? `a resume runs ${callsAgain(run)} again${run.wouldRunAgain === 0 ? '' : ': the first without a result in its journal and all behind it'}`
          : 'it cannot be resumed: its script or its session is missing',
        ...(sessionId === null || of === 'session' ? [] : [`of session ${sessionId}`]),
        ...(scriptPath === null ? [] : [{ text: '', path: scriptPath }]),
      ],
    }
  })
}

function listAttempts({ attempts: all, of }: ShowDocument, { timeZone }: View): Statement | null {
  if (all.length < 2 || of !== 'agent') return null
  const items = all.map(
    ({ attempt, startedAt, turns, toolCalls, line }) =>
      `${attempt}. ${startedAt === null ? '' : `${local(startedAt, timeZone)}, `}${count(turns, 'turn')}, ${count(toolCalls, 'tool call')}, from line ${line}`,
  )
  return { topic: 'Attempts', tone: 'plain', text: `${all.length}; only the last one is judged.`, items: firstOf(items, 8, ALL) }
}

function describeReceipt(receipt: CheckpointReceipt, view: View): readonly Statement[] {
  const { instructions, findings, filesRead, filesWritten, commits, delivered, blockers, tasks } = receipt
  const last = findings.items.at(-1)
  return present([
    listLast('Told later', instructions, ({ text }) => text, view, 3),
    last === undefined ? null : { topic: 'Last words', tone: 'plain', ...lastLines(last) },
    describeNextStep(receipt, last),
    tasks === null ? null : describeTasks(tasks, view),
    listLast('Commits', commits, ({ hash, subject }) => `${hash} ${subject}`, view, 6),
    listLast('Delivered', delivered, (delivery) => deliveryWords(delivery), view, 6),
    listLast('Wrote', filesWritten, (touch) => touchWords(touch), view, 8, FILES),
    listLast('Read', filesRead, (touch) => touchWords(touch), view, 8, FILES),
    listCommands(receipt, view),
    listLast('Blockers', blockers, (blocker) => blockerWords(blocker), view, 5, ['entry', 'entries', ', none seen resolved']),
  ])
}

function describeNextStep({ inFlight, announced }: CheckpointReceipt, last: Quote | undefined): Statement | null {
  if (announced === null && inFlight.items.length === 0) return null
  const calls = inFlight.items.map(({ tool, about, where }) => `${lineOf(where)}${tool}${about === null ? '' : `: ${about}`}`)
  return {
    topic: 'About to',
    tone: 'warning',
    text: calls.length === 0 ? 'continue: nothing was in flight' : `${count(calls.length + inFlight.leftOut, 'call')} had no answer:`,
    items: [
      ...firstOf(calls, 5, ALL),
      ...(announced === null || announced.text === last?.text ? [] : [`its last words end: ${announced.text}`]),
    ],
  }
}

function describeTasks({ items, leftOut }: NonNullable<CheckpointReceipt['tasks']>, { all }: View): Statement {
  const open = items.flatMap(({ title, state }) => (state === 'completed' ? [] : [`${state}: ${title}`]))
  const text = `${items.length - open.length} of ${items.length + leftOut} done`
  return { topic: 'Tasks', tone: 'plain', text, items: all ? open : firstOf(open, 6, ALL) }
}

function listCommands({ commands: { items, leftOut } }: CheckpointReceipt, { all }: View): Statement | null {
  if (items.length === 0) return null
  const failed = items.filter(({ outcome }) => outcome !== 'ok').length
  const text = `${count(items.length + leftOut, 'command')}${failed === 0 ? '' : `, ${failed} of them failed`}`
  const shown = (all ? items : items.slice(-5)).map((command) => `${lineOf(command.where)}${commandWords(command)}`)
  return {
    topic: 'Ran',
    tone: 'plain',
    text,
    items: [...(shown.length < items.length ? [`the last ${shown.length} (${ALL}):`] : []), ...shown],
  }
}

/** The end of a text: findings come last. */
function lastLines({ text, cut, where }: Quote): Pick<Statement, 'text' | 'items'> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const [first = '', ...items] = lines.slice(-LAST_LINES)
  const rest = cut > 0 ? [`… and ${cut} more characters`] : []
  return { text: `${lineOf(where)}${lines.length > LAST_LINES ? '… ' : ''}${clip(first, 400)}`, items: [...items, ...rest] }
}
const LAST_LINES = 6

function lineOf({ line }: SourceLocation): string {
  return `${line}: `
}

const FILES = ['file', 'files', ''] as const

/** The last entries of a list, each with its line; the last argument: one entry, several, and the rest of the sentence. */
function listLast<Entry extends { readonly where: SourceLocation }>(
  topic: string,
  { items, leftOut }: BoundedList<Entry>,
  wordsOf: (entry: Entry) => string,
  view: View,
  most: number,
  [one, many, rest]: readonly [string, string, string] = ['entry', 'entries', ''],
): Statement | null {
  if (items.length === 0) return null
  const shown = (view.all ? items : items.slice(-most)).map((entry) => `${lineOf(entry.where)}${wordsOf(entry)}`)
  const isCut = items.length - shown.length + leftOut > 0
  return {
    topic,
    tone: 'plain',
    text: `${count(items.length + leftOut, one, many)}${rest}`,
    items: [...(isCut ? [`the last ${shown.length} (${ALL}):`] : []), ...shown],
  }
}

function describeTranscript({ reading, of }: ShowDocument): Statement | null {
  if (of === 'workflow') return null
  if (reading === null) return { topic: 'Transcript', tone: 'warning', text: 'There is none to read.' }
  const { path, lines, copies, isLaunchOnly, damagedLines } = reading
  const damage = damagedLines > 0 ? `, ${damagedLines} of them damaged` : ''
  return {
    topic: 'Transcript',
    tone: 'plain',
    text: isLaunchOnly
      ? 'It has none; what launched it stands in:'
      : `${count(lines, 'line')}${damage}; a number before a colon is its line.`,
    items: [{ text: '', path }, ...copies.map((copy) => ({ text: 'an older copy', path: copy }))],
  }
}

function listUnread({ readIssues, complete }: ShowDocument): Statement | null {
  if (complete || readIssues.length === 0) return null
  const items = readIssues.map(({ path, line, reason, detail }) => `${path}${line === null ? '' : `:${line}`}: ${reason}, ${detail}`)
  return {
    topic: 'Not read',
    tone: 'warning',
    text: `${count(readIssues.length, 'thing')} could not be read.`,
    items: firstOf(items, 3, ALL),
  }
}

function suggestNext(document: ShowDocument, view: View): Statement | null {
  const { of, id, agents, receipt, workflows } = document
  const [agent] = agents
  if (of === 'agent') {
    if (agent === undefined || receipt === null || !isLost(agent.reason)) return null
    const brief = 'It prints a brief for the next agent: the task, what is done, what remains.'
    return suggestShow(document, view, { id, more: [...sessionWords(id, agent.sessionId), '--format', 'markdown'], note: brief })
  }
  // Of a run without failures, nothing is worst: its main thread is another matter.
  const own = of === 'workflow' ? new Set(agents.map(({ agentId }) => agentId)) : null
  const worst = rowsOf(document, { ...view, all: false }).shown.find(
    (row) => isLost(row.reason) && row.id !== id && own?.has(row.id) !== false,
  )
  if (worst !== undefined)
    return suggestShow(document, view, {
      id: worst.id,
      more: sessionWords(worst.id, worst.sessionId),
      note: 'It tells the whole of the worst one.',
    })
  const [run] = workflows
  return of === 'session' && run !== undefined ? suggestShow(document, view, { id: run.runId }) : null
}

/** Null: its id is no word to type. */
function suggestShow(
  document: ShowDocument,
  view: View,
  { id, more = [], note }: { readonly id: string; readonly more?: readonly string[]; readonly note?: string },
): Statement | null {
  if (!isPlainId(id)) return null
  const command = toolCommand('show', document, view, id, ...more)
  return { topic: 'Next', tone: 'command', text: '', command, items: note === undefined ? [] : [note] }
}
