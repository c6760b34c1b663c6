import type { ProgramHost } from '../ports/host.ts'
import { FileUnavailable } from '../ports/host.ts'
import { escapeControl } from '../text/escape.ts'
import { quoteWord } from '../report/typed.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import type { DemoOptions } from './options.ts'
import { writeNote } from './stderr.ts'

type Options = DemoOptions & { readonly root?: readonly string[]; readonly now?: number; readonly quiet?: true }

/** Runs a command where it was asked for: in the sample incident, which is kept until `--demo --clean`, or in the world. */
export async function runInPlace<Given extends Options>(
  options: Given,
  host: ProgramHost,
  run: (options: Given, host: ProgramHost) => Promise<ExitCode>,
): Promise<ExitCode> {
  if (options.demo !== true) {
    if (options.clean === true) throw new UsageError('--clean removes the sample incident: it goes with --demo')
    return await run(options, host)
  }
  try {
    return await (options.clean === true ? clean(options, host) : runInDemo(options, host, run))
  } catch (error) {
    if (error instanceof FileUnavailable) throw new EnvironmentError(error.message)
    throw error
  }
}

async function runInDemo<Given extends Options>(
  options: Given,
  host: ProgramHost,
  run: (options: Given, host: ProgramHost) => Promise<ExitCode>,
): Promise<ExitCode> {
  const demo = await host.demo.open(options.now ?? null)
  if (demo.note !== null) {
    await writeNote(`${demo.note}. To start it anew: ${[...host.tool, '--demo', '--clean'].map(quoteWord).join(' ')}`, options, host)
  }
  const { client: _client, forge: _forge, recovery, ...rest } = host
  const say = async (line: string): Promise<void> => {
    if (options.quiet !== true) await host.stderr.write(`${escapeControl(line)}\n`)
  }
  const within: ProgramHost = {
    ...rest,
    now: () => demo.now(),
    ...(recovery !== undefined && { recovery: async () => demo.recovery(await recovery(), say) }),
  }
  try {
    return await run({ ...options, root: [demo.root], now: undefined }, within)
  } finally {
    await demo.close()
  }
}

async function clean(options: Options, host: ProgramHost): Promise<ExitCode> {
  const folder = await host.demo.remove()
  await writeNote(folder === null ? 'there is no sample incident to remove' : `removed ${folder}`, options, host)
  return EXIT.done
}
