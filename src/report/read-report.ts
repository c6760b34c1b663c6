import type { z } from 'zod'
import type { Report } from './report.ts'
import { FORMAT_VERSION, ReportSchema } from './report.ts'
import { isObject } from '../text/json.ts'

/** A saved report that cannot be taken back; the message says why, for a person. */
export class NotAReport extends Error {}

/** Takes back what `--json` or `--format ndjson` printed; a newer minor version is welcome, and its unknown keys are dropped. */
export function readReport(text: string): Report {
  const value = parse(text)
  const version = isObject(value) ? value['formatVersion'] : undefined
  if (typeof version !== 'string') throw new NotAReport('it has no formatVersion: not a report that --json printed')
  if (!/^\d+\.\d+$/.test(version) || major(version) !== major(FORMAT_VERSION)) {
    throw new NotAReport(`its format version is ${version}; this program reads ${major(FORMAT_VERSION)}.x`)
  }
  const parsed = ReportSchema.safeParse(value)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) if (issue.code === 'unrecognized_keys') dropKeys(value, issue)
  const known = ReportSchema.safeParse(value)
  if (known.success) return known.data
  const [issue] = known.error.issues
  throw new NotAReport(`not a valid report of format version ${version}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}

function parse(text: string): unknown {
  const whole = text.replace(/^\ufeff/, '')
  try {
    const value: unknown = JSON.parse(whole)
    return isObject(value) && value['type'] === 'report' ? joinLines([value]) : value
  } catch {
    return parseLines(whole)
  }
}

/** The lists of a report by the type of their lines. */
const LISTS = {
  session: 'sessions',
  agent: 'agents',
  workflow: 'workflows',
  workItem: 'workItems',
  incident: 'incidents',
  worktree: 'worktrees',
  action: 'actions',
  readIssue: 'readIssues',
} as const

function parseLines(text: string): unknown {
  try {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    return joinLines(lines.map((line) => JSON.parse(line) as unknown))
  } catch {
    throw new NotAReport('it is not JSON (was it cut short?)')
  }
}

/** A stream has no end mark: where a line is missing, nothing tells. */
function joinLines(lines: readonly unknown[]): unknown {
  const [head, ...entities] = lines
  if (!isObject(head) || head['type'] !== 'report')
    throw new NotAReport('its first line is no report: neither --json nor --format ndjson printed it')
  const lists: Record<string, unknown[]> = Object.fromEntries(Object.values(LISTS).map((name) => [name, []]))
  for (const line of entities) {
    if (!isObject(line)) throw new NotAReport('one of its lines is no object')
    const { type, ...entity } = line
    const list = Object.hasOwn(LISTS, String(type)) ? lists[LISTS[String(type) as keyof typeof LISTS]] : undefined
    list?.push(entity)
  }
  const { type: _, ...header } = head
  const { actions, ...others } = lists
  return { ...header, ...others, plan: { actions } }
}

// Every object of the schema is strict, which the unknown keys of a newer minor version are allowed to break.
function dropKeys(value: unknown, issue: z.core.$ZodIssueUnrecognizedKeys): void {
  const owner = issue.path.reduce(
    (at: unknown, key) => (isObject(at) ? at[String(key)] : Array.isArray(at) ? at[Number(key)] : undefined),
    value,
  )
  if (isObject(owner)) for (const key of issue.keys) Reflect.deleteProperty(owner, key)
}

function major(version: string): string | undefined {
  return version.split('.')[0]
}
