import type { TextEdit } from '../facts/file-action.ts'
import type { FileRules } from '../facts/file-rules.ts'
import { isCrlf, withCrlf, withLf } from './text.ts'

/** What an edit made of a text: one result, two where the client's version does not say which, none where it does not fit. */
export type Edited = { readonly texts: readonly string[] } | { readonly misfit: 'not_found' | 'not_unique' }

/** Applies the edits of one call as the client does: on LF, all or none, with the file's own line ends put back. */
export function applyEdits(text: string, edits: readonly TextEdit[], rules: FileRules): Edited {
  let states: readonly string[] = [withLf(text)]
  for (const edit of edits) {
    const results = states.map((state) => applyOne(state, edit, rules))
    const texts = results.flatMap((result) => ('texts' in result ? result.texts : []))
    const [first] = results
    if (texts.length === 0) return first !== undefined && 'misfit' in first ? first : { misfit: 'not_found' }
    states = [...new Set(texts)]
  }
  return { texts: isCrlf(text) ? states.map(withCrlf) : states }
}

function applyOne(text: string, { oldText, newText, all }: TextEdit, rules: FileRules): Edited {
  // Only an empty file, or one that is not there, takes an edit of nothing.
  if (oldText === '') return text === '' ? { texts: [newText] } : { misfit: 'not_found' }
  const actual = findActual(text, oldText)
  if (actual === null) return { misfit: 'not_found' }
  if (!all && text.indexOf(actual, text.indexOf(actual) + 1) >= 0 && text.split(actual).length > 2) return { misfit: 'not_unique' }
  const news = actual === oldText ? [newText] : quotesOf(actual, newText, rules)
  return { texts: news.map((replacement) => replace(text, actual, replacement, all)) }
}

/** Taking a line's text away takes its line end with it. */
function replace(text: string, actual: string, replacement: string, all: boolean): string {
  const wholeLine = replacement === '' && !actual.endsWith('\n') && text.includes(`${actual}\n`)
  const sought = wholeLine ? `${actual}\n` : actual
  // Split and joined, since `$` means something in the replacement of String.replace.
  if (all) return text.split(sought).join(replacement)
  const at = text.indexOf(sought)
  return text.slice(0, at) + replacement + text.slice(at + sought.length)
}

/** The text as it stands in the file; a model writes straight quotes where the file has curly ones. */
function findActual(text: string, sought: string): string | null {
  if (text.includes(sought)) return sought
  const at = straight(text).indexOf(straight(sought))
  return at < 0 ? null : text.slice(at, at + sought.length)
}

function straight(text: string): string {
  return text.replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"')
}

function quotesOf(actual: string, newText: string, rules: FileRules): readonly string[] {
  const double = /[\u201c\u201d]/.test(actual)
  const single = /[\u2018\u2019]/.test(actual)
  const curly = curl(newText, double, single)
  if (rules.editKeepsQuotes === 'no' || curly === newText) return [newText]
  return rules.editKeepsQuotes === 'yes' ? [curly] : [curly, newText]
}

function curl(text: string, double: boolean, single: boolean): string {
  const characters = Array.from(text)
  return characters
    .map((character, at) => {
      const before = characters[at - 1]
      const opens = before === undefined || /^[ \t\n\r([{\u2013\u2014]$/.test(before)
      if (double && character === '"') return opens ? '\u201c' : '\u201d'
      if (!single || character !== "'") return character
      const after = characters[at + 1]
      const isApostrophe = before !== undefined && after !== undefined && /^\p{L}$/u.test(before) && /^\p{L}$/u.test(after)
      return !isApostrophe && opens ? '\u2018' : '\u2019'
    })
    .join('')
}
