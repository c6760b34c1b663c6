import { Argument, Command, Option } from 'commander'
import { clients } from '../clients/index.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import type {
  DemoOptions,
  ColorOptions,
  GateOptions,
  OutputOptions,
  PlanOptions,
  PreserveCommandOptions,
  PrintOptions,
  PrivacyOptions,
  PromoteOptions,
  RecoverOptions,
  ScopeOptions,
  TimeOptions,
} from './options.ts'
import { COMPLETION_SHELLS, type CompletionShell } from './completion/shells.ts'
import { EXAMPLES, FIRST_EXAMPLES } from './examples.ts'
import {
  colorOptions,
  gateOptions,
  id,
  outputOptions,
  placeOptions,
  planOptions,
  preserveOptions,
  printOptions,
  privacyOptions,
  promoteOptions,
  recoverOptions,
  reason,
  salvageOptions,
  scopeOptions,
  timeOptions,
} from './options.ts'
import type { HookCommandOptions } from './hook.ts'
import { hookOptions } from './hook-options.ts'
import { SHOW_FORMATS } from '../show/output/index.ts'
import { TOOL_VERSION } from './version.ts'

/** The options of `scan` and `worktrees`. */
export type ScanOptions = ScopeOptions & OutputOptions & PrivacyOptions & TimeOptions & GateOptions

/** What `show` is to show: the options of `scan`, which narrow where it looks. */
export type ShowCommandOptions = ScanOptions

/** The documents of which `schema` prints the schema. */
const SCHEMAS = ['report', 'show', 'salvage'] as const
export type SchemaOf = (typeof SCHEMAS)[number]

/** The options of `plan`. */
export type PlanCommandOptions = ScanOptions & PlanOptions

/** The options of `preserve`. */
export type SaveOptions = PreserveCommandOptions & Omit<ScopeOptions, 'reason' | 'git' | 'cache'> & PrintOptions & TimeOptions

/** The options of `recover`. */
export type RecoverCommandOptions = ScopeOptions & PrivacyOptions & PrintOptions & TimeOptions & RecoverOptions

/** The options of `render`. */
export type RenderOptions = OutputOptions & TimeOptions

/** The options of `salvage`. */
export interface SalvageCommandOptions extends DemoOptions, PrintOptions {
  readonly out: string
  readonly tree?: true
  readonly root?: readonly string[]
  readonly session?: string
  readonly git: boolean
}

/** What the commands do once the command line is understood. */
export interface Actions {
  scan(options: ScanOptions): void
  worktrees(options: ScanOptions): void
  show(id: string, options: ShowCommandOptions): void
  salvage(id: string, options: SalvageCommandOptions): void
  plan(step: string | undefined, options: PlanCommandOptions): void
  preserve(options: SaveOptions): void
  recover(options: RecoverCommandOptions): void
  render(paths: readonly string[], options: RenderOptions): void
  promote(agent: string, options: PromoteOptions): void
  hook(event: string | undefined, options: HookCommandOptions): void
  explain(reason: TerminalReason | undefined, options: ColorOptions): void
  schema(of: SchemaOf): void
  completion(shell: CompletionShell): void
}

/** Where help and version are printed, and how wide. */
export interface Printer {
  readonly columns: number
  print(text: string): void
}

/** What opens a promoted session. */
const OPENERS = clients.flatMap(({ recovery }) => recovery?.openInWords ?? []).join('` or `')

// Descriptions are wrapped on narrow terminals too, where commander would let them run over.
const NARROW_TOO = { minWidthToWrap: 20 }

/**
 * A fresh parser of the command line; it throws CommanderError where others would exit. `only`: the one command that is asked for, beside which
 * only `scan` gets its options, since all of them take longer than the rest of the command line.
 */
export function createProgram(actions: Actions, printer: Printer, only?: string): Command {
  const isAsked = (command: Command): boolean => only === undefined || command.name() === only
  const program = new Command('agent-forensics')
    .description('Says how every sub-agent of Claude Code or Codex really ended, with the evidence, after a limit, a crash or a pause.')
    .usage('[command] [options]')
    .version(TOOL_VERSION)
    .exitOverride()
    .configureHelp(NARROW_TOO)
    .configureOutput({
      writeOut: (text) => printer.print(text),
      // main tells errors itself, in one line.
      writeErr: () => {},
      getOutHelpWidth: () => printer.columns,
      getOutHasColors: () => false,
    })
    .addHelpText('after', FIRST_EXAMPLES)

  const scan = program.command('scan').description('what died, why, and what to do first (also without a command)').version(TOOL_VERSION)
  scanOptions(scan).action((options: ScanOptions) => actions.scan(options))
  const worktrees = program.command('worktrees').description('where work is, how far it got, and what is local only')
  if (isAsked(worktrees)) scanOptions(worktrees).action((options: ScanOptions) => actions.worktrees(options))
  const plan = program
    .command('plan')
    .description('the recovery plan: what to save, wait for, recover and deliver, in order')
    .argument('[step]', 'one step in full: its number, its id, or the id of its agent; an id prefix is enough', id)
  if (isAsked(plan)) {
    scopeOptions(plan)
    planOptions(plan)
    privacyOptions(outputOptions(plan))
    timeOptions(plan)
    gateOptions(plan).action((step: string | undefined, options: PlanCommandOptions) => actions.plan(step, options))
  }

  const preserve = program.command('preserve').description('saves local-only work to rescue references; touches nothing else')
  if (isAsked(preserve)) {
    preserveOptions(preserve)
    printOptions(placeOptions(preserve, 'all').optionsGroup('What to print:'))
    timeOptions(preserve).action((options: SaveOptions) => actions.preserve(options))
  }

  const recover = program.command('recover').description('carries out the plan: saves, waits, recovers agents, and checks what they did')
  if (isAsked(recover)) recoverOptions(scopeOptions(recover)).action((options: RecoverCommandOptions) => actions.recover(options))

  const show = program
    .command('show')
    .description('one agent, session or workflow run in full: what happened, how it ended, what is left')
    .argument('<id>', 'its id; a prefix is enough', id)
  if (isAsked(show)) {
    scopeOptions(show, 'all')
    privacyOptions(outputOptions(show, SHOW_FORMATS))
    timeOptions(show)
    gateOptions(show).action((name: string, options: ShowCommandOptions) => actions.show(name, options))
  }
  const salvage = program
    .command('salvage')
    .description('rebuilds the files that an agent wrote, from its transcript')
    .argument('<id>', 'of an agent; of a session or workflow run, for all of its agents; a prefix is enough', id)
  if (isAsked(salvage)) salvageOptions(salvage).action((name: string, options: SalvageCommandOptions) => actions.salvage(name, options))

  const render = program
    .command('render')
    .description('a saved report (--json, ndjson) in another format; several, of several machines, as one')
    .argument('<reports...>', 'their paths, or - for standard input')
  if (isAsked(render))
    timeOptions(outputOptions(render)).action((paths: readonly string[], options: RenderOptions) => actions.render(paths, options))

  const promote = program
    .command('promote')
    .description(`turns an agent’s transcript into a session of its own, which \`${OPENERS}\` opens`)
    .argument('<agent>', 'its id; a prefix is enough')
  if (isAsked(promote)) promoteOptions(promote).action((agent: string, options: PromoteOptions) => actions.promote(agent, options))

  const hook = program
    .command('hook')
    .description('answers a client that asks at a moment of its own: what died, and what not to build on')
    .argument('[event]', 'which moment it is; the client says the rest on standard input')
  if (isAsked(hook)) hookOptions(hook).action((event: string | undefined, options: HookCommandOptions) => actions.hook(event, options))

  const explain = program
    .command('explain')
    .description('what a reason means, how it is detected, its look-alikes, what to do')
    .argument('[reason]', 'without it, all of them are listed', reason)
  colorOptions(explain).action((name: TerminalReason | undefined, options: ColorOptions) => actions.explain(name, options))
  program
    .command('schema')
    .description('the JSON Schema of the report, of what show --json prints, or of a salvage’s manifest')
    .addArgument(new Argument('[document]', 'which of them').choices(SCHEMAS).default('report'))
    .action((of: SchemaOf) => actions.schema(of))
  program
    .command('completion')
    .description('a script with which a shell completes these commands')
    .addArgument(new Argument('<shell>', 'which one').choices(COMPLETION_SHELLS))
    .action((shell: CompletionShell) => actions.completion(shell))
  for (const command of program.commands) command.addHelpText('after', EXAMPLES[command.name() as keyof typeof EXAMPLES] ?? '')

  // Without a command it is `scan` that runs, so the first page of help shows its options too.
  const help = new Option('-h, --help', 'display help')
  program.configureHelp({
    ...NARROW_TOO,
    visibleOptions: () => [...program.options, help, ...scan.options.filter(({ long }) => long !== '--version')],
  })
  return program
}

function scanOptions(command: Command): Command {
  scopeOptions(command)
  privacyOptions(outputOptions(command))
  timeOptions(command)
  return gateOptions(command)
}

/** Puts in the command `scan` where the command line has none. */
export function withCommand(argv: readonly string[]): readonly string[] {
  const [first] = argv
  if (first !== undefined && (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first))) return argv
  return ['scan', ...argv]
}

/** The command whose options alone matter; undefined: none is named, or all are told of. */
export function onlyCommand([first = '']: readonly string[]): string | undefined {
  return Object.hasOwn(EXAMPLES, first) && first !== 'completion' ? first : undefined
}
