import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DemoThread, type Fields } from './thread.ts'

/** What every agent says in the end. */
const REPORT = 'The task is finished as far as the sample goes: a stand-in answered, and no file was changed.'

/** What a client was told to do, as its command line says it. */
export interface ClientJob {
  readonly what: string
  /** Writes what the client would have written; milliseconds since the epoch. */
  write(at: number): void
}

/** What the client would do with these words in the sample; null: nothing that the sample knows. `root`: where its transcripts are. */
export function readJob(root: string, argv: readonly string[]): ClientJob | null {
  const session = argv.find((word) => word.startsWith('--resume='))?.slice('--resume='.length) ?? null
  const prompt = argv.at(-1) ?? ''
  const project = readdirSync(root).map((name) => join(root, name))[0] ?? root
  const [, ids] = /agent ids, with the id as to: ([\w, -]+)\./.exec(prompt) ?? []
  const [, run] = /\bresumeFromRunId ([\w-]+)/.exec(prompt) ?? []
  const [, agent] = /\bContinue the work of agent ([\w-]+), which died/.exec(prompt) ?? []
  if (session === null)
    return agent === undefined ? null : { what: 'a fresh session', write: (at) => beginSession(project, agent, prompt, at) }
  const place = { main: join(project, `${session}.jsonl`), folder: join(project, session), prompt }
  if (!existsSync(place.main)) return null
  if (run !== undefined) return { what: `workflow run ${run}`, write: (at) => resumeWorkflow(place, run, at) }
  if (ids !== undefined) {
    const agents = ids.split(', ')
    return { what: agents.length === 1 ? '1 agent' : `${agents.length} agents`, write: (at) => messageAgents(place, agents, at) }
  }
  return { what: `session ${session.slice(0, 8)}`, write: (at) => DemoThread.resume(place.main, at).prompt(prompt).say(REPORT).save() }
}

/** A session that is resumed: its transcript, the folder of its agents, and what it is told. */
interface Place {
  readonly main: string
  readonly folder: string
  readonly prompt: string
}

function messageAgents({ main, folder, prompt }: Place, agents: readonly string[], at: number): void {
  const parent = DemoThread.resume(main, at).prompt(prompt, { promptSource: 'sdk' })
  const message = /word for word: (.*?) Start no new agents/.exec(prompt)?.[1] ?? 'Continue your task where it stopped.'
  const calls = agents.map((to) => ({
    input: { to, summary: 'continue', message },
    result: JSON.stringify({ success: true, message: `Agent "${to}" had no active task; resumed from transcript in the background.` }),
  }))
  const ids = parent.call('SendMessage', calls)
  parent.say('They are at work again.')
  for (const [index, agent] of agents.entries()) {
    const told = `The coordinator sent a message while you were working:\n${message}\n\nAddress this before completing your current task.`
    const thread = DemoThread.resume(join(folder, 'subagents', `agent-${agent}.jsonl`), at + SPREAD_MS * (index + 1))
    thread
      .prompt(told, { isMeta: true, origin: { kind: 'coordinator' } })
      .say(REPORT)
      .save()
    parent.notify(agent, ids[index] ?? '', `Agent "${describe(folder, agent)}" finished`, REPORT)
  }
  parent.say('All of them have reported: each finished.').save()
}

/** Agents of one session are not done at the same instant. Milliseconds. */
const SPREAD_MS = 3_000

function describe(folder: string, agent: string): string {
  const { description } = readJson(join(folder, 'subagents', `agent-${agent}.meta.json`))
  return typeof description === 'string' ? description : agent
}

function beginSession(project: string, agent: string, prompt: string, at: number): void {
  const like = readdirSync(project).find((name) => name.endsWith('.jsonl')) ?? ''
  const hex = digest(`${agent} ${at}`)
  const sessionId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`
  const own = { isSidechain: false, sessionId, gitBranch: 'main' }
  DemoThread.begin(join(project, `${sessionId}.jsonl`), join(project, like), own, at)
    .prompt(prompt, { promptSource: 'sdk' })
    .say(REPORT)
    .save()
}

/** Calls without a result run again, by other agents and under the same keys; the others are taken from the journal. */
function resumeWorkflow({ main, folder, prompt }: Place, run: string, at: number): void {
  const calls = join(folder, 'subagents', 'workflows', run)
  const journal = join(calls, 'journal.jsonl')
  const entries = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
  const done = new Set(entries.flatMap(({ type, key }) => (type === 'result' ? [key] : [])))
  const open = entries.filter(({ type, key }) => type === 'started' && !done.has(key))
  const again = new Map(open.map(({ key, agentId = '' }) => [agentId, { key, agentId: `a${digest(`${agentId} ${at}`).slice(0, 16)}` }]))
  for (const [before, { key, agentId }] of again) {
    const [first = '{}'] = readFileSync(join(calls, `agent-${before}.jsonl`), 'utf8').split('\n')
    const { message } = JSON.parse(first) as { readonly message?: { readonly content?: unknown } }
    const task = typeof message?.content === 'string' ? message.content : ''
    const thread = DemoThread.begin(join(calls, `agent-${agentId}.jsonl`), join(calls, `agent-${before}.jsonl`), { agentId }, at)
    thread.prompt(task).say(REPORT).save()
    writeFileSync(join(calls, `agent-${agentId}.meta.json`), readFileSync(join(calls, `agent-${before}.meta.json`)))
    appendFileSync(
      journal,
      `${JSON.stringify({ type: 'started', key, agentId })}\n${JSON.stringify({ type: 'result', key, agentId, result: REPORT })}\n`,
    )
  }
  const summary = join(folder, 'workflows', `${run}.json`)
  const said = readJson(summary)
  writeFileSync(summary, JSON.stringify(withResults(said, new Map([...again].map(([before, { agentId }]) => [before, agentId])), at)))
  const task = `w${digest(`${run} ${at}`).slice(0, 8)}`
  const data = { status: 'async_launched', taskId: task, taskType: 'local_workflow', workflowName: said['workflowName'], runId: run }
  const input = { scriptPath: said['scriptPath'], resumeFromRunId: run }
  const parent = DemoThread.resume(main, at).prompt(prompt, { promptSource: 'sdk' })
  const [call = ''] = parent.call('Workflow', [
    { input, result: `Workflow launched in background. Task ID: ${task}\nRun ID: ${run}`, data },
  ])
  parent.say('It runs again.').notify(task, call, `Dynamic workflow "${String(said['workflowName'])}" completed`, REPORT)
  parent.say('The run is over: all of its calls have a result.').save()
}

/** The summary of a run whose failed calls have been made again. */
function withResults(summary: Fields, again: ReadonlyMap<string, string>, at: number): Fields {
  const progress = Array.isArray(summary['workflowProgress']) ? (summary['workflowProgress'] as readonly Fields[]) : []
  const results = Array.isArray(summary['result']) ? (summary['result'] as readonly unknown[]) : []
  return {
    ...summary,
    timestamp: new Date(at).toISOString(),
    result: results.map((result) => result ?? REPORT),
    logs: [],
    workflowProgress: progress.map((entry) => {
      const agentId = again.get(String(entry['agentId']))
      if (agentId === undefined) return entry
      const { error: _, ...rest } = entry
      return { ...rest, agentId, state: 'done', startedAt: at, lastProgressAt: at, resultPreview: REPORT }
    }),
  }
}

function readJson(path: string): Fields {
  return JSON.parse(readFileSync(path, 'utf8')) as Fields
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
