/** Stands for the exit code of what ran last. */
export const CODE = Symbol('exit code')
/** A word of a call: numbers stand as they are, texts are quoted. */
type CallWord = string | number | typeof CODE
/** A call of one of a script's own functions: its name, then its words. */
export type Call = readonly [name: string, ...words: readonly CallWord[]]

/** One step as every script has it: what is said, what must hold, what runs while all goes well, and what is called at the end. */
export interface Block {
  readonly say: Call
  readonly guards: readonly Call[]
  readonly runs: readonly Call[]
  readonly end: Call
}

/** What a script is told once, at its beginning. */
export interface Settings {
  readonly total: number
  readonly batch: number
  readonly staggerSeconds: number
  readonly toolVersion: string
  /** Options that lead the last scan to the same transcripts. */
  readonly scope: readonly string[]
  /** Those of them that say where transcripts are: whoever did the work meanwhile may be of another session, project and time. */
  readonly roots: readonly string[]
  readonly needsTool: boolean
  readonly needsClaude: boolean
}

/** How a script is written in one language. */
export interface Dialect {
  /** Lines of comment that only this language needs. */
  readonly notes: readonly string[]
  readonly shebang: string
  quote(word: string): string
  /** The settings and the functions that all steps call. */
  prelude(settings: Settings): string
  /** A text that is used more than once, under a name; and how it is referred to. */
  constant(number: number, value: string): { readonly line: string; readonly reference: string }
  /** How the exit code of what ran last is referred to. */
  readonly code: string
  block(block: Block, call: (call: Call) => string): string
  /** What comes behind the last step. */
  readonly close: string
}
