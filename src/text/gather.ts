/** Characters. A longer string gets memory of its own, page by page, which takes longer than to write it. */
const PIECE = 32 * 1024

/** A text in pieces that are worth a call of the system each; none is much longer, since a report may be longer than any string can be. */
export function* gather(chunks: Iterable<string>): Iterable<string> {
  let text = ''
  for (const chunk of chunks) {
    text += chunk
    if (text.length < PIECE) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
