import type { PlanWishes } from '../plan/wishes.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'

/** What to read. Instants in milliseconds since the epoch; null means no bound. */
export interface TreeOptions {
  /** Folders that hold transcripts (`…/projects`). */
  readonly roots: readonly string[]
  readonly now: number
  /** IANA zone for times that a text gives without one, and for the report. */
  readonly timeZone: string
  readonly since: number | null
  readonly until: number | null
  /** Id of a session, or the beginning of one. */
  readonly session: string | null
  /** Of all agents only these; absent: every one. */
  readonly onlyAgents?: ReadonlySet<string>
  readonly toolVersion: string
  /** Where transcripts are looked for without `--root`; absent: wherever a path looks like such a place. */
  readonly usualRoots?: readonly string[]
  /** Id of the one client whose transcripts are read; absent: those of all. */
  readonly client?: string
}

/** What to scan. Instants in milliseconds since the epoch; null means no bound. */
export interface AnalyzeOptions extends TreeOptions {
  /** Absolute path of a project: its sessions are those whose records ran in it or below. */
  readonly project: string | null
  /** Id of an agent, or the beginning of one. */
  readonly agent: string | null
  readonly reasons: readonly TerminalReason[]
  readonly excerpts: boolean
  /** False: git is not asked at all. */
  readonly git: boolean
  /** True: no remote is contacted. */
  readonly offline: boolean
  /** For all of git, remotes and forges; milliseconds. Absent: each question has its own time. */
  readonly gitTimeoutMs?: number
  /** What the plan is to be like; absent: as a scan shows it. */
  readonly plan?: PlanWishes
}

/** No root could be read: there is nothing to report on. `looked` are the places. */
export class NothingToScan extends Error {
  readonly looked: readonly string[]
  constructor(looked: readonly string[]) {
    super(`no transcripts at ${looked.join(', ')}`)
    this.looked = looked
  }
}
