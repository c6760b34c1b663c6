/** Whether a client of some version does a thing; `either`: of the versions between two that were seen, nothing is known. */
export type Answer = 'yes' | 'no' | 'either'

/** What a client does with a text on its way to the disk. */
export interface FileRules {
  /** Writing over a file that has CRLF turns LF into CRLF. */
  readonly writeKeepsLineEnds: Answer
  /** Writing over a file that begins with a byte-order mark keeps it. */
  readonly writeKeepsMark: Answer
  /** An edit that matched curly quotes by straight ones writes curly ones, too. */
  readonly editKeepsQuotes: Answer
  /** A notebook that ends with a newline keeps it when a cell is changed. */
  readonly notebookKeepsNewline: Answer
}
