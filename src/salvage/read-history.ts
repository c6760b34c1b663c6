import { type Files, FileUnavailable } from '../ports/host.ts'
import type { FileAction } from '../facts/file-action.ts'
import type { ReadIssue } from '../facts/source.ts'
import { issueOf, unavailable } from '../transcript/read-issues.ts'
import type { Source, Client } from '../clients/client.ts'
import { plainPath } from './place.ts'
import { openTranscript } from '../transcript/open-transcript.ts'
import { readRecords } from '../transcript/read-records.ts'

/** What the transcripts of one agent say of files, in the order of their lines. */
export interface History {
  readonly actions: readonly FileAction[]
  readonly sessionId: string | null
  readonly firstUuid: string | null
  /** Where its first record ran, and its last. */
  readonly cwd: string | null
  readonly lastCwd: string | null
  readonly clientVersion: string | null
  readonly startedAt: number | null
  readonly issues: readonly ReadIssue[]
}

const MAX_ISSUES = 50

/** Reads one transcript whole, for what it says of files. */
export async function readHistory(source: Source, files: Files, timeZone: string): Promise<History> {
  const actions: FileAction[] = []
  const issues: ReadIssue[] = []
  let left = 0
  const found = { sessionId: null, firstUuid: null, cwd: null, lastCwd: null, clientVersion: null, startedAt: null } as {
    -readonly [K in Exclude<keyof History, 'actions' | 'issues'>]: History[K]
  }
  const isMain = source.of.role === 'main'
  const { client } = source
  let folder: string | null = null
  const listening: Client = {
    ...client,
    normalize(raw, where, bytes, zone) {
      const normalized = client.normalize(raw, where, bytes, zone)
      // In a main thread's file, what a side chain did is another agent's (before 2.0).
      const isOther = isMain && normalized.record?.isSidechain === true
      folder = normalized.record?.cwd ?? folder
      if (!isOther) for (const action of client.fileActions?.(raw, where) ?? []) actions.push(inFolder(action, folder))
      return normalized
    },
  }
  try {
    const file = await openTranscript(source, files)
    try {
      for await (const { record, issues: told } of readRecords(file, source.path, listening, timeZone)) {
        if (record !== null) {
          found.sessionId ??= record.sessionId
          found.firstUuid ??= record.uuid
          found.cwd ??= record.cwd
          found.lastCwd = record.cwd ?? found.lastCwd
          found.clientVersion = record.clientVersion ?? found.clientVersion
          found.startedAt ??= record.at
        }
        for (const issue of told) {
          if (issues.length < MAX_ISSUES) issues.push(issue)
          else left += 1
        }
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    issues.push(unavailable(source.path, error))
  }
  if (left > 0) issues.push(issueOf(source.path, 'malformed_json', `${left} more lines of this file could not be read`))
  return { actions, ...found, issues }
}

/**
 * The histories of one agent as one, the older first: a resumed agent's transcript begins with a copy of the one before. What was
 * said twice counts once.
 */
export function joinHistories(histories: readonly History[]): History {
  const [first, ...more] = histories
  if (first === undefined) throw new Error('no history')
  const last = more.at(-1) ?? first
  const seen = new Set<string>()
  const actions = histories.flatMap((history) =>
    history.actions.filter((action) => {
      const key = keyOf(action)
      if (key === null) return true
      if (seen.has(key)) return false
      seen.add(key)
      return true
    }),
  )
  return { ...last, cwd: first.cwd, startedAt: first.startedAt, actions, issues: histories.flatMap(({ issues }) => issues) }
}

/** A call runs where its transcript ran last, unless its own line says where. */
function inFolder(action: FileAction, folder: string | null): FileAction {
  if (folder === null || (action.kind !== 'call' && action.kind !== 'command')) return action
  return { ...action, cwd: action.cwd === null ? folder : plainPath(action.cwd, folder) }
}

function keyOf(action: FileAction): string | null {
  if (action.kind === 'changed') return null
  if (action.kind === 'backup') return `backup ${action.path} ${action.name ?? ''}`
  if (action.kind === 'call') return `call ${action.id} ${action.path}`
  return action.kind === 'result' ? `result ${action.callId}` : `call ${action.id}`
}
