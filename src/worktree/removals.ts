import type { RemovingCommand } from '../facts/shell-command.ts'
import { folderOf } from './places.ts'
import { isWithin } from '../text/path.ts'

/** What takes files away: of most commands all words, of a move all but the last. */
const REMOVES = /^(?:sudo\s+)?(?:(?:rm|unlink|rmdir|trash|shred)|git(?:\s+-C\s+\S+)?\s+(?:rm|worktree\s+remove))\s+(.*)$/s
const MOVES = /^(?:sudo\s+)?(?:mv|git(?:\s+-C\s+\S+)?\s+mv)\s+(.*)$/s
const RESTORES = /^git(?:\s+-C\s+\S+)?\s+(?:checkout|restore)\s+(?:.*\s)?--\s+(.*)$/s
/** What takes away whatever is not committed, wherever it lies in the worktree. */
const SWEEPS = /^git(?:\s+-C\s+\S+)?\s+(?:clean\s+.*-\w*f|reset\s+.*--hard|stash(?:\s+(?:push|save|-\S+).*)?$|checkout\s+(?:-f\s+)?\.$)/s
const FINDS = /^find\s+(\S+).*\s-delete\b/s

/** Whether a command deletes or moves a file, or sets it back, as far as its words tell. */
export function isRemovedBy({ command, cwd }: RemovingCommand, file: string): boolean {
  let folder = cwd
  for (const part of command.split(/[;&|\n]+/)) {
    const words = part.trim()
    if (/^cd\s/.test(words)) folder = folderOf(words, folder)
    if (SWEEPS.test(words)) {
      if (folder !== null && isWithin(file, folder)) return true
      continue
    }
    const found = FINDS.exec(words)?.[1] ?? (REMOVES.exec(words) ?? RESTORES.exec(words))?.[1]
    const moved = found === undefined ? MOVES.exec(words)?.[1] : undefined
    const named = wordsOf(found ?? moved ?? '')
    for (const word of moved === undefined ? named : named.slice(0, -1)) if (isAbout(word, folder, file)) return true
  }
  return false
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"'<>]+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain ?? '')
    .filter((word) => word !== '' && !word.startsWith('-'))
}

/** A word names a file, a folder around it, or a pattern that may fit: then what stands before the pattern has to. */
function isAbout(word: string, cwd: string | null, file: string): boolean {
  const pattern = /[*?[$`{]/.exec(word)
  if (pattern === null) {
    const path = folderOf(`cd ${JSON.stringify(word)}`, cwd)
    return path !== null && isWithin(file, path)
  }
  const before = word.slice(0, pattern.index)
  if (before === '') return cwd !== null && word.startsWith('*') && isWithin(file, cwd)
  const whole = before.startsWith('/') ? before : cwd === null ? null : `${cwd}/${before.replace(/^\.\//, '')}`
  return whole !== null && file.startsWith(whole)
}
