import { type Files, FileUnavailable } from '../ports/host.ts'
import type { Sidecar } from '../facts/run.ts'
import type { ReadIssue, ReadIssueReason } from '../facts/source.ts'
import { issueOf, unavailable } from './read-issues.ts'
import { REGULAR } from './open-transcript.ts'
import type { JournalLine, SourcePlace, Source, Client, WorkflowSummary } from '../clients/client.ts'
import { type Line, readLines } from './read-lines.ts'
import type { ReadRun } from './read-run.ts'
import { readTranscripts, type TreeReading } from './read-transcripts.ts'

/** Sidecars and run summaries are small; whatever is larger is something else. Bytes. */
const MAX_SIDECAR_BYTES = 1024 * 1024
const MAX_SUMMARY_BYTES = 32 * 1024 * 1024
/** Lines of one journal beyond this many that cannot be read are told as one count. */
const MAX_JOURNAL_ISSUES = 50

/** The files of one workflow run. */
export interface WorkflowFiles {
  readonly runId: string
  readonly sessionId: string | null
  readonly journalPath: string | null
  readonly journal: readonly JournalLine[]
  readonly summaryPath: string | null
  readonly summary: WorkflowSummary | null
  readonly scriptPath: string | null
}

/** Everything that was read below the roots, before it is joined. */
export interface Tree {
  readonly runs: readonly ReadRun[]
  /** By the path of the transcript that they stand beside. */
  readonly sidecars: ReadonlyMap<string, Sidecar>
  readonly workflows: readonly WorkflowFiles[]
  readonly issues: readonly ReadIssue[]
  readonly bytesRead: number
}

/** Reads what is given: transcripts whole, which have to be sources, sidecars and workflow files beside them. */
export async function readTree(
  sources: readonly (Source | SourcePlace)[],
  files: Files,
  timeZone: string,
  how: TreeReading = {},
): Promise<Tree> {
  const issues: ReadIssue[] = []
  const transcripts = sources.filter(
    (source): source is Source => (source.of.role === 'main' || source.of.role === 'agent') && 'bytes' in source,
  )
  const read = await readTranscripts(transcripts, files, timeZone, how)
  for (const each of read) issues.push(...each.issues)
  const sidecars = new Map<string, Sidecar>()
  // One after the other: reading waits for nothing but the disk, and the next one finds the buffer warm.
  for (const source of sources) {
    if (source.of.role !== 'sidecar') continue
    const raw = await readJson(source.path, MAX_SIDECAR_BYTES, files, issues)
    const sidecar = raw === undefined ? undefined : source.client.readSidecar(raw, source.path)
    if (sidecar !== undefined) sidecars.set(source.client.transcriptBeside(source.path), sidecar)
    else if (raw !== undefined) issues.push(issueOf(source.path, 'not_an_object', 'the sidecar is JSON, but no object'))
  }
  const workflows = await readWorkflows(sources, files, issues)
  const bytesRead = transcripts.reduce((sum, { bytes }) => sum + bytes, 0)
  return { runs: read.filter((run): run is ReadRun => run.facts !== undefined), sidecars, workflows, issues, bytesRead }
}

async function readWorkflows(sources: readonly SourcePlace[], files: Files, issues: ReadIssue[]): Promise<readonly WorkflowFiles[]> {
  const runs = new Map<string, { -readonly [K in keyof WorkflowFiles]: WorkflowFiles[K] }>()
  const runOf = (runId: string, sessionId: string | null): { -readonly [K in keyof WorkflowFiles]: WorkflowFiles[K] } => {
    const key = `${sessionId ?? ''}/${runId}`
    const known = runs.get(key)
    if (known !== undefined) return known
    const fresh = { runId, sessionId, journalPath: null, journal: [], summaryPath: null, summary: null, scriptPath: null }
    runs.set(key, fresh)
    return fresh
  }
  for (const { client, of, path } of sources) {
    if (of.role === 'workflow_script') runOf(of.runId, of.sessionId).scriptPath = path
    if (of.role === 'workflow_journal') {
      const run = runOf(of.runId, of.sessionId)
      run.journalPath = path
      run.journal = await readJournal(path, client, files, issues)
    }
    if (of.role === 'workflow_summary') {
      const raw = await readJson(path, MAX_SUMMARY_BYTES, files, issues)
      const summary = raw === undefined ? undefined : client.readWorkflowSummary(raw)
      if (summary === undefined) continue
      const run = runOf(of.runId, of.sessionId)
      run.summaryPath = path
      run.summary = summary
    }
  }
  return [...runs.values()]
}

async function readJournal(path: string, client: Client, files: Files, issues: ReadIssue[]): Promise<readonly JournalLine[]> {
  const journal: JournalLine[] = []
  let left = 0
  const tell = (line: Line, reason: ReadIssueReason, bytes: number, detail: string): void => {
    if (left < MAX_JOURNAL_ISSUES) issues.push({ path, line: line.line, byteOffset: line.byteOffset, reason, bytes, detail })
    left += 1
  }
  try {
    const file = await files.open(path)
    try {
      for await (const line of readLines(file.chunks())) {
        if (line.kind === 'oversized') {
          tell(line, 'oversized_line', line.length, `a line of ${line.length} bytes is not parsed`)
          continue
        }
        if (line.bytes.length === 0) continue
        const parsed = parseJson(new TextDecoder('utf-8').decode(line.bytes))
        const entry = parsed === undefined ? undefined : client.readJournalLine(parsed)
        if (parsed === undefined) tell(line, line.terminated ? 'malformed_json' : 'torn_line', line.bytes.length, 'the line is not JSON')
        else if (entry !== undefined) journal.push(entry)
      }
      const more = left - MAX_JOURNAL_ISSUES
      if (more > 0) issues.push(issueOf(path, 'malformed_json', `${more} more lines of this file could not be read`))
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    issues.push(unavailable(path, error))
  }
  return journal
}

async function readJson(path: string, maxBytes: number, files: Files, issues: ReadIssue[]): Promise<unknown> {
  try {
    const parsed = parseJson(await files.readText(path, maxBytes, REGULAR))
    if (parsed === undefined) issues.push(issueOf(path, 'malformed_json', 'the file is not JSON'))
    return parsed
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    issues.push(unavailable(path, error))
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
