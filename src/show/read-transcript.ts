import { type Files, FileUnavailable, type OpenFile } from '../ports/host.ts'
import type { WholeRecord } from '../facts/tool-use.ts'
import { partsOf, type RecordPart } from '../facts/record.ts'
import type { ReadIssue } from '../facts/source.ts'
import { issueOf, unavailable } from '../transcript/read-issues.ts'
import { type RunFacts, RunFold } from '../transcript/fold-run.ts'
import type { Client, Source } from '../clients/client.ts'
import { openTranscript } from '../transcript/open-transcript.ts'
import { type LineReading, readRecords } from '../transcript/read-records.ts'
import { TranscriptFold } from './fold-transcript.ts'

/** One transcript, read a second time: what a verdict needs, and all else that `show` prints of it. */
export interface WholeTranscript {
  readonly path: string
  readonly bytes: number
  readonly facts: RunFacts
  readonly fold: TranscriptFold
  readonly grewWhileRead: boolean
  readonly issues: readonly ReadIssue[]
}

/** Issues of one file beyond this many are listed as one count. */
const MAX_ISSUES = 50

/** Which agent's transcript it is (null: a main thread's), and the one call that is wanted of it, where that is all. */
export interface TranscriptRequest {
  readonly agentId: string | null
  readonly call?: string
}

/** Reads a transcript whole. Without facts when the file cannot be had; `issues` then says why. */
export async function readWholeTranscript(
  source: Source,
  wanted: TranscriptRequest,
  files: Files,
  timeZone: string,
): Promise<WholeTranscript | { readonly facts: undefined; readonly issues: readonly ReadIssue[] }> {
  const { client, path } = source
  const issues: ReadIssue[] = []
  let left = 0
  const addIssue = (issue: ReadIssue): void => {
    if (issues.length < MAX_ISSUES) issues.push(issue)
    else left += 1
  }
  // The fold of the first reading runs along: it says which records are the agent's own and where an attempt begins.
  const run = new RunFold(client, wanted.agentId)
  let fold = new TranscriptFold()
  let drops = 0
  let file: OpenFile
  try {
    file = await openTranscript(source, files)
  } catch (error) {
    return { facts: undefined, issues: [unavailableOr(error, path)] }
  }
  try {
    try {
      for await (const { reading, whole } of readWholeRecords(file, path, client, timeZone)) {
        run.add(reading)
        const { isOwn, attempts } = run.position
        if (run.position.drops !== drops) {
          drops = run.position.drops
          // All before this was the parent's history.
          fold = new TranscriptFold()
        }
        if (reading.damaged && wanted.call === undefined) {
          const where = { path, line: reading.line, byteOffset: reading.byteOffset }
          fold.addDamage(where, reading.issues[0]?.detail ?? '', attempts)
        }
        for (const issue of reading.issues) addIssue(issue)
        for (const record of partsOf(reading.record)) {
          if (wanted.call !== undefined) addLaunch(record, whole, wanted.call, fold)
          else if (isOwn) fold.add(record, whole, attempts)
          else if (wanted.agentId !== null && record.agentId === wanted.agentId) takeTask(record, whole, fold)
        }
      }
    } catch (error) {
      // All that was read before still counts.
      const issue = unavailableOr(error, path)
      addIssue(issue)
      run.cutOff(issue)
    }
    const now = await file.bytesNow().catch((error: unknown) => nullOr(error))
    fold.finish()
    if (left > 0) issues.push(issueOf(path, 'malformed_json', `${left} more lines of this file could not be read`))
    return { path, bytes: file.facts.bytes, facts: run.finish(), fold, grewWhileRead: now !== null && now > file.facts.bytes, issues }
  } finally {
    await file.close().catch((error: unknown) => nullOr(error))
  }
}

/** Why a file could not be had; whatever else went wrong is a bug, and is thrown on. */
function unavailableOr(error: unknown, path: string): ReadIssue {
  if (error instanceof FileUnavailable) return unavailable(path, error)
  throw error
}

/** What was read still counts, whatever the file system says of the file afterwards. */
function nullOr(error: unknown): null {
  if (error instanceof FileUnavailable) return null
  throw error
}

/** The call that launched a fork has its task; the fork's transcript repeats that call as inherited (2.1.220 on). */
function takeTask(record: RecordPart, whole: WholeRecord | null, fold: TranscriptFold): void {
  if (record.kind !== 'turn' || whole === null) return
  for (const { action } of whole.calls) {
    if (action.kind === 'launch' && action.prompt !== null) fold.setTask(action.prompt, record.at, record.where)
  }
}

/** Takes from a parent's transcript what concerns one launch: the call, its answer, and the notices of it. */
function addLaunch(record: RecordPart, whole: WholeRecord | null, call: string, fold: TranscriptFold): void {
  if (whole === null) return
  const only: WholeRecord = {
    ...whole,
    text: '',
    calls: whole.calls.filter(({ id }) => id === call),
    results: whole.results.filter(({ toolUseId }) => toolUseId === call),
  }
  if (record.kind === 'turn' && only.calls.length > 0) {
    takeTask(record, only, fold)
    fold.add({ ...record, text: '', calls: record.calls.filter(({ id }) => id === call) }, only, 1)
  }
  if (record.kind === 'tool_results' && only.results.length > 0) fold.add({ ...record, words: [] }, only, 1)
  if (record.kind === 'words') {
    const words = record.words.filter(({ toolUseId }) => toolUseId === call)
    if (words.length > 0) fold.add({ ...record, words }, null, 1)
  }
}

/** Lines with their records, and beside them all that they say; one at a time, so that nothing is kept. */
async function* readWholeRecords(
  file: OpenFile,
  path: string,
  client: Client,
  timeZone: string,
): AsyncGenerator<{ readonly reading: LineReading; readonly whole: WholeRecord | null }> {
  let whole: WholeRecord | null = null
  const listening: Client = {
    ...client,
    normalize: (raw, where, bytes, zone) => {
      whole = client.readWhole(raw)
      return client.normalize(raw, where, bytes, zone)
    },
  }
  for await (const reading of readRecords(file, path, listening, timeZone)) {
    yield { reading, whole }
    whole = null
  }
}
