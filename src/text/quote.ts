import { escapeControl } from './escape.ts'
import { redactSecrets } from './redact.ts'

/** Longest token that is taken for one at a cut: half a secret is no longer known for one. */
const LONGEST_TOKEN = 512
/** More than any quote shows: what a text is cut to before it is searched for secrets. */
const LONGEST_QUOTED = 65_536

/** The beginning of a text, to be kept until it is quoted: cut between words, so that no half of a secret stands at its end. */
export function headOf(text: string, max: number = LONGEST_QUOTED): string {
  if (text.length <= max) return text
  return text.slice(0, max).replace(new RegExp(`\\S{1,${LONGEST_TOKEN}}$`), '')
}

/** The end of a text, as `headOf` keeps its beginning. */
export function tailOf(text: string, max: number = LONGEST_QUOTED): string {
  if (text.length <= max) return text
  return text.slice(-max).replace(new RegExp(`^\\S{1,${LONGEST_TOKEN}}`), '')
}

/** A text as a person may read it, in lines: without secrets, control characters visible, and how many characters are left out. */
export interface Quoted {
  readonly text: string
  readonly cut: number
}

/** The beginning of a text, quoted. `whole`: its length, where only a beginning was kept. */
export function quoteHead(text: string, max: number, whole: number = text.length): Quoted {
  const kept = headOf(text)
  const said = shown(kept)
  const quoted = said.length <= max ? said : said.slice(0, Math.max(0, max)).replace(/[\ud800-\udbff]$/, '')
  return { text: quoted, cut: said.length - quoted.length + Math.max(0, whole - kept.length) }
}

/** The end of a text, quoted. */
export function quoteTail(text: string, max: number): Quoted {
  const kept = tailOf(text)
  const said = shown(kept)
  const quoted = said.length <= max ? said : said.slice(said.length - Math.max(0, max)).replace(/^[\udc00-\udfff]/, '')
  return { text: quoted, cut: said.length - quoted.length + text.length - kept.length }
}

function shown(text: string): string {
  return escapeControl(redactSecrets(text.toWellFormed()).replace(/\r\n?/g, '\n'), { newlines: 'keep' }).trim()
}
