// Finds the values of one record that are looked at, and steps over the rest. Whatever is out of the ordinary is not read here:
// it needs a parser.

import {
  begin,
  count,
  eachField,
  eachItem,
  end,
  finish,
  hasItems,
  isAt,
  isKey,
  isObject,
  isString,
  LINE,
  lineEnd,
  mayExceedAscii,
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
  BLOCKS,
  BLOCK_WORDS,
  BRANCH,
  CACHE_READ,
  CACHE_WRITE,
  CALL,
  CONTENT,
  CWD,
  ELSEWHERE,
  ENTRYPOINT,
  FAILURE,
  FROM,
  HAS_MESSAGE,
  HAS_USAGE,
  HOME,
  INPUT,
  IS_FOUND,
  KEPT,
  KEPT_BYTES,
  KEPT_HEAD,
  MAY_EXCEED_ASCII,
  MESSAGE_ID,
  META,
  MODEL,
  MOST_BLOCKS,
  NEITHER,
  NO,
  NOTHING,
  NUMBERS,
  OPERATION,
  ORIGIN,
  OUTPUT,
  PARENT,
  PERMISSION_MODE,
  REPEATED,
  RESULT,
  ROWS_BYTES,
  ROW_LENGTH,
  SESSION,
  SIDECHAIN,
  SNAPSHOT,
  STAMP,
  STOP_REASON,
  SUBTYPE,
  SUMMARY,
  TEXT,
  TIMESTAMP,
  TOLD,
  TOLD_FIELDS,
  TYPE,
  TYPED,
  UUID,
  VERSION,
  WORDS,
  YES,
} from './layout'

export { LINE }
/** Room for rows; see layout.ts. */
export const rows: usize = memory.data(ROWS_BYTES, 16)
/** The words of the row at hand. */
let row: usize = rows
/** The strings that are kept. */
export const kept: usize = memory.data(REPEATED * KEPT * KEPT_BYTES, 16)
/** Of each repeated string, the number that was found last, and the one that gives way to the next new one. */
const newest: usize = memory.data(REPEATED * 4, 16)
const oldest: usize = memory.data(REPEATED * 4, 16)
/** Counts the strings that were kept, and those of them that tell where a record belongs. */
let stamp: u32 = 0
let homes: u32 = 0
/** Of each kept string, the call that met it last. */
const met: usize = memory.data(REPEATED * KEPT * 4, 16)
let call: u32 = 0
/** A string would have to give way that a row of this call names. */
let isCrowded: bool = false

/** Where the next call goes on. */
export let consumed: i32 = 0

/** The record is a copy of an API request, whose message says nothing. */
let isCopy: bool = false

const ROW_BYTES: usize = NUMBERS * 8
const MOST_ROW_BYTES: usize = ROW_BYTES + WORDS * 4

/**
 * Writes a row for each line from `from` on, of `length` bytes that stand at LINE, as far as there is room: how many. Behind the bytes there is
 * room for a line feed and more.
 */
export function scan(from: i32, length: i32): i32 {
  call += 1
  const stop = LINE + length
  store<u8>(stop, 0x0a)
  let at = LINE + from
  let next = rows
  let written = 0
  while (at < stop && next + MOST_ROW_BYTES <= rows + ROWS_BYTES) {
    const feed = lineEnd(at)
    row = next + ROW_BYTES
    isCrowded = false
    // A line without its feed has lost its CR already.
    find(at, feed < stop && feed > at && load<u8>(feed - 1) === 0x0d ? feed - 1 : feed)
    if (isCrowded) {
      if (written > 0) break
      setWord(IS_FOUND, 0)
    }
    written += 1
    // Numbers of the next row stand at a multiple of their size.
    const words = (2 * NUMBERS + BLOCK + BLOCK_WORDS * wordAt(BLOCKS) + 1) & ~1
    setWord(ROW_LENGTH, words)
    next += (<usize>words) << 2
    at = feed + 1
  }
  consumed = <i32>(at - LINE)
  return written
}

/** Finds the values of the line between two places, or leaves it to the parser. */
function find(from: usize, to: usize): void {
  memory.fill(row, 0, BLOCK * 4)
  for (let which = 0; which < REPEATED; which += 1) setWord(which * 3, ABSENT)
  for (let which = SIDECHAIN; which <= SUMMARY; which += 1) setWord(which, NEITHER)
  setNumber(AT, -1)
  setSpan(FROM, from, to)
  setWord(MAY_EXCEED_ASCII, mayExceedAscii ? 1 : 0)
  isCopy = false
  begin(to)
  // Where a key stands twice the last one counts, as it does for a parser.
  const isFound = eachField(from, field) === end
  finish()
  if (isFound) {
    setWord(IS_FOUND, 1)
    setWord(HOME, home())
    setWord(STAMP, homes)
  } else setWord(BLOCKS, 0)
}

/** The numbers of five strings in one; see layout.ts. */
function home(): i32 {
  let all = 0
  for (let which = SESSION; which <= VERSION; which += 1) {
    const own = wordAt(which * 3)
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
      if (isKey(key, close, 'content')) return whole(CONTENT, value)
      break
    case 0x65: // e
      if (isKey(key, close, 'entrypoint')) return repeated(ENTRYPOINT, value)
      // An error has much to tell.
      if (isKey(key, close, 'error')) return 0
      break
    case 0x67: // g
      if (isKey(key, close, 'gitBranch')) return repeated(BRANCH, value)
      break
    case 0x69: // i
      if (isKey(key, close, 'isApiErrorMessage') || isKey(key, close, 'isAbortedMidStream')) return 0
      if (isKey(key, close, 'isSidechain')) return flag(SIDECHAIN, value)
      if (isKey(key, close, 'isMeta')) return flag(META, value)
      if (isKey(key, close, 'isCompactSummary')) return flag(SUMMARY, value)
      break
    case 0x6d: // m
      if (isKey(key, close, 'message')) return isCopy ? skip(value) : message(value)
      break
    case 0x6f: // o
      if (isKey(key, close, 'operation')) return repeated(OPERATION, value)
      if (isKey(key, close, 'origin')) return whole(ORIGIN, value)
      break
    case 0x70: // p
      if (isKey(key, close, 'permissionMode')) return repeated(PERMISSION_MODE, value)
      if (isKey(key, close, 'parentUuid')) return text(PARENT, value)
      break
    case 0x73: // s
      if (isKey(key, close, 'sessionId')) return repeated(SESSION, value)
      if (isKey(key, close, 'subtype')) return repeated(SUBTYPE, value)
      if (isKey(key, close, 'snapshot')) return whole(SNAPSHOT, value)
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

function wordAt(at: i32): i32 {
  return load<i32>(row + (at << 2))
}

function setWord(word: i32, value: i32): void {
  store<i32>(row + (word << 2), value)
}

function setNumber(which: i32, value: f64): void {
  store<f64>(row - ROW_BYTES + (which << 3), value)
}

function clearSpan(word: i32): void {
  setWord(word, 0)
  setWord(word + 1, 0)
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

function flag(word: i32, value: usize): usize {
  setWord(word, isAt(value, 'true') ? YES : isAt(value, 'false') ? NO : NEITHER)
  return skip(value)
}

/** A value that is parsed where it is wanted. */
function whole(word: i32, value: usize): usize {
  const next = skip(value)
  setSpan(word, value, next)
  return next
}

/** A string, told by where it stands. */
function text(word: i32, value: usize): usize {
  if (!isString(value)) {
    clearSpan(word)
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
    meet(which, last)
    return value + length + 2
  }
  const close = stringEnd(value + 1)
  if (close === 0) return 0
  const known = number(which, own, value + 1, <u32>(close - value - 1))
  if (known !== ELSEWHERE) meet(which, <u32>known)
  else {
    setWord(which * 3, ELSEWHERE)
    setString(which * 3 + 1, value, close + 1)
  }
  return close + 1
}

function meet(which: i32, index: u32): void {
  setWord(which * 3, <i32>index)
  store<u32>(met + ((<usize>which * KEPT + index) << 2), call)
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
  if (load<u32>(met + ((<usize>which * KEPT + index) << 2)) === call) {
    isCrowded = true
    return ELSEWHERE
  }
  store<u32>(oldest + (which << 2), (index + 1) % KEPT)
  store<u32>(newest + (which << 2), index)
  const entry = own + index * KEPT_BYTES
  stamp += 1
  if (which >= SESSION && which <= VERSION) homes += 1
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

/** What a launched agent's answer says beside its text. */
function toolUseResult(value: usize): usize {
  for (let word = TOLD; word < TOLD + 2 * TOLD_FIELDS; word += 1) setWord(word, 0)
  return isObject(value) ? eachField(value, toolUseResultField) : skip(value)
}

function toolUseResultField(key: usize, close: usize, value: usize): usize {
  const told = toldField(key, close)
  return told < 0 ? skip(value) : whole(TOLD + 2 * told, value)
}

/** The number of a field that is wanted, in the order of `TOLD` (see skim.ts). */
function toldField(key: usize, close: usize): i32 {
  switch (load<u8>(key)) {
    case 0x61: // a
      return isKey(key, close, 'agentId') ? 1 : -1
    case 0x63: // c
      return isKey(key, close, 'content') ? 9 : -1
    case 0x65: // e
      return isKey(key, close, 'error') ? 5 : -1
    case 0x68: // h
      return isKey(key, close, 'harnessNoteCount') ? 6 : -1
    case 0x72: // r
      return isKey(key, close, 'runId') ? 2 : -1
    case 0x73: // s
      return isKey(key, close, 'status') ? 0 : -1
    case 0x74: // t
      return isKey(key, close, 'task_id') ? 3 : isKey(key, close, 'taskId') ? 4 : -1
    case 0x77: // w
      return isKey(key, close, 'worktreePath') ? 7 : isKey(key, close, 'worktreeBranch') ? 8 : -1
    default:
      return -1
  }
}

function message(value: usize): usize {
  // A second message takes the place of the first, with all that the first one said.
  if (wordAt(HAS_MESSAGE) !== 0) return 0
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
  if (wordAt(HAS_USAGE) !== 0) return 0
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

/** What a message says: one string, or blocks. */
function content(value: usize): usize {
  setWord(BLOCKS, 0)
  clearSpan(TYPED)
  return isString(value) ? whole(TYPED, value) : eachItem(value, nextBlock)
}

function nextBlock(value: usize): usize {
  const blocks = wordAt(BLOCKS)
  if (blocks === MOST_BLOCKS) return 0
  const next = block(value, BLOCK + blocks * BLOCK_WORDS)
  if (next !== 0) setWord(BLOCKS, blocks + 1)
  return next
}

function block(value: usize, word: i32): usize {
  blockWord = word
  blockKind = -1
  fieldsOf = -1
  isFailure = false
  for (let which = 1; which < BLOCK_WORDS; which += 1) setWord(word + which, 0)
  const next = eachField(value, blockField)
  if (blockKind === NOTHING) setWord(word, NOTHING)
  else {
    if (fieldsOf !== blockKind || !stands(word + 1) || (blockKind === CALL && !stands(word + 3))) return 0
    setWord(word, isFailure ? FAILURE : blockKind)
  }
  return next
}

/** Of the block at hand: where its words stand, what it is, whose fields it has, and whether it is an error. */
let blockWord = 0
let blockKind = -1
let fieldsOf = -1
let isFailure: bool = false

function stands(span: i32): bool {
  return wordAt(span + 1) !== 0
}

function blockField(key: usize, close: usize, value: usize): usize {
  switch (load<u8>(key)) {
    case 0x63: // c
      if (isKey(key, close, 'content')) return isOf(RESULT) ? resultText(value) : 0
      break
    case 0x69: // i
      if (isKey(key, close, 'id')) return isOf(CALL) ? text(blockWord + 1, value) : 0
      if (isKey(key, close, 'input')) return isOf(CALL) ? whole(blockWord + 5, value) : 0
      if (isKey(key, close, 'is_error')) {
        if (!isOf(RESULT)) return 0
        isFailure = isAt(value, 'true')
      }
      break
    case 0x6e: // n
      if (isKey(key, close, 'name')) return isOf(CALL) ? text(blockWord + 3, value) : 0
      break
    case 0x74: // t
      if (isKey(key, close, 'text')) return isOf(TEXT) && isString(value) ? whole(blockWord + 1, value) : 0
      if (isKey(key, close, 'tool_use_id')) return isOf(RESULT) ? text(blockWord + 1, value) : 0
      if (isKey(key, close, 'type')) {
        const next = skip(value)
        if (next !== 0) blockKind = kindOf(value, next)
        return next
      }
      break
    default:
  }
  return skip(value)
}

/** Each kind of block has its own fields; one with those of two is left to the parser. */
function isOf(kind: i32): bool {
  if (fieldsOf >= 0 && fieldsOf !== kind) return false
  fieldsOf = kind
  return true
}

function kindOf(from: usize, to: usize): i32 {
  if (isKey(from, to, '"text"')) return TEXT
  if (isKey(from, to, '"tool_use"')) return CALL
  if (isKey(from, to, '"tool_result"')) return RESULT
  return isKey(from, to, '"thinking"') || isKey(from, to, '"redacted_thinking"') || isKey(from, to, '"image"') ? NOTHING : -1
}

/** The text of a result: all of it, or the first of its parts that is a text. */
function resultText(value: usize): usize {
  clearSpan(blockWord + 5)
  if (isString(value)) return whole(blockWord + 5, value)
  return hasItems(value) ? eachItem(value, part) : skip(value)
}

/** Of the part of a result at hand: whether it is a text, and where that stands. */
let isText: bool = false
let textFrom: usize = 0
let textTo: usize = 0

function part(value: usize): usize {
  if (!isObject(value)) return skip(value)
  isText = false
  textTo = 0
  const next = eachField(value, partField)
  if (next !== 0 && !stands(blockWord + 5) && isText && textTo !== 0) setSpan(blockWord + 5, textFrom, textTo)
  return next
}

function partField(key: usize, close: usize, value: usize): usize {
  const next = skip(value)
  if (next === 0) return 0
  if (isKey(key, close, 'type')) {
    // An escape may stand for any letter.
    if (!isPlain(value, <u32>(next - value))) return 0
    isText = isKey(value, next, '"text"')
  } else if (isKey(key, close, 'text')) {
    textFrom = value
    textTo = isString(value) ? next : 0
  }
  return next
}
