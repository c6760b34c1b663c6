import { Ambiguous, NotFound } from '../show/not-found.ts'
import type { Host, ProgramHost } from '../ports/host.ts'
import type { ShowDocument } from '../show/document.ts'
import type { ShowFormat } from '../show/output/index.ts'
import { SHOW_FORMATS, SHOW_REPORTERS } from '../show/output/index.ts'
import { count } from '../report/words.ts'
import type { ShowOptions } from '../show/show.ts'
import { tellAmbiguous } from './ambiguous.ts'
import { deliverText, formatOf } from './deliver.ts'
import { EnvironmentError, UsageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { parseFailOn } from './fail-on.ts'
import type { ShowCommandOptions } from './program.ts'
import { analyzeOptions, resolveExitCode, runWithProgress } from './scan.ts'

/** The job of `show`, as `src/show/show.ts` exports it; tests pass another. */
export type Show = (options: ShowOptions, host: Host) => Promise<ShowDocument>

/** `show`: one agent, session or workflow run in full. */
export async function showOne(id: string, options: ShowCommandOptions, host: ProgramHost, show: Show): Promise<ExitCode> {
  const format = formatOf(options)
  if (!isShowFormat(format)) throw new UsageError(`show has no format ${format}; it has ${SHOW_FORMATS.join(', ')}`)
  parseFailOn(options.failOn, options.git)
  const question = analyzeOptions(options, host)
  const document = await runWithProgress(options, host, async (watchedHost) => await runShow({ ...question, id }, watchedHost, show))
  const reporter = await SHOW_REPORTERS[format]()
  if (!(await deliverText((view) => reporter.render(document, view), document, options, question, host))) return EXIT.done
  // The document of an agent has its session, too, but how that ended is not the question.
  return await resolveExitCode(document.of === 'agent' ? { ...document, sessions: [] } : document, options, host)
}

function isShowFormat(format: string): format is ShowFormat {
  return Object.hasOwn(SHOW_REPORTERS, format)
}

/** Runs `show`, and says in words for a person why an id has no answer. */
async function runShow(question: ShowOptions, host: Host, show: Show): Promise<ShowDocument> {
  try {
    return await show(question, host)
  } catch (error) {
    if (error instanceof NotFound) {
      const { roots, transcripts } = error.looked
      throw new EnvironmentError(
        `no agent, session or workflow run has an id that begins with ${question.id}; searched ${count(transcripts, 'transcript')} below ${roots.join(' and ')}${filterWords(question)}`,
      )
    }
    if (error instanceof Ambiguous) throw tellAmbiguous(question.id, error.candidates)
    throw error
  }
}

function filterWords({ session, agent, project, since, until, reasons }: ShowOptions): string {
  const filters = [
    session !== null && '--session',
    agent !== null && '--agent',
    project !== null && '--project',
    since !== null && '--since',
    until !== null && '--until',
    reasons.length > 0 && '--reason',
  ].filter((name) => name !== false)
  return filters.length === 0 ? '' : `, as narrowed by ${filters.join(' and ')}`
}
