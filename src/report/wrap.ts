import { displayWidth, truncate } from '../text/escape.ts'
import { GLUE } from './words.ts'

/** Breaks escaped text into lines of at most `columns`, at spaces where it can; `most` lines, the last one cut visibly. */
export function wrap(text: string, columns: number, most = Number.POSITIVE_INFINITY): readonly string[] {
  return broken(text, columns, most).map((line) => line.replaceAll(GLUE, ' '))
}

function broken(text: string, columns: number, most: number): readonly string[] {
  const words = text.split(' ').flatMap((word) => pieces(word, columns))
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

// A path or an id can be wider than the column: it is broken wherever the column ends.
function pieces(word: string, columns: number): readonly string[] {
  if (displayWidth(word) <= columns) return [word]
  const all: string[] = []
  let piece = ''
  for (const character of word) {
    if (piece !== '' && displayWidth(piece + character) > columns) {
      all.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...all, piece]
}
