import type { TextEdit } from '../facts/file-action.ts'
import { linesOf, withLf } from './text.ts'

/** Lines that stand together. `from`: the number of the first, counted from 1; null: it is not known any more. */
export interface Piece {
  readonly from: number | null
  readonly lines: readonly string[]
}

/** What is known of a file that was never seen whole. */
export class Pieces {
  #pieces: Piece[] = []
  /** The number of its last line, where an end was seen. */
  #last: number | null = null

  get known(): readonly Piece[] {
    return this.#pieces
  }

  /** Lines that were seen; they win over what was known of the same lines. */
  see(from: number, lines: readonly string[], isEnd: boolean): void {
    if (lines.length === 0) return
    const to = from + lines.length - 1
    const kept: Piece[] = []
    let merged: { from: number; lines: readonly string[] } = { from, lines }
    for (const piece of this.#pieces.toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0))) {
      if (piece.from === null) {
        kept.push(piece)
        continue
      }
      const end = piece.from + piece.lines.length - 1
      if (end < merged.from - 1 || piece.from > Math.max(to, merged.from + merged.lines.length - 1) + 1) {
        kept.push(piece)
        continue
      }
      const before = piece.from < merged.from ? piece.lines.slice(0, merged.from - piece.from) : []
      const mergedTo = merged.from + merged.lines.length - 1
      const after = end > mergedTo ? piece.lines.slice(mergedTo - piece.from + 1) : []
      merged = { from: merged.from - before.length, lines: [...before, ...merged.lines, ...after] }
    }
    this.#pieces = [...kept, merged]
    if (isEnd) this.#last = to
  }

  /** Puts an edit where its old text stands; false: it stands in no piece, or in several places. */
  edit({ oldText, newText, all }: TextEdit): boolean {
    const old = withLf(oldText)
    const hits = this.#pieces.filter((piece) => old !== '' && piece.lines.join('\n').includes(old))
    const [hit] = hits
    const text = hit?.lines.join('\n') ?? ''
    if (hit === undefined || hits.length > 1 || all || text.split(old).length !== 2) {
      // It also changes, somewhere, how many lines there are.
      if (all || linesOf(old).length !== linesOf(newText).length) this.#forgetNumbers()
      return false
    }
    const removesLine = newText === '' && !old.endsWith('\n') && text.includes(`${old}\n`)
    const sought = removesLine ? `${old}\n` : old
    const at = text.indexOf(sought)
    const lines = linesOf(text.slice(0, at) + withLf(newText) + text.slice(at + sought.length))
    const delta = lines.length - hit.lines.length
    this.#pieces = this.#pieces.map((piece) => {
      if (piece === hit) return { from: piece.from, lines }
      if (piece.from === null) return piece
      if (hit.from === null) return delta === 0 ? piece : { ...piece, from: null }
      return piece.from > hit.from ? { ...piece, from: piece.from + delta } : piece
    })
    if (this.#last !== null) this.#last = hit.from === null && delta !== 0 ? null : this.#last + delta
    return true
  }

  /** The whole text, once all of its lines are known. */
  whole(): string | null {
    const [piece] = this.#pieces.filter(({ from }) => from === 1)
    return piece !== undefined && this.#last !== null && piece.lines.length === this.#last ? piece.lines.join('\n') : null
  }

  clear(): void {
    this.#pieces = []
    this.#last = null
  }

  #forgetNumbers(): void {
    this.#pieces = this.#pieces.map((piece) => ({ ...piece, from: null }))
    this.#last = null
  }
}
