// What a skimmed line leaves in memory, for both sides: the code that skims, which is compiled to WebAssembly, and the one that
// takes the values (skim.ts). A word has 32 bits; places are counted in bytes from the beginning of the line.

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
export const REPEATED = 10

/** For each of them three words: its number, or one of these; where the string stands that has none: its quotes. */
export const ABSENT = -1
export const ELSEWHERE = -2

/** So many different strings of each are kept. */
export const KEPT = 16
/** What is kept of a string: a word that changes with it, a word for its length, and its bytes. */
export const KEPT_BYTES = 256
export const KEPT_HEAD = 8

/**
 * Words behind those of the repeated strings: from where to where a string stands, with its quotes; zero: none does. The
 * second is negative where it holds more than printable ASCII; so it is for a repeated string without a number and for an id.
 */
export const UUID = 30
/** The same, where `AT` does not tell it. */
export const TIMESTAMP = 32
/** One of the three below. */
export const SIDECHAIN = 34
export const NEITHER = -1
export const NO = 0
export const YES = 1
/** One where the record has a message, one where that counts tokens. */
export const HAS_MESSAGE = 35
export const HAS_USAGE = 36
/**
 * Stands for all of session, agent, folder, branch and version: as long as `STAMP` stays what it is, they are those of every record
 * with the same one; negative: one of them has no number.
 */
export const HOME = 37
/** How many strings were kept up to now. */
export const STAMP = 38
/** The same as for `UUID`. */
export const PARENT = 39
/** How many blocks of content follow, and where they do: of each its kind, and from where to where it stands. */
export const BLOCKS = 41
export const BLOCK = 42
export const BLOCK_WORDS = 5
/** More blocks than any message has. */
export const MOST_BLOCKS = 64

/** A text or a call: all of it is wanted. */
export const WHOLE = 0
/** Thinking: nothing of it is. */
export const THINKING = 1
/** What a tool answered: the id of the call, then the text, both with their quotes. */
export const RESULT = 2

export const WORDS = BLOCK + BLOCK_WORDS * MOST_BLOCKS

/** Floating-point numbers: tokens, and the milliseconds since the epoch; a negative one is not told. */
export const INPUT = 0
export const OUTPUT = 1
export const CACHE_READ = 2
export const CACHE_WRITE = 3
export const AT = 4
export const NUMBERS = 5
