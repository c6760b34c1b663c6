import { clients } from '../clients/index.ts'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { LANGUAGES } from '../emit/languages.ts'
import { ACTION_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import { TERMINAL_REASON_NAMES } from '../reasons/terminal-reason.ts'
import type { Format } from '../report/index.ts'
import { FORMATS } from '../report/index.ts'
import { FAIL_ON_WORDS } from './fail-on.ts'
import { isCalendarDate, parseDuration, parseInstant } from '../time/instant.ts'
import { instantsOf, resolveZone } from '../time/zoned-time.ts'

/** A bound in time, once it is known what now is and where; null: no bound. */
type Bound = (now: number, timeZone: string) => number | null

/** The sample incident, in the place of the person's transcripts. */
export interface DemoOptions {
  readonly demo?: true
  readonly clean?: true
}

/** Which transcripts and agents to look at. */
export interface ScopeOptions extends DemoOptions {
  readonly root?: readonly string[]
  readonly client?: string
  readonly project?: string
  readonly session?: string
  readonly agent?: string
  readonly since: Bound
  readonly until?: Bound
  readonly reason?: readonly TerminalReason[]
  readonly git: boolean
  readonly offline?: true
  readonly gitTimeout: number
  readonly cache?: string
}

/** Whether to colour, where that was asked for. */
export interface ColorOptions {
  readonly color?: boolean
}

/** How much to say, and to whom. */
export interface PrintOptions extends ColorOptions {
  readonly json?: true
  readonly quiet?: true
  readonly verbose?: true
}

/** What to print, and where. */
export interface OutputOptions extends PrintOptions {
  readonly format?: Format
  readonly output?: string
  readonly all?: true
}

/** Where and when the reader is. */
export interface TimeOptions {
  readonly timeZone?: string
  readonly now?: number
}

/** When the exit code says more than "done". */
export interface GateOptions {
  readonly failOn: readonly string[]
  readonly strict?: true
}

/** What the report may quote. */
export interface PrivacyOptions {
  readonly excerpts: boolean
}

/** What a plan is to be like, and in which language it is written. */
export interface PlanOptions {
  readonly emit?: Emission
  readonly only?: readonly ActionKind[]
  readonly check?: true
  readonly preserve: boolean
  readonly headless?: true
  readonly batch: number
  readonly stagger: number
  readonly maxAttempts: number
  readonly permissionMode?: string
  readonly budget?: number
  readonly clientVersion?: string
  readonly push?: true
  readonly bundle?: string
  readonly ref: string
  readonly maxFile: number
}

/** How a plan is carried out. */
export interface RecoverOptions extends Omit<PlanOptions, 'emit' | 'check' | 'headless'>, PrintOptions {
  readonly action?: readonly string[]
  readonly yes?: true
  readonly dryRun?: true
  readonly interactive?: true
  readonly headless?: true
  readonly preserve: boolean
  readonly journal?: string
  readonly excerpts: boolean
}

/** Adds the options of `RecoverOptions`. */
export function recoverOptions(command: Command): Command {
  command
    .optionsGroup('The recovery:')
    .addOption(option('--action <ids>', 'only these actions of the plan, comma-separated').argParser(listOfWords))
    .addOption(onlyOption())
    .addOption(option('--yes', 'answer every question with yes'))
    .addOption(option('--dry-run', 'show the plan; start, save and write nothing'))
    .addOption(option('--interactive', 'open each client for you, one after another').conflicts('headless'))
    .addOption(option('--headless', 'run each client without a terminal (the default)'))
    .addOption(option('--no-preserve', 'do not save local-only work first'))
    .addOption(option('--journal <file>', 'where to keep the journal (default: your state folder)').argParser(nonEmpty))
  attemptOptions(command)
  saveOptions(command)
  return printOptions(command.optionsGroup('What to print:'))
    .addOption(option('--time-zone <zone>', 'IANA zone of the times shown (default: the machine’s)').argParser(timeZone))
    .addOption(option('--no-excerpts', 'quote nothing from transcripts'))
}

/** The modes that are worth a name in help; the clients say which they refuse. */
export const PERMISSION_MODES = ['acceptEdits', 'auto', 'plan', 'default'] as const

/** A mode that a client may be started in. */
function permissionMode(value: string): string {
  for (const { recovery } of clients) {
    const refusal = recovery?.refuseMode(value) ?? null
    if (refusal !== null) throw new InvalidArgumentError(`${refusal}.`)
  }
  return value
}

function listOfWords(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...words(value).map(nonEmpty)]
}

/** What `--emit` can write. */
const EMISSIONS = [...LANGUAGES, 'json'] as const
type Emission = (typeof EMISSIONS)[number]
type ActionKind = Action['kind']

/** Adds the options of `PlanOptions`. */
export function planOptions(command: Command): Command {
  command
    .optionsGroup('The plan:')
    .addOption(
      option(
        '--emit <language>',
        'a list to read and run: sh, fish, powershell; commands: those of claude and git alone; prompt: to paste into claude; json',
      ).argParser((value: string) => oneOf(value, EMISSIONS, 'language')),
    )
    .addOption(onlyOption())
    .addOption(option('--check', 'print only what is still to recover, and exit 1 if anything is').conflicts(['emit', 'format', 'json']))
    .addOption(option('--no-preserve', 'with --emit: do not save work first'))
    .addOption(option('--headless', 'use claude -p, for unattended scripts'))
  attemptOptions(command)
  return saveOptions(command)
}

function onlyOption(): Option {
  return option('--only <kinds>', `only actions of these kinds: ${ACTION_KINDS.join(', ')}`).argParser((value: string) =>
    words(value).map((word) => oneOf(word, ACTION_KINDS, 'kind of action')),
  )
}

/** How agents are recovered. */
function attemptOptions(command: Command): Command {
  return command
    .addOption(option('--batch <n>', 'recover this many agents at once').argParser(amount).default(3))
    .addOption(option('--stagger <duration>', 'delay between starts').argParser(duration).default(30_000, '30s'))
    .addOption(option('--max-attempts <n>', 'give up after this many attempts').argParser(amount).default(5))
    .addOption(
      option('--permission-mode <mode>', `permission mode of the clients: ${PERMISSION_MODES.join(', ')}`).argParser(permissionMode),
    )
    .addOption(option('--budget <usd>', 'spending limit of one continued agent, where the client has a flag for it').argParser(dollars))
    .addOption(
      option('--client-version <version>', 'plan for this version of claude (default: the installed one, else the transcript’s)').argParser(
        version,
      ),
    )
}

/** How local-only work is saved. */
function saveOptions(command: Command): Command {
  return command
    .optionsGroup('Saving work:')
    .addOption(refOption())
    .addOption(option('--push', 'send rescue references to origin, and push finished branches; ignored files are never pushed'))
    .addOption(bundleOption().conflicts('push'))
    .addOption(maxFileOption())
}

/** What `preserve` is to save, and where. */
export interface PreserveCommandOptions {
  readonly worktree?: readonly string[]
  readonly push?: true
  readonly bundle?: string
  readonly ref: string
  readonly maxFile: number
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly dryRun?: true
}

/** Adds the options of `PreserveCommandOptions`. */
export function preserveOptions(command: Command): Command {
  return command
    .optionsGroup('What to save, and where:')
    .addOption(option('--worktree <path>', 'save only this worktree; repeatable').argParser(listOfTexts))
    .addOption(option('--include <glob>', 'save ignored files that match too, relative to the worktree; repeatable').argParser(listOfTexts))
    .addOption(option('--exclude <glob>', 'leave out untracked and ignored files that match; repeatable').argParser(listOfTexts))
    .addOption(maxFileOption())
    .addOption(refOption())
    .addOption(option('--push', 'send rescue references to origin; ignored files, stashes and lost commits are never pushed'))
    .addOption(bundleOption())
    .addOption(option('--dry-run', 'write nothing; print what would be saved'))
}

function refOption(): Option {
  return option('--ref <prefix>', 'where rescue references go').argParser(refPrefix).default('refs/heads/rescue')
}

function bundleOption(): Option {
  return option('--bundle <dir>', 'write rescue references to bundles in this folder').argParser(nonEmpty)
}

function maxFileOption(): Option {
  return option('--max-file <size>', 'do not save files and ignored folders larger than this: 200M, 2G')
    .argParser(size)
    .default(512 * 1024 * 1024, '512M')
}

function amount(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('Must be a whole number, 1 or more.')
  return Number(value)
}

function duration(value: string): number {
  const ms = value === '0' ? 0 : parseDuration(value)
  if (ms === undefined) throw new InvalidArgumentError('Allowed: 0, 30s, 5m, 1h.')
  return ms
}

function gitTimeout(value: string): number {
  const ms = parseDuration(value)
  // A timer of Node ends at once where it is asked for more than 24 days.
  if (ms === undefined || ms === 0 || ms > 86_400_000) throw new InvalidArgumentError('Allowed: 5s to 24h.')
  return ms
}

function dollars(value: string): number {
  if (!/^(?:\d{1,6}(?:\.\d{1,4})?)$/.test(value) || Number(value) === 0)
    throw new InvalidArgumentError('Must be an amount such as 2 or 0.50.')
  return Number(value)
}

function version(value: string): string {
  if (!/^\d{1,4}\.\d{1,4}\.\d{1,6}$/.test(value)) throw new InvalidArgumentError('Must be a version such as 2.1.329.')
  return value
}

/** A folder of references that git accepts, and whose name no shell minds. */
function refPrefix(value: string): string {
  const isRef = /^refs(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(value) && !/\.\.|\.lock(?:\/|$)|\.(?:\/|$)/.test(value)
  if (!isRef || value.startsWith('refs/not-pushed')) throw new InvalidArgumentError('Must be a full name such as refs/heads/rescue.')
  return value
}

const SIZES = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const

function size(value: string): number {
  const [, digits, unit = ''] = /^([1-9]\d{0,11})([KMG]?)$/.exec(value) ?? []
  if (digits === undefined) throw new InvalidArgumentError('Allowed: a number of bytes, 200K, 512M, 2G.')
  return Number(digits) * SIZES[unit as keyof typeof SIZES]
}

const CLIENT_IDS = clients.map((each) => each.id)
const ROOT_HELP = `where transcripts are; repeatable (default: ${clients.map(({ rootInWords }) => rootInWords).join('; ')})`

/** Adds the options of `ScopeOptions`. */
export function scopeOptions(command: Command, since: '7d' | 'all' = '7d'): Command {
  return placeOptions(command, since)
    .addOption(option('--reason <reasons>', 'only these reasons, comma-separated (`explain` lists them)').argParser(listOfReasons))
    .addOption(option('--no-git', 'skip git; no worktree information'))
    .addOption(
      option('--cache <file>', 'keep facts of transcripts in this file, and read only changed ones again (it holds prompts)').argParser(
        nonEmpty,
      ),
    )
}

/** Adds those options of `ScopeOptions` that say where to look. */
export function placeOptions(command: Command, since: '7d' | 'all'): Command {
  return command
    .optionsGroup('What to look at:')
    .addOption(option('--root <dir>', ROOT_HELP).argParser(listOfTexts))
    .addOption(option('--client <name>', `only transcripts of this client: ${CLIENT_IDS.join(', ')}`).argParser(client))
    .addOption(option('--project <path>', 'only sessions that ran in this folder or below').argParser(nonEmpty))
    .addOption(option('--session <id>', 'only this session; an id prefix is enough').argParser(nonEmpty))
    .addOption(option('--agent <id>', 'only this agent; an id prefix is enough').argParser(nonEmpty))
    .addOption(
      option('--since <when>', 'only transcripts written since: 2h, 3d, an ISO date or instant, or all')
        .argParser(sinceWhen)
        .default(sinceWhen(since), since),
    )
    .addOption(option('--until <when>', 'only transcripts last written before: 2h, 3d, an ISO date or instant').argParser(until))
    .addOption(demoOption())
    .addOption(cleanOption())
    .addOption(option('--offline', 'contact no remote: what is pushed is as of the last fetch'))
    .addOption(
      option('--git-timeout <duration>', 'time for git and all remotes together; the rest counts as not read')
        .argParser(gitTimeout)
        .default(60_000, '60s'),
    )
}

function demoOption(): Option {
  return option('--demo', 'use the built-in sample incident; it is kept, with what is done to it').conflicts('root')
}

function cleanOption(): Option {
  return option('--clean', 'with --demo: remove the sample incident, and do nothing else')
}

/** Adds the options of `OutputOptions`. */
export function outputOptions(command: Command, formats: readonly Format[] = FORMATS): Command {
  command
    .optionsGroup('What to print:')
    .addOption(option('--format <name>', `${formats.join(', ')} (default: table)`).argParser((value) => format(value, formats)))
  return printOptions(command)
    .addOption(option('-o, --output <file>', 'write to this file, not to standard output').argParser(nonEmpty))
    .addOption(option('-a, --all', 'every row, finished agents included'))
}

/** Adds the options of `PrintOptions`. */
export function printOptions(command: Command): Command {
  command
    .addOption(jsonOption())
    .addOption(option('-q, --quiet', 'no progress and no notes on standard error').conflicts('verbose'))
    .addOption(option('-v, --verbose', 'more of everything'))
  return colorOptions(command)
}

function jsonOption(): Option {
  return option('-j, --json', 'print JSON')
}

/** Adds the options of `ColorOptions`. */
export function colorOptions(command: Command): Command {
  return command
    .addOption(option('--color', 'colour, even in a pipe or a file (default: on a terminal)'))
    .addOption(option('--no-color', 'no colour'))
}

/** Adds the options of `PrivacyOptions`. */
export function privacyOptions(command: Command): Command {
  return command.addOption(option('--no-excerpts', 'quote nothing from transcripts'))
}

/** Adds the options of `TimeOptions`. */
export function timeOptions(command: Command): Command {
  return command
    .optionsGroup('Time:')
    .addOption(option('--time-zone <zone>', 'IANA zone of the times shown (default: the machine’s)').argParser(timeZone))
    .addOption(option('--now <instant>', 'use this ISO instant as the current time').argParser(now))
}

/** Adds the options of `GateOptions`. */
export function gateOptions(command: Command): Command {
  return command
    .optionsGroup('Exit code:')
    .addOption(
      option(
        '--fail-on <what>',
        'exit 1 if an agent or a main thread ended for these reasons (comma-separated), any (died or unknown), at-risk (local-only work) or none',
      )
        .argParser(failOn)
        .default(['none'], 'none'),
    )
    .addOption(option('--strict', 'exit 3 if anything could not be read'))
}

/** Adds the options of `salvage`. */
export function salvageOptions(command: Command): Command {
  command
    .addOption(option('--out <dir>', 'the folder to write to; it must not exist, or be empty').argParser(nonEmpty).makeOptionMandatory())
    .addOption(option('--tree', 'lay the files out by their paths, not by numbers'))
    .addOption(option('--root <dir>', ROOT_HELP).argParser(listOfTexts))
    .addOption(demoOption())
    .addOption(cleanOption())
    .addOption(option('--session <id>', 'only agents of this session; an id prefix is enough').argParser(nonEmpty))
    .addOption(option('--no-git', 'skip git; edits of files that were never read whole cannot be replayed'))
  return printOptions(command)
}

/** What `promote` asks. */
export interface PromoteOptions extends DemoOptions {
  readonly root?: readonly string[]
  readonly folder?: string
  readonly expect?: string
  readonly write?: true
  readonly json?: true
}

/** Adds the options of `PromoteOptions`. */
export function promoteOptions(command: Command): Command {
  return command
    .addOption(option('--write', 'write the session; without it, nothing is written'))
    .addOption(option('--root <dir>', ROOT_HELP).argParser(listOfTexts))
    .addOption(demoOption())
    .addOption(cleanOption())
    .addOption(option('--folder <dir>', 'open the session in this folder, not where the agent worked').argParser(nonEmpty))
    .addOption(option('--expect <id>', 'refuse if the session would get another id: then the transcript has changed').argParser(nonEmpty))
    .addOption(jsonOption())
}

function option(flags: string, description: string): Option {
  return new Option(flags, description)
}

/** Reads a text that must not be empty. */
function nonEmpty(value: string): string {
  // `--root "$UNSET"` must not quietly mean the current folder.
  if (value.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return value
}

function listOfTexts(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, nonEmpty(value)]
}

/** Reads the name of a reason, or says which there are. */
export function reason(value: string): TerminalReason {
  return oneOf(value, TERMINAL_REASON_NAMES, 'reason')
}

function client(value: string): string {
  return oneOf(value, CLIENT_IDS, 'client')
}

function listOfReasons(value: string, before: readonly TerminalReason[] = []): readonly TerminalReason[] {
  return [...before, ...words(value).map(reason)]
}

function failOn(value: string): readonly string[] {
  return words(value).map((word) => oneOf(word, FAIL_ON_WORDS, 'value'))
}

function words(value: string): readonly string[] {
  return value.split(',').map((word) => word.trim())
}

function format(value: string, formats: readonly Format[]): Format {
  return oneOf(value, formats, formats === FORMATS ? 'format of this version' : 'format of this command')
}

function oneOf<Word extends string>(value: string, allowed: readonly Word[], what: string): Word {
  const found = allowed.find((word) => word === value)
  if (found === undefined) throw new InvalidArgumentError(`'${value}' is not a ${what}; allowed: ${allowed.join(', ')}.`)
  return found
}

function timeZone(value: string): string {
  const zone = resolveZone(value)
  if (zone === undefined) throw new InvalidArgumentError('Must be an IANA time zone such as Europe/Kyiv or UTC.')
  return zone
}

function now(value: string): number {
  const instant = parseInstant(value)
  if (instant === undefined) throw new InvalidArgumentError('Must be an ISO instant such as 2026-05-31T20:10:00Z.')
  return instant
}

function sinceWhen(value: string): Bound {
  return value === 'all' ? () => null : bound(value, '2h, 3d, 2026-05-31, 2026-05-31T20:10:00Z or all')
}

function until(value: string): Bound {
  return bound(value, '2h, 3d, 2026-05-31 or 2026-05-31T20:10:00Z')
}

function bound(value: string, allowed: string): Bound {
  const ago = parseDuration(value)
  if (ago !== undefined) return (at) => at - ago
  const instant = parseInstant(value)
  if (instant !== undefined) return () => instant
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0] = (/^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?$/.exec(value) ?? []).map(
    (part) => Number(part ?? 0),
  )
  if (!isCalendarDate(year, month, day) || hour > 23 || minute > 59) throw new InvalidArgumentError(`Allowed: ${allowed}.`)
  return (_now, zone) => instantsOf({ year, month, day, hour, minute, second: 0 }, zone)
}

/** Reads the id of something, or the beginning of one. */
export function id(value: string): string {
  return nonEmpty(value).trim()
}
