/** Lines beyond this length are not parsed but counted, so that memory stays bounded. Bytes. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

/** One line as it stands in the file, without its line end. `bytes` is only valid until the next line is asked for. */
export type Line =
  | { readonly kind: 'line'; readonly bytes: Uint8Array; readonly line: number; readonly byteOffset: number; readonly terminated: boolean }
  | {
      readonly kind: 'oversized'
      readonly length: number
      readonly line: number
      readonly byteOffset: number
      readonly terminated: boolean
    }

const LF = 0x0a
const CR = 0x0d

/**
 * Splits bytes at LF, and nowhere else: readline also splits at U+2028 and at a lone CR, inside of records. A CR before
 * the LF and a byte-order mark at the start of the file are left out of the line; offsets are those of the file. Any
 * chunking of the same bytes gives the same lines.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number = MAX_LINE_BYTES): AsyncGenerator<Line> {
  let carried: Uint8Array[] = []
  let carriedBytes = 0
  let line = 1
  let lineStart = 0
  let offset = 0

  const finish = (rest: Uint8Array, terminated: boolean): Line => {
    const length = carriedBytes + rest.length
    if (length > maxBytes) return { kind: 'oversized', length, line, byteOffset: lineStart, terminated }
    const bytes = carried.length === 0 ? rest : concat([...carried, rest], length)
    return { kind: 'line', bytes: trim(bytes, line === 1), line, byteOffset: lineStart, terminated }
  }

  for await (const chunk of chunks) {
    let from = 0
    for (;;) {
      const at = chunk.indexOf(LF, from)
      if (at < 0) break
      yield finish(chunk.subarray(from, at), true)
      carried = []
      carriedBytes = 0
      line += 1
      lineStart = offset + at + 1
      from = at + 1
    }
    const rest = chunk.subarray(from)
    // The chunk’s memory is reused by the reader, so what is carried over is copied (`slice` would not: a chunk is a Buffer, whose
    // slice is a view); of an oversized line only the length.
    if (rest.length > 0) {
      carriedBytes += rest.length
      if (carriedBytes <= maxBytes) carried.push(new Uint8Array(rest))
      else carried = []
    }
    offset += chunk.length
  }
  if (carriedBytes > 0) yield finish(new Uint8Array(0), false)
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function trim(bytes: Uint8Array, isFirst: boolean): Uint8Array {
  const start = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const end = bytes.length > start && bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}
