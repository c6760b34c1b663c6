import type { Command, Option } from 'commander'
import { HOOK_EVENTS } from '../../clients/hooks.ts'
import { LANGUAGES } from '../../emit/languages.ts'
import { ACTION_KINDS } from '../../plan/action-kinds.ts'
import { TERMINAL_REASON_NAMES } from '../../reasons/terminal-reason.ts'
import { FORMATS } from '../../report/index.ts'
import { SHOW_FORMATS } from '../../show/output/index.ts'
import { FAIL_ON_WORDS } from '../fail-on.ts'
import { PERMISSION_MODES } from '../options.ts'

/** What a shell offers for a value: words (`isList`: several, with commas between), folders, files, or nothing. */
export type Offer = { readonly words: readonly string[]; readonly isList: boolean } | 'folders' | 'files' | null

/** An option as a shell offers it. */
export interface OfferedOption {
  /** As they are typed: `-o`, `--output`. */
  readonly names: readonly string[]
  readonly description: string
  /** Undefined: it takes no value. */
  readonly value: Offer | undefined
}

/** A command as a shell offers it. */
export interface OfferedCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly OfferedOption[]
  /** What it is about; undefined: nothing. */
  readonly argument: Offer | undefined
}

const one = (words: readonly string[]): Offer => ({ words, isList: false })
const list = (words: readonly string[]): Offer => ({ words, isList: true })

/** By what stands for a value in help. What is not here, only the person knows. */
const VALUES: Readonly<Record<string, Offer>> = {
  dir: 'folders',
  path: 'folders',
  file: 'files',
  kinds: list(ACTION_KINDS),
  language: one([...LANGUAGES, 'json']),
  mode: one(PERMISSION_MODES),
  reasons: list(TERMINAL_REASON_NAMES),
  reports: 'files',
  event: one(HOOK_EVENTS),
  reason: one(TERMINAL_REASON_NAMES),
  what: list(FAIL_ON_WORDS),
}

/** Every command with what may follow it, in the order of help. */
export function listOffers(commands: readonly Command[]): readonly OfferedCommand[] {
  return commands.map((command) => {
    const [argument] = command.registeredArguments
    return {
      name: command.name(),
      description: command.description(),
      options: [
        ...command.options.filter(({ hidden, long }) => !hidden && long !== '--version').map((option) => offerOption(option, command)),
        { names: ['-h', '--help'], description: 'display help', value: undefined },
      ],
      argument: argument && (argument.argChoices ? one(argument.argChoices) : (VALUES[argument.name()] ?? null)),
    }
  })
}

function offerOption({ flags, short, long, description }: Option, command: Command): OfferedOption {
  const [, placeholder] = /<(\w+)>/.exec(flags) ?? []
  const formats = command.name() === 'show' ? SHOW_FORMATS : FORMATS
  return {
    names: [short, long].filter((name) => name != null),
    description,
    value: placeholder === undefined ? undefined : placeholder === 'name' ? one(formats) : (VALUES[placeholder] ?? null),
  }
}

/** Options with the commands that have them, each once and as its first command describes it. */
export function joinOptions(commands: readonly OfferedCommand[]): readonly (OfferedOption & { readonly of: readonly string[] })[] {
  const joined = new Map<string, OfferedOption & { readonly of: readonly string[] }>()
  for (const { name, options } of commands) {
    for (const option of options) {
      const key = JSON.stringify([option.names, option.value])
      const known = joined.get(key) ?? { ...option, of: [] }
      joined.set(key, { ...known, of: [...known.of, name] })
    }
  }
  return [...joined.values()]
}
