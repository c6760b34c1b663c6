import type { ProgramHost, Terminal } from '../ports/host.ts'
import type { ColorLevel } from '../report/reporter.ts'

type Env = ProgramHost['env']

/** How much colour to write: as asked for, then NO_COLOR, then FORCE_COLOR, then what the terminal can show. */
export function colorLevel(env: Env, isTTY: boolean, asked?: boolean): ColorLevel {
  if (asked === true) return terminalLevel(env)
  if (asked === false || (env['NO_COLOR'] ?? '') !== '') return 0
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return parseForcedLevel(forced, env)
  return isTTY && env['TERM'] !== 'dumb' ? terminalLevel(env) : 0
}

function parseForcedLevel(forced: string, env: Env): ColorLevel {
  if (forced === '0' || forced === 'false') return 0
  if (forced === '1' || forced === '2' || forced === '3') return Number(forced) as ColorLevel
  return terminalLevel(env)
}

function terminalLevel(env: Env): ColorLevel {
  if (env['COLORTERM'] === 'truecolor' || env['COLORTERM'] === '24bit') return 3
  return env['TERM']?.includes('256color') === true ? 2 : 1
}

/** How wide to write: the terminal's width, else COLUMNS, else as wide as it gets, since nobody wraps what goes into a pipe. */
export function columnsOf(terminal: Terminal, env: Env): number {
  if (terminal.columns > 0) return terminal.columns
  const columns = Number(env['COLUMNS'])
  return Number.isInteger(columns) && columns > 0 && columns < 10_000 ? columns : Number.POSITIVE_INFINITY
}

/** The same for prose, such as help: in a pipe, too, it is wrapped. */
export function proseColumnsOf(terminal: Terminal, env: Env): number {
  const columns = columnsOf(terminal, env)
  return Number.isFinite(columns) ? columns : USUAL
}

const USUAL = 80
