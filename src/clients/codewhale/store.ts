import { createHash } from 'node:crypto'
import { isObject, type JsonObject } from '../../text/json.ts'
import { digestOf } from '../../text/digest.ts'
import { isPlausibleInstant, latestInstant } from '../../time/instant.ts'
import type { DocumentPart, LaunchFacts, PathRole, SplitDocument } from '../client.ts'
import { listIn, numberIn, objectIn, textIn } from '../fields.ts'
import { checkpointOf } from './checkpoint.ts'
import { joinMessages } from './child-transcript.ts'
import { textOf } from './messages.ts'
import { isClientsResult, isOwnerEnded, nameStatus } from './status.ts'

/** Where the state of a workspace lies in it: the second is what the product wrote under its first name, and reads where the other is missing. */
export const PLACES = ['.codewhale/state', '.deepseek/state'] as const
const DOCUMENT = /(?:^|\/)subagents\.v1\.json$/
/** Whole conversations, one file for each agent, named by the digest of its id. */
const CONVERSATIONS = 'subagent-transcripts'
const CONVERSATION = /(?:^|\/)subagent-transcripts\/[0-9a-f]{64}\.jsonl$/

export const PATTERNS = ['**/subagents.v1.json', `**/${CONVERSATIONS}/*.jsonl`] as const
const SAFE_ID = /^[A-Za-z0-9_-]{1,128}$/
const MAX_PATH = 4_096
/** The only one from 0.8.54 to 0.9.11. */
const KNOWN_SCHEMA = 1
/** The folder beside a repository in which its agents have worktrees: one folder for each repository, one below for each agent. */
const OWN_WORKTREE = /^(.+[\\/]\.codewhale-worktrees[\\/][^\\/]+[\\/][^\\/]+)(?:[\\/]|$)/

export function roleOf(path: string): PathRole | undefined {
  if (DOCUMENT.test(path)) return { role: 'document' }
  // The document says whose it is, and it is read with that: by itself it is nobody's.
  return CONVERSATION.test(path) ? { role: 'by_first_line' } : undefined
}

/** Milliseconds since the epoch; null: none that a transcript can hold. */
function momentIn(raw: JsonObject, key: string): number | null {
  const value = numberIn(raw, key)
  return value !== null && isPlausibleInstant(value) ? Math.round(value) : null
}

/** An agent's entry, with what the ledger of workers adds: 0.8.67 on. */
interface Entry {
  readonly agent: JsonObject
  readonly id: string
  readonly worker: JsonObject | null
}

/** The agents of a document, as transcripts of which each record is one of ours. */
export function splitDocument(raw: unknown): SplitDocument | undefined {
  if (!isObject(raw) || !Array.isArray(raw['agents'])) return undefined
  const workers = new Map<string, JsonObject>()
  for (const worker of listIn(raw, 'workers').filter(isObject)) {
    const spec = objectIn(worker, 'spec')
    const id = spec === null ? null : textIn(spec, 'worker_id', 200)
    if (id !== null) workers.set(id, worker)
  }
  const all = listIn(raw, 'agents')
  const entries = all.filter(isObject).flatMap((agent): readonly Entry[] => {
    const id = textIn(agent, 'id', 200)
    return id === null || !SAFE_ID.test(id) ? [] : [{ agent, id, worker: workers.get(id) ?? null }]
  })
  const writtenAt = latestInstant(entries.flatMap(listMoments))
  const boots = bootsOf(entries)
  return {
    parts: entries.map((entry) => partOf(entry, isOfLastBoot(entry, boots) ? writtenAt : null)),
    problems: listProblems(raw, all.length - entries.length),
  }
}

/** What the client itself would not take, or would miss. */
function listProblems(document: JsonObject, unread: number): readonly string[] {
  const version = document['schema_version']
  return [
    ...(version === undefined || version === KNOWN_SCHEMA
      ? []
      : ['its schema_version is none that is known: what it says may mean something else']),
    ...(unread === 0 ? [] : [`${unread === 1 ? 'one entry of an agent has' : `${unread} entries of agents have`} no id that can be read`]),
  ]
}

function listMoments({ agent, worker }: Entry): readonly (number | null)[] {
  const checkpoint = objectIn(agent, 'checkpoint')
  return [
    momentIn(agent, 'updated_at_ms'),
    checkpoint === null ? null : momentIn(checkpoint, 'created_at_ms'),
    worker === null ? null : momentIn(worker, 'updated_at_ms'),
  ]
}

/** When each process of the client was heard of last. */
function bootsOf(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const boots = new Map<string, number>()
  for (const entry of entries) {
    const boot = textIn(entry.agent, 'session_boot_id') ?? ''
    boots.set(boot, Math.max(boots.get(boot) ?? 0, latestInstant(listMoments(entry)) ?? 0))
  }
  return boots
}

/** A process writes all its agents at once, so that what it left as running was running when it wrote last. */
function isOfLastBoot({ agent }: Entry, boots: ReadonlyMap<string, number>): boolean {
  const own = boots.get(textIn(agent, 'session_boot_id') ?? '') ?? 0
  return [...boots.values()].every((last) => last <= own)
}

function partOf(entry: Entry, writtenAt: number | null): DocumentPart {
  const { agent, id, worker } = entry
  const spec = worker === null ? null : objectIn(worker, 'spec')
  const workspace = textIn(agent, 'workspace', MAX_PATH) ?? (spec === null ? null : textIn(spec, 'workspace', MAX_PATH))
  const branch = spec === null ? null : textIn(spec, 'git_branch', 1_000)
  const times = timesOf(entry, writtenAt)
  const session = textIn(agent, 'owner_session_id', 200)
  const prompt = textIn(agent, 'prompt', Number.POSITIVE_INFINITY) ?? ''
  const head = { agentId: id, workspace }
  const begins = {
    ...head,
    record: 'begins',
    at: times.startedAt,
    // The document under the product's first name may hold the same agent.
    uuid: `${id} ${digestOf(prompt)}`,
    branch,
    model: textIn(agent, 'model', 200) || null,
    version: versionOf(spec),
  }
  const checkpoint = objectIn(agent, 'checkpoint')
  const stand = standOf(agent)
  const recordsWith = (kept: readonly unknown[]): readonly unknown[] => {
    const messages = isClientsResult(stand.status) ? kept : withResult(kept, textIn(agent, 'result', Number.POSITIVE_INFINITY))
    return [
      begins,
      ...(prompt === '' ? [] : [{ ...head, record: 'prompt', text: prompt }]),
      ...listEvents(worker, head),
      ...messages.map((message, index) => ({
        ...head,
        record: 'message',
        message,
        at: index === messages.length - 1 ? (times.lastAt ?? times.endedAt) : null,
        isFirst: index === 0,
      })),
      { ...head, record: 'stands', at: times.endedAt, ...stand, hasAnswer: answerIn(messages) !== '' },
    ]
  }
  return {
    of: {
      role: 'agent',
      sessionId: session !== null && SAFE_ID.test(session) ? session : null,
      agentId: id,
      workflowRunId: null,
      launch: { ...launchOf(agent, spec, worker), ...placeOf(workspace, branch) },
    },
    records: recordsWith(checkpoint === null ? [] : listIn(checkpoint, 'messages')),
    beside: {
      path: `${CONVERSATIONS}/${createHash('sha256').update(id).digest('hex')}.jsonl`,
      join(lines) {
        const messages = joinMessages(lines, id)
        return messages === null ? null : recordsWith(messages)
      },
    },
  }
}

/** The result of an agent is mostly its last message. */
function withResult(messages: readonly unknown[], result: string | null): readonly unknown[] {
  const text = result?.trim() ?? ''
  return text === '' || text === answerIn(messages) ? messages : [...messages, { role: 'assistant', content: text }]
}

/** The text that the model said last; '': something else was said behind it. */
function answerIn(messages: readonly unknown[]): string {
  const last = messages.at(-1)
  return isObject(last) && last['role'] === 'assistant' ? textOf(last).trim() : ''
}

function standOf(agent: JsonObject) {
  const needs = objectIn(agent, 'needs_input')
  return {
    status: nameStatus(agent['status']),
    result: textIn(agent, 'result'),
    question: needs === null ? null : textIn(needs, 'question'),
    checkpoint: checkpointOf(agent),
  }
}

/** When it began, when its last step was kept, and when it was heard of last. */
function timesOf({ agent, worker }: Entry, writtenAt: number | null) {
  const checkpoint = objectIn(agent, 'checkpoint')
  const keptAt = checkpoint === null ? null : momentIn(checkpoint, 'created_at_ms')
  const status = nameStatus(agent['status'])
  const isRunning = status.name === 'running'
  const updatedAt = momentIn(agent, 'updated_at_ms')
  // When its process ended is not known: the next one found it so.
  const foundAt = isOwnerEnded(status) ? keptAt : null
  const endedAt = isRunning
    ? (writtenAt ?? latestInstant([updatedAt, keptAt, worker === null ? null : momentIn(worker, 'updated_at_ms')]))
    : (foundAt ?? (worker === null ? null : momentIn(worker, 'completed_at_ms')) ?? updatedAt ?? keptAt)
  const duration = numberIn(agent, 'duration_ms')
  const spanned = endedAt === null || duration === null || duration < 0 || duration > endedAt ? null : endedAt - duration
  const startedAt =
    (worker === null ? null : (momentIn(worker, 'started_at_ms') ?? momentIn(worker, 'created_at_ms'))) ?? spanned ?? keptAt ?? endedAt
  return { startedAt, lastAt: isRunning ? endedAt : keptAt, endedAt }
}

/** The worker's events tell when it was at work; what it said stands in its messages. */
function listEvents(worker: JsonObject | null, head: object): readonly unknown[] {
  if (worker === null) return []
  return listIn(worker, 'events')
    .filter(isObject)
    .slice(-128)
    .map((event) => ({ ...head, record: 'event', at: momentIn(event, 'timestamp_ms') }))
}

function versionOf(spec: JsonObject | null): string | null {
  const route = spec === null ? null : objectIn(spec, 'child_route')
  return route === null ? null : textIn(route, 'runtime_version', 100)
}

function launchOf(agent: JsonObject, spec: JsonObject | null, worker: JsonObject | null): LaunchFacts {
  const assignment = objectIn(agent, 'assignment')
  const parent =
    (worker === null ? null : textIn(worker, 'parent_run_id', 200)) ?? (spec === null ? null : textIn(spec, 'parent_run_id', 200))
  const depth = spec === null ? null : numberIn(spec, 'spawn_depth')
  const role = textIn(agent, 'agent_type', 200) ?? (assignment === null ? null : textIn(assignment, 'role', 200))
  return {
    agentType: role,
    parentAgentId: parent !== null && SAFE_ID.test(parent) ? parent : null,
    continuesAgentId: continuedBy(agent, spec),
    spawnDepth: depth !== null && Number.isSafeInteger(depth) && depth >= 0 ? depth : null,
    background: null,
    description: titleOf(agent, assignment),
  }
}

/** What the client writes behind the task of an agent that it begins from the checkpoint of another (0.9.4 on). */
const RESUMED = /^\[RESUMED SESSION \S checkpoint ([A-Za-z0-9_-]{1,128}):step:\d/gm

/** The agent whose work it goes on with: under an id of its own, since an agent that ended stays as it is. */
function continuedBy(agent: JsonObject, spec: JsonObject | null): string | null {
  const manifest = spec === null ? null : objectIn(spec, 'launch_manifest')
  const source = manifest === null ? null : textIn(manifest, 'resume_from_agent_id', 200)
  if (source !== null) return SAFE_ID.test(source) && source !== agent['id'] ? source : null
  // Of one that was resumed before, the prompt holds both, the first one first; what is quoted behind them may hold them again.
  const marks = (textIn(agent, 'prompt', Number.POSITIVE_INFINITY) ?? '').matchAll(RESUMED)
  return [...new Set([...marks].map(([, id = '']) => id))].findLast((id) => id !== agent['id']) ?? null
}

/** What somebody called it, else the first line of what it is to do. */
function titleOf(agent: JsonObject, assignment: JsonObject | null): string | null {
  const name = textIn(agent, 'session_name', 200)
  if (name !== null && name !== '' && name !== agent['id']) return name
  const task = (assignment === null ? null : textIn(assignment, 'objective')) ?? textIn(agent, 'prompt')
  return task?.trim().split('\n')[0]?.slice(0, 80) || null
}

function placeOf(workspace: string | null, branch: string | null): Pick<LaunchFacts, 'worktreePath' | 'worktreeBranch'> {
  const worktreePath = workspace === null ? null : (OWN_WORKTREE.exec(workspace)?.[1] ?? null)
  return worktreePath === null ? {} : { worktreePath, worktreeBranch: branch }
}
