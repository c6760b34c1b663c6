import type { Client } from '../clients/client.ts'
import type { Promotion, PromotionSurvey, RawRecord } from '../clients/recovery.ts'
import type { OpenFile } from '../ports/host.ts'
import { isObject } from '../text/json.ts'
import { RecentIds } from '../text/recent-ids.ts'
import { readLines } from '../transcript/read-lines.ts'

const ENCODER = new TextEncoder()
/** Records behind which one that stands twice is still known. */
const REMEMBERED = 50_000

/** A transcript that is to be a session of its own. */
export interface PromotedTranscript {
  readonly file: OpenFile
  readonly client: Client
  readonly promotion: Promotion
}

/** What the session holds; filled while it is written. */
export interface Tally {
  records: number
  bytes: number
}

/** Reads a transcript once and says what has to be mended. Memory does not grow with the file. */
export async function surveyTranscript(transcript: PromotedTranscript): Promise<PromotionSurvey & { readonly damagedLines: number }> {
  let damagedLines = 0
  for await (const record of rawRecords(transcript, () => (damagedLines += 1))) transcript.promotion.survey(record)
  return { ...transcript.promotion.finish(), damagedLines }
}

/** The lines of the promoted session, once the transcript was surveyed. */
export async function* sessionLines(transcript: PromotedTranscript, sessionId: string, tally: Tally): AsyncGenerator<string> {
  for await (const record of rawRecords(transcript)) {
    const line = transcript.promotion.rewrite(record, sessionId)
    if (line === null) continue
    const text = `${line}\n`
    tally.records += 1
    tally.bytes += ENCODER.encode(text).length
    yield text
  }
}

/** Every record of a transcript, each once. Damaged lines are reported through `onDamage`. */
async function* rawRecords(
  { file, client, promotion }: PromotedTranscript,
  onDamage: (line: number) => void = () => {},
): AsyncGenerator<RawRecord> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const seen = new RecentIds(REMEMBERED)
  for await (const line of readLines(file.chunks())) {
    if (line.kind === 'oversized') {
      onDamage(line.line)
      continue
    }
    if (line.bytes.length === 0 || client.isSkippable(line.bytes)) continue
    let raw: unknown
    try {
      raw = JSON.parse(decoder.decode(line.bytes))
    } catch {
      onDamage(line.line)
      continue
    }
    if (!isObject(raw)) continue
    const id = promotion.idOf(raw)
    if (id !== null && seen.has(id)) continue
    if (id !== null) seen.add(id)
    yield { line: line.line, raw }
  }
}
