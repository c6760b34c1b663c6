import type { OpenFile } from '../ports/host.ts'
import type { TranscriptFormat } from '../clients/client.ts'
import { blocksOf, isKept, rawRecords, type RawRecord, type Survey, textOf } from './survey.ts'

const ENCODER = new TextEncoder()
/** Records that were left out and may still be named as a parent. */
const REMEMBERED = 50_000

/** What the session holds; filled while it is written. */
export interface Tally {
  records: number
  bytes: number
}

/**
 * The lines of the promoted session: the agent's records as a main thread's, with uuids kept. Where a record is left out, its
 * children hang on its parent.
 */
export async function* sessionLines(
  file: OpenFile,
  format: TranscriptFormat,
  found: Survey,
  sessionId: string,
  tally: Tally,
): AsyncGenerator<string> {
  /** By uuid: the parent of a record that was left out. */
  const heirs = new Map<string, string | null>()
  let last: string | null = null
  const parentOf = (uuid: string | null): string | null => {
    if (uuid === null) return null
    if (found.lostParents.has(uuid)) return last
    let parent: string | null = uuid
    for (let step = 0; parent !== null && step < REMEMBERED; step += 1) {
      const next: string | null | undefined = heirs.get(parent)
      if (next === undefined) return parent
      parent = next
    }
    return parent
  }
  for await (const { line, raw } of rawRecords(file, format)) {
    const uuid = textOf(raw['uuid'])
    const parent = parentOf(textOf(raw['parentUuid']))
    const record = isKept(raw) && !found.leaveOut.has(line) ? withoutHalves(raw, found) : null
    if (record === null) {
      if (uuid !== null) remember(heirs, uuid, parent)
      continue
    }
    const { agentId: _agent, ...rest } = record
    const text = `${JSON.stringify({ ...rest, parentUuid: parent, isSidechain: false, sessionId })}\n`
    last = uuid ?? last
    tally.records += 1
    tally.bytes += ENCODER.encode(text).length
    yield text
  }
}

/** The record without calls that nothing answered, and without answers whose call is lost; null: nothing is left of it. */
function withoutHalves(raw: RawRecord['raw'], { openCalls, lostCalls }: Survey): RawRecord['raw'] | null {
  if (openCalls.size === 0 && lostCalls.size === 0) return raw
  const blocks = blocksOf(raw)
  const left = blocks.filter(
    (block) =>
      !(block['type'] === 'tool_use' && openCalls.has(textOf(block['id']) ?? '')) &&
      !(block['type'] === 'tool_result' && lostCalls.has(textOf(block['tool_use_id']) ?? '')),
  )
  if (left.length === blocks.length) return raw
  if (left.length === 0) return null
  return { ...raw, message: { ...(raw['message'] as Record<string, unknown>), content: left } }
}

function remember(heirs: Map<string, string | null>, uuid: string, parent: string | null): void {
  heirs.set(uuid, parent)
  const [oldest] = heirs.keys()
  if (heirs.size > REMEMBERED && oldest !== undefined) heirs.delete(oldest)
}
