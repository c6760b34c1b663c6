import { FORMAT_VERSION } from '../model/format-version.ts'
import type { Action } from '../model/report.ts'
import { formatInstant } from '../time/instant.ts'
import type { EmitOptions, Emitted } from './index.ts'

/** The actions for other programs: every command an array of words, which nobody has to parse. Nothing has to be left out. */
export function json(actions: readonly Action[], { now, generatedAt }: EmitOptions): Emitted {
  const told = { formatVersion: FORMAT_VERSION, generatedAt: formatInstant(generatedAt ?? now), actions }
  return { text: `${JSON.stringify(told, null, 2)}\n`, cannotEmit: [] }
}
