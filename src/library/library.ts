import { TOOL_VERSION } from '../cli/version.ts'
import { defaultRoots } from '../clients/index.ts'
import { currentFolder, findSurroundings } from '../node/home.ts'
import { createMachine } from './machine.ts'
import { hostZone } from '../node/program-host.ts'
import type { Host } from '../ports/host.ts'
import type { Report } from '../report/report.ts'
import { analyze } from '../scan/scan.ts'
import type { AnalyzeOptions } from '../scan/analyze-options.ts'
import type { ShowDocument } from '../show/document.ts'
import { show as showThing } from '../show/show.ts'

const WEEK_MS = 7 * 24 * 60 * 60_000
const GIT_TIMEOUT_MS = 60_000

/** What to scan; whatever is left out is as on the command line. */
export type ScanOptions = Partial<Omit<AnalyzeOptions, 'toolVersion' | 'usualRoots'>>

/** This machine, read only: its files, its processes, its git, and the tools of forges that are logged in. */
export function createHost(): Host {
  const { files, processes, git, forge } = createMachine(findSurroundings().env)
  return { files, processes, git, forge }
}

/**
 * The report of `agent-forensics scan --json`, as an object. Changes nothing on disk; unless `offline` is set, remotes are asked what they
 * have. Throws `NothingToScan` where there are no transcripts.
 */
export async function scan(options: ScanOptions = {}, host: Host = createHost()): Promise<Report> {
  return await analyze(withDefaults(options), host)
}

/**
 * The document of `agent-forensics show <id> --json`: one agent, session or workflow run in full. An id may be cut short. Throws `NotFound`,
 * `Ambiguous`, or `NothingToScan` where there are no transcripts.
 */
export async function show(id: string, options: ScanOptions = {}, host: Host = createHost()): Promise<ShowDocument> {
  return await showThing({ ...withDefaults(options), id }, host)
}

function withDefaults(options: ScanOptions): AnalyzeOptions {
  const now = options.now ?? Date.now()
  const usualRoots = defaultRoots({ ...findSurroundings(), cwd: currentFolder() })
  return {
    roots: usualRoots,
    now,
    timeZone: hostZone(),
    since: now - WEEK_MS,
    until: null,
    project: null,
    session: null,
    agent: null,
    reasons: [],
    excerpts: true,
    git: true,
    offline: false,
    gitTimeoutMs: GIT_TIMEOUT_MS,
    ...options,
    usualRoots,
    toolVersion: TOOL_VERSION,
  }
}
