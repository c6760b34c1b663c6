/** A blank that is no space, or two blanks in a row. */
const NOT_ONE_SPACE = /[^\S ]|\s\s/

/** A text in one line, with one space where blanks were. */
export function oneLine(text: string): string {
  return (NOT_ONE_SPACE.test(text) ? text.replace(/\s+/g, ' ') : text).trim()
}
