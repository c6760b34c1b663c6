import type { ToolAction, Task, WholeCall, WholeRecord, WholeResult } from '../../facts/tool-use.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { readWireRecord } from './wire.ts'
import { unframeTask } from './words.ts'

/** Ids and names are cut as the first reading cuts them, so that both know a call by the same id. */
const MAX_ID = 200
/** More entries than anybody keeps in a task list. */
const MAX_TASKS = 1_000
/** What the client puts in the place of a result when a person, a rule or a hook said no (2.0.76 to 2.1.329). */
export const DENIAL =
  /^(?:<tool_use_error>)?(?:The user doesn't want to (?:proceed|take this action)|Permission (?:to use|for this action)\b|Claude requested permissions? to\b|Tool permission request failed|This command requires approval|.{0,200}\bneeds approval\. |Blocked: |.{0,80}hook (?:error|blocked|denied))/
/** What it puts there when the call was cut off: by an interrupt, or by the end of the session (2.1.329). */
const CUT_OFF = /^(?:Exit code \d{1,4}\s+)?\[(?:Request interrupted by user|Tool call interrupted: )/
const TASK_MADE = /^Task #(\w{1,20}) created\b/

/** One line of a Claude Code transcript with all that it says of inputs and results. Null for what is no record. */
export function readWhole(raw: unknown): WholeRecord | null {
  const wire = readWireRecord(raw)
  if (wire === undefined || !isObject(raw)) return null
  const { totalCostUSD, toolDenialKind, error } = raw
  const denial = typeof toolDenialKind === 'string' ? toolDenialKind : undefined
  const isCost = typeof totalCostUSD === 'number' && Number.isFinite(totalCostUSD) && totalCostUSD >= 0
  const content = wire.message?.content
  const items: readonly unknown[] = Array.isArray(content) ? content : []
  const blocks = items.filter(isObject)
  const results = blocks.flatMap((block) => resultOf(block, wire.toolUseResult, denial))
  const isRetry = wire.type === 'system' && wire.subtype === 'api_error'
  return {
    text: unframeTask(
      typeof content === 'string'
        ? content
        : blocks.flatMap((block) => (block['type'] === 'text' ? strings(block['text']) : [])).join('\n'),
    ),
    calls: blocks.flatMap(callOf),
    results,
    retryOf: isRetry && isObject(error) ? (stringIn(error, 'formatted') ?? stringIn(error, 'message')) : null,
    costUsd: wire.type === 'cost-state' && isCost ? totalCostUSD : null,
  }
}

function resultOf(block: JsonObject, data: unknown, denial: string | undefined): readonly WholeResult[] {
  const id = block['tool_use_id']
  if (block['type'] !== 'tool_result' || typeof id !== 'string') return []
  const said = textOf(block['content'])
  const task = isObject(data) && isObject(data['task']) ? data['task']['id'] : undefined
  const isMade = typeof task === 'string' || (typeof task === 'number' && Number.isFinite(task))
  return [
    {
      toolUseId: id.slice(0, MAX_ID),
      outcome: block['is_error'] === true ? failureOf(said, denial) : 'ok',
      text: said,
      exitCode: Number(/^Exit code (\d{1,4})\b/.exec(said)?.[1] ?? Number.NaN) || null,
      taskId: isMade ? String(task).slice(0, MAX_ID) : (TASK_MADE.exec(said)?.[1] ?? null),
    },
  ]
}

function failureOf(said: string, denial: string | undefined): WholeResult['outcome'] {
  if (denial === 'interrupted' || CUT_OFF.test(said)) return 'interrupted'
  return denial !== undefined || DENIAL.test(said) ? 'denied' : 'error'
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.flatMap((item: unknown) => (isObject(item) && item['type'] === 'text' ? strings(item['text']) : [])).join('\n')
}

function callOf(block: JsonObject): readonly WholeCall[] {
  const { id, name } = block
  if ((block['type'] !== 'tool_use' && block['type'] !== 'server_tool_use') || typeof id !== 'string' || typeof name !== 'string') return []
  const input = isObject(block['input']) ? block['input'] : {}
  return [{ id: id.slice(0, MAX_ID), action: actionOf(name, input), about: aboutOf(input) }]
}

function actionOf(name: string, input: JsonObject): ToolAction {
  const file = stringIn(input, 'file_path') ?? stringIn(input, 'notebook_path')
  switch (name) {
    case 'Read':
    case 'NotebookRead':
      return file === null ? OTHER : { kind: 'read', file }
    case 'Write':
    case 'Edit':
    case 'MultiEdit':
    case 'NotebookEdit':
      return file === null ? OTHER : { kind: 'write', file }
    case 'Bash':
    case 'PowerShell': {
      const command = stringIn(input, 'command')
      return command === null ? OTHER : { kind: 'command', command, background: input['run_in_background'] === true }
    }
    case 'Agent':
    case 'Task':
      return {
        kind: 'launch',
        description: stringIn(input, 'description'),
        prompt: stringIn(input, 'prompt'),
        agentType: stringIn(input, 'subagent_type'),
      }
    case 'TodoWrite':
      return Array.isArray(input['todos']) ? { kind: 'task_list', tasks: tasksIn(input['todos']) } : OTHER
    case 'TaskCreate': {
      const title = stringIn(input, 'subject')
      return title === null ? OTHER : { kind: 'task_new', title }
    }
    case 'TaskUpdate': {
      const id = stringIn(input, 'taskId')
      return id === null ? OTHER : { kind: 'task_change', id, title: stringIn(input, 'subject'), state: stringIn(input, 'status') }
    }
    default:
      return OTHER
  }
}

const OTHER: ToolAction = { kind: 'other' }

function tasksIn(todos: readonly unknown[]): readonly Task[] {
  return todos.slice(0, MAX_TASKS).flatMap((item) => {
    if (!isObject(item)) return []
    const title = stringIn(item, 'content') ?? stringIn(item, 'subject')
    return title === null ? [] : [{ title, state: stringIn(item, 'status') ?? 'pending' }]
  })
}

/** The field of an input that says the most of it, in the tools of 2.0.76 to 2.1.329; tools of other makers use the same names. */
const TELLING = [
  'command',
  'file_path',
  'notebook_path',
  'pattern',
  'url',
  'query',
  'description',
  'subject',
  'skill',
  'to',
  'name',
] as const
const TELLING_IDS = ['task_id', 'taskId', 'shell_id', 'bash_id', 'path', 'prompt'] as const

function aboutOf(input: JsonObject): string {
  for (const name of [...TELLING, ...TELLING_IDS]) {
    const value = stringIn(input, name)
    if (value !== null && value.trim() !== '') return value
  }
  return ''
}

function stringIn(input: JsonObject, name: string): string | null {
  const value = Object.hasOwn(input, name) ? input[name] : undefined
  return typeof value === 'string' ? value : null
}

function strings(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : []
}
