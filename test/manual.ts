import type { Command } from 'commander'
import { TOOL_VERSION } from '../src/cli/version.ts'
import { joinOptions, listOffers } from '../src/cli/completion/words.ts'

// docs/agent-forensics.1, from what help is made of. Each option stands once: what it means for one command alone, that command's help says.

/** A line of text, for troff: no hyphenation, and no line that is a request. */
function troff(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll('’', "'")
    .replaceAll('…', '...')
    .replaceAll(/^([.'])/gm, String.raw`\&$1`)
}

const bold = (text: string): string => String.raw`\fB${troff(text)}\fR`

export function manualPage(commands: readonly Command[]): string {
  const offers = listOffers(commands)
  const flags = new Map(commands.flatMap(({ options }) => options.map(({ long, flags: all }) => [long, all] as const)))
  const usage = new Map(commands.map((command) => [command.name(), command.registeredArguments.map((each) => each.name()).join(' ')]))
  const options = joinOptions(
    offers.map((offer) => ({ ...offer, options: offer.options.map((option) => ({ ...option, value: undefined })) })),
  )
  return [
    `.TH AGENT\\-FORENSICS 1 "" "agent\\-forensics ${TOOL_VERSION}"`,
    '.SH NAME',
    String.raw`agent\-forensics \- how every sub\-agent of Claude Code or Codex really ended, what work is at risk, and how to get both back`,
    '.SH SYNOPSIS',
    `${bold('agent-forensics')} [${String.raw`\fIcommand\fR`}] [${String.raw`\fIoptions\fR`}]`,
    '.SH DESCRIPTION',
    troff('Reads the transcripts of Claude Code and says of every agent how it ended, with the evidence. Without a command it is scan.'),
    '.SH COMMANDS',
    ...offers.flatMap(({ name, description }) => [
      '.TP',
      `${bold(name)} ${String.raw`\fI${troff(usage.get(name) ?? '')}\fR`}`,
      troff(description),
    ]),
    '.SH OPTIONS',
    troff('Not every command has every option: agent-forensics <command> --help shows those of one, with examples and its exit codes.'),
    ...options.flatMap(({ names, description }) => ['.TP', bold(flags.get(names.at(-1) ?? '') ?? names.join(', ')), troff(description)]),
    '.SH EXIT STATUS',
    troff(
      '0 done; 1 --fail-on matched, or something is left open; 2 wrong usage; 3 it could not be done; 70 a bug; 130 interrupted. hook: always 0.',
    ),
    '.SH ENVIRONMENT',
    ...[
      ['CLAUDE_CONFIG_DIR', 'where the client keeps its files (default: ~/.claude)'],
      ['NO_COLOR, FORCE_COLOR', 'no colour, or colour everywhere'],
      ['XDG_STATE_HOME', 'where journals, and what hooks have told, are kept (default: ~/.local/state)'],
    ].flatMap(([name = '', means = '']) => ['.TP', bold(name), troff(means)]),
    '',
  ].join('\n')
}
