import {
  type Assignment,
  type Command,
  forEachChild,
  parse,
  type ParseError,
  type SyntaxNode,
  type Word as WordNode,
  type WordPart,
} from 'unbash'

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
  /** The folder that a `cd` before it named; null: it is not known; undefined: that of the whole line. */
  readonly folder: Word | undefined
  /** Its arguments as text in which what is not known stands as it was written: for commands within a word. */
  readonly texts: readonly string[]
  /** The text that a here-document gives it. */
  readonly input: string | null
  /** The file that its output goes to. */
  readonly output: Word | undefined
}

/** How the pid of the process that was started last stands in a word. */
export const LAST_PID = '$!'

/** Deeper nesting of syntax is not followed: each list, group, substitution and `sh -c` takes some of it. */
const DEEPEST = 100
/** A bound for what one line is taken apart into. */
const MOST_COMMANDS = 500
/** A bound for the values of one variable. */
const MOST_VALUES = 50

/**
 * The simple commands of a command line, in the order in which they run. What the parser could not read to its end (a quote that never
 * closes) is left out.
 */
export function simpleCommands(line: string): readonly SimpleCommand[] {
  const reader = new Reader()
  reader.visit(parse(line), {
    errors: [],
    depth: 0,
    certain: true,
    repeated: false,
    inLoop: false,
    background: false,
    shell: { folder: undefined },
  })
  return reader.found
}

/** What a word may be: one value, several (the variable of a loop), or null for what is not known. */
type Values = readonly Word[]

/** What encloses a command: what stands in an `if` or a function may not run, what stands in a loop runs often. */
interface Context extends Pick<SimpleCommand, 'certain' | 'repeated' | 'background'> {
  readonly errors: readonly ParseError[]
  readonly depth: number
  readonly inLoop: boolean
  /** A `cd` counts up to the end of the shell that runs it. */
  readonly shell: { folder: Word | undefined }
}

interface Expanded {
  readonly words: readonly Word[]
  readonly repeated: boolean
}

/** What a command has besides its words. */
type Around = Pick<SimpleCommand, 'texts' | 'input' | 'output'>

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
  ['sshpass', ['-p', '-f', '-d', '-P']],
])
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh'])

class Reader {
  readonly found: SimpleCommand[] = []
  readonly #variables = new Map<string, Values>()

  /** Reads the commands in a part of the syntax. */
  visit(node: SyntaxNode, context: Context): void {
    if (this.found.length >= MOST_COMMANDS || context.depth > DEEPEST) return
    const depth = context.depth + 1
    const visitChildren = (inner: Partial<Context>): void =>
      forEachChild(node, (child) => this.visit(child, { ...context, depth, ...inner }))
    switch (node.type) {
      case 'Script':
        visitChildren({ errors: node.errors ?? [], background: false, shell: { ...context.shell } })
        break
      case 'Subshell':
        visitChildren({ shell: { ...context.shell } })
        break
      case 'Statement':
        // What goes to the background has a shell of its own.
        visitChildren(node.background === true ? { background: true, shell: { ...context.shell } } : {})
        break
      case 'AndOr':
      case 'Pipeline':
        for (const [index, command] of node.commands.entries()) {
          const certain = context.certain && node.operators[index - 1] !== '||'
          // Of a list in the background, its last command is what stays there.
          this.visit(command, { ...context, depth, certain, background: context.background && index === node.commands.length - 1 })
        }
        break
      case 'If':
      case 'Case':
      case 'Function':
        visitChildren({ certain: false })
        break
      case 'For':
      case 'Select':
        this.#variables.set(node.name.value, this.#valuesOfList(node.wordlist))
        visitChildren({ inLoop: true })
        break
      case 'While':
      case 'ArithmeticFor':
        visitChildren({ inLoop: true })
        break
      case 'Command':
        if (context.errors.some(({ pos }) => pos >= node.pos && pos < node.end)) break
        // What is substituted runs first.
        visitChildren({})
        this.#command(node, context)
        break
      case 'HereDoc':
        // It is data, mostly of another language; a shell that is given one reads it itself.
        break
      default:
        visitChildren({})
    }
  }

  #command({ name, prefix, args, redirects }: Command, context: Context): void {
    if (name === undefined) {
      for (const each of prefix) if (each.type === 'Assignment') this.#variables.set(each.name, this.#valuesOfAssignment(each))
      return
    }
    const around = { ...this.#readRedirects(redirects), texts: [name, ...args].map((node) => this.#textOf(node)) }
    for (const { words, repeated } of this.#expand([name, ...args])) {
      this.#run(words, around, { ...context, repeated: context.repeated || repeated || (context.inLoop && words.includes(null)) })
    }
  }

  #readRedirects(redirects: Command['redirects']): Pick<SimpleCommand, 'input' | 'output'> {
    let input: string | null = null
    let output: Word | undefined
    for (const each of redirects) {
      if (each.type === 'HereDoc') input = each.body.parts === undefined ? each.body.text : this.#textOfParts(each.body.parts)
      else if (each.type === 'HereString') input = each.target === undefined ? null : this.#textOf(each.target)
      else if (/^&?>/.test(each.operator) && each.operator !== '>&' && each.descriptor === undefined && each.target !== undefined)
        output = this.#valuesOf(each.target)[0] ?? null
    }
    return { input, output }
  }

  #textOf(node: WordNode | Assignment): string {
    return node.type === 'Assignment' || node.parts === undefined ? node.text : this.#textOfParts(node.parts)
  }

  #textOfParts(parts: readonly WordPart[]): string {
    return parts
      .map((part) => {
        if (part.type === 'DoubleQuoted') return this.#textOfParts(part.parts)
        const [value, ...others] = this.#valuesOfPart(part)
        if (typeof value === 'string' && others.length === 0) return value
        // What is substituted has been read where it stands.
        return /^\$(?:\w+|\{\w+\})$/.test(part.text) ? part.text : '${_}'
      })
      .join('')
  }

  #valuesOf(node: WordNode | Assignment): Values {
    if (node.type === 'Assignment') return this.#valuesOfAssignment(node).map((value) => (value === null ? null : `${node.name}=${value}`))
    // What a home folder or a pattern stands for, only the machine knew.
    if (node.text.startsWith('~')) return [null]
    return node.parts === undefined ? [node.value] : this.#valuesOfParts(node.parts)
  }

  #valuesOfAssignment({ value, append, index }: Assignment): Values {
    return value.type === 'Word' && append !== true && index === undefined ? this.#valuesOf(value) : [null]
  }

  /** The values are known, or the body of the loop runs we do not know how often. */
  #valuesOfList(words: readonly WordNode[] = []): Values {
    const values = words.flatMap((word) => this.#valuesOf(word))
    return values.includes(null) || values.length > MOST_VALUES ? [null, null] : values
  }

  #valuesOfParts(parts: readonly WordPart[]): Values {
    let values: Values = ['']
    for (const part of parts) {
      const more = this.#valuesOfPart(part)
      values = values.flatMap((value) => more.map((next) => (value === null || next === null ? null : value + next))).slice(0, MOST_VALUES)
    }
    return values
  }

  #valuesOfPart(part: WordPart): Values {
    if (part.type === 'Literal' || part.type === 'SingleQuoted') return [part.value]
    if (part.type === 'DoubleQuoted') return this.#valuesOfParts(part.parts)
    if (part.text === LAST_PID || part.text === '${!}') return [LAST_PID]
    const name = /^\$(?:(\w+)|\{(\w+)\})$/.exec(part.text)
    return this.#variables.get(name?.[1] ?? name?.[2] ?? '') ?? [null]
  }

  /** One command per value of a loop's variable. */
  #expand(nodes: readonly (WordNode | Assignment)[]): readonly Expanded[] {
    const all = nodes.map((node) => this.#valuesOf(node))
    const times = Math.max(...all.map((values) => values.length))
    const isKnown = all.every((values) => values.length === 1 || !values.includes(null))
    if (times > 1 && !isKnown) return [{ words: all.map((values) => (values.length === 1 ? (values[0] ?? null) : null)), repeated: true }]
    return Array.from({ length: times }, (_, index) => ({
      words: all.map((values) => values[values.length === 1 ? 0 : index] ?? null),
      repeated: false,
    }))
  }

  #run(words: readonly Word[], around: Around, context: Context): void {
    let rest = words
    let { repeated } = context
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
    // Whatever is taken off a command is taken off at its beginning.
    const texts = around.texts.slice(around.texts.length - args.length)
    if (SHELLS.has(program)) {
      const at = args.findIndex((arg) => arg !== null && /^-[a-z]*c$/.test(arg))
      const script = at >= 0 ? texts[at + 1] : args.every((arg) => arg?.startsWith('-') === true) ? around.input : null
      if (typeof script === 'string') return this.visit(parse(script), { ...context, repeated, depth: context.depth + 1 })
    }
    const { certain, background, shell } = context
    if (program === 'cd') {
      const [folder] = args.filter((arg) => arg === null || !arg.startsWith('-'))
      shell.folder = folder === null || folder === undefined || shell.folder === null ? null : joined(shell.folder, folder)
    }
    const inner = launched(program, args)
    if (inner !== null) return this.#run(inner, around, { ...context, repeated })
    this.found.push({ program, args, certain, repeated, background, folder: shell.folder, ...around, texts })
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
