import type { FileChange } from '../facts/file-action.ts'
import type { FileRules } from '../facts/file-rules.ts'
import { depthOf, MAX_DEPTH } from '../transcript/read-records.ts'
import { isObject, type JsonObject } from '../text/json.ts'
import { isCrlf, withCrlf, withLf } from './text.ts'

type NotebookChange = Extract<FileChange, { kind: 'notebook' }>

/**
 * A notebook after one change of a cell, written as the client writes it: with one blank of indentation (2.0.60 to
 * 2.1.329). `newId` is the id that the client gave to a new cell. Two texts where the client's version does not
 * say which; null: the notebook, or the cell, is not there.
 */
export function applyNotebook(text: string, change: NotebookChange, newId: string | null, rules: FileRules): readonly string[] | null {
  if (depthOf(new TextEncoder().encode(text)) > MAX_DEPTH) return null
  const notebook = parse(withLf(text))
  const cells = notebook?.['cells']
  if (notebook === null || !Array.isArray(cells)) return null
  const at = change.cellId === null ? (change.mode === 'insert' ? -1 : null) : indexOf(cells, change.cellId)
  if (at === null) return null
  if (change.mode === 'delete') {
    if (at >= cells.length) return null
    cells.splice(at, 1)
  } else if (change.mode === 'insert' || at === cells.length) {
    const hasIds = isAtLeast45(notebook)
    if (hasIds && newId === null) return null
    const type = change.cellType ?? 'code'
    const cell = { cell_type: type, ...(hasIds ? { id: newId } : {}), source: change.source, metadata: {} }
    cells.splice(change.mode === 'insert' ? at + 1 : at, 0, type === 'markdown' ? cell : { ...cell, execution_count: null, outputs: [] })
  } else {
    const cell: unknown = cells[at]
    if (!isObject(cell)) return null
    cells[at] = {
      ...cell,
      source: change.source,
      ...(cell['cell_type'] === 'code' && { execution_count: null, outputs: [] }),
      ...(change.cellType !== null && { cell_type: change.cellType }),
    }
  }
  const written = JSON.stringify(notebook, null, 1)
  const ended = text.endsWith('\n') && rules.notebookKeepsNewline !== 'no' ? [`${written}\n`] : []
  const texts = rules.notebookKeepsNewline === 'yes' && ended.length > 0 ? ended : [written, ...ended]
  return isCrlf(text) ? texts.map(withCrlf) : texts
}

/** The id of a new cell, from the answer's words (`Inserted cell <id> with …`); null: it names none. */
export function insertedId(answer: string): string | null {
  const id = /^Inserted cell ([A-Za-z0-9_-]{1,64}) with/.exec(answer)?.[1]
  return id === undefined || id === 'undefined' ? null : id
}

function isAtLeast45(notebook: JsonObject): boolean {
  const major = Number(notebook['nbformat'])
  return major > 4 || (major === 4 && Number(notebook['nbformat_minor']) >= 5)
}

/** By its id, or by its place (`cell-3`); a place may be the one behind the last cell. */
function indexOf(cells: readonly unknown[], id: string): number | null {
  const at = cells.findIndex((cell) => isObject(cell) && cell['id'] === id)
  if (at >= 0) return at
  const place = Number(/^cell-(\d{1,9})$/.exec(id)?.[1] ?? Number.NaN)
  return Number.isNaN(place) || place > cells.length ? null : place
}

function parse(text: string): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}
