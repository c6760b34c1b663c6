import type { Word, WordOutcome } from './record.ts'
import type { Activity, Placed, PlacedWord, ProcessStart, Refusal, Run } from './run.ts'

/** A process that owned a session or an agent, as a registry entry or a worktree's lock names it. */
export interface Owner {
  readonly source: 'registry' | 'lock'
  /** The file that names it. */
  readonly path: string
  readonly pid: number
  /**
   * `alive`: this very process lives. `gone`: it ended (no such pid, or the pid was given to another process).
   * `elsewhere`: its pid was given by another machine or pid namespace, so that nothing can be said. `unknown`: could not be asked.
   */
  readonly state: 'alive' | 'gone' | 'elsewhere' | 'unknown'
  /**
   * Where it may live although nothing proves it: `here`, since this machine has such a process or does not tell; `elsewhere`, since another
   * system shares the folder. Absent: nowhere, or that is proven.
   */
  readonly mayLive?: 'here' | 'elsewhere'
  /** Milliseconds since the epoch; null when not known. */
  readonly startedAt: number | null
  /** The background job that the process is; null: a person has it in a terminal, or nothing tells. */
  readonly jobId: string | null
  /** The client's own status word (`busy`, `idle`, `waiting`), null when it gives none. */
  readonly status: string | null
  readonly statusSince: number | null
  /** When the client wrote the entry last. Milliseconds since the epoch; absent or null: not known. */
  readonly updatedAt?: number | null
}

/** Who owns what, as far as anything outside the transcripts says so. */
export interface Owners {
  readonly bySession: ReadonlyMap<string, readonly Owner[]>
  readonly byAgent: ReadonlyMap<string, Owner>
  /** The background jobs that have a session open, by session. */
  readonly jobs: ReadonlyMap<string, string>
  /** The owners of worktrees that were made for sessions, by path. */
  readonly byWorktree: ReadonlyMap<string, Owner>
  /** Whether a registry of live sessions could be read: only then its silence means something. */
  readonly registryRead: boolean
  /** Whether the registry shows that its sessions ran on this machine, so that their pids mean something here. */
  readonly isThisMachine: boolean
}

/** Everything that is known of one session: its main thread, its agents, its processes, and what was said about whom. */
export interface Session {
  readonly format: string
  readonly sessionId: string | null
  /** null: the main transcript is missing. */
  readonly main: Run | null
  readonly agents: readonly Run[]
  readonly owners: readonly Owner[]
  /** The background job that has it open; null: none is known. */
  readonly job: string | null
  /** Whether a registry of live sessions could be read: only then its silence means something. */
  readonly registryRead: boolean
  /** Stretches of activity of all transcripts together. */
  readonly activity: readonly Activity[]
  readonly processStarts: readonly ProcessStart[]
  readonly refusals: readonly Refusal[]
  readonly agentsKilled: readonly Placed[]
  /** Where the person cut off the main thread. */
  readonly interrupts: readonly Placed[]
  /** What the client said of agents and runs that it killed, delivered or not. */
  readonly killNotices: readonly PlacedWord[]
  /** Where the client told that the budget of the session was spent; null: nowhere. */
  readonly overBudget: Placed | null
  /** When the client said, to us alone, that its process ends; absent: it did not. Milliseconds since the epoch. */
  readonly endHeardAt?: number
}

/** What a client says at this moment, before it stands in any file. */
export interface Heard {
  readonly sessionId: string
  /** The transcript of its main thread, absolute. */
  readonly transcript: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What it says of the ends of agents and workflow runs. */
  readonly words: readonly Word[]
  /** Whatever process had the session until now has ended. */
  readonly ownerEnded: boolean
}

/** What a workflow's own files say of one of its calls. */
export interface WorkflowCall {
  readonly runId: string
  readonly agentId: string | null
  readonly label: string | null
  /** The same for every attempt at one call of the script; two calls in the same words have two (2.1.156, 2.1.329). */
  readonly key: string | null
  /** When the script asked for it, in milliseconds; null: only the summary of a finished run tells. */
  readonly queuedAt: number | null
  /** The last word of the journal: `started`, `result` or `failed`; null: only the summary names it. */
  readonly journal: 'started' | 'result' | 'failed' | null
  /** The summary's word (`done`, `error`, …) and its error text. */
  readonly state: string | null
  /** What that word means. */
  readonly outcome: WordOutcome | null
  readonly error: string | null
  /** Which try of the call the summary names, counted from 1. */
  readonly attempt: number | null
  readonly path: string
}

/** One workflow run, from its journal and its summary. */
export interface WorkflowRun {
  readonly runId: string
  readonly sessionId: string | null
  readonly name: string | null
  readonly scriptPath: string | null
  readonly status: string | null
  /** Its script came to its end through all of its phases: no other calls are to be expected. */
  readonly reachedEnd: boolean
  /** Milliseconds since the epoch; of the latest start, when the run was resumed. */
  readonly startedAt: number | null
  /** What the client counted: of each agent its last answered request; 2.1.156 leaves out whoever was refused then. */
  readonly figures: { readonly agents: number; readonly tokens: number; readonly toolUses: number; readonly durationMs: number } | null
  /** Why calls failed, in the client's words. `label`: of the call, where it is named (2.1.329). */
  readonly failures: readonly { readonly label: string | null; readonly text: string }[]
  readonly calls: readonly WorkflowCall[]
}

/** What is known about one run from outside its own transcript. */
export interface RunContext {
  readonly session: Session
  /** Words about this run, in the order in which they were written. */
  readonly words: readonly PlacedWord[]
  /** Stops that name it. */
  readonly stops: readonly Placed[]
  /** How its launch was answered, when it was refused. */
  readonly refusedLaunch: (Placed & { readonly text: string }) | null
  /** Its own owner, where a worktree's lock names one. */
  readonly lock: Owner | null
  /** Commands and monitors that it left in the background, and that nobody was told are over. */
  readonly openTasks: Run['backgroundTasks']
  /** Children of this run that have no end yet. */
  readonly openChildren: readonly string[]
  readonly workflowCall: WorkflowCall | null
  /** Milliseconds since the epoch. */
  readonly now: number
}
