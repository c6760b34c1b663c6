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
  /** The folder that a `cd` before it named; null: that of the whole line. */
  readonly folder: Word | undefined
}

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
        visitChildren(node.background === true ? { background: true } : {})
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
        // It is data, mostly of another language.
        break
      default:
        visitChildren({})
    }
  }

  #command({ name, prefix, args }: Command, context: Context): void {
    if (name === undefined) {
      for (const each of prefix) if (each.type === 'Assignment') this.#variables.set(each.name, this.#valuesOfAssignment(each))
      return
    }
    for (const { words, repeated } of this.#expand([name, ...args])) {
      this.#run(words, { ...context, repeated: context.repeated || repeated || (context.inLoop && words.includes(null)) })
    }
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

  #run(words: readonly Word[], context: Context): void {
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
    if (SHELLS.has(program)) {
      const at = args.findIndex((arg) => arg !== null && /^-[a-z]*c$/.test(arg))
      const script = at < 0 ? null : (args[at + 1] ?? null)
      if (script !== null) return this.visit(parse(script), { ...context, repeated, depth: context.depth + 1 })
    }
    const { certain, background, shell } = context
    if (program === 'cd') {
      const [folder] = args.filter((arg) => arg === null || !arg.startsWith('-'))
      shell.folder = folder === null || folder === undefined || shell.folder === null ? null : joined(shell.folder, folder)
    }
    const inner = launched(program, args)
    if (inner !== null) return this.#run(inner, { ...context, repeated })
    this.found.push({ program, args, certain, repeated, background, folder: shell.folder })
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
