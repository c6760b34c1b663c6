// Finds the values of one record that are looked at, and steps over the rest. Whatever is out of the ordinary is not read here:
// it needs a parser.

import {
  begin,
  closesArray,
  count,
  eachField,
  end,
  firstItem,
  isAt,
  isComma,
  isKey,
  isObject,
  isString,
  LINE,
  skip,
  stringEnd,
} from './json'
import { INSTANT_BYTES, instantAt } from './instant'
import {
  ABSENT,
  AGENT,
  AT,
  ATTACHMENT,
  BLOCK,
  BLOCK_WORDS,
  BLOCKS,
  BRANCH,
  CACHE_READ,
  CACHE_WRITE,
  CWD,
  ELSEWHERE,
  HAS_MESSAGE,
  HAS_USAGE,
  HOME,
  INPUT,
  KEPT,
  KEPT_BYTES,
  KEPT_HEAD,
  MESSAGE_ID,
  MODEL,
  MOST_BLOCKS,
  NEITHER,
  NO,
  NUMBERS,
  OUTPUT,
  PARENT,
  REPEATED,
  RESULT,
  SESSION,
  SIDECHAIN,
  STAMP,
  STOP_REASON,
  THINKING,
  TIMESTAMP,
  TYPE,
  UUID,
  VERSION,
  WHOLE,
  WORDS,
  YES,
} from './layout'

export { LINE }
/** The words of the line at hand; see layout.ts. */
export const found: usize = memory.data(WORDS * 4, 16)
/** Its numbers. */
export const numbers: usize = memory.data(NUMBERS * 8, 16)
/** The strings that are kept. */
export const kept: usize = memory.data(REPEATED * KEPT * KEPT_BYTES, 16)
/** Of each repeated string, the number that was found last, and the one that gives way to the next new one. */
const newest: usize = memory.data(REPEATED * 4, 16)
const oldest: usize = memory.data(REPEATED * 4, 16)
/** Counts the strings that were kept. */
let stamp: u32 = 0

/** The record is a copy of an API request, whose message says nothing. */
let isCopy: bool = false

/** Reads the line of so many bytes that stands at LINE; false: it has to be parsed. */
export function skim(length: i32): bool {
  begin(length)
  memory.fill(found, 0, BLOCK * 4)
  for (let which = 0; which < REPEATED; which += 1) setWord(which * 3, ABSENT)
  setWord(SIDECHAIN, NEITHER)
  setNumber(AT, -1)
  isCopy = false
  // Where a key stands twice the last one counts, as it does for a parser.
  if (eachField(LINE, field) !== end) return false
  setWord(HOME, home())
  setWord(STAMP, stamp)
  return true
}

/** The numbers of five strings in one; see layout.ts. */
function home(): i32 {
  let all = 0
  for (let which = SESSION; which <= VERSION; which += 1) {
    const own = load<i32>(found + which * 12)
    if (own === ELSEWHERE) return -1
    all = all * (KEPT + 1) + (own - ABSENT)
  }
  return all
}

/** Reads the value of one key, and answers the place behind it. */
function field(key: usize, close: usize, value: usize): usize {
  switch (load<u8>(key)) {
    case 0x61: // a
      if (isKey(key, close, 'agentId')) return repeated(AGENT, value)
      if (isKey(key, close, 'attachment')) return attachment(value)
      break
    case 0x63: // c
      if (isKey(key, close, 'cwd')) return repeated(CWD, value)
      break
    case 0x65: // e
      // An error has much to tell.
      if (isKey(key, close, 'error')) return 0
      break
    case 0x67: // g
      if (isKey(key, close, 'gitBranch')) return repeated(BRANCH, value)
      break
    case 0x69: // i
      if (isKey(key, close, 'isApiErrorMessage') || isKey(key, close, 'isAbortedMidStream')) return 0
      if (isKey(key, close, 'isSidechain')) {
        setWord(SIDECHAIN, isAt(value, 'true') ? YES : isAt(value, 'false') ? NO : NEITHER)
        return skip(value)
      }
      break
    case 0x6d: // m
      if (isKey(key, close, 'message')) return isCopy ? skip(value) : message(value)
      break
    case 0x70: // p
      if (isKey(key, close, 'permissionMode')) return 0
      if (isKey(key, close, 'parentUuid')) return text(PARENT, value)
      break
    case 0x73: // s
      if (isKey(key, close, 'sessionId')) return repeated(SESSION, value)
      break
    case 0x74: // t
      if (isKey(key, close, 'type')) {
        isCopy = isAt(value, '"api-request-blob"') || isAt(value, '"api-request-shape"')
        return repeated(TYPE, value)
      }
      if (isKey(key, close, 'timestamp')) return timestamp(value)
      if (isKey(key, close, 'toolUseResult')) return toolUseResult(value)
      break
    case 0x75: // u
      if (isKey(key, close, 'uuid')) return text(UUID, value)
      break
    case 0x76: // v
      if (isKey(key, close, 'version')) return repeated(VERSION, value)
      break
    default:
  }
  return skip(value)
}

function setWord(word: i32, value: i32): void {
  store<i32>(found + (word << 2), value)
}

function setNumber(which: i32, value: f64): void {
  store<f64>(numbers + (which << 3), value)
}

function setSpan(word: i32, from: usize, to: usize): void {
  setWord(word, <i32>(from - LINE))
  setWord(word + 1, <i32>(to - LINE))
}

/** Where a string stands, with its quotes. */
function setString(word: i32, from: usize, to: usize): void {
  setSpan(word, from, to)
  if (!isPlain(from + 1, <u32>(to - from - 2))) setWord(word + 1, <i32>(LINE - to))
}

/** A string, told by where it stands. */
function text(word: i32, value: usize): usize {
  if (!isString(value)) {
    setWord(word, 0)
    setWord(word + 1, 0)
    return skip(value)
  }
  const close = stringEnd(value + 1)
  if (close === 0) return 0
  setString(word, value, close + 1)
  return close + 1
}

function timestamp(value: usize): usize {
  if (!isString(value)) return 0
  const told = instantAt(value)
  setNumber(AT, told)
  return told < 0 ? text(TIMESTAMP, value) : value + INSTANT_BYTES
}

/** A string that other records hold, too. */
function repeated(which: i32, value: usize): usize {
  if (!isString(value)) {
    setWord(which * 3, ABSENT)
    return skip(value)
  }
  const own = kept + <usize>which * (KEPT * KEPT_BYTES)
  const last = load<u32>(newest + (which << 2))
  // What is kept holds no quote, so that one behind the same bytes is the end.
  const length = load<u32>(own + last * KEPT_BYTES + 4)
  if (length !== 0 && holds(own + last * KEPT_BYTES, value + 1, length) && isString(value + 1 + length)) {
    setWord(which * 3, last)
    return value + length + 2
  }
  const close = stringEnd(value + 1)
  if (close === 0) return 0
  setWord(which * 3, number(which, own, value + 1, <u32>(close - value - 1)))
  setString(which * 3 + 1, value, close + 1)
  return close + 1
}

/** The number of a string, which may be a new one. */
function number(which: i32, own: usize, from: usize, length: u32): i32 {
  if (length === 0 || length > <u32>(KEPT_BYTES - KEPT_HEAD) || !isPlain(from, length)) return ELSEWHERE
  for (let index: u32 = 0; index < <u32>KEPT; index += 1) {
    const entry = own + index * KEPT_BYTES
    if (load<u32>(entry + 4) !== length || !holds(entry, from, length)) continue
    store<u32>(newest + (which << 2), index)
    return index
  }
  const index = load<u32>(oldest + (which << 2))
  store<u32>(oldest + (which << 2), (index + 1) % KEPT)
  store<u32>(newest + (which << 2), index)
  const entry = own + index * KEPT_BYTES
  stamp += 1
  store<u32>(entry, stamp)
  store<u32>(entry + 4, length)
  memory.copy(entry + KEPT_HEAD, from, length)
  return index
}

function holds(entry: usize, from: usize, length: u32): bool {
  const bytes = entry + KEPT_HEAD
  let at: u32 = 0
  for (; at + 16 <= length; at += 16) {
    if (!i8x16.all_true(i8x16.eq(v128.load(bytes + at), v128.load(from + at)))) return false
  }
  for (; at < length; at += 1) if (load<u8>(bytes + at) !== load<u8>(from + at)) return false
  return true
}

/** Printable ASCII without an escape. */
function isPlain(from: usize, length: u32): bool {
  for (let at = from; at < from + length; at += 1) {
    const byte = load<u8>(at)
    if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return false
  }
  return true
}

function attachment(value: usize): usize {
  setWord(ATTACHMENT * 3, ABSENT)
  return eachField(value, attachmentField)
}

function attachmentField(key: usize, close: usize, value: usize): usize {
  if (!isKey(key, close, 'type')) return skip(value)
  return isString(value) ? repeated(ATTACHMENT, value) : 0
}

/** A launched agent's answer says more than other results. */
function toolUseResult(value: usize): usize {
  return isObject(value) ? eachField(value, toolUseResultField) : skip(value)
}

function toolUseResultField(key: usize, close: usize, value: usize): usize {
  return isKey(key, close, 'status') || isKey(key, close, 'agentId') || isKey(key, close, 'runId') ? 0 : skip(value)
}

function message(value: usize): usize {
  // A second message takes the place of the first, with all that the first one said.
  if (load<i32>(found + (HAS_MESSAGE << 2)) !== 0) return 0
  setWord(HAS_MESSAGE, 1)
  return eachField(value, messageField)
}

function messageField(key: usize, close: usize, value: usize): usize {
  switch (load<u8>(key)) {
    case 0x63: // c
      if (isKey(key, close, 'content')) return content(value)
      break
    case 0x69: // i
      if (isKey(key, close, 'id')) return repeated(MESSAGE_ID, value)
      break
    case 0x6d: // m
      if (isKey(key, close, 'model')) return repeated(MODEL, value)
      break
    case 0x73: // s
      if (isKey(key, close, 'stop_reason')) return repeated(STOP_REASON, value)
      break
    case 0x75: // u
      if (isKey(key, close, 'usage')) return usage(value)
      break
    default:
  }
  return skip(value)
}

function usage(value: usize): usize {
  if (load<i32>(found + (HAS_USAGE << 2)) !== 0) return 0
  setWord(HAS_USAGE, 1)
  for (let which = INPUT; which <= CACHE_WRITE; which += 1) setNumber(which, -1)
  return eachField(value, usageField)
}

function usageField(key: usize, close: usize, value: usize): usize {
  const next = skip(value)
  const which = counted(key, close)
  if (next === 0 || which < 0) return next
  const tokens = count(value, next)
  if (tokens < 0) return 0
  setNumber(which, tokens)
  return next
}

function counted(key: usize, close: usize): i32 {
  if (isKey(key, close, 'input_tokens')) return INPUT
  if (isKey(key, close, 'output_tokens')) return OUTPUT
  if (isKey(key, close, 'cache_read_input_tokens')) return CACHE_READ
  return isKey(key, close, 'cache_creation_input_tokens') ? CACHE_WRITE : -1
}

/** The blocks of a message. */
function content(value: usize): usize {
  let blocks = 0
  let at = firstItem(value)
  while (at !== 0) {
    if (blocks === MOST_BLOCKS) return 0
    const next = block(at, BLOCK + blocks * BLOCK_WORDS)
    if (next === 0) return 0
    blocks += 1
    setWord(BLOCKS, blocks)
    if (closesArray(next)) return next + 1
    if (!isComma(next)) return 0
    at = next + 1
  }
  return 0
}

function block(value: usize, word: i32): usize {
  if (isAt(value, '{"type":"text"') || isAt(value, '{"type":"tool_use"')) {
    const next = skip(value)
    setWord(word, WHOLE)
    setSpan(word + 1, value, next)
    return next
  }
  blockWord = word
  blockKind = -1
  hasId = false
  hasText = false
  const next = eachField(value, blockField)
  setWord(word, blockKind)
  return blockKind === THINKING || (blockKind === RESULT && hasId && hasText) ? next : 0
}

/** Of the block at hand: where its words stand, what it is, and whether it has what a result has. */
let blockWord = 0
let blockKind = -1
let hasId: bool = false
let hasText: bool = false

function blockField(key: usize, close: usize, value: usize): usize {
  const next = skip(value)
  if (next === 0) return 0
  if (isKey(key, close, 'type')) blockKind = kindOf(value, next)
  else if (isKey(key, close, 'tool_use_id')) {
    hasId = isString(value)
    setString(blockWord + 1, value, next)
  } else if (isKey(key, close, 'content')) {
    hasText = isString(value)
    setSpan(blockWord + 3, value, next)
  } else if (isKey(key, close, 'is_error') && !isAt(value, 'false')) return 0
  return next
}

function kindOf(from: usize, to: usize): i32 {
  if (isKey(from, to, '"tool_result"')) return RESULT
  return isKey(from, to, '"thinking"') || isKey(from, to, '"redacted_thinking"') ? THINKING : -1
}
