import type { FileChange, LineHunk } from '../../facts/file-action.ts'

/** What a patch asks for, file by file. `change` null: it is not known what becomes of the file (it is moved there). */
export interface PatchedFile {
  readonly path: string
  readonly change: FileChange | null
}

const BEGIN = '*** Begin Patch'
const END = '*** End Patch'
const FILE = /^\*\*\* (Add|Update|Delete) File: (.+)$/
const MOVE = '*** Move to: '
const END_OF_FILE = '*** End of File'

/** Reads a patch as the client does (0.171.0); null: it is none that the client would take. */
export function readPatch(text: string): readonly PatchedFile[] | null {
  const lines = text.trim().split('\n').map(withoutReturn)
  const end = lines.findIndex((line) => line.trim() === END)
  if (lines[0]?.trim() !== BEGIN || end < 0) return null
  const files: PatchedFile[] = []
  let at = 1
  while (at < end) {
    const [, verb, path] = FILE.exec((lines[at] ?? '').trim()) ?? []
    if (path === undefined) return null
    const next = lines.findIndex((line, index) => index > at && (index === end || FILE.test(line.trim())))
    const read = readFile(verb ?? '', path, lines.slice(at + 1, next))
    if (read === null) return null
    files.push(...read)
    at = next
  }
  return onceEach(files)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function readFile(verb: string, path: string, body: readonly string[]): readonly PatchedFile[] | null {
  if (verb === 'Delete') return [{ path, change: { kind: 'delete' } }]
  if (verb === 'Add') {
    const isAll = body.every((line) => line.startsWith('+'))
    return isAll ? [{ path, change: { kind: 'write', content: body.map((line) => `${line.slice(1)}\n`).join('') } }] : null
  }
  const moved = body[0]?.startsWith(MOVE) === true ? body[0].slice(MOVE.length).trim() : null
  const hunks = readHunks(moved === null ? body : body.slice(1))
  if (hunks === null) return null
  if (moved === null) return hunks.length === 0 ? null : [{ path, change: { kind: 'patch', hunks } }]
  // What it becomes follows from a file with another name.
  return [
    { path, change: { kind: 'delete' } },
    { path: moved, change: null },
  ]
}

/**
 * A hunk begins with `@@`, with the line that it stands behind or without; the first one needs none. A blank line before it is context to some
 * versions, and nothing to others.
 */
function readHunks(body: readonly string[]): readonly LineHunk[] | null {
  const hunks: LineHunk[] = []
  let at = 0
  while (at < body.length) {
    const [, behind] = /^@@(?: (.*))?$/.exec((body[at] ?? '').trimEnd()) ?? [null]
    const isHeaded = body[at]?.startsWith('@@') === true
    if (!isHeaded && (hunks.length > 0 || body[at]?.trim() === '')) return null
    if (isHeaded) at += 1
    const oldLines: string[] = []
    const newLines: string[] = []
    const first = at
    for (; at < body.length && /^[ +-]|^$/.test(body[at] ?? ''); at += 1) addLine(body[at] ?? '', oldLines, newLines)
    if (at === first) return null
    const atEnd = body[at] === END_OF_FILE
    if (atEnd) at += 1
    hunks.push({ behind: behind ?? null, oldLines, newLines, atEnd, from: null })
  }
  return hunks
}

function addLine(line: string, oldLines: string[], newLines: string[]): void {
  if (!line.startsWith('+')) oldLines.push(line.slice(1))
  if (!line.startsWith('-')) newLines.push(line.slice(1))
}

/** A difference in the unified form, as the client reports of a file that it changed; null: it is none. */
export function readUnified(diff: string): readonly LineHunk[] | null {
  const hunks: { -readonly [K in keyof LineHunk]: LineHunk[K] }[] = []
  let lists: readonly [string[], string[]] | null = null
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const [, from, count = '1'] = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,\d{1,9})? @@/.exec(line) ?? []
    if (from !== undefined) {
      lists = [[], []]
      // What replaces nothing stands behind the line that is named.
      hunks.push({ behind: null, oldLines: lists[0], newLines: lists[1], atEnd: false, from: Number(from) + (count === '0' ? 1 : 0) })
    } else if (/^(?:---|\+\+\+) /.test(line) && lists === null) continue
    else if (line.startsWith('\\')) continue
    else if (lists === null || !/^[ +-]/.test(line)) return null
    else addLine(line, ...lists)
  }
  return hunks.length === 0 ? null : hunks
}

/** Of a file that a patch names twice, what comes of it is not replayed. */
function onceEach(files: readonly PatchedFile[]): readonly PatchedFile[] {
  const paths = files.map(({ path }) => path)
  return files
    .filter(({ path }, at) => paths.indexOf(path) === at)
    .map((file) => (paths.filter((path) => path === file.path).length === 1 ? file : { path: file.path, change: null }))
}
