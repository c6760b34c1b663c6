import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
import { createFiles } from '../../src/node/files.ts'
import { FORMATS } from '../../src/report/index.ts'
import type { AgentReport, Report } from '../../src/report/report.ts'
import { ReportSchema } from '../../src/report/report.ts'
import { analyze } from '../../src/scan/scan.ts'
import { NothingToScan } from '../../src/scan/analyze-options.ts'
import { programHost } from '../cli/fake-host.ts'
import type { TerminalReason } from '../../src/reasons/terminal-reason.ts'
import { findUpgrade } from '../hostile/stories.ts'
import { optionsFor, UNSAFE } from '../hostile/world.ts'
import { noGit } from '../no-git.ts'
import { madeUp } from '../text/secrets.ts'
import { type Home, plant } from './home.ts'
import type { Subject } from './subjects.ts'

/** What must not be, and was. */
export interface Fault {
  /** One of a few words, the same however the damage is cut down. */
  readonly law: string
  readonly told: string
}

/** By agent id the reasons of all agents that have it: short ids may meet by chance. */
export type Verdicts = ReadonlyMap<string, readonly TerminalReason[]>

/** What is known of a home before it is damaged. */
export interface Known {
  readonly agents: Verdicts
  /** Agents that are held for unfinished by the words of their last message alone. */
  readonly announced: ReadonlySet<string>
  /** Agents that are, or once were, `completed` by what their transcripts say. Many scans: asked where it matters. */
  readonly finished: () => Promise<ReadonlySet<string>>
}

/** What was done, as far as it decides what may follow. */
export interface Done {
  /** Only bytes were cut, flipped or put in between. */
  readonly isBytes: boolean
  /** Records may be out of order, or gone. */
  readonly isMoved: boolean
  /** Words of a message may be others. */
  readonly isReworded: boolean
}

export type Look = Pick<Subject, 'now' | 'processes'>

/** No scan of such a small home takes so long, however busy the machine is. Milliseconds. */
const LONGEST_MS = 30_000
export const SECRET = `ghp_${madeUp(36)}`

/** The commands that show what a transcript said. */
export const COMMANDS: readonly (readonly string[])[] = [
  ...FORMATS.map((format) => ['scan', '--all', '--verbose', '--format', format]),
  ['scan'],
  ['worktrees', '--no-git'],
  ['plan', '--no-git'],
  ['plan', '--no-git', '--verbose'],
  ['plan', '--no-git', '--json'],
  ['plan', '--no-git', '--format', 'markdown'],
  ...['sh', 'fish', 'powershell', 'commands', 'prompt', 'json'].map((shell) => ['plan', '--no-git', '--emit', shell]),
  ['show', '<agent>', '--no-git'],
  ['show', '<agent>', '--no-git', '--json'],
  ['show', '<agent>', '--no-git', '--format', 'markdown'],
  ['show', '<session>', '--no-git'],
]

/** The first law that a home breaks; null: none. `commands` are those whose output is looked at. */
export async function check(
  home: Home,
  look: Look,
  known: Known,
  done: Done,
  commands: readonly (readonly string[])[] = COMMANDS,
): Promise<Fault | null> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
  try {
    plant(home, folder, SECRET)
    const from = performance.now()
    const report = await scanned(folder, look, false)
    if (report === null) return null
    const fault = checkReport(report) ?? (await checkVerdicts(report, known, done)) ?? (await checkAgain(folder, look, report))
    if (fault !== null) return fault
    for (const command of commands) {
      const found = await checkOutput(command, folder, look, report)
      if (found !== null) return found
    }
    const took = performance.now() - from
    return took > LONGEST_MS ? { law: 'ends', told: `took ${Math.round(took)} ms` } : null
  } catch (error) {
    return { law: 'no crash', told: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A report of a home; null: there is nothing to report on. */
async function scanned(folder: string, { now, processes }: Look, plain: boolean): Promise<Report | null> {
  try {
    const options = optionsFor(join(folder, 'projects'), { now, timeZone: 'UTC' })
    return await analyze(options, { files: createFiles(), processes, git: noGit }, { plain })
  } catch (error) {
    if (error instanceof NothingToScan) return null
    throw error
  }
}

function checkReport(report: Report): Fault | null {
  const { success, error } = ReportSchema.safeParse(JSON.parse(JSON.stringify(report)))
  if (!success) return { law: 'schema', told: error.message.slice(0, 500) }
  const silent = [...report.agents, ...report.sessions].find(({ evidence }) => evidence.length === 0)
  return silent === undefined ? null : { law: 'evidence', told: `nothing is said of why it is ${silent.reason}` }
}

async function checkVerdicts({ agents, readIssues }: Report, known: Known, { isBytes, isMoved, isReworded }: Done): Promise<Fault | null> {
  for (const agent of agents) {
    const id = agent.agentId ?? ''
    const was = known.agents.get(id) ?? []
    if (agent.reason === 'completed' && !was.includes('completed') && !(isReworded && known.announced.has(id))) {
      // Whoever lost the end of its transcript may be what it was before; fields alone make nobody finish.
      const may = (isBytes || isMoved) && (await known.finished()).has(id)
      if (!may) return { law: 'not completed', told: `${id}: ${was.join() || 'not there'} became completed, ${agent.confidence}` }
    }
    const path = agent.transcript.path
    const [reason] = was
    if (!isBytes || reason === undefined || was.length > 1 || !readIssues.some((issue) => issue.path === path)) continue
    const upgrade = findUpgrade({ reason }, agent)
    if (upgrade !== null) return { law: 'no upgrade', told: `${id}: ${upgrade}` }
  }
  return null
}

async function checkAgain(folder: string, look: Look, report: Report): Promise<Fault | null> {
  const first = JSON.stringify(report)
  const again = JSON.stringify(await scanned(folder, look, false))
  if (again !== first) return { law: 'deterministic', told: difference(first, again) }
  const plain = JSON.stringify(await scanned(folder, look, true))
  return plain === first ? null : { law: 'readers agree', told: difference(first, plain) }
}

function difference(one: string, other: string): string {
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  return [one, other].map((text) => text.slice(Math.max(0, at - 80), at + 80)).join('\n')
}

const LOG_LINE = /^[ \t]*(?:::|##\[|##vso\[|##teamcity\[)/im
const LOG_COMMAND = /##[a-z]{0,20}\[|::(?:error|set-output)[ :]/i
/** What GitHub is told by us: three kinds of line, each in one piece. */
const ANNOTATION = /^::(?:error|warning|notice) (?:[a-z]+=[^:,\n]*,?)*::(?!.*evil-command::)/i

async function checkOutput(words: readonly string[], folder: string, { now }: Look, report: Report): Promise<Fault | null> {
  const ids: Readonly<Record<string, string | null | undefined>> = {
    '<agent>': report.agents.at(0)?.agentId,
    '<session>': report.sessions.at(0)?.sessionId,
  }
  const argv = words.map((word) => (word in ids ? (ids[word] ?? 'none') : word))
  const { host, out, err } = programHost({ filesPort: createFiles(), columns: 100 })
  const end = ['--root', join(folder, 'projects'), '--since', 'all', '--now', new Date(now).toISOString(), '--time-zone', 'UTC']
  const code = await main([...argv, ...end], host)
  const told = `${words.join(' ')}: `
  if (code !== 0 && code !== 2 && code !== 3) return { law: 'exit code', told: `${told}${code} ${err.join('').slice(0, 500)}` }
  for (const [name, text] of [
    ['stdout', out.join('')],
    ['stderr', err.join('')],
  ] as const) {
    const found = checkText(text, words)
    if (found !== null) return { ...found, told: `${told}${name}: ${found.told}` }
  }
  return null
}

/** What may stand in no output. */
export function checkText(text: string, words: readonly string[]): Fault | null {
  const around = (at: number): string => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60))
  const secret = text.indexOf(SECRET)
  if (secret >= 0) return { law: 'no secret', told: around(secret) }
  const unsafe = UNSAFE.exec(text)
  if (unsafe !== null) return { law: 'no control', told: around(unsafe.index) }
  if (words.includes('html')) return null
  const lines = words.includes('github')
    ? text
        .split('\n')
        .filter((line) => !ANNOTATION.test(line))
        .join('\n')
    : text
  const command = LOG_LINE.exec(lines) ?? LOG_COMMAND.exec(lines)
  return command === null
    ? null
    : { law: 'no log command', told: JSON.stringify(lines.slice(Math.max(0, command.index - 60), command.index + 60)) }
}

/** What a whole home says. Who only lives has ended, as far as its transcript says, before its owner is gone. */
export async function learn(home: Home, look: Look): Promise<Known> {
  const agents = await verdictsOf(home, look)
  const alone = await verdictsOf(new Map([...home].filter(([path]) => !path.startsWith('sessions/'))), look)
  const both = new Map(
    [...agents].map(([id, reasons]) => [id, [...reasons, ...(reasons.includes('running') ? (alone.get(id) ?? []) : [])]]),
  )
  let finished: Promise<ReadonlySet<string>> | undefined
  return { agents: both, announced: await findAnnounced(home, look), finished: () => (finished ??= findFinished(home, look)) }
}

async function findAnnounced(home: Home, look: Look): Promise<ReadonlySet<string>> {
  const agents = await agentsIn(home, look)
  return new Set(agents.filter(({ evidence }) => JSON.stringify(evidence).includes('only announces')).map(({ agentId }) => agentId ?? ''))
}

/** The agents that are `completed` behind any line of any file. */
async function findFinished(home: Home, look: Look): Promise<ReadonlySet<string>> {
  const finished = new Set<string>()
  for (const [path, entry] of home) {
    if (!path.endsWith('.jsonl') || !('bytes' in entry)) continue
    for (let end = entry.bytes.indexOf(0x0a); end >= 0; end = entry.bytes.indexOf(0x0a, end + 1)) {
      const part = new Map(home).set(path, { bytes: entry.bytes.subarray(0, end + 1) })
      for (const [id, reasons] of await verdictsOf(part, look)) if (reasons.includes('completed')) finished.add(id)
    }
  }
  return finished
}

async function verdictsOf(home: Home, look: Look): Promise<Verdicts> {
  const verdicts = new Map<string, TerminalReason[]>()
  for (const { agentId, reason } of await agentsIn(home, look))
    verdicts.set(agentId ?? '', [...(verdicts.get(agentId ?? '') ?? []), reason])
  return verdicts
}

async function agentsIn(home: Home, look: Look): Promise<readonly AgentReport[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
  try {
    plant(home, folder, SECRET)
    return (await scanned(folder, look, false))?.agents ?? []
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
