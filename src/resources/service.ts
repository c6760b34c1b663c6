import type { SimpleCommand, Word } from './simple-commands.ts'

/** Something that a provider rents out or runs, and the commands that start, check and end it. One entry each in services.ts. */
export interface Service {
  /** As a person knows it. */
  readonly provider: string
  /** In one noun phrase. */
  readonly what: string
  /** The one name among its programs that tells it from the provider's other services. */
  readonly program: string
  readonly programs: readonly string[]
  /** Subcommands that start one. */
  readonly start: readonly string[]
  /** Subcommands that start again what was stopped, and name it as its end does. */
  readonly restart?: readonly string[]
  /** Subcommands that end it, or at least the greater part of its cost. */
  readonly end: readonly string[]
  /** Subcommands that end all of them, whatever they are called. */
  readonly endAll?: readonly string[]
  /** What must be true of the arguments, besides. */
  readonly starts?: (given: Given) => boolean
  readonly ends?: (given: Given) => boolean
  /** Whether the whole line shows that an end is of all of them. */
  readonly endsAll?: (line: string) => boolean
  /** Options that are followed by a value of their own; and those of an end, where they differ. */
  readonly valued: readonly string[]
  readonly endValued?: readonly string[]
  /** Options stand before the first word only: what follows belongs to something else. */
  readonly optionsFirst?: boolean
  /** Where a start names the thing: options, `''` for the first word that is no option, `*` for all such words. */
  readonly named: readonly string[]
  readonly endNamed: readonly string[]
  /** By what else a start makes the thing known, and what an end names, where that takes more than a place. */
  readonly alsoKnown?: (given: Given) => readonly string[]
  readonly endedBy?: (given: Given) => readonly Word[] | 'all'
  /** Where the result of a start names it (first group, all matches). */
  readonly found?: RegExp
  /** Only what the result names was started. */
  readonly onlyFound?: boolean
  /** What a result says that started nothing. */
  readonly unlessSaid?: RegExp
  /** What an identifier looks like. Nothing else ever becomes part of a command. */
  readonly id: RegExp
  /** What it costs in US dollars an hour: first group of what the result says. */
  readonly rate?: RegExp
  /** Options of the start that its check and its end need too. */
  readonly carried?: readonly string[]
  /** Options of the start that name another machine. */
  readonly hosts?: readonly string[]
  /** Without one of these there is no safe end. */
  readonly required?: readonly string[]
  /** `{}` is the identifier, `{+}` the options that are carried over. */
  readonly check: readonly string[]
  /** What is asked where no identifier is known. */
  readonly list: readonly string[]
  readonly finish: readonly string[]
  /** Where the syntax is documented. */
  readonly source: string
}

/** The arguments of a command behind its subcommand. */
export interface Given extends Pick<SimpleCommand, 'program' | 'background'> {
  readonly subcommand: string
  /** Words that are no options; null: not known. */
  readonly words: readonly Word[]
  /** Options with their values: null where it is not known, '' where there is none. */
  readonly options: ReadonlyMap<string, readonly Word[]>
}

/** The arguments behind one of `subcommands`, or null: it is another command, or only tried or asked about. */
export function argumentsOf(command: SimpleCommand, service: Service, subcommands: readonly string[]): Given | null {
  if (!service.programs.includes(command.program)) return null
  for (const subcommand of subcommands) {
    const path = subcommand === '' ? [] : subcommand.split(' ')
    const isEnd = service.end.includes(subcommand)
    const { words, options } = parsed(command.args, isEnd ? (service.endValued ?? service.valued) : service.valued, {
      last: service.optionsFirst === true && !isEnd ? path.length : Number.POSITIVE_INFINITY,
    })
    if (path.every((word, index) => words[index] === word)) {
      const { program, background } = command
      const given = { program, background, subcommand, words: words.slice(path.length), options }
      return isTrial(given) ? null : given
    }
  }
  return null
}

/** What a trial is called, by any of the programs. */
function isTrial({ words, options }: Given): boolean {
  // `-h` with a value is another option (`docker run -h name`).
  if (
    words[0] === 'help' ||
    options.get('-h')?.includes('') === true ||
    options.has('--help') ||
    options.has('-help') ||
    options.has('--dryrun') ||
    options.has('--generate-cli-skeleton')
  )
    return true
  return (options.get('--dry-run') ?? []).some((value) => value !== 'none' && value !== 'false')
}

/** Words and options, apart. `last`: behind this many words no option is read. */
export function parsed(
  args: readonly Word[],
  valued: readonly string[],
  { last }: { readonly last: number },
): Pick<Given, 'words' | 'options'> {
  const words: Word[] = []
  const options = new Map<string, Word[]>()
  const add = (name: string, value: Word): void => void options.set(name, [...(options.get(name) ?? []), value])
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at]
    if (arg === undefined) break
    if (arg === '--' || words.length > last) {
      words.push(...args.slice(arg === '--' ? at + 1 : at))
      break
    }
    if (arg === null || !arg.startsWith('-') || arg === '-') {
      words.push(arg)
      continue
    }
    const equals = arg.indexOf('=')
    if (equals > 0) add(arg.slice(0, equals), arg.slice(equals + 1))
    else if (!valued.includes(arg)) add(arg, '')
    else {
      at += 1
      add(arg, args[at] ?? null)
      // `--instance-ids i-1 i-2`: a list goes on up to the next option.
      while (/-(?:ids|names)$/.test(arg) && args[at + 1] !== undefined && args[at + 1]?.startsWith('-') !== true) {
        at += 1
        add(arg, args[at] ?? null)
      }
    }
  }
  return { words, options }
}
