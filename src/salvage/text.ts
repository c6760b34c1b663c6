const MARK = '\ufeff'

/** The text as the client edits it: every CRLF is an LF. */
export function withLf(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

/** The text with CRLF at the end of every line. */
export function withCrlf(text: string): string {
  return withLf(text).replaceAll('\n', '\r\n')
}

/** Whether more of its lines end in CRLF than in LF: what the client goes by (in the first 4 KiB of the file). */
export function isCrlf(text: string): boolean {
  const head = text.slice(0, 4096)
  const crlf = head.split('\r\n').length - 1
  const all = head.split('\n').length - 1
  return crlf > all - crlf
}

/** Whether some lines end in CRLF and some in LF. */
export function isMixed(text: string): boolean {
  return text.includes('\r\n') && /(?:^|[^\r])\n/.test(text)
}

/** Without the byte-order mark at its beginning. */
export function withoutMark(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text
}

/** Whether it begins with a byte-order mark. */
export function hasMark(text: string): boolean {
  return text.startsWith(MARK)
}

/** With a byte-order mark at its beginning, and not two of them. */
export function withMark(text: string): string {
  return hasMark(text) ? text : MARK + text
}

/** The text as a reader was shown it: line ends and the mark cannot be told from it. */
export function shown(text: string): string {
  return withoutMark(withLf(text))
}

/** The bytes of a file as text that gives the same bytes back; null: it is not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The lines of a text; the last one is empty where the text ends with a newline. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n')
}
