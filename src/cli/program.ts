import { Argument, Command, Option } from 'commander'
import { clients } from '../clients/index.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import type {
  GateOptions,
  OutputOptions,
  PlanOptions,
  PreserveCommandOptions,
  PrivacyOptions,
  PromoteOptions,
  RecoverOptions,
  ScopeOptions,
  TimeOptions,
} from './options.ts'
import {
  gateOptions,
  id,
  outputOptions,
  placeOptions,
  planOptions,
  preserveOptions,
  privacyOptions,
  promoteOptions,
  recoverOptions,
  reason,
  salvageOptions,
  scopeOptions,
  timeOptions,
} from './options.ts'
import type { HookCommandOptions } from './hook.ts'
import { HOOK_EXAMPLES, hookOptions } from './hook-options.ts'
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
export type RecoveryOptions = ScanOptions & PlanOptions

/** The options of `preserve`. */
export type SaveOptions = PreserveCommandOptions &
  Omit<ScopeOptions, 'reason' | 'git' | 'cache'> &
  Pick<OutputOptions, 'json' | 'quiet' | 'verbose'> &
  TimeOptions

/** The options of `recover`. */
export type RecoverCommandOptions = ScopeOptions &
  PrivacyOptions &
  Pick<OutputOptions, 'json' | 'quiet' | 'verbose'> &
  TimeOptions &
  RecoverOptions

/** The options of `render`. */
export type RenderOptions = OutputOptions & TimeOptions

/** The options of `salvage`. */
export interface SalvageCommandOptions {
  readonly out: string
  readonly tree?: true
  readonly root?: readonly string[]
  readonly session?: string
  readonly git: boolean
  readonly json?: true
  readonly quiet?: true
  readonly timeZone?: string
}

/** What the commands do once the command line is understood. */
export interface Actions {
  scan(options: ScanOptions): void
  worktrees(options: ScanOptions): void
  show(id: string, options: ShowCommandOptions): void
  salvage(id: string, options: SalvageCommandOptions): void
  plan(step: string | undefined, options: RecoveryOptions): void
  preserve(options: SaveOptions): void
  recover(options: RecoverCommandOptions): void
  render(path: string, options: RenderOptions): void
  promote(agent: string, options: PromoteOptions): void
  hook(event: string | undefined, options: HookCommandOptions): void
  explain(reason: TerminalReason | undefined): void
  schema(of: SchemaOf): void
}

/** Where help and version are printed, and how wide. */
export interface Printer {
  readonly columns: number
  print(text: string): void
}

/** Commands of the contract that a later version brings: nobody should take them for a typing mistake. */
export const COMING = ['hook'] as const

/** What opens a promoted session. */
const OPENERS = clients.flatMap(({ recovery }) => recovery?.openInWords ?? []).join('` or `')

// Descriptions are wrapped on narrow terminals too, where commander would let them run over.
const NARROW_TOO = { minWidthToWrap: 20 }

/** A fresh parser of the command line; it throws CommanderError where others would exit. */
export function createProgram(actions: Actions, printer: Printer): Command {
  const program = new Command('agent-forensics')
    .description('Says how every Claude Code sub-agent really ended, with the evidence, after a limit, a crash or a pause.')
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
    .addHelpText('after', EXAMPLES)

  const scan = program.command('scan').description('what died, why, and what to do first (also without a command)').version(TOOL_VERSION)
  scanOptions(scan).action((options: ScanOptions) => actions.scan(options))
  const worktrees = program.command('worktrees').description('where work is, how far it got, and what exists only here')
  scanOptions(worktrees).action((options: ScanOptions) => actions.worktrees(options))
  const plan = program
    .command('plan')
    .description('the recovery plan: what to save, wait for, recover and deliver, in order')
    .argument('[step]', 'one step in full: its number, its id, or the id of its agent; an id prefix is enough', id)
  scopeOptions(plan)
  planOptions(plan)
  privacyOptions(outputOptions(plan))
  timeOptions(plan)
  gateOptions(plan)
    .addHelpText('after', PLAN_EXAMPLES)
    .action((step: string | undefined, options: RecoveryOptions) => actions.plan(step, options))

  const preserve = program.command('preserve').description('saves local-only work to rescue references, and touches nothing else')
  preserveOptions(preserve)
  placeOptions(preserve, 'all')
    .optionsGroup('What to print:')
    .addOption(new Option('--json', 'what was saved, as JSON'))
    .addOption(new Option('--quiet', 'no progress and no notes on standard error').conflicts('verbose'))
    .addOption(new Option('--verbose', 'list everything that was saved'))
  timeOptions(preserve)
    .addHelpText('after', PRESERVE_EXAMPLES)
    .action((options: SaveOptions) => actions.preserve(options))

  const recover = program.command('recover').description('carries out the plan: saves, waits, recovers agents, and checks what they did')
  scopeOptions(recover)
  recoverOptions(recover)
    .addHelpText('after', RECOVER_EXAMPLES)
    .action((options: RecoverCommandOptions) => actions.recover(options))

  const show = program
    .command('show')
    .description('one agent, session or workflow run, whole: what happened, how it ended, what is left')
    .argument('<id>', 'its id, or the beginning of it', id)
  scopeOptions(show, 'all')
  privacyOptions(outputOptions(show, SHOW_FORMATS))
  timeOptions(show)
  gateOptions(show).addHelpText('after', SHOW_EXAMPLES)
  show.action((name: string, options: ShowCommandOptions) => actions.show(name, options))
  const salvage = program
    .command('salvage')
    .description('rebuilds the files that an agent wrote, from its transcript')
    .argument('<id>', 'of an agent; of a session or workflow run, for all of its agents; the beginning will do', id)
  salvageOptions(salvage).action((name: string, options: SalvageCommandOptions) => actions.salvage(name, options))

  const render = program
    .command('render')
    .description('a saved report (--json) in another format')
    .argument('<report.json>', 'its path, or - for standard input')
  outputOptions(render)
  timeOptions(render)
  render.action((path: string, options: RenderOptions) => actions.render(path, options))

  const promote = program
    .command('promote')
    .description(`turns an agent’s transcript into a session of its own, which \`${OPENERS}\` opens`)
    .argument('<agent>', 'its id; the beginning of it will do')
  promoteOptions(promote)
    .addHelpText('after', PROMOTE_EXAMPLES)
    .action((agent: string, options: PromoteOptions) => actions.promote(agent, options))

  const hook = program
    .command('hook')
    .description('answers a client that asks at a moment of its own: what died, and what not to build on')
    .argument('[event]', 'which moment it is; the client says the rest on standard input')
  hookOptions(hook)
    .addHelpText('after', HOOK_EXAMPLES)
    .action((event: string | undefined, options: HookCommandOptions) => actions.hook(event, options))

  program
    .command('explain')
    .description('what a reason means, how it is told, what looks like it, what to do')
    .argument('[reason]', 'without it, all of them are listed', reason)
    .action((name: TerminalReason | undefined) => actions.explain(name))
  program
    .command('schema')
    .description('the JSON Schema of the report, of what show --json prints, or of a salvage’s manifest')
    .addArgument(new Argument('[document]', 'which of them').choices(SCHEMAS).default('report'))
    .action((of: SchemaOf) => actions.schema(of))

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
  return gateOptions(command).addHelpText('after', EXAMPLES)
}

/** Puts in the command `scan` where the command line has none. */
export function withCommand(argv: readonly string[]): readonly string[] {
  const [first] = argv
  if (first !== undefined && (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first))) return argv
  return ['scan', ...argv]
}

const PROMOTE_EXAMPLES = `
Examples:
  agent-forensics promote a4f3c21           what would be written, and the
                                            command that opens it
  agent-forensics promote a4f3c21 --write   write it; twice is once, and nothing
                                            is overwritten
  agent-forensics promote a4f3c21 --write --folder ~/app
                                            its worktree is gone: open it in the
                                            main checkout

Exit codes:
  0 done   2 wrong usage   3 it cannot be promoted, or not be written
  70 a bug   130 interrupted
`

const EXAMPLES = `
Examples:
  agent-forensics                            what died in the last 7 days
  agent-forensics --since 2h --project .     what died just now, here
  agent-forensics worktrees                  where their work is
  agent-forensics show a5c07e9a              one agent, whole
  agent-forensics salvage a5c07e9a --out rescue
  agent-forensics preserve                   save what is local only
  agent-forensics plan                       how to get work and agents back
  agent-forensics --json > report.json       everything, for other programs
  agent-forensics --format html --output page.html    a page to look at
  agent-forensics render report.json --format markdown
  agent-forensics --fail-on rate_limited,exit_killed --strict
  agent-forensics explain retry_storm
  agent-forensics --demo                     a sample incident

Exit codes:
  0 done   1 --fail-on matched   2 wrong usage   3 it could not be done
  70 a bug   130 interrupted
`

const SHOW_EXAMPLES = `
Examples:
  agent-forensics show a5c07e9a              an agent: timeline and receipt
  agent-forensics show a5c07e9a --format markdown --output brief.md
                                             a brief for its successor
  agent-forensics show 6f1b0f3e              a session with its agents
  agent-forensics show wf_7c3d9e15           a workflow run, call by call
  agent-forensics show a5c07e9a --all        every line of the timeline
  agent-forensics show a5c07e9a --json | jq .receipt.commits

Exit codes:
  0 done   1 --fail-on matched   2 wrong usage, or the id fits several things
  3 nothing has this id, or it could not be read   70 a bug   130 interrupted
`

const PRESERVE_EXAMPLES = `
Examples:
  agent-forensics preserve                   save all local-only work
  agent-forensics preserve --dry-run         what would be saved
  agent-forensics preserve --worktree .      one worktree
  agent-forensics preserve --push            send it to origin, too
  agent-forensics preserve --bundle ~/rescue    write it to files, too
  agent-forensics preserve --include 'reports/**' --exclude '*.tmp'
  agent-forensics preserve --demo            try it on a sample incident

HEAD, index, files and configuration of a worktree stay as they are. Twice the
same work is one reference; nothing is overwritten.

Exit codes:
  0 all local-only work is saved   1 something could not be saved or read
  2 wrong usage   3 nothing to scan   70 a bug   130 interrupted
`

const RECOVER_EXAMPLES = `
Examples:
  agent-forensics recover                    asks before it saves, waits and starts
  agent-forensics recover --dry-run          what it would do
  agent-forensics recover --yes --headless   for a script: asks nobody
  agent-forensics recover --action resume-a5c07e9a1d3b84f26
  agent-forensics recover --interactive      opens each client for you
  agent-forensics recover --permission-mode acceptEdits

It may be stopped at any moment and run again: it reads everything again before
each start, and starts no agent twice.

Exit codes:
  0 nothing is left open   1 something is   2 wrong usage   3 it could not be
  done (no transcripts; another recovery is at work)   70 a bug   130 interrupted
`

const PLAN_EXAMPLES = `
Examples:
  agent-forensics plan                          the list, to read
  agent-forensics plan 8                        step 8 in full: why, risk, cost
  agent-forensics plan --emit sh                a list to read, then to run
  agent-forensics plan --emit commands          the commands of claude and git
  agent-forensics plan --session 6f1b --emit prompt     to paste into claude
  agent-forensics plan --check                  is anything left?
  agent-forensics plan --only clean_up --emit sh        what can be removed

What --emit writes leaves out push, open_pr and clean_up unless --only or --push
asks for them. --json is --emit json: the actions, each command as an array of
words.

Exit codes:
  0 done   1 --check found something, or --fail-on matched   2 wrong usage
  3 it could not be done   70 a bug   130 interrupted
`
