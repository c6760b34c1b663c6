import type { AnalyzeOptions } from '../scan/analyze-options.ts'
import { PLAIN_WISHES, type PlanWishes } from '../plan/wishes.ts'
import { clients } from '../clients/index.ts'
import { emit } from '../emit/index.ts'
import type { ProgramHost } from '../ports/host.ts'
import { leavesWorkOpen, RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { findActions } from '../plan/find-actions.ts'
import { jsonText } from '../report/json-text.ts'
import type { Report } from '../report/report.ts'
import { groupsOf } from '../report/plan-words.ts'
import { commandWords, ownWords } from '../report/typed.ts'
import { count } from '../report/words.ts'
import { deliver, formatOf, save, writeAll } from './deliver.ts'
import { clip } from '../text/escape.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { absolute } from './paths.ts'
import type { PlanCommandOptions } from './program.ts'
import { typistOf } from './repeated.ts'
import type { Analyze } from './scan.ts'
import { resolveExitCode, withReport } from './scan.ts'
import { writeNotice, writeNote } from './stderr.ts'
import { TOOL_VERSION } from './version.ts'

/** What is written only when it is named: others see it, or something is gone afterwards. */
const ASKED_FOR: ReadonlySet<Action['kind']> = new Set(['push', 'open_pr', 'clean_up'])

/** The options that change what a plan is like. */
type PlanWishOptions = Pick<
  PlanCommandOptions,
  'client' | 'clientVersion' | 'headless' | 'permissionMode' | 'budget' | 'batch' | 'maxAttempts' | 'ref' | 'push' | 'bundle' | 'maxFile'
>

type Emission = NonNullable<PlanCommandOptions['emit']>

/** `plan`: the actions as a list for a person, one of them in full, as commands, or as the answer to whether anything is left. */
export async function plan(step: string | undefined, options: PlanCommandOptions, host: ProgramHost, analyze: Analyze): Promise<ExitCode> {
  const emission = emissionOf(options)
  return withReport(
    options,
    host,
    analyze,
    async (question) => ({ ...question, plan: await wishesOf(options, host) }),
    async (whole, question) => {
      const report = narrowReport(whole, options)
      if (options.check === true) return await check(report, options, host)
      const action = step === undefined ? null : findAction(step, report.plan.actions, question.now)
      if (emission === null) {
        const reader = { ...question, ...(action !== null && { action: action.id }) }
        if (!(await deliver(report, options, reader, host, 'plan'))) return EXIT.done
        return resolveExitCode(report, options, host)
      }
      const chosen = action === null ? report : { ...report, plan: { actions: dropMissingDependencies([action]) } }
      const isWritten = await writeEmission(chosen, whole, emission, options, question, host)
      return isWritten ? resolveExitCode(report, options, host) : EXIT.done
    },
  )
}

/** The action that a person means: by its number on the screen, its id or the beginning of one, or the id of its agent. */
function findAction(step: string, actions: readonly Action[], now: number): Action {
  const steps = groupsOf(actions, now).flatMap((group) => group.steps)
  const numbered = steps.find(({ number }) => String(number) === step)?.action
  if (numbered !== undefined) return numbered
  const found = findActions(step, actions)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (only !== undefined) throw new UsageError(`${step} matches several actions: ${listIds(found)}`)
  const all = actions.length === 0 ? 'the plan is empty' : `the plan has 1 to ${steps.length}: ${listIds(actions)}`
  throw new EnvironmentError(`no action of the plan has the number or id ${step}; ${all}`)
}

function listIds(actions: readonly Action[]): string {
  const ids = actions.map(({ id }) => id)
  return ids.length > 20 ? `${ids.slice(0, 20).join(', ')} and ${ids.length - 20} more` : ids.join(', ')
}

function emissionOf(options: PlanCommandOptions): Emission | null {
  const format = formatOf(options)
  if (options.emit === undefined) return format === 'json' ? 'json' : null
  const isSame = options.emit === 'json' && format === 'json'
  if ((options.format !== undefined || options.json === true) && !isSame)
    throw new UsageError(`--emit ${options.emit} and --format ${format} contradict each other`)
  return options.emit
}

/** What a person wants of a plan, as the options say it. */
export async function wishesOf(options: PlanWishOptions, host: ProgramHost): Promise<PlanWishes> {
  const { client: only, clientVersion, headless, permissionMode, budget, batch, maxAttempts, ref, push, bundle, maxFile } = options
  const client = clients.find(({ id, recovery }) => recovery !== null && (only === undefined || id === only))
  const query = client?.recovery?.version
  const asked = query === undefined ? null : ((await host.client?.version(query)) ?? null)
  const version = clientVersion ?? asked
  return {
    ...PLAIN_WISHES,
    client: version === null || client === undefined ? null : { version, source: 'installed', client: client.id },
    headless: headless === true,
    permissionMode: permissionMode ?? null,
    budget: budget ?? null,
    batch,
    maxAttempts,
    ref,
    push: push === true,
    bundle: bundle === undefined ? null : absolute(bundle, host),
    maxFileBytes: maxFile,
  }
}

function narrowReport(report: Report, { only }: PlanCommandOptions): Report {
  return only === undefined
    ? report
    : {
        ...report,
        plan: { actions: dropMissingDependencies(report.plan.actions.filter((action) => only.includes(action.kind))) },
      }
}

/** Without what depends on nothing that is there. */
function dropMissingDependencies(actions: readonly Action[]): Action[] {
  const there = new Set(actions.map(({ id }) => id))
  return actions.map((action) => ({ ...action, dependsOn: action.dependsOn.filter((id) => there.has(id)) }))
}

async function check(report: Report, options: PlanCommandOptions, host: ProgramHost): Promise<ExitCode> {
  const left = report.plan.actions.filter(leavesWorkOpen)
  for (const { id, title } of left) await writeNote(`left: ${id}: ${title}`, options, host)
  if (left.length > 0) return EXIT.failOn
  return await resolveExitCode(report, options, host)
}

async function writeEmission(
  report: Report,
  whole: Report,
  emission: Emission,
  options: PlanCommandOptions,
  question: AnalyzeOptions,
  host: ProgramHost,
): Promise<boolean> {
  const text = emission === 'json' ? asJson(report) : await createList(report, whole, emission, options, question, host)
  if (options.demo === true && (emission === 'commands' || emission === 'prompt'))
    await writeNote('claude knows no session of the sample incident; recover has a stand-in for it', options, host)
  if (options.output === undefined || options.output === '-') return await writeAll([text], host)
  const path = absolute(options.output, host)
  await save(path, text, host)
  await writeNote(`wrote ${path} (${emission})`, options, host)
  return true
}

/** The list, the commands or the prompts; what is not in it is told on the way. */
async function createList(
  report: Report,
  whole: Report,
  language: Exclude<Emission, 'json'>,
  options: PlanCommandOptions,
  { now, timeZone }: AnalyzeOptions,
  host: ProgramHost,
): Promise<string> {
  const actions = report.plan.actions.filter(({ kind }) => kind !== 'preserve')
  const included = actions.filter(({ kind }) => isAskedFor(kind, options))
  const { only: _, ...repeated } = options
  const typist = typistOf(repeated, host)
  // No start of a client comes before work is saved, whatever was asked for.
  const isWanted = report.plan.actions.length > actions.length
  const startsClient = included.some(({ kind }) => RECOVERY_KINDS.has(kind))
  const places = options.preserve && (isWanted || startsClient) ? countPlaces(whole) : 0
  if (places > 0 && !isWanted)
    await writeNote('saving comes first, since starting a client may sweep worktrees (--no-preserve leaves it out)', options, host)
  const { text, cannotEmit, notes } = emit(included, {
    language,
    toolVersion: TOOL_VERSION,
    now,
    timeZone,
    preserve: places === 0 ? null : { words: commandWords('preserve', whole, typist), places },
    recover: commandWords('recover', whole, typist),
    plan: commandWords('plan', whole, typist),
    typeOwn: (argv) => ownWords(argv, whole, typist),
  })
  const left = actions.filter((action) => !included.includes(action))
  const kinds = [...new Set(left.map(({ kind }) => kind))].join(', ')
  if (left.length > 0) await writeNote(`${count(left.length, 'action')} left out: ${kinds} (--only includes them)`, options, host)
  for (const note of notes) await writeNote(note, options, host)
  for (const { id, why, value } of cannotEmit)
    await writeNotice(`cannot_emit ${id}: ${why}${value === null ? '' : ` ${clip(value, 2_000)}`}`, host)
  return text
}

function countPlaces({ plan: { actions } }: Report): number {
  return actions.filter(({ kind }) => kind === 'preserve').length
}

function isAskedFor(kind: Action['kind'], { only, push }: PlanCommandOptions): boolean {
  return !ASKED_FOR.has(kind) || only?.includes(kind) === true || (kind === 'push' && push === true)
}

/** The actions with the version of their form, for other programs. */
function asJson({ formatVersion, generatedAt, complete, plan: { actions } }: Report): string {
  return `${jsonText({ formatVersion, generatedAt, complete, actions }, 2)}\n`
}
