// Steps over JSON without making anything of it. A function that meets anything but JSON as clients write it (no spaces between
// tokens, no escapes in keys, not too deep) answers 0, which is no address, and the line belongs to a parser; none takes what
// `JSON.parse` would read in another way. What is not looked at is the inside of strings that are stepped over.

/** Beyond this nesting a parser has to look. */
const MAX_NESTING: usize = 64
/** So many quotes stand behind the line at hand, so that no search runs beyond it. */
const MARGIN: i32 = 80

const LINE_FEED: u8 = 0x0a
const QUOTE: u8 = 0x22
const COMMA: u8 = 0x2c
const COLON: u8 = 0x3a
const BACKSLASH: u8 = 0x5c
const OPEN_ARRAY: u8 = 0x5b
const CLOSE_ARRAY: u8 = 0x5d
const OPEN_OBJECT: u8 = 0x7b
const CLOSE_OBJECT: u8 = 0x7d

const closers: usize = memory.data(64)
/** What stood where the quotes stand. */
const covered: usize = memory.data(MARGIN, 16)
/** Where the first line begins. */
export const LINE: usize = (__heap_base + 63) & ~63
/** Where the line at hand ends. */
export let end: usize = LINE

/** Begins with the line that ends at `at`; `finish` has to follow. */
export function begin(at: usize): void {
  end = at
  const quotes = i8x16.splat(QUOTE)
  for (let offset: usize = 0; offset < <usize>MARGIN; offset += 16) {
    v128.store(covered + offset, v128.load(end + offset))
    v128.store(end + offset, quotes)
  }
}

export function finish(): void {
  for (let offset: usize = 0; offset < <usize>MARGIN; offset += 16) v128.store(end + offset, v128.load(covered + offset))
}

/** Whether something but ASCII may stand in the line whose end was looked for last. */
export let mayExceedAscii: bool = false

/** The line feed that ends the line at `from`; there is one. */
export function lineEnd(from: usize): usize {
  const feeds = i8x16.splat(LINE_FEED)
  let all = i8x16.splat(0)
  let at = from
  while (true) {
    const one = v128.load(at)
    const two = v128.load(at, 16)
    const three = v128.load(at, 32)
    const four = v128.load(at, 48)
    all = v128.or(all, v128.or(v128.or(one, two), v128.or(three, four)))
    const a = i8x16.eq(one, feeds)
    const b = i8x16.eq(two, feeds)
    const c = i8x16.eq(three, feeds)
    const d = i8x16.eq(four, feeds)
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      mayExceedAscii = i8x16.bitmask(all) !== 0
      const low = <u32>i8x16.bitmask(a) | ((<u32>i8x16.bitmask(b)) << 16)
      const high = <u32>i8x16.bitmask(c) | ((<u32>i8x16.bitmask(d)) << 16)
      return at + <usize>ctz(<u64>low | ((<u64>high) << 32))
    }
    at += 64
  }
}

/** Whether exactly this ASCII text stands at `at`. */
export function isAt(at: usize, text: string): bool {
  const length = text.length
  const characters = changetype<usize>(text)
  let index = 0
  for (; index + 8 <= length; index += 8) {
    const eight = i16x8.extend_low_i8x16_u(v128.load64_zero(at + index))
    if (!i16x8.all_true(i16x8.eq(eight, v128.load(characters + (index << 1))))) return false
  }
  for (; index < length; index += 1) {
    if (<u16>load<u8>(at + index) !== load<u16>(characters + (index << 1))) return false
  }
  return true
}

/** Whether the key (or string) between two places is this one. */
export function isKey(from: usize, to: usize, text: string): bool {
  return <i32>(to - from) === text.length && isAt(from, text)
}

/** The first quote, backslash or control character from `at` on: near, as keys are short. */
function nearestMark(at: usize): usize {
  const quotes = i8x16.splat(QUOTE)
  const backslashes = i8x16.splat(BACKSLASH)
  const spaces = i8x16.splat(0x20)
  while (true) {
    const bytes = v128.load(at)
    const controls = i8x16.lt_u(bytes, spaces)
    const found = i8x16.bitmask(v128.or(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)), controls))
    if (found !== 0) return at + ctz(found)
    at += 16
  }
}

/** Quotes and backslashes among the 64 bytes at `at`: a bit for each byte. */
function marks(at: usize): u64 {
  const quotes = i8x16.splat(QUOTE)
  const backslashes = i8x16.splat(BACKSLASH)
  const one = v128.load(at)
  const two = v128.load(at, 16)
  const three = v128.load(at, 32)
  const four = v128.load(at, 48)
  const low =
    <u32>i8x16.bitmask(v128.or(i8x16.eq(one, quotes), i8x16.eq(one, backslashes))) |
    ((<u32>i8x16.bitmask(v128.or(i8x16.eq(two, quotes), i8x16.eq(two, backslashes)))) << 16)
  const high =
    <u32>i8x16.bitmask(v128.or(i8x16.eq(three, quotes), i8x16.eq(three, backslashes))) |
    ((<u32>i8x16.bitmask(v128.or(i8x16.eq(four, quotes), i8x16.eq(four, backslashes)))) << 16)
  return <u64>low | ((<u64>high) << 32)
}

/** The closing quote of the string that begins behind the quote before `from`. */
export function stringEnd(from: usize): usize {
  let at = from
  while (at < end) {
    let left = marks(at)
    let next = at + 64
    while (left !== 0) {
      const place = ctz(left)
      if (load<u8>(at + <usize>place) === QUOTE) {
        at += <usize>place
        return at < end ? at : 0
      }
      // What stands behind a backslash marks nothing, and may stand in the next 64 bytes.
      if (place === 63) next += 1
      left &= left - 1
      left &= ~((<u64>2) << place)
    }
    at = next
  }
  return 0
}

/** The closing quote of the key whose opening quote stands at `at`; a colon stands behind it, and no escape in it. */
function keyEnd(at: usize): usize {
  if (load<u8>(at) !== QUOTE) return 0
  const close = nearestMark(at + 1)
  return close < end && load<u8>(close) === QUOTE && load<u8>(close + 1) === COLON ? close : 0
}

/** What reads the value of one field of an object: answers the place behind it. The key stands between the first two places. */
type ReadField = (key: usize, close: usize, value: usize) => usize

/** Has every field of the object at `value` read, and answers the place behind the object. */
export function eachField(value: usize, read: ReadField): usize {
  if (!isObject(value)) return 0
  if (load<u8>(value + 1) === CLOSE_OBJECT) return value + 2
  let at = value + 1
  while (true) {
    const close = keyEnd(at)
    if (close === 0) return 0
    const next = read(at + 1, close, close + 2)
    if (next === 0) return 0
    if (load<u8>(next) === CLOSE_OBJECT) return next + 1
    if (!isComma(next)) return 0
    at = next + 1
  }
}

export function isObject(at: usize): bool {
  return load<u8>(at) === OPEN_OBJECT
}

export function isString(at: usize): bool {
  return load<u8>(at) === QUOTE
}

/** Whether an array stands at `at` that has an item. */
export function hasItems(at: usize): bool {
  return load<u8>(at) === OPEN_ARRAY && load<u8>(at + 1) !== CLOSE_ARRAY
}

/** Has every item of the array at `value` read by what answers the place behind it, and answers the place behind the array. */
export function eachItem(value: usize, read: (item: usize) => usize): usize {
  if (!hasItems(value)) return 0
  let at = value + 1
  while (true) {
    const next = read(at)
    if (next === 0) return 0
    if (load<u8>(next) === CLOSE_ARRAY) return next + 1
    if (!isComma(next)) return 0
    at = next + 1
  }
}

function isComma(at: usize): bool {
  return load<u8>(at) === COMMA
}

/** The place behind the value that begins at `at`. */
export function skip(at: usize): usize {
  let depth: usize = 0
  while (true) {
    const first = load<u8>(at)
    if (first === QUOTE) {
      at = stringEnd(at + 1)
      if (at === 0) return 0
      at += 1
    } else if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      // `{` and `}` are as far apart as `[` and `]`.
      const closer: u8 = first + 2
      if (load<u8>(at + 1) === closer) at += 2
      else {
        if (depth === MAX_NESTING) return 0
        store<u8>(closers + depth, closer)
        depth += 1
        at = closer === CLOSE_OBJECT ? skipKey(at + 1) : at + 1
        if (at === 0) return 0
        continue
      }
    } else {
      at = skipScalar(at)
      if (at === 0) return 0
    }
    while (true) {
      if (depth === 0) return at
      const next = load<u8>(at)
      const closer = load<u8>(closers + depth - 1)
      if (next === COMMA) {
        at = closer === CLOSE_OBJECT ? skipKey(at + 1) : at + 1
        if (at === 0) return 0
        break
      }
      if (next !== closer) return 0
      depth -= 1
      at += 1
    }
  }
}

/** The value behind the key at `at`, whatever the key says. */
function skipKey(at: usize): usize {
  if (load<u8>(at) !== QUOTE) return 0
  const close = stringEnd(at + 1)
  return close !== 0 && load<u8>(close + 1) === COLON ? close + 2 : 0
}

/** `true`, `false`, `null` or a number. */
function skipScalar(at: usize): usize {
  switch (load<u8>(at)) {
    case 0x74:
      return isAt(at, 'true') ? at + 4 : 0
    case 0x66:
      return isAt(at, 'false') ? at + 5 : 0
    case 0x6e:
      return isAt(at, 'null') ? at + 4 : 0
    default:
      return skipNumber(at)
  }
}

function skipNumber(at: usize): usize {
  const first = load<u8>(at) === 0x2d ? at + 1 : at
  let index = skipDigits(first)
  // No digit, or a zero in front of others.
  if (index === first || (load<u8>(first) === 0x30 && index > first + 1)) return 0
  if (load<u8>(index) === 0x2e) {
    const fraction = index + 1
    index = skipDigits(fraction)
    if (index === fraction) return 0
  }
  if ((load<u8>(index) | 0x20) === 0x65) {
    const sign = load<u8>(index + 1)
    const exponent = sign === 0x2b || sign === 0x2d ? index + 2 : index + 1
    index = skipDigits(exponent)
    if (index === exponent) return 0
  }
  return index
}

function skipDigits(at: usize): usize {
  while (<u8>(load<u8>(at) - 0x30) <= 9) at += 1
  return at
}

/** The number between two places, where it is a plain count that a floating-point number holds exactly; else -1. */
export function count(from: usize, to: usize): f64 {
  if (to - from > 15) return -1
  let value: f64 = 0
  for (let at = from; at < to; at += 1) {
    const digit = <u8>(load<u8>(at) - 0x30)
    if (digit > 9) return -1
    value = value * 10 + <f64>digit
  }
  return value
}
