/** One word of a command as far as it can be told: what it expands to, or null where that is decided when it runs. */
export type Word = string | null

/** A program with its arguments, somewhere in a command line. */
export interface SimpleCommand {
  /** The last part of the program's path. */
  readonly program: string
  readonly args: readonly Word[]
  /** False: whether it ran hangs on something that is not known (`||`, `if`, the body of a function). */
  readonly certain: boolean
  /** It ran as often as some list is long, with other arguments each time (`xargs`, a loop over what is not known). */
  readonly repeated: boolean
  /** `&` stands behind it. */
  readonly background: boolean
  /** The folder that a `cd` before it named; null: that of the whole line. */
  readonly folder: Word | undefined
}

/** Deeper nesting of substitutions and `sh -c` is not followed. */
const DEEPEST = 4
/** A bound for what one line is taken apart into. */
const MOST_COMMANDS = 500

/**
 * The simple commands of a command line, in their order. Quotes, lists, pipes, substitutions, loops over literal words, assignments,
 * redirections, here-documents and comments are understood; what is not stays unread: text in quotes is no command, and what stands
 * behind a quote that never closes is left out.
 */
export function simpleCommands(line: string): readonly SimpleCommand[] {
  const found: SimpleCommand[] = []
  new Reader(line, found, 0, new Map(), true, false).run()
  return found
}

type Token =
  | { readonly kind: 'word'; readonly parts: readonly Part[]; readonly quoted: boolean }
  | { readonly kind: 'operator'; readonly text: string }
type Part = { readonly text: string } | { readonly variable: string } | { readonly unknown: true }
type Values = readonly (string | null)[]

/** What encloses a command: what stands in an `if` or a function may not run, what stands in a loop runs often. */
interface Block {
  readonly kind: 'maybe' | 'loop' | 'group'
  readonly inParentheses: boolean
  /** How many commands were found before it. */
  readonly from: number
}

interface Expanded {
  readonly words: readonly Word[]
  readonly repeated: boolean
}

const OPERATORS = ['&&', '||', ';;', '|&', ';', '|', '&', '(', ')', '\n']
const OPENING: ReadonlySet<string> = new Set(['then', 'do', 'else', 'elif', '!', 'time'])
/** Programs that run the command that follows their own options; those options that take a value. */
const WRAPPERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['sudo', ['-u', '--user', '-g', '--group', '-C', '-h', '-p', '-U', '-D']],
  ['env', ['-u', '--unset', '-C', '--chdir']],
  ['nohup', []],
  ['setsid', []],
  ['command', []],
  ['exec', []],
  ['builtin', []],
  ['nice', ['-n', '--adjustment']],
  ['ionice', ['-c', '-n']],
  ['stdbuf', ['-i', '-o', '-e']],
  ['timeout', ['-s', '--signal', '-k', '--kill-after']],
  ['xargs', ['-I', '-n', '-P', '-L', '-d', '-a', '-s', '-E']],
  ['uvx', ['--from', '--with', '-p', '--python']],
])
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh'])

class Reader {
  readonly #text: string
  readonly #found: SimpleCommand[]
  readonly #depth: number
  readonly #variables: Map<string, Values>
  readonly #certain: boolean
  readonly #repeated: boolean
  #at = 0
  #heredocs: { readonly end: string; readonly tabs: boolean }[] = []
  #folder: Word | undefined = undefined

  constructor(text: string, found: SimpleCommand[], depth: number, variables: Map<string, Values>, certain: boolean, repeated: boolean) {
    this.#text = text
    this.#found = found
    this.#depth = depth
    this.#variables = variables
    this.#certain = certain
    this.#repeated = repeated
  }

  run(): void {
    let words: Part[][] = []
    let quoted: boolean[] = []
    let before = ''
    const blocks: Block[] = []
    /** Where the block began that has just been closed. */
    let closed: number | null = null
    const end = (operator: string): void => {
      const isEmpty = words.length === 0
      const popped = isEmpty ? closed : this.#command(words, quoted, before, operator, blocks)
      if (operator === '&' && popped !== null) this.#toBackground(popped)
      closed = popped
      words = []
      quoted = []
      if (operator === '(') blocks.push({ kind: before === '||' ? 'maybe' : 'group', inParentheses: true, from: this.#found.length })
      if (operator === ')' && blocks.at(-1)?.inParentheses === true) closed = blocks.pop()?.from ?? null
      // A list may go on in the next line.
      if (operator !== '\n' || !isEmpty) before = operator
    }
    while (this.#at < this.#text.length && this.#found.length < MOST_COMMANDS) {
      const token = this.#next()
      if (token === 'broken') return
      if (token === null) break
      if (token.kind === 'operator') end(token.text)
      else {
        words.push([...token.parts])
        quoted.push(token.quoted)
      }
    }
    end('')
  }

  #toBackground(from: number): void {
    for (const [index, command] of this.#found.entries()) {
      if (index >= from) this.#found[index] = { ...command, background: true }
    }
  }

  /** The next word or operator; null at the end, `broken` where a quote or a substitution never closes. */
  #next(): Token | 'broken' | null {
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) return null
      if (character === ' ' || character === '\t' || character === '\r') this.#at += 1
      else if (character === '\\' && this.#text[this.#at + 1] === '\n') this.#at += 2
      else if (character === '#') {
        while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at += 1
      } else break
    }
    const redirected = this.#redirection()
    if (redirected !== null) return redirected ? this.#next() : 'broken'
    const operator = OPERATORS.find((each) => this.#text.startsWith(each, this.#at))
    if (operator !== undefined) {
      this.#at += operator.length
      if (operator === '\n') this.#skipHeredocs()
      return { kind: 'operator', text: operator }
    }
    return this.#word()
  }

  /** Skips a redirection with its target; null: there is none here, false: it never ends. */
  #redirection(): boolean | null {
    const match = /^(?:\d{0,9}(?:<<-?|<<<|<>|>>|>\||[<>]&?)|&>>?)/.exec(this.#text.slice(this.#at, this.#at + 16))
    if (match === null) return null
    // `<(…)` is a word of its own.
    if (/[<>]$/.test(match[0]) && this.#text[this.#at + match[0].length] === '(') return null
    const isHeredoc = /<<-?$/.test(match[0]) && this.#text[this.#at + match[0].length] !== '<'
    this.#at += match[0].length + (!isHeredoc && match[0].endsWith('<<') ? 1 : 0)
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at += 1
    const target = this.#word()
    if (target === 'broken') return false
    if (isHeredoc) {
      const end = target.kind === 'word' ? target.parts.map((part) => ('text' in part ? part.text : '')).join('') : ''
      this.#heredocs.push({ end, tabs: match[0].endsWith('-') })
    }
    return true
  }

  #skipHeredocs(): void {
    for (const { end, tabs } of this.#heredocs.splice(0)) {
      while (this.#at < this.#text.length) {
        const next = this.#text.indexOf('\n', this.#at)
        const line = this.#text.slice(this.#at, next < 0 ? undefined : next)
        this.#at = next < 0 ? this.#text.length : next + 1
        if ((tabs ? line.replace(/^\t+/, '') : line) === end) break
      }
    }
  }

  #word(): Extract<Token, { kind: 'word' }> | 'broken' {
    const parts: Part[] = []
    let quoted = false
    const add = (text: string): void => {
      const last = parts.at(-1)
      if (last !== undefined && 'text' in last) parts[parts.length - 1] = { text: last.text + text }
      else parts.push({ text })
    }
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined || /[\s;|&()<>]/.test(character)) {
        if ((character === '<' || character === '>') && this.#text[this.#at + 1] === '(' && parts.length === 0) {
          this.#at += 2
          if (this.#inner(')') === null) return 'broken'
          parts.push({ unknown: true })
          continue
        }
        return { kind: 'word', parts, quoted }
      }
      if (character === "'") {
        const end = this.#text.indexOf("'", this.#at + 1)
        if (end < 0) return 'broken'
        add(this.#text.slice(this.#at + 1, end))
        quoted = true
        this.#at = end + 1
      } else if (character === '"') {
        quoted = true
        this.#at += 1
        if (!this.#doubleQuoted(parts, add)) return 'broken'
      } else if (character === '\\') {
        const next = this.#text[this.#at + 1]
        if (next !== undefined && next !== '\n') add(next)
        this.#at += 2
      } else if (character === '$' || character === '`') {
        if (!this.#expansion(parts, add)) return 'broken'
      } else if (character === '*' || character === '?' || character === '[' || character === '~') {
        // What a pattern or a home folder stands for, only the machine knew.
        if (character === '~' && parts.length > 0) add(character)
        else parts.push({ unknown: true })
        this.#at += 1
      } else {
        add(character)
        this.#at += 1
      }
    }
  }

  #doubleQuoted(parts: Part[], add: (text: string) => void): boolean {
    add('')
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) return false
      if (character === '"') {
        this.#at += 1
        return true
      }
      if (character === '\\') {
        const next = this.#text[this.#at + 1] ?? ''
        if (next !== '\n') add('$`"\\'.includes(next) ? next : `\\${next}`)
        this.#at += 2
      } else if (character === '$' || character === '`') {
        if (!this.#expansion(parts, add)) return false
      } else {
        add(character)
        this.#at += 1
      }
    }
  }

  /** `$NAME`, `${NAME}`, `$(…)`, `` `…` `` and the rest of what begins so; false: it never closes. */
  #expansion(parts: Part[], add: (text: string) => void): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 200)
    const variable = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(rest)
    if (variable !== null) {
      parts.push({ variable: variable[1] ?? variable[2] ?? '' })
      this.#at += variable[0].length
      return true
    }
    if (rest.startsWith('$((')) {
      const end = this.#text.indexOf('))', this.#at)
      if (end < 0) return false
      this.#at = end + 2
    } else if (rest.startsWith('$(')) {
      this.#at += 2
      if (this.#inner(')') === null) return false
    } else if (rest.startsWith('${')) {
      const end = this.#text.indexOf('}', this.#at)
      if (end < 0) return false
      this.#at = end + 1
    } else if (rest.startsWith('`')) {
      this.#at += 1
      if (this.#inner('`') === null) return false
    } else if (rest.startsWith("$'")) {
      const match = /^\$'(?:[^'\\]|\\[^])*'/.exec(this.#text.slice(this.#at))
      if (match === null) return false
      this.#at += match[0].length
    } else {
      const special = /^\$[!?$#@*\d-]/.exec(rest)
      if (special === null) {
        add('$')
        this.#at += 1
        return true
      }
      this.#at += special[0].length
    }
    parts.push({ unknown: true })
    return true
  }

  /** Reads the commands of a substitution up to its end; null: it never closes. */
  #inner(close: ')' | '`'): true | null {
    const start = this.#at
    const end = closing(this.#text, start, close)
    if (end < 0) return null
    this.#read(this.#text.slice(start, end), this.#certain, this.#repeated)
    this.#at = end + 1
    return true
  }

  #read(text: string, certain: boolean, repeated: boolean): void {
    if (this.#depth >= DEEPEST) return
    new Reader(text, this.#found, this.#depth + 1, this.#variables, certain, repeated).run()
  }

  /** Runs one command; the number is where a block began that it closes. */
  #command(raw: Part[][], rawQuoted: boolean[], before: string, after: string, blocks: Block[]): number | null {
    let start = 0
    let closed: number | null = null
    const from = this.#found.length
    const open = (kind: Block['kind']): number => blocks.push({ kind, inParentheses: false, from })
    const literal = (index: number): string | null => {
      const [part, ...more] = raw[index] ?? []
      return part !== undefined && 'text' in part && more.length === 0 && rawQuoted[index] !== true ? part.text : null
    }
    for (let word = literal(start); word !== null; word = literal(start)) {
      if (word === 'if' || word === 'case' || word === 'function') open('maybe')
      else if (word === 'while' || word === 'until') open('loop')
      // `name()` stands before the body of a function.
      else if (word === '{') open(before === ')' || before === '||' ? 'maybe' : 'group')
      else if (word === 'fi' || word === 'done' || word === '}' || word === 'esac') closed = blocks.pop()?.from ?? null
      else if (!OPENING.has(word)) break
      start += 1
      if (word === 'case') return null
    }
    if (literal(start) === 'for') {
      open('loop')
      this.#loop(raw.slice(start + 1))
      return null
    }
    let words = raw.slice(start)
    const assigned: [string, Values][] = []
    for (const [first, ...rest] of words) {
      const match = first !== undefined && 'text' in first ? /^([A-Za-z_]\w*)=/.exec(first.text) : null
      if (match === null || first === undefined || !('text' in first)) break
      assigned.push([match[1] ?? '', this.#valuesOf([{ text: first.text.slice(match[0].length) }, ...rest])])
    }
    words = words.slice(assigned.length)
    if (words.length === 0) {
      for (const [name, values] of assigned) this.#variables.set(name, values)
      return closed
    }
    const certain = this.#certain && before !== '||' && !blocks.some(({ kind }) => kind === 'maybe')
    const inLoop = blocks.some(({ kind }) => kind === 'loop')
    for (const each of this.#expand(words)) {
      this.#run(each.words, certain, each.repeated || (inLoop && each.words.includes(null)), after === '&')
    }
    return closed
  }

  /** `for NAME in …`: the values are known, or the body runs we do not know how often. */
  #loop(words: Part[][]): void {
    const [name, keyword, ...list] = words
    const variable = name?.[0] !== undefined && 'text' in name[0] ? name[0].text : null
    if (variable === null || keyword === undefined) return
    const values = list.map((parts) => this.#valuesOf(parts)).flat()
    this.#variables.set(variable, values.includes(null) || values.length > 50 ? [null, null] : values)
  }

  /** What a word may be: one value, several (the variable of a loop), or null for what is not known. */
  #valuesOf(parts: Part[]): Values {
    let values: Values = ['']
    for (const part of parts) {
      const more: Values = 'text' in part ? [part.text] : 'variable' in part ? (this.#variables.get(part.variable) ?? [null]) : [null]
      values = values.flatMap((value) => more.map((next) => (value === null || next === null ? null : value + next))).slice(0, 50)
    }
    return values
  }

  /** One command per value of a loop's variable. */
  #expand(words: Part[][]): readonly Expanded[] {
    const all = words.map((parts) => this.#valuesOf(parts))
    const times = Math.max(...all.map((values) => values.length))
    const isKnown = all.every((values) => values.length === 1 || !values.includes(null))
    if (times > 1 && !isKnown) return [{ words: all.map((values) => (values.length === 1 ? (values[0] ?? null) : null)), repeated: true }]
    return Array.from({ length: times }, (_, index) => ({
      words: all.map((values) => values[values.length === 1 ? 0 : index] ?? null),
      repeated: false,
    }))
  }

  #run(words: readonly Word[], certain: boolean, isRepeated: boolean, background: boolean): void {
    let rest = words
    let repeated = this.#repeated || isRepeated
    for (;;) {
      const program = nameOf(rest[0])
      const valued = program === null ? undefined : WRAPPERS.get(program)
      if (program === null || valued === undefined) break
      if (program === 'xargs') repeated = true
      rest = unwrapped(program, rest.slice(1), valued)
    }
    const program = nameOf(rest[0])
    if (program === null) return
    const args = rest.slice(1)
    if (SHELLS.has(program)) {
      const at = args.findIndex((arg) => arg !== null && /^-[a-z]*c$/.test(arg))
      const script = at < 0 ? null : (args[at + 1] ?? null)
      if (script !== null) return this.#read(script, certain, repeated)
    }
    if (program === 'cd') {
      const [folder] = args.filter((arg) => arg === null || !arg.startsWith('-'))
      this.#folder = folder === null || folder === undefined || this.#folder === null ? null : joined(this.#folder, folder)
    }
    const inner = launched(program, args)
    if (inner !== null) return this.#run(inner, certain, repeated, background)
    this.#found.push({ program, args, certain, repeated, background, folder: this.#folder })
  }
}

/** The last part of a program's path. */
function nameOf(word: Word | undefined): string | null {
  return word === null || word === undefined || word === '' ? null : word.replace(/^.*\//, '')
}

function unwrapped(program: string, words: readonly Word[], valued: readonly string[]): readonly Word[] {
  let at = 0
  for (; at < words.length; at += 1) {
    const word = words[at]
    if (word === null || word === undefined) break
    if (word === '--') {
      at += 1
      break
    }
    if (program === 'env' && /^[A-Za-z_]\w*=/.test(word)) continue
    if (!word.startsWith('-')) break
    if (valued.includes(word)) at += 1
  }
  // `timeout 60 …`: its own word comes first.
  return words.slice(program === 'timeout' ? at + 1 : at)
}

/** What a launcher of other programs runs: `python -m modal …`, `uv run modal …`, `npx …`. */
function launched(program: string, args: readonly Word[]): readonly Word[] | null {
  if (/^python[\d.]*$/.test(program) && args[0] === '-m') return args.slice(1)
  if (/^python[\d.]*$/.test(program) && args[0]?.endsWith('vast.py') === true) return args
  if ((program === 'uv' || program === 'poetry' || program === 'pipx' || program === 'pipenv') && args[0] === 'run') return args.slice(1)
  if (program === 'npx' && args[0] !== undefined) return args[0]?.startsWith('-') === true ? args.slice(1) : args
  return null
}

function joined(folder: Word | undefined, next: string): string {
  return next.startsWith('/') || folder === undefined || folder === null ? next : `${folder}/${next}`
}

/** Where a substitution that begins before `from` closes; -1: nowhere. Quotes in it are passed over. */
function closing(text: string, from: number, close: ')' | '`'): number {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === close && depth === 0) return at
    else if (character === "'" && close === ')') {
      at = text.indexOf("'", at + 1)
      if (at < 0) return -1
    } else if (character === '"' && close === ')') {
      at = closingQuote(text, at + 1)
      if (at < 0) return -1
    } else if (character === '(') depth += 1
    else if (character === ')') depth -= 1
  }
  return -1
}

function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at
    else if (text[at] === '$' && text[at + 1] === '(') {
      at = closing(text, at + 2, ')')
      if (at < 0) return -1
    }
  }
  return -1
}
