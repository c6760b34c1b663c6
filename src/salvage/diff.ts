/** A line that stays (` `), goes (`-`) or comes (`+`), without its line end. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Beyond this many differences the rest is told as one replacement: the search costs their square. */
const MAX_DIFFERENCES = 2_000
const CONTEXT = 3

function same(text: string): DiffLine {
  return { sign: ' ', text }
}

/** The lines of both texts in one order (Myers, 1986). A line ends behind its LF: the last one may lack it. */
function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1
  return [
    ...before.slice(0, start).map(same),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ]
}

function middle(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const all: readonly DiffLine[] = [
    ...before.map((text): DiffLine => ({ sign: '-', text })),
    ...after.map((text): DiffLine => ({ sign: '+', text })),
  ]
  if (before.length === 0 || after.length === 0) return all
  const most = Math.min(before.length + after.length, MAX_DIFFERENCES)
  const width = most + 1
  let furthest = new Int32Array(2 * width + 1)
  const trace: Int32Array[] = []
  for (let differences = 0; differences <= most; differences += 1) {
    trace.push(furthest.slice(width - differences - 1, width + differences + 2))
    for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
      const down =
        diagonal === -differences || (diagonal !== differences && at(furthest, width + diagonal - 1) < at(furthest, width + diagonal + 1))
      let x = down ? at(furthest, width + diagonal + 1) : at(furthest, width + diagonal - 1) + 1
      let y = x - diagonal
      while (x < before.length && y < after.length && before[x] === after[y]) {
        x += 1
        y += 1
      }
      furthest[width + diagonal] = x
      if (x >= before.length && y >= after.length) return walkBack(before, after, trace)
    }
  }
  return all
}

function walkBack(before: readonly string[], after: readonly string[], trace: readonly Int32Array[]): readonly DiffLine[] {
  const lines: DiffLine[] = []
  let x = before.length
  let y = after.length
  for (let differences = trace.length - 1; differences >= 0; differences -= 1) {
    const furthest = trace[differences] ?? new Int32Array()
    const centre = differences + 1
    const diagonal = x - y
    const down =
      diagonal === -differences || (diagonal !== differences && at(furthest, centre + diagonal - 1) < at(furthest, centre + diagonal + 1))
    const previous = down ? diagonal + 1 : diagonal - 1
    const fromX = differences === 0 ? 0 : at(furthest, centre + previous)
    const fromY = differences === 0 ? 0 : fromX - previous
    while (x > fromX && y > fromY) {
      x -= 1
      y -= 1
      lines.push({ sign: ' ', text: before[x] ?? '' })
    }
    if (differences === 0) break
    if (down) {
      y -= 1
      lines.push({ sign: '+', text: after[y] ?? '' })
    } else {
      x -= 1
      lines.push({ sign: '-', text: before[x] ?? '' })
    }
  }
  return lines.toReversed()
}

function at(array: Int32Array, index: number): number {
  return array[index] ?? 0
}

/** One file of a patch: its path relative to where the patch is applied, and its texts; null: there is no file. */
export interface PatchedFile {
  readonly path: string
  readonly before: string | null
  readonly after: string
}

/** The change as git writes it, to be applied with `git apply`; '' where nothing changes. */
export function patchOf({ path, before, after }: PatchedFile): string {
  if (before === after) return ''
  const header = [`diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}`]
  if (before === null) header.push('new file mode 100644')
  const lines = hunksOf(diffLines(splitLines(before ?? ''), splitLines(after)))
  if (lines.length > 0) {
    // The tab ends a name that holds blanks, as git has it.
    const end = path.includes(' ') ? '\t' : ''
    header.push(before === null ? '--- /dev/null' : `--- ${quoted(`a/${path}`)}${end}`, `+++ ${quoted(`b/${path}`)}${end}`)
  }
  return [...header, ...lines].map((line) => `${line}\n`).join('')
}

/** Each with its LF; the last one may have none. */
function splitLines(text: string): readonly string[] {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const ended = lines.map((line) => `${line}\n`)
  return last === '' ? ended : [...ended, last]
}

function hunksOf(lines: readonly DiffLine[]): readonly string[] {
  const changed = lines.flatMap((line, index) => (line.sign === ' ' ? [] : [index]))
  const out: string[] = []
  let oldLine = 0
  let newLine = 0
  let done = 0
  for (let index = 0; index < changed.length;) {
    const from = Math.max((changed[index] ?? 0) - CONTEXT, done)
    let last = changed[index] ?? 0
    for (index += 1; index < changed.length && (changed[index] ?? 0) - last <= 2 * CONTEXT; index += 1) last = changed[index] ?? 0
    const to = Math.min(last + CONTEXT + 1, lines.length)
    for (const { sign } of lines.slice(done, from)) {
      if (sign !== '+') oldLine += 1
      if (sign !== '-') newLine += 1
    }
    const hunk = lines.slice(from, to)
    const olds = hunk.filter(({ sign }) => sign !== '+').length
    const news = hunk.filter(({ sign }) => sign !== '-').length
    out.push(`@@ -${rangeOf(oldLine, olds)} +${rangeOf(newLine, news)} @@`)
    for (const { sign, text } of hunk) {
      out.push(sign + (text.endsWith('\n') ? text.slice(0, -1) : text))
      if (!text.endsWith('\n')) out.push('\\ No newline at end of file')
    }
    oldLine += olds
    newLine += news
    done = to
  }
  return out
}

function rangeOf(before: number, length: number): string {
  return `${length === 0 ? before : before + 1},${length}`
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '"': '\\"', '\\': '\\\\' }

/** A path as git writes it: between quotes, with escapes, where a character asks for it. */
function quoted(path: string): string {
  if (!/[\u0000-\u001f"\\\u007f-\uffff]/.test(path)) return path
  const bytes = [...new TextEncoder().encode(path)]
  const text = bytes.map((byte) => {
    const character = String.fromCharCode(byte)
    return ESCAPES[character] ?? (byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : character)
  })
  return `"${text.join('')}"`
}
