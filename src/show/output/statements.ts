import type { ShowDocument, CheckpointReceipt, FileTouch, Listed, Quote } from '../document.ts'
import type { SourceLocation } from '../../facts/source.ts'
import type { AgentReport, SessionReport } from '../../report/report.ts'
import type { WorktreeReport } from '../../worktree/worktree-report.ts'
import { TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import { clip } from '../../text/escape.ts'
import { isPlainId } from '../../text/plain.ts'
import type { View } from '../../report/reporter.ts'
import { isLost, rowsOf } from '../../report/rows.ts'
import type { Item, Statement } from '../../report/statements.ts'
import { isAtRisk, onlyHere, stageOf, titleOfAgent } from '../../report/work.ts'
import { count, firstOf, LIMIT_WORDS, local } from '../../report/words.ts'
import { budgetWords, CHECKPOINT_WORDS, duration, evidencePlace, OUTCOME_WORDS } from './words.ts'

const ALL = '--json lists them'
const SURE = { high: '', medium: ' (likely)', low: ' (unsure)' } as const

/** What stands above the timeline: whose it is, and how it ended. */
export function statementsAbove(document: ShowDocument, view: View): readonly Statement[] {
  const [agent] = document.agents
  const [session] = document.sessions
  if (document.of === 'agent' && agent !== undefined) {
    return present([headOfAgent(agent, view), budget(document), verdict(agent, view), checkpoint(agent), work(document), task(document)])
  }
  if (document.of === 'session' && session !== undefined) {
    return present([
      headOfSession(session, view),
      budget(document),
      verdict(session, view),
      agentsOf(document),
      ...runs(document),
      work(document),
    ])
  }
  return present([...runs(document), agentsOf(document), work(document)])
}

/** What stands below it: the receipt, where all of it stands, and the one command to type next. */
export function statementsBelow(document: ShowDocument, view: View): readonly Statement[] {
  const { receipt } = document
  return present([
    attempts(document, view),
    ...(receipt === null ? [] : receiptStatements(receipt, view)),
    transcript(document),
    notRead(document),
    next(document, view),
  ])
}

function present(all: readonly (Statement | null)[]): readonly Statement[] {
  return all.filter((statement) => statement !== null)
}

function headOfAgent(agent: AgentReport, view: View): Statement {
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
      when(agent, view),
      `client ${clientVersion ?? 'not known'}, model ${model ?? 'not known'}`,
    ],
  }
}

function headOfSession(session: SessionReport, view: View): Statement {
  const { sessionId, cwd, clientVersion } = session
  return {
    topic: 'Session',
    tone: 'plain',
    text: sessionId,
    items: [...(cwd === null ? [] : [{ text: '', path: cwd }]), when(session, view), `client ${clientVersion ?? 'not known'}`],
  }
}

function when({ startedAt, endedAt, reason }: AgentReport | SessionReport, { timeZone }: View): string {
  const from = startedAt === null ? 'not known' : local(startedAt, timeZone)
  if (reason === 'running') return `since ${from} (${timeZone})`
  return `${from} to ${endedAt === null ? 'not known' : local(endedAt, timeZone)} (${timeZone})`
}

function budget({ budget: used }: ShowDocument): Statement | null {
  if (used === null) return null
  const [first = '', ...items] = budgetWords(used)
  return { topic: 'Used', tone: 'plain', text: first, items }
}

function verdict(thread: AgentReport | SessionReport, view: View): Statement {
  const { reason, confidence, basis, summary, evidence, alternatives, limit, silence } = thread
  const { outcome } = TERMINAL_REASONS[reason]
  const said =
    'reportedAs' in thread && outcome === 'died' && thread.reportedAs !== null ? [`the client called it "${thread.reportedAs}"`] : []
  return {
    topic: 'Verdict',
    tone: ({ died: 'bad', unknown: 'warning', running: 'plain', finished: 'good' } as const)[outcome],
    text: `${reason}${SURE[confidence]}: ${summary}`,
    items: [
      ...evidence.map((each) => {
        const place = evidencePlace(each)
        return `- ${each.shows}${place === '' ? '' : ` (${place})`}`
      }),
      ...(limit === null
        ? []
        : [
            `${LIMIT_WORDS[limit.kind]}, ${limit.resetsAt === null ? 'reset time not known' : `resets ${local(limit.resetsAt, view.timeZone)}`}`,
          ]),
      ...(silence === null ? [] : [silenceWords(silence, view)]),
      ...said,
      ...alternatives.map((each) => `or ${each.reason}${SURE[each.confidence]}: ${each.summary}`),
      ...(basis === 'inferred' ? ['concluded from what is there and what is missing: no record of its own says so'] : []),
    ],
  }
}

function silenceWords({ from, to }: { readonly from: string; readonly to: string | null }, { timeZone }: View): string {
  return to === null
    ? `silent since ${local(from, timeZone)}; its session never went on`
    : `silent from ${local(from, timeZone)}; its session went on at ${local(to, timeZone)}`
}

function checkpoint({ checkpoint: status }: AgentReport): Statement | null {
  if (status === null) return null
  return { topic: 'Checkpoint', tone: status === 'complete' ? 'good' : 'warning', text: `${status}: ${CHECKPOINT_WORDS[status]}` }
}

function work({ worktrees, options, agents }: ShowDocument): Statement | null {
  if (!options.git) return { topic: 'Its work', tone: 'warning', text: 'Git was not asked (--no-git): what exists only here is not known.' }
  if (worktrees.length === 0) {
    const paths = [...new Set(agents.flatMap(({ worktreePath }) => worktreePath ?? []))]
    if (paths.length === 0) return null
    return {
      topic: 'Its work',
      tone: 'warning',
      text: 'Git says nothing of its worktree:',
      items: firstOf(
        paths.map((path) => ({ text: '', path })),
        5,
        ALL,
      ),
    }
  }
  const items = worktrees.map((row): Item => ({ text: rowWords(row), path: row.path }))
  return {
    topic: 'Its work',
    tone: worktrees.some(isAtRisk) ? 'bad' : 'plain',
    text: worktrees.some(isAtRisk) ? `exists nowhere else: ${onlyHere(...worktrees.filter(isAtRisk))}` : worktrees.map(stageOf).join(', '),
    items: firstOf<Item>(items, 5, 'agent-forensics worktrees lists them'),
  }
}

function rowWords(row: WorktreeReport): string {
  const branch = row.branch === null ? 'detached' : `branch ${row.branch}`
  return `${stageOf(row)}, ${branch}${row.base === null ? '' : `, from ${row.base}`}`
}

function task({ receipt }: ShowDocument): Statement | null {
  return receipt === null || receipt.task === null ? null : { topic: 'Task', tone: 'plain', text: clip(receipt.task.text, 400) }
}

function agentsOf(document: ShowDocument): Statement | null {
  const { agents } = document
  if (agents.length === 0) return null
  const outcomes = new Map<string, number>()
  for (const { kind, reason } of agents) {
    if (kind === 'internal') continue
    const { outcome } = TERMINAL_REASONS[reason]
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  const order = ['died', 'unknown', 'running', 'finished'].filter((outcome) => outcomes.has(outcome))
  const text = order.map((outcome) => `${outcomes.get(outcome) ?? 0} ${outcome}`).join(', ')
  return { topic: 'Agents', tone: outcomes.has('died') ? 'bad' : 'plain', text: text === '' ? 'only helpers of the client' : text }
}

function runs({ workflows, of }: ShowDocument): readonly Statement[] {
  return workflows.map(({ runId, name, status, calls, wouldRunAgain, resumable, sessionId, scriptPath }) => {
    const bad = calls.failed + calls.neverStarted
    return {
      topic: 'Workflow',
      tone: bad > 0 ? 'bad' : 'plain',
      text: `${name === null ? '' : `${name}, `}${runId}${status === null ? '' : `, which the client calls ${status}`}`,
      items: [
        `${count(calls.started + calls.neverStarted, 'call')}: ${calls.done} done, ${calls.failed} failed, ${calls.neverStarted} never started`,
        resumable
          ? `a resume runs ${count(wouldRunAgain, 'call')} again: those without a result in its journal`
          : 'it cannot be resumed: its script or its session is missing',
        ...(sessionId === null || of === 'session' ? [] : [`of session ${sessionId}`]),
        ...(scriptPath === null ? [] : [{ text: '', path: scriptPath }]),
      ],
    }
  })
}

function attempts({ attempts: all, of }: ShowDocument, { timeZone }: View): Statement | null {
  if (all.length < 2 || of !== 'agent') return null
  const items = all.map(
    ({ attempt, startedAt, turns, toolCalls, line }) =>
      `${attempt}. ${startedAt === null ? '' : `${local(startedAt, timeZone)}, `}${count(turns, 'turn')}, ${count(toolCalls, 'tool call')}, from line ${line}`,
  )
  return { topic: 'Attempts', tone: 'plain', text: `${all.length}; only the last one is judged.`, items: firstOf(items, 8, ALL) }
}

function receiptStatements(receipt: CheckpointReceipt, view: View): readonly Statement[] {
  const { instructions, findings, filesRead, filesWritten, commands, commits, delivered, blockers, inFlight, announced, tasks } = receipt
  const last = findings.items.at(-1)
  const failed = commands.items.filter(({ outcome }) => outcome !== 'ok')
  const open = tasks?.items.filter(({ state }) => state !== 'completed') ?? []
  return present([
    some(
      'Told later',
      'plain',
      instructions.items.map(({ text, where }) => `${at(where)}${text}`),
      instructions.leftOut,
      view,
      3,
    ),
    last === undefined ? null : { topic: 'Last words', tone: 'plain', ...lastLines(last) },
    announced === null && inFlight.items.length === 0
      ? null
      : {
          topic: 'About to',
          tone: 'warning',
          text:
            inFlight.items.length === 0
              ? 'say more: nothing was in flight'
              : `${count(inFlight.items.length + inFlight.leftOut, 'call')} had no answer:`,
          items: [
            ...firstOf(
              inFlight.items.map(({ tool, about, where }) => `${at(where)}${tool}${about === null ? '' : `: ${about}`}`),
              5,
              ALL,
            ),
            ...(announced === null || announced.text === last?.text ? [] : [`its last words end: ${announced.text}`]),
          ],
        },
    tasks === null
      ? null
      : {
          topic: 'Tasks',
          tone: 'plain',
          text: `${tasks.items.length - open.length} of ${tasks.items.length + tasks.leftOut} done`,
          items: firstOf(
            open.map(({ title, state }) => `${state}: ${title}`),
            view.all ? open.length : 6,
            ALL,
          ),
        },
    some(
      'Commits',
      'good',
      commits.items.map(({ hash, subject, where }) => `${at(where)}${hash} ${subject}`),
      commits.leftOut,
      view,
      6,
    ),
    some(
      'Delivered',
      'good',
      delivered.items.map(({ kind, what, where }) => `${at(where)}${kind === 'push' ? 'pushed' : 'request'} ${what}`),
      delivered.leftOut,
      view,
      6,
    ),
    touched('Wrote', filesWritten, view),
    touched('Read', filesRead, view),
    commands.items.length === 0
      ? null
      : {
          topic: 'Ran',
          tone: 'plain',
          text: `${count(commands.items.length + commands.leftOut, 'command')}${failed.length === 0 ? '' : `, ${failed.length} of them without success`}`,
          items: lastOf(
            commands.items.map(
              ({ command, outcome, background, exitCode, durationMs, where }) =>
                `${at(where)}${outcome === 'ok' && background ? 'started' : OUTCOME_WORDS[outcome]}${exitCode === null ? '' : ` (exit ${exitCode})`}${durationMs === null || durationMs < 1000 ? '' : ` ${duration(durationMs)}`}  ${command}`,
            ),
            view.all ? commands.items.length : 5,
          ),
        },
    some(
      'Blockers',
      'bad',
      blockers.items.map(
        ({ tool, about, text, times, where }) =>
          `${at(where)}${[tool, about].filter((each) => each !== null).join(' ')}${times > 1 ? ` (${times} times)` : ''}: ${text}`,
      ),
      blockers.leftOut,
      view,
      5,
    ),
  ])
}

/** The end of a text: what was found stands last. */
function lastLines({ text, cut, where }: Quote): Pick<Statement, 'text' | 'items'> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const [first = '', ...items] = lines.length <= LAST_LINES ? lines : lines.slice(-LAST_LINES)
  const rest = cut > 0 ? [`… and ${cut} more characters`] : []
  return { text: `${at(where)}${lines.length > LAST_LINES ? '… ' : ''}${clip(first, 400)}`, items: [...items, ...rest] }
}
const LAST_LINES = 6

function at({ line }: SourceLocation): string {
  return `${line}: `
}

function touched(topic: string, { items, leftOut }: Listed<FileTouch>, view: View): Statement | null {
  const texts = items.map(({ file, times, uncertain, where }): Item => {
    const doubt = uncertain > 0 ? `, ${count(uncertain, 'call')} without an answer` : ''
    return `${at(where)}${file}${times > 1 ? ` (${times} times)` : ''}${doubt}`
  })
  return some(topic, 'plain', texts, leftOut, view, 8, 'file')
}

function some(
  topic: string,
  tone: Statement['tone'],
  items: readonly Item[],
  leftOut: number,
  view: View,
  most: number,
  of = 'entry',
): Statement | null {
  if (items.length === 0) return null
  const shown = view.all ? items : items.slice(-most)
  const more = items.length - shown.length + leftOut
  const text = count(items.length + leftOut, of, of === 'entry' ? 'entries' : `${of}s`)
  return {
    topic,
    tone: 'plain',
    text: tone === 'bad' ? `${text}, which it was not seen to get past` : text,
    items: [...(more > 0 ? [`the last ${shown.length} (${ALL}):`] : []), ...shown],
  }
}

function lastOf(items: readonly string[], most: number): readonly string[] {
  return items.length <= most ? items : [`the last ${most} (${ALL}):`, ...items.slice(-most)]
}

function transcript({ reading, of }: ShowDocument): Statement | null {
  if (of === 'workflow') return null
  if (reading === null) return { topic: 'Transcript', tone: 'warning', text: 'There is none to read.' }
  const { path, lines, copies, isLaunchOnly, damagedLines } = reading
  const damage = damagedLines > 0 ? `, ${damagedLines} of them damaged` : ''
  return {
    topic: 'Transcript',
    tone: 'plain',
    text: isLaunchOnly
      ? 'It has none; what launched it stands in:'
      : `${count(lines, 'line')}${damage}; numbers before a colon are lines of it.`,
    items: [{ text: '', path }, ...copies.map((copy) => ({ text: 'an older copy', path: copy }))],
  }
}

function notRead({ readIssues, complete }: ShowDocument): Statement | null {
  if (complete || readIssues.length === 0) return null
  const items = readIssues.map(({ path, line, reason, detail }) => `${path}${line === null ? '' : `:${line}`}: ${reason}, ${detail}`)
  return {
    topic: 'Not read',
    tone: 'warning',
    text: `${count(readIssues.length, 'thing')} could not be read.`,
    items: firstOf(items, 3, ALL),
  }
}

function next(document: ShowDocument, view: View): Statement | null {
  const { of, id, agents, receipt, workflows } = document
  const [agent] = agents
  if (of === 'agent') {
    if (agent === undefined || receipt === null || !isLost(agent.reason)) return null
    return {
      topic: 'Next',
      tone: 'command',
      text: `agent-forensics show ${short(id)} --format markdown`,
      items: ['It prints a brief for a successor: the task, what is done, what remains.'],
    }
  }
  const worst = rowsOf(document, { ...view, all: false }).shown.find((row) => isLost(row.reason) && row.id !== id)
  if (worst !== undefined)
    return {
      topic: 'Next',
      tone: 'command',
      text: `agent-forensics show ${short(worst.shortId)}`,
      items: ['It tells the whole of the worst one.'],
    }
  const [run] = workflows
  return of === 'session' && run !== undefined ? { topic: 'Next', tone: 'command', text: `agent-forensics show ${short(run.runId)}` } : null
}

/** Only a plain id may stand in a command that is to be typed. */
function short(id: string): string {
  return isPlainId(id) ? id : '<id>'
}
