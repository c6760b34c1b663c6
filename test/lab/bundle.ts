import { noGit } from '../no-git.ts'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { analyze } from '../../src/scan/scan.ts'
import type { ProcessFacts, Processes } from '../../src/ports/host.ts'
import type { AgentReport, Report } from '../../src/report/report.ts'
import type { TerminalReason } from '../../src/reasons/terminal-reason.ts'
import { createFiles } from '../../src/node/files.ts'
import { analyzeOptions } from '../analyze-options.ts'

/** A labelled run of the real client, trimmed by scripts/bundle-lab-runs.mjs. */
export interface Bundle {
  readonly version: string
  readonly scenario: string
  readonly endedAt: string
  readonly killedAt?: string
  readonly truth: {
    readonly agents: readonly TrueAgent[]
    readonly session: { readonly accept: readonly TerminalReason[]; readonly why?: string } | null
  }
  /** By path below `.claude`: the lines of a transcript, or the text of another file. A path that ends in `/` is a folder. */
  readonly files: Readonly<Record<string, readonly string[] | string>>
  /** The locks of worktrees, by path from the folder that stands for the agent's home. */
  readonly locks: Readonly<Record<string, string>>
}

export interface TrueAgent {
  readonly match: { readonly description?: string; readonly agentId?: string; readonly promptContains?: string }
  /** More than one where the transcript cannot tell; `why` says so. */
  readonly accept: readonly TerminalReason[]
  readonly limitKind: readonly string[] | null
  readonly resetsAt: string | null
  readonly why: string
}

/** Where pids mean what they say in the bundles. */
const DOMAIN = `linux:${'0'.repeat(32)}:pid:[4026531836]`
const FOLDER = fileURLToPath(new URL('../../fixtures/lab/', import.meta.url))
const STICKY = ['sessionId', 'agentId', 'isSidechain', 'cwd', 'version', 'gitBranch', 'entrypoint'] as const
const CARRIERS = new Set(['user', 'assistant', 'attachment', 'system'])

export function bundlePaths(): readonly string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .map((path) => join(FOLDER, path))
    .toSorted()
}

export function readBundle(path: string): Bundle {
  return JSON.parse(readFileSync(path, 'utf8')) as Bundle
}

export const bundles: readonly Bundle[] = bundlePaths().map(readBundle)

export interface Parts {
  readonly sessions?: boolean
  readonly locks?: boolean
}

/** Writes a bundle below a folder as the client left it, worktrees moved there too; the result is the client's home. */
export function unpack(bundle: Bundle, folder: string, { sessions = true, locks = true }: Parts = {}): string {
  const home = join(folder, '.claude')
  const moveTimes = (text: string): string => text.replaceAll('/home/dev/app/.claude/worktrees/', `${folder}/app/.claude/worktrees/`)
  const endedAt = new Date(bundle.endedAt)
  for (const [path, content] of Object.entries(bundle.files)) {
    if (path.startsWith('sessions/') && !sessions) continue
    const target = join(home, path)
    mkdirSync(path.endsWith('/') ? target : dirname(target), { recursive: true })
    if (path.endsWith('/')) continue
    const lines = typeof content === 'string' ? content : unpackLines(content)
    writeFileSync(target, moveTimes(typeof lines === 'string' ? lines : lines.map((line) => `${line}\n`).join('')))
    utimesSync(target, endedAt, endedAt)
  }
  for (const [path, text] of Object.entries(locks ? bundle.locks : {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return home
}

/** Gives the records back what a bundle leaves out because it repeats. */
function unpackLines(lines: readonly string[]): readonly string[] {
  const sticky: Record<string, unknown> = {}
  const usages = new Map<unknown, unknown>()
  return lines.map((line) => {
    const record = JSON.parse(line) as Record<string, unknown> & { message?: Record<string, unknown> }
    if (!CARRIERS.has(String(record['type']))) return line
    for (const field of STICKY) {
      if (field in record) sticky[field] = record[field]
      if (sticky[field] === undefined || sticky[field] === null) delete record[field]
      else record[field] = sticky[field]
    }
    const { message } = record
    if (message !== undefined) {
      message['role'] ??= record['type']
      if (record['type'] === 'assistant') {
        message['model'] ??= sticky['model']
        sticky['model'] = message['model']
        message['usage'] ??= usages.get(message['id'])
        usages.set(message['id'], message['usage'])
      }
    }
    return JSON.stringify(record)
  })
}

export function processesOf(inspect: (pid: number) => ProcessFacts, domain: string | null = DOMAIN): Processes {
  return { domain: () => Promise.resolve(domain), inspect: (pid) => Promise.resolve(inspect(pid)) }
}

/** Nobody lives. */
export const GONE = processesOf(() => ({ state: 'gone' }))

export function report(root: string, now: number, processes: Processes = GONE): Promise<Report> {
  return analyze(analyzeOptions({ roots: [root], now }), { files: createFiles(), processes, git: noGit })
}

/** The agent that a label means. Prompts are matched as words, since one role's name may begin another's. */
export function labelled({ agents }: Report, { match }: TrueAgent): AgentReport | undefined {
  const { agentId, description, promptContains } = match
  if (agentId !== undefined) return agents.find((agent) => agent.agentId === agentId)
  if (description !== undefined) return agents.findLast((agent) => agent.description === description)
  const words = [' ', '"', '\\n'].map((end) => `${promptContains}${end}`)
  return agents.findLast(({ transcript: { path } }) => path !== null && words.some((word) => readFileSync(path, 'utf8').includes(word)))
}
