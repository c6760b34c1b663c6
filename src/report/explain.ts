import { Chalk } from 'chalk'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import { TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { clients } from '../clients/index.ts'
import type { View } from './reporter.ts'
import { wrap } from './wrap.ts'

type Look = Pick<View, 'columns' | 'colorLevel'>

/** All that the catalogue knows of one reason. */
export function explainReason(reason: TerminalReason, look: Look): string {
  const { outcome, texts } = TERMINAL_REASONS[reason]
  return layOutEntries(
    [
      [reason, `the agent ended because ${texts.meaning}`],
      ['counts as', outcome],
      ['detection', texts.detection],
      ['look-alikes', texts.lookalikes],
      ...notRecorded(reason),
      ['what to do', texts.action],
      ...(outcome === 'finished' || outcome === 'running' ? [] : [CLOSER]),
    ],
    look,
    '\n',
  )
}

/** Which products write nothing that shows a reason. */
function notRecorded(reason: TerminalReason): readonly (readonly [string, string])[] {
  const names = clients.filter(({ unrecordedReasons }) => unrecordedReasons.includes(reason)).map(({ name }) => name)
  return names.length === 0
    ? []
    : [
        [
          'not recorded',
          names.length === 1
            ? `${names[0]} records nothing that shows it, so none of its agents is judged so.`
            : `${names.join(' and ')} record nothing that shows it, so none of their agents is judged so.`,
        ],
      ]
}

const CLOSER = [
  'see also',
  'The command show tells one agent in full, with its evidence; salvage rebuilds its files where its worktree is gone.',
] as const

/** Every reason with its meaning, in the order of the contract. */
export function explainAll(look: Look): string {
  return layOutEntries(
    TERMINAL_REASON_NAMES.map((reason) => [reason, TERMINAL_REASONS[reason].texts.meaning]),
    look,
    '',
  )
}

function layOutEntries(entries: readonly (readonly [string, string])[], { columns, colorLevel }: Look, between: string): string {
  const chalk = new Chalk({ level: colorLevel })
  const indent = Math.max(...entries.map(([term]) => term.length)) + 2
  return entries
    .map(([term, text]) => {
      const [first = '', ...others] = wrap(text, Math.max(columns - indent, 20))
      return `${[`${chalk.bold(term.padEnd(indent))}${first}`, ...others.map((line) => `${' '.repeat(indent)}${line}`)].join('\n')}\n`
    })
    .join(between)
}
