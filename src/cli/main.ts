import type { CommanderError } from 'commander'
import type { ProgramHost } from '../ports/host.ts'
import { escapeControl } from '../text/escape.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import type { DemoOptions } from './options.ts'
import type { SchemaOf } from './program.ts'
import type { Analyze } from './scan.ts'
import type { Show } from './show.ts'
import { writeNotice } from './stderr.ts'
import { colorLevel, proseColumnsOf } from './view.ts'

/** The program: from the words of the command line to an exit code. It never exits by itself. */
export async function main(
  argv: readonly string[],
  host: ProgramHost,
  analyze: Analyze = analyzeLazily,
  show: Show = showLazily,
): Promise<ExitCode> {
  const isHook = argv[0] === 'hook'
  try {
    const place = isHook ? await (await import('./hook.ts')).hear(argv, host) : host
    if (place === null) return EXIT.done
    const job = await parseJob(argv, place, analyze, show)
    return await job()
  } catch (error) {
    const code = await reportError(error, host)
    // To a client any other code is an answer: some stop what it was about to do.
    return isHook ? EXIT.done : code
  }
}

const analyzeLazily: Analyze = async (options, host) => (await import('../scan/scan.ts')).analyze(options, host)

const showLazily: Show = async (options, host) => (await import('../show/show.ts')).show(options, host)

type Job = () => Promise<ExitCode>

// What a command needs is imported when it runs: `--help` loads commander and little else.
async function parseJob(argv: readonly string[], host: ProgramHost, analyze: Analyze, show: Show): Promise<Job> {
  const [commander, { createProgram, onlyCommand, withCommand }] = await Promise.all([import('commander'), import('./program.ts')])
  const columns = proseColumnsOf(host.stdout, host.env)
  let printed = ''
  let job: Job = () => print(printed, host)
  const runs = <Given extends DemoOptions>(options: Given, run: (options: Given, host: ProgramHost) => Promise<ExitCode>): void => {
    job = async () => (isElsewhere(options) ? await (await import('./demo.ts')).runInPlace(options, host, run) : await run(options, host))
  }
  const asked = withCommand(argv)
  const program = createProgram(
    {
      scan: (options) => runs(options, async (given, place) => (await import('./scan.ts')).scan(given, place, analyze)),
      worktrees: (options) => runs(options, async (given, place) => (await import('./scan.ts')).scan(given, place, analyze, 'worktrees')),
      show: (id, options) => runs(options, async (given, place) => (await import('./show.ts')).showOne(id, given, place, show)),
      salvage: (id, options) => runs(options, async (given, place) => (await import('./salvage.ts')).salvage(id, given, place)),
      plan: (step, options) => runs(options, async (given, place) => (await import('./plan.ts')).plan(step, given, place, analyze)),
      preserve: (options) => runs(options, async (given, place) => (await import('./preserve.ts')).preserve(given, place, analyze)),
      recover: (options) =>
        runs(options, async (given, place) =>
          (await import('./recover.ts')).recover(given, place, analyze, (words, within) => main(words, within, analyze, show)),
        ),
      render: (paths, options) => {
        job = async () => (await import('./render.ts')).render(paths, options, host)
      },
      promote: (agent, options) => runs(options, async (given, place) => (await import('./promote.ts')).promote(agent, given, place)),
      hook: (event, options) => {
        job = async () => (await import('./hook.ts')).hook(event, options, host)
      },
      explain: (reason, { color }) => {
        job = async () => {
          const look = { columns, colorLevel: colorLevel(host.env, host.stdout.isTTY, color) }
          const { explainAll, explainReason } = await import('../report/explain.ts')
          return await print(reason === undefined ? explainAll(look) : explainReason(reason, look), host)
        }
      },
      schema: (of) => {
        job = async () => {
          const load: Readonly<Record<SchemaOf, () => Promise<() => object>>> = {
            report: async () => (await import('../report/schema.ts')).reportJsonSchema,
            show: async () => (await import('../show/schema.ts')).showJsonSchema,
            salvage: async () => (await import('../salvage/schema.ts')).salvageJsonSchema,
          }
          const schemaOf = await load[of]()
          return await print(`${JSON.stringify(schemaOf(), null, 2)}\n`, host)
        }
      },
      completion: (shell) => {
        job = async () => print((await import('./completion/index.ts')).completionScript(shell, program.commands), host)
      },
    },
    { columns, print: (text) => (printed += text) },
    onlyCommand(asked),
  )
  try {
    program.parse([...asked], { from: 'user' })
  } catch (error) {
    // Commander throws after it has printed help or the version, too.
    if (!(error instanceof commander.CommanderError)) throw error
    if (error.exitCode !== 0)
      throw new UsageError(
        usageMessage(
          error,
          program.commands.map((command) => command.name()),
        ),
      )
  }
  return job
}

/** Whether a command is about the sample incident, or was meant to be. */
function isElsewhere({ demo, clean }: DemoOptions): boolean {
  return demo === true || clean === true
}

function usageMessage({ message, code }: CommanderError, commands: readonly string[]): string {
  // What only another command knows is offered as what was meant.
  const plain = message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/^(unknown option '(.+)') \(Did you mean \2\?\)$/, '$1: another command has it')
  return `${plain}${code === 'commander.unknownCommand' && !plain.includes('Did you mean') ? ` (commands: ${commands.join(', ')})` : ''}`
}

async function print(text: string, host: ProgramHost): Promise<ExitCode> {
  await host.stdout.write(text)
  return EXIT.done
}

async function reportError(error: unknown, host: ProgramHost): Promise<ExitCode> {
  if (error instanceof UsageError || error instanceof EnvironmentError) {
    await writeNotice(error.message, host)
    const { env, stderr, timeZone } = host
    const view = {
      columns: proseColumnsOf(stderr, env),
      colorLevel: colorLevel(env, stderr.isTTY),
      all: false,
      verbose: false,
      timeZone,
      now: host.now(),
    }
    if (error instanceof UsageError && error.details !== null) for (const chunk of await error.details(view)) await stderr.write(chunk)
    return error instanceof UsageError ? EXIT.usage : EXIT.failed
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  await host.stderr.write(`agent-forensics: this is a bug, please report it:\n${escapeControl(stack, { newlines: 'keep' })}\n`)
  return EXIT.bug
}
