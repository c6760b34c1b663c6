import type { AnalyzeOptions, PlanWishes } from '../scan/scan.ts'
import { PLAIN_WISHES, SENDS_KEPT } from '../scan/scan.ts'
import { clients } from '../clients/index.ts'
import { emit } from '../recover/index.ts'
import type { ProgramHost } from '../ports/host.ts'
import type { Action } from '../plan/action.ts'
import type { Report } from '../report/report.ts'
import { BRINGS_BACK } from '../report/plan-words.ts'
import { count } from '../report/words.ts'
import { deliver, formatOf, save, writeAll } from './deliver.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { absolute } from './paths.ts'
import type { RecoveryOptions } from './program.ts'
import type { Analyze } from './scan.ts'
import { resolveExitCode, withReport } from './scan.ts'
import { writeNotice, writeNote } from './stderr.ts'
import { TOOL_VERSION } from './version.ts'

/** What a script does only when it is named: others see it, or something is gone afterwards. */
const ASKED_FOR: ReadonlySet<Action['kind']> = new Set(['push', 'open_pr', 'clean_up'])

type Emission = NonNullable<RecoveryOptions['emit']>

/** `plan`: the actions as a list for a person, as a script, or as the answer to whether anything is left. */
export async function plan(options: RecoveryOptions, host: ProgramHost, analyze: Analyze): Promise<ExitCode> {
  const emission = emissionOf(options)
  return withReport(
    options,
    host,
    analyze,
    async (question) => ({ ...question, plan: await wishesOf(options, host) }),
    async (whole, question) => {
      const report = narrowReport(whole, options)
      if (options.check === true) return await check(report, options, host)
      if (emission === null) {
        if (!(await deliver(report, options, question, host, 'plan'))) return EXIT.done
        return resolveExitCode(report, options, host)
      }
      const isWritten = await writeScript(report, emission, options, question, host)
      return isWritten ? resolveExitCode(report, options, host) : EXIT.done
    },
  )
}

function emissionOf(options: RecoveryOptions): Emission | null {
  const format = formatOf(options)
  if (options.emit === undefined) return format === 'json' ? 'json' : null
  const isSame = options.emit === 'json' && format === 'json'
  if ((options.format !== undefined || options.json === true) && !isSame)
    throw new UsageError(`--emit ${options.emit} and --format ${format} contradict each other`)
  return options.emit
}

async function wishesOf(options: RecoveryOptions, host: ProgramHost): Promise<PlanWishes> {
  const { clientVersion, headless, budget, batch, maxAttempts, ref, push, bundle, maxFile } = options
  // The sample incident is the same everywhere.
  const [client] = clients.filter(({ recovery }) => recovery !== null)
  const query = client?.recovery?.version
  const asked = options.demo === true || query === undefined ? null : ((await host.client?.version(query)) ?? null)
  const version = clientVersion ?? asked
  return {
    ...PLAIN_WISHES,
    client: version === null || client === undefined ? null : { version, source: 'installed', client: client.id },
    headless: headless === true,
    budget: budget ?? null,
    batch,
    maxAttempts,
    ref,
    push: push === true,
    bundle: bundle === undefined ? null : absolute(bundle, host),
    maxFileBytes: maxFile,
  }
}

function narrowReport(report: Report, { only }: RecoveryOptions): Report {
  return only === undefined
    ? report
    : {
        ...report,
        plan: { actions: dropMissingDependencies(report.plan.actions.filter((action) => only.some((kind) => isOf(action, kind)))) },
      }
}

/** Sending off what was kept (--push) belongs to keeping it. */
function isOf({ kind, id }: Action, wanted: Action['kind']): boolean {
  return kind === wanted || (wanted === 'preserve' && id.startsWith(SENDS_KEPT))
}

/** Without what depends on nothing that is there. */
function dropMissingDependencies(actions: readonly Action[]): Action[] {
  const there = new Set(actions.map(({ id }) => id))
  return actions.map((action) => ({ ...action, dependsOn: action.dependsOn.filter((id) => there.has(id)) }))
}

async function check(report: Report, options: RecoveryOptions, host: ProgramHost): Promise<ExitCode> {
  // A wrong id must not pass for a job that is done.
  if (options.agent !== undefined && report.agents.length === 0)
    throw new EnvironmentError(`no agent ${options.agent} was found (--since all reads every transcript)`)
  if (options.session !== undefined && report.sessions.length === 0)
    throw new EnvironmentError(`no session ${options.session} was found (--since all reads every transcript)`)
  const left = report.plan.actions.filter(({ kind }) => BRINGS_BACK.has(kind))
  for (const { id, title } of left) await writeNote(`left: ${id}: ${title}`, options, host)
  if (left.length > 0) return EXIT.failOn
  return await resolveExitCode(report, options, host)
}

async function writeScript(
  report: Report,
  emission: Emission,
  options: RecoveryOptions,
  question: AnalyzeOptions,
  host: ProgramHost,
): Promise<boolean> {
  const text = emission === 'json' ? asJson(report) : await createScript(report, emission, options, question, host)
  if (emission !== 'json' && options.demo === true)
    await writeNote('this is the plan of the sample incident, whose folder is gone by now: to read, not to run', options, host)
  if (options.output === undefined || options.output === '-') return await writeAll([text], host)
  const path = absolute(options.output, host)
  await save(path, text, host)
  await writeNote(`wrote ${path} (${emission})`, options, host)
  return true
}

/** The script, or the prompts; what is not in it is told on the way. */
async function createScript(
  report: Report,
  language: Exclude<Emission, 'json'>,
  options: RecoveryOptions,
  { now, timeZone }: AnalyzeOptions,
  host: ProgramHost,
): Promise<string> {
  const { actions } = report.plan
  const included = actions.filter(({ kind }) => isAskedFor(kind, options))
  const { text, cannotEmit } = emit(dropMissingDependencies(included), {
    language,
    batch: options.batch,
    staggerMs: options.stagger,
    toolVersion: TOOL_VERSION,
    now,
    timeZone,
    scope: scopeOf(report, options, host),
  })
  const left = actions.filter((action) => !included.includes(action))
  const kinds = [...new Set(left.map(({ kind }) => kind))].join(', ')
  if (left.length > 0)
    await writeNote(`${count(left.length, 'action')} left out of the script: ${kinds} (--only names what is wanted)`, options, host)
  for (const { id, why } of cannotEmit) await writeNotice(`not in the script: ${id}: ${why}`, host)
  return text
}

/** The options that lead to the same transcripts again, wherever the script is run. */
function scopeOf(report: Report, { root, project, session }: RecoveryOptions, host: ProgramHost): readonly string[] {
  const { since } = report.options
  return [
    ...(root ?? []).flatMap((each) => ['--root', absolute(each, host)]),
    ...(project === undefined ? [] : ['--project', absolute(project, host)]),
    ...(session === undefined ? [] : ['--session', session]),
    '--since',
    since ?? 'all',
  ]
}

function isAskedFor(kind: Action['kind'], { only, push }: RecoveryOptions): boolean {
  return !ASKED_FOR.has(kind) || only?.includes(kind) === true || (kind === 'push' && push === true)
}

/** The actions with the version of their form, for other programs. */
function asJson({ formatVersion, generatedAt, complete, plan: { actions } }: Report): string {
  return `${JSON.stringify({ formatVersion, generatedAt, complete, actions }, null, 2)}\n`
}
