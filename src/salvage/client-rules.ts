/** Whether a client of some version does a thing; `either`: of the versions between two that were seen, nothing is known. */
export type Answer = 'yes' | 'no' | 'either'

/** What clients do with a text on its way to the disk, by version. */
export interface ClientRules {
  /** Writing over a file that has CRLF turns LF into CRLF (2.0.60 to 2.1.42; no more from 2.1.97 on). */
  readonly writeKeepsLineEnds: Answer
  /** Writing over a file that begins with a byte-order mark keeps it (from 2.1.329 on; not up to 2.1.290). */
  readonly writeKeepsMark: Answer
  /** An edit that matched curly quotes by straight ones writes curly ones, too (from 2.1.97 on; not up to 2.1.42). */
  readonly editKeepsQuotes: Answer
  /** A notebook that ends with a newline keeps it when a cell is changed (from 2.1.329 on; not up to 2.1.290). */
  readonly notebookKeepsNewline: Answer
}

/** The rules of a version; of an unknown one nothing is known. */
export function rulesOf(version: string | null): ClientRules {
  return {
    writeKeepsLineEnds: until(version, '2.1.42', '2.1.97'),
    writeKeepsMark: since(version, '2.1.290', '2.1.329'),
    editKeepsQuotes: since(version, '2.1.42', '2.1.97'),
    notebookKeepsNewline: since(version, '2.1.290', '2.1.329'),
  }
}

function since(version: string | null, lastWithout: string, firstWith: string): Answer {
  if (version === null || parts(version).length === 0) return 'either'
  return order(version, firstWith) >= 0 ? 'yes' : order(version, lastWithout) <= 0 ? 'no' : 'either'
}

function until(version: string | null, lastWith: string, firstWithout: string): Answer {
  const opposite = since(version, lastWith, firstWithout)
  return opposite === 'either' ? 'either' : opposite === 'yes' ? 'no' : 'yes'
}

function order(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)]
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function parts(version: string): readonly number[] {
  return (/^(\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(version) ?? []).slice(1).map(Number)
}
