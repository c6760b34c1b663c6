import type { z } from 'zod'
import type { Report } from './report.ts'
import { FORMAT_VERSION, ReportSchema } from './report.ts'
import { isObject } from '../text/json.ts'

/** A saved report that cannot be taken back; the message says why, for a person. */
export class NotAReport extends Error {}

/** Takes back what `--json` printed; a newer minor version is welcome, and its unknown keys are dropped. */
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
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    throw new NotAReport('it is not JSON (was it cut short?)')
  }
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
