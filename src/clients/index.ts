import type { TranscriptFormat } from './client.ts'
import { claudeCode } from './claude-code/index.ts'

/** The formats that are read, in the order in which a file is offered to them. */
export const formats: readonly TranscriptFormat[] = [claudeCode]
