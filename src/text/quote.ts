import { headOf, tailOf } from './ends.ts'
import { escapeControl } from './escape.ts'
import { redactSecrets } from './redact.ts'

/** More than any quote shows: what a text is cut to before it is searched for secrets. */
export const LONGEST_QUOTED = 65_536

/** A text as a person may read it, in lines: without secrets, control characters visible, and how many characters are left out. */
export interface Quoted {
  readonly text: string
  readonly cut: number
}

/** The beginning of a text, quoted. `whole`: its length, where only a beginning was kept. */
export function quoteHead(text: string, max: number, whole: number = text.length): Quoted {
  const kept = headOf(text, LONGEST_QUOTED)
  const said = shown(kept)
  const quoted = said.length <= max ? said : said.slice(0, Math.max(0, max)).replace(/[\ud800-\udbff]$/, '')
  return { text: quoted, cut: said.length - quoted.length + Math.max(0, whole - kept.length) }
}

/** The end of a text, quoted. */
export function quoteTail(text: string, max: number): Quoted {
  const kept = tailOf(text, LONGEST_QUOTED)
  const said = shown(kept)
  const quoted = said.length <= max ? said : said.slice(said.length - Math.max(0, max)).replace(/^[\udc00-\udfff]/, '')
  return { text: quoted, cut: said.length - quoted.length + text.length - kept.length }
}

function shown(text: string): string {
  return escapeControl(redactSecrets(text.toWellFormed()).replace(/\r\n?/g, '\n'), { newlines: 'keep' }).trim()
}
