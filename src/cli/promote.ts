import type { ProgramHost } from '../ports/host.ts'
import type { Promotion } from '../promote/promote.ts'
import { jsonText } from '../report/json-text.ts'
import { placeWords, quoteWord } from '../report/typed.ts'
import { wrap } from '../report/wrap.ts'
import { count } from '../report/words.ts'
import { escapeControl } from '../text/escape.ts'
import { quoteSh, shellWord } from '../text/shell-word.ts'
import { EnvironmentError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import { EXIT } from './exit-code.ts'
import { absolute, rootsOf } from './paths.ts'
import type { PromoteOptions } from './options.ts'
import { typistOf } from './repeated.ts'
import { writeNotice } from './stderr.ts'
import { proseColumnsOf } from './view.ts'

/** `promote`: says what it would write; with `--write` it does. */
export async function promote(agent: string, options: PromoteOptions, host: ProgramHost): Promise<ExitCode> {
  const job = await import('../promote/promote.ts')
  let promotion: Promotion
  try {
    promotion = await job.promote(
      {
        roots: rootsOf(options.root, host),
        agent,
        write: options.write === true,
        expect: options.expect ?? null,
        folder: options.folder === undefined ? null : absolute(options.folder, host),
        now: host.now(),
        timeZone: host.timeZone,
      },
      host,
    )
  } catch (error) {
    if (error instanceof job.CannotPromote) throw new EnvironmentError(`cannot promote ${agent}: ${error.message}`)
    // A full disk or a missing right is told by the system's code, and is no bug of ours.
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      throw new EnvironmentError(`cannot promote ${agent}: ${error.code}`)
    }
    throw error
  }
  const columns = proseColumnsOf(host.stdout, host.env)
  const text =
    options.json === true ? `${jsonText(promotion, 2)}\n` : describePromotion(promotion, columns, writeCommand(agent, options, host))
  await host.stdout.write(text)
  if (options.demo === true && options.json !== true) await writeNotice('claude knows no session of the sample incident', host)
  return EXIT.done
}

const STATES = {
  planned: 'Nothing is written yet. The session would be',
  written: 'Written:',
  exists: 'It was promoted before; this was left as it is:',
} as const satisfies Record<Promotion['state'], string>

/** The same command with leave to write. */
function writeCommand(agent: string, options: PromoteOptions, host: ProgramHost): string {
  const { expect, folder } = options
  return [
    ...host.tool,
    'promote',
    agent,
    '--write',
    ...placeWords(rootsOf(options.root, host), typistOf({}, host)),
    ...(folder === undefined ? [] : ['--folder', absolute(folder, host)]),
    ...(expect === undefined ? [] : ['--expect', expect]),
  ]
    .map(quoteWord)
    .join(' ')
}

/** What was, or would be, written, the command that writes it, and the one that opens it. */
export function describePromotion(promotion: Promotion, columns: number, write: string): string {
  const { agentId, reason, state, path, records, bytes, leftOut, notes, sessionId } = promotion
  const left = [
    ...(leftOut.errors > 0 ? [count(leftOut.errors, 'error record')] : []),
    ...(leftOut.markers > 0 ? [count(leftOut.markers, 'interrupt marker')] : []),
    ...(leftOut.thoughts > 0 ? [count(leftOut.thoughts, 'thought')] : []),
    ...(leftOut.openCalls.length > 0
      ? [`${count(leftOut.openCalls.length, 'call')} without an answer (${[...new Set(leftOut.openCalls)].join(', ')})`]
      : []),
    ...(leftOut.lostCalls > 0 ? [`${count(leftOut.lostCalls, 'answer')} without a call`] : []),
    ...(leftOut.damagedLines > 0 ? [count(leftOut.damagedLines, 'damaged line')] : []),
  ]
  const command = commandFor(promotion)
  return [
    ...wrap(escapeControl(`agent ${agentId}: ${reason}`), columns),
    ...wrap(
      escapeControl(`${STATES[state]} session ${sessionId}, ${count(records, 'record')}, ${bytes} bytes, only for you to read:`),
      columns,
    ),
    `  ${escapeControl(path)}`,
    ...(left.length === 0 ? [] : wrap(escapeControl(`Left out: ${left.join(', ')}.`), columns)),
    ...notes.flatMap((note) => wrap(escapeControl(note), columns)),
    ...wrap('The agent’s own transcript stays as it is. Its parent session does not hear of what this one does.', columns),
    '',
    ...(state === 'planned' ? ['This writes it:', `  ${write}`, 'Then this opens it:'] : ['This opens it:']),
    command === null ? `  the folder has a name that cannot be written for a shell: ${jsonText(promotion.folder)}` : `  ${command}`,
    '',
  ].join('\n')
}

/** The command for a POSIX shell; null where the folder cannot be written for one without a doubt. */
function commandFor({ command: { cwd, argv } }: Promotion): string | null {
  if (escapeControl(cwd) !== cwd) return null
  return `cd ${quoteSh(cwd)} && ${argv.map(shellWord).join(' ')}`
}
