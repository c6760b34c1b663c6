import { displayWidth, truncate } from '../text/escape.ts'
import { GLUE } from './words.ts'

/** A word of so many UTF-16 units is not measured as one: segmenting it takes long. */
const LONG = 1000

/** Breaks escaped text into lines of at most `columns`, at spaces where it can; `most` lines, the last one cut visibly. */
export function wrap(text: string, columns: number, most = Number.POSITIVE_INFINITY): readonly string[] {
  return broken(text, columns, most).map((line) => line.replaceAll(GLUE, ' '))
}

function broken(text: string, columns: number, most: number): readonly string[] {
  const words = text.split(' ').flatMap((word) => pieces(word, columns, most))
  const lines: string[] = []
  let line = ''
  for (const [index, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`
    if (displayWidth(longer) <= columns) line = longer
    else if (lines.length + 1 === most) return [...lines, truncate(`${line} ${words.slice(index).join(' ')}`, columns)]
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

// A path or an id can be wider than the column: it is broken wherever the column ends, as often as lines are shown.
function pieces(word: string, columns: number, most: number): readonly string[] {
  if (word.length < LONG && displayWidth(word) <= columns) return [word]
  const all: string[] = []
  let piece = ''
  let taken = 0
  for (const character of word) {
    if (piece !== '' && displayWidth(piece + character) > columns) {
      // A line of a CI log that begins with two colons is a command: what stands before them goes along.
      const kept = piece.length > 1 && word.startsWith('::', taken) ? 1 : 0
      all.push(piece.slice(0, piece.length - kept))
      if (all.length > most) return [...all, word.slice(taken - kept)]
      piece = piece.slice(piece.length - kept)
    }
    piece += character
    taken += character.length
  }
  return [...all, piece]
}

/** A path of at most `columns`, shortened from the left: what tells worktrees apart is their name, which stands last. */
export function fitPath(path: string, columns: number): string {
  if (displayWidth(path) <= columns) return path
  const names = path.split(/(?<=[\\/])/)
  const name = names.at(-1) ?? path
  let kept = name
  for (const before of names.slice(0, -1).toReversed()) {
    if (displayWidth(`…/${before}${kept}`) > columns) break
    kept = `${before}${kept}`
  }
  return truncate(displayWidth(`…/${kept}`) <= columns ? `…/${kept}` : kept, columns)
}
