import type { ProgramHost } from '../ports/host.ts'
import { OutputRefused } from '../ports/host.ts'
import { jsonText } from '../report/json-text.ts'
import { salvageScreen } from '../salvage/screen.ts'
import { CannotRebuild, NoSuchTarget, type Salvage, salvage as rebuild } from '../salvage/salvage.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { absolute, rootsOf } from './paths.ts'
import type { SalvageCommandOptions } from './program.ts'
import { writeNotice, writeNote } from './stderr.ts'
import { TOOL_VERSION } from './version.ts'
import { colorLevel, columnsOf } from './view.ts'

/** `salvage`: rebuilds what agents wrote below `--out`, and says how sure each file is. */
export async function salvage(id: string, options: SalvageCommandOptions, host: ProgramHost): Promise<ExitCode> {
  const out = absolute(options.out, host)
  const { manifest, manifestRefused } = await rebuilt(id, out, options, host)
  const timeZone = host.timeZone
  const view = {
    columns: columnsOf(host.stdout, host.env),
    colorLevel: colorLevel(host.env, host.stdout.isTTY, options.color),
    all: true,
    verbose: options.verbose === true,
    timeZone,
    now: host.now(),
  }
  const chunks = options.json === true ? [`${jsonText(manifest, 2)}\n`] : salvageScreen(manifest, view)
  for (const chunk of chunks) if (!(await host.stdout.write(chunk))) return EXIT.done
  const missing = manifest.agents.flatMap(({ files }) => files.filter(({ notStored }) => notStored !== null))
  if (manifestRefused !== null) await writeNotice(`manifest.json could not be written: ${manifestRefused}; print it with --json`, host)
  if (missing.length > 0) {
    await writeNotice(
      `${missing.length} of the files could not be written: ${missing[0]?.notStored ?? ''} (notStored in the manifest)`,
      host,
    )
  }
  if (missing.length > 0 || manifestRefused !== null) return EXIT.failed
  if (options.json === true) await writeNote(`wrote ${out}`, options, host)
  return EXIT.done
}

async function rebuilt(id: string, out: string, options: SalvageCommandOptions, host: ProgramHost): Promise<Salvage> {
  const question = {
    roots: rootsOf(options.root, host),
    target: id,
    session: options.session ?? null,
    tree: options.tree === true,
    git: options.git,
    timeZone: host.timeZone,
    toolVersion: TOOL_VERSION,
  }
  try {
    return await rebuild(question, host, () => host.outputFolder(out))
  } catch (error) {
    if (error instanceof NoSuchTarget) {
      const more =
        error.candidates.length === 0
          ? `; looked in ${(error.looked.length > 0 ? error.looked : question.roots).join(', ')}`
          : `: ${error.candidates.join(', ')}`
      throw new UsageError(`${error.message}${more}`)
    }
    if (error instanceof CannotRebuild) throw new EnvironmentError(`${id}: ${error.message}`)
    if (error instanceof OutputRefused) throw new EnvironmentError(`cannot write to ${out}: ${REFUSED[error.code] ?? error.code}`)
    throw error
  }
}

const REFUSED: Readonly<Record<string, string>> = {
  not_empty: 'it is not empty; name a new folder',
  unfinished: 'a salvage that was cut off left files there; remove them, or name a new folder',
  is_a_link: 'a link stands in its place',
  ENOENT: 'the folder above it does not exist',
  ENOTDIR: 'it is a file',
}
