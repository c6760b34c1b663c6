import { formatPatch, structuredPatch, type StructuredPatchHunk } from 'diff'

/** Beyond this many differences the rest becomes one replacement: the search costs their square. */
const MAX_DIFFERENCES = 2_000
const CONTEXT = 3

/** One file of a patch: its path relative to where the patch is applied, and its texts; null: there is no file. */
export interface PatchedFile {
  readonly path: string
  readonly before: string | null
  readonly after: string
}

/** The change as git writes it, to be applied with `git apply` or `patch -p1`; '' where nothing changes. */
export function formatFilePatch({ path, before, after }: PatchedFile): string {
  if (before === after) return ''
  const isCreate = before === null
  const names = { oldFileName: isCreate ? '/dev/null' : `a/${path}`, newFileName: `b/${path}`, oldHeader: undefined, newHeader: undefined }
  const options = { context: CONTEXT, maxEditLength: MAX_DIFFERENCES }
  const hunks = structuredPatch('', '', before ?? '', after, undefined, undefined, options)?.hunks ?? replaceLines(before ?? '', after)
  // A tab ends a name that holds blanks, as git has it: patch(1) takes it to end at the first of them.
  return formatPatch({ ...names, hunks, isGit: true, isCreate }).replace(/^--- .*\n\+\+\+ .*$/m, (header) =>
    header.replaceAll(/ .* .*$/gm, '$&\t'),
  )
}

/** Everything between the first and the last difference, as one replacement. */
function replaceLines(before: string, after: string): StructuredPatchHunk[] {
  const olds = splitLines(before)
  const news = splitLines(after)
  let start = 0
  while (start < olds.length && start < news.length && olds[start] === news[start]) start += 1
  let end = 0
  while (end < olds.length - start && end < news.length - start && olds.at(-1 - end) === news.at(-1 - end)) end += 1
  const from = Math.max(start - CONTEXT, 0)
  const to = Math.max(end - CONTEXT, 0)
  const lines = [
    ...olds.slice(from, start).map((line) => ` ${line}`),
    ...olds.slice(start, olds.length - end).map((line) => `-${line}`),
    ...news.slice(start, news.length - end).map((line) => `+${line}`),
    ...olds.slice(olds.length - end, olds.length - to).map((line) => ` ${line}`),
  ]
  return [
    {
      oldStart: from + 1,
      oldLines: olds.length - to - from,
      newStart: from + 1,
      newLines: news.length - to - from,
      lines: lines.flatMap((line) => (line.endsWith('\n') ? [line.slice(0, -1)] : [line, '\\ No newline at end of file'])),
    },
  ]
}

/** Each with its LF; the last one may have none. */
function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
