/**
 * Every type of record that the client is known to write (2.0.76 to 2.1.329), and how it is read. Both readers take their lists from here,
 * so that none can swallow what the other reads.
 *
 * - `parsed`: it says something, or may: the line is parsed, and `normalize` makes records of it.
 * - `skimmed`: so many are written that most are taken from their bytes without parsing; what is out of the ordinary is parsed.
 * - `books`: it only keeps the client's books; when it was written counts, and in some a field more. Damage to it hides no conversation.
 * - `parsed_books`: the same, but so few are written that the line is parsed.
 * - `copy`: a copy of an API request beside the conversation (2.1.329), most of an agent's file: nothing is read from it.
 *
 * A type that is not here is parsed, and counted as `other`.
 */
export const RECORD_TYPES = {
  assistant: 'skimmed',
  user: 'skimmed',
  attachment: 'skimmed',
  system: 'skimmed',
  'queue-operation': 'skimmed',
  'fork-context-ref': 'parsed',
  'api-request': 'books',
  'atis-latch': 'books',
  'cost-state': 'books',
  'last-prompt': 'books',
  mode: 'books',
  progress: 'books',
  'tools-used': 'books',
  'file-history-delta': 'parsed_books',
  'file-history-snapshot': 'books',
  summary: 'books',
  'ai-title': 'books',
  'permission-mode': 'books',
  'api-request-blob': 'copy',
  'api-request-shape': 'copy',
} as const satisfies Record<string, 'parsed' | 'skimmed' | 'books' | 'parsed_books' | 'copy'>

type Reading = (typeof RECORD_TYPES)[keyof typeof RECORD_TYPES]

function typesReadAs(...readings: readonly Reading[]): readonly string[] {
  return Object.entries(RECORD_TYPES).flatMap(([type, reading]) => (readings.includes(reading) ? [type] : []))
}

/** Types from which no fact is read. */
export const COPIES: ReadonlySet<string> = new Set(typesReadAs('copy'))
/** Types of which the reader that does not parse makes a record. */
export const BOOKS: ReadonlySet<string> = new Set(typesReadAs('books'))
/** How a damaged line begins that hides no conversation. */
export const BOOKKEEPING = new RegExp(`^\\{"type":"(?:${typesReadAs('books', 'parsed_books', 'copy').join('|')})"`)
