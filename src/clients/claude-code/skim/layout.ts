// What skimmed lines leave in memory, for both sides: the code that skims, which is compiled to WebAssembly, and the one that
// takes the values (found-record.ts). Of each line a row: numbers, then words of 32 bits. Places are counted in bytes from the
// beginning of the first line.

/** Strings that record after record repeats: they are kept, and told by their number. */
export const TYPE = 0
export const SESSION = 1
export const AGENT = 2
export const CWD = 3
export const BRANCH = 4
export const VERSION = 5
export const MESSAGE_ID = 6
export const MODEL = 7
export const STOP_REASON = 8
export const ATTACHMENT = 9
export const SUBTYPE = 10
export const OPERATION = 11
export const ENTRYPOINT = 12
export const PERMISSION_MODE = 13
export const REPEATED = 14

/** For each of them three words: its number, or one of these; where the string stands that has none: its quotes. */
export const ABSENT = -1
export const ELSEWHERE = -2

/** So many different strings of each are kept. */
export const KEPT = 64
/** What is kept of a string: a word that changes with it, a word for its length, and its bytes. */
export const KEPT_BYTES = 256
export const KEPT_HEAD = 8

/**
 * Words behind those of the repeated strings: from where to where a string stands, with its quotes; zero: none does. The
 * second is negative where it holds more than printable ASCII; so it is for a repeated string without a number and for an id.
 */
export const UUID = 42
export const PARENT = 44
/** The same, where `AT` does not tell it. */
export const TIMESTAMP = 46
/** Each is one of the three below. */
export const SIDECHAIN = 48
export const META = 49
export const SUMMARY = 50
export const NEITHER = -1
export const NO = 0
export const YES = 1
/** One where the record has a message, one where that counts tokens. */
export const HAS_MESSAGE = 51
export const HAS_USAGE = 52
/**
 * Stands for all of session, agent, folder, branch and version: as long as `STAMP` stays what it is, they are those of every record
 * with the same one; negative: one of them has no number.
 */
export const HOME = 53
/** How many strings were kept up to now. */
export const STAMP = 54
/** From where to where a value stands; zero: there is none. A record's own `content`, its origin, its snapshot of files. */
export const CONTENT = 55
export const ORIGIN = 57
export const SNAPSHOT = 59
/** The same, of what a message says where that is one string. */
export const TYPED = 61
/** The same, of each of the fields below of `toolUseResult`, where that is an object. */
export const TOLD = 63
export const TOLD_FIELDS = 10
/** From where to where the line stands, without its end; one where its values were found, and where there may be more than ASCII in it. */
export const FROM = 83
export const TO = 84
export const IS_FOUND = 85
export const MAY_EXCEED_ASCII = 86
/** So many words there are from this row to the next. */
export const ROW_LENGTH = 87
/** How many blocks of content follow, and where they do: of each its kind, and from where to where three values of it stand. */
export const BLOCKS = 88
export const BLOCK = 89
export const BLOCK_WORDS = 7
/** More blocks than any message has. */
export const MOST_BLOCKS = 64

/** A text. */
export const TEXT = 0
/** A call: its id, its name, and its input; zero: there is none. */
export const CALL = 1
/** Thinking, or an image: nothing of it is wanted. */
export const NOTHING = 2
/** What a tool answered, and the same with an error: the id of the call, then the text; zero: there is none. */
export const RESULT = 3
export const FAILURE = 4

/** Words of the longest row. */
export const WORDS = BLOCK + BLOCK_WORDS * MOST_BLOCKS

/** Floating-point numbers: tokens, and the milliseconds since the epoch; a negative one is not told. */
export const INPUT = 0
export const OUTPUT = 1
export const CACHE_READ = 2
export const CACHE_WRITE = 3
export const AT = 4
export const NUMBERS = 5
/** Bytes of the rows of one call. */
export const ROWS_BYTES = 131_072
