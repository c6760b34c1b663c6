import type { Answer, FileRules } from '../../facts/file-rules.ts'

/** What a version does with a text on its way to the disk; of an unknown one nothing is known. */
export function rulesOf(version: string | null): FileRules {
  return {
    // Kept from 2.0.60 to 2.1.42, no more from 2.1.97 on.
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
