import { clientHooks, type HookEvent, HOOK_EVENTS, hooksOf, type HookInput, readHookInput } from '../clients/hooks.ts'
import { FileUnavailable, type ProgramHost } from '../ports/host.ts'
import { awaitWithin } from '../hook/deadline.ts'
import { noteSaving } from '../hook/saving.ts'
import { isObject } from '../text/json.ts'
import { shellWord } from '../text/shell-word.ts'
import { UsageError } from './errors.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { writeNotice } from './stderr.ts'
import { TOOL_VERSION } from './version.ts'

/** The options of `hook`. */
export interface HookCommandOptions {
  readonly install?: true
  readonly preserve?: true
  readonly run?: string
  /** Milliseconds. */
  readonly timeout: number
  /** This process was started by another hook, and nobody waits for it. */
  readonly detached?: true
}

/** What an answer may take, and what a person may ask for. Milliseconds. */
export const MOST_MS = 5_000
/** An event holds at most the result of an agent, or a prompt. Bytes. */
const MOST_INPUT_BYTES = 16 * 1024 * 1024
/** What is kept of the time to end in it. Milliseconds. */
const RESERVE_MS = 250
/** Saving goes on without us after this time; mostly it is over by then, and what is said next can say where the work is. Milliseconds. */
const SAVING_MS = 3_000

const SAVES: ReadonlySet<HookEvent> = new Set<HookEvent>(['subagent-stop', 'stop-failure', 'session-end'])

/**
 * The host of a hook, with what the client said read already; null: there is nothing left to do. Most events are nothing to us, and what is
 * to be saved is handed over at once: a client that ends kills its hooks soon. Neither loads anything else.
 */
export async function hear(argv: readonly string[], host: ProgramHost): Promise<ProgramHost | null> {
  const [, name] = argv
  const event = HOOK_EVENTS.find((each) => each === name)
  if (event === undefined || argv.includes('--help') || argv.includes('-h')) return host
  const text = await readEvent(host)
  const input = text === null ? null : parseInput(event, text)
  if (text === null || input === null) return null
  if (SAVES.has(event) && !argv.includes(DETACHED)) {
    if (argv.some((word) => WISHES.test(word))) await handOver(input, argv, text, host)
    return null
  }
  if (!SAVES.has(event) && !isWorthALook(input)) return null
  // What the host would have to look up (its zone) is not looked up here.
  return Object.create(host, { readStdin: { value: () => Promise.resolve(text) } }) as ProgramHost
}

/** What the client says; null: more than any client says. */
async function readEvent(host: ProgramHost): Promise<string | null> {
  try {
    return await host.readStdin(MOST_INPUT_BYTES, MOST_MS - 1_000)
  } catch (error) {
    if (error instanceof FileUnavailable) return null
    throw error
  }
}

const DETACHED = '--detached'
const WISHES = /^--(?:preserve$|run(?:=|$))/

/** Starts a process that does what was asked for, however long it takes. Mostly it is done soon, and what is said next can say so. */
async function handOver(input: HookInput, argv: readonly string[], text: string, host: ProgramHost): Promise<void> {
  const ports = await host.hooks?.()
  if (ports === undefined) return
  const { ended } = await ports.startAgain([...argv, DETACHED], shorten(text))
  // At its end a client waits for nobody.
  if (input.event === 'session-end') return
  if (input.agentId !== null && argv.includes('--preserve')) await noteSaving(input.agentId, ports.memory)
  await awaitWithin(Math.min(SAVING_MS, MOST_MS - RESERVE_MS - ports.age()), ended)
}

/** Whether there may be something to say. */
function isWorthALook({ event, said }: HookInput): boolean {
  return event === 'session-start' || said.some(({ outcome }) => outcome !== null && outcome !== 'launched')
}

function parseInput(event: HookEvent, text: string): HookInput | null {
  try {
    return readHookInput(event, JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}

/** `hook`: answers one question of a client, in time or not at all. Whatever goes wrong, the client is told nothing. */
export async function hook(name: string | undefined, options: HookCommandOptions, host: ProgramHost): Promise<ExitCode> {
  if (options.install === true) return await install(options, host)
  const event = HOOK_EVENTS.find((each) => each === name)
  if (event === undefined) throw new UsageError(`hook ${name ?? ''}: allowed are ${HOOK_EVENTS.join(', ')}`)
  const text = await host.readStdin(MOST_INPUT_BYTES, MOST_MS - 1_000)
  const input = parseInput(event, text)
  if (input === null || host.hooks === undefined) return EXIT.done
  const [ports, { defaultRoots }] = await Promise.all([host.hooks(), import('../clients/index.ts')])
  const left = (): number => Math.min(options.timeout, MOST_MS) - ports.age()
  const means = {
    ...ports,
    host,
    now: () => host.now(),
    askedAt: host.now(),
    left,
    timeZone: host.timeZone,
    toolVersion: TOOL_VERSION,
    tool: host.tool,
    usualRoots: defaultRoots(host),
  }
  if (SAVES.has(event)) {
    const { clearUp } = await import('../hook/aftermath.ts')
    const wishes = { preserve: options.preserve === true, run: options.run ?? null }
    await clearUp(input, wishes, { ...means, left: () => Number.MAX_SAFE_INTEGER, gitWriter: host.gitWriter, env: host.env })
    return EXIT.done
  }
  const { answer } = await import('../hook/answer.ts')
  const said = await awaitWithin(left() - RESERVE_MS, answer(input, means))
  const json = said === null ? null : hooksOf(input).answer(event, said)
  if (json !== null) await host.stdout.write(`${JSON.stringify(json)}\n`)
  return EXIT.done
}

/** The fields that name things: what an agent said may be long, and a pipe holds little. */
function shorten(text: string): string {
  const raw: unknown = JSON.parse(text)
  const fields = isObject(raw) ? Object.entries(raw).filter(([, value]) => typeof value === 'string' && value.length <= 4_096) : []
  return JSON.stringify(Object.fromEntries(fields))
}

function wishWords({ preserve, run }: Pick<HookCommandOptions, 'preserve' | 'run'>): readonly string[] {
  return [...(preserve === true ? ['--preserve'] : []), ...(run === undefined ? [] : [`--run=${run}`])]
}

/** `hook --install`: the settings that have a client ask us, to be added by a person. */
async function install(options: HookCommandOptions, host: ProgramHost): Promise<ExitCode> {
  for (const hooks of clientHooks) {
    const settings = hooks.settings((event) =>
      [...host.tool, 'hook', event, ...(SAVES.has(event) ? wishWords(options) : [])].map(shellWord).join(' '),
    )
    await writeNotice(`nothing was written; add this to ${hooks.settingsInWords}`, host)
    await host.stdout.write(`${JSON.stringify(settings, null, 2)}\n`)
  }
  return EXIT.done
}
