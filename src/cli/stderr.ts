import type { ProgramHost } from '../ports/host.ts'
import { escapeControl } from '../text/escape.ts'
import type { OutputOptions } from './options.ts'

/** Tells a person something about the run, on standard error, in one line. */
export async function writeNotice(text: string, host: ProgramHost): Promise<void> {
  await host.stderr.write(`agent-forensics: ${escapeControl(text)}\n`)
}

/** As `complain`, but only worth saying without `--quiet`. */
export async function writeNote(text: string, { quiet }: OutputOptions, host: ProgramHost): Promise<void> {
  if (quiet !== true) await writeNotice(text, host)
}
