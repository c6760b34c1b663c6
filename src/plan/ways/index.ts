import type { Candidate, PlanSettings } from '../candidate.ts'

/** How an agent is got back. */
export interface Taken {
  readonly kind: 'resume' | 'resume_workflow' | 'promote' | 'redispatch'
  readonly title: string
  readonly why: string
  readonly commands: readonly { readonly cwd: string; readonly argv: readonly string[] }[]
  readonly preconditions: readonly string[]
  readonly risk: string
  readonly cost: string
}

/** The way back of one agent; `taken` is null where there is none. */
export interface WayBack {
  readonly taken: Taken | null
  readonly notTaken: readonly { readonly way: string; readonly why: string }[]
}

/** The way back for one agent: here always a successor that reads its brief. */
export function wayBack({ judged: { run } }: Candidate, _settings: PlanSettings): WayBack {
  const id = run.agentId
  if (id === null || run.path === null || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id)) {
    return { taken: null, notTaken: [{ way: 'redispatch', why: 'it left no transcript that a brief could be made of' }] }
  }
  const cwd = run.worktreePath ?? run.cwd ?? '/'
  return {
    taken: {
      kind: 'redispatch',
      title: `Dispatch a successor of agent ${id}`,
      why: 'A successor starts from the brief of what is done and what remains.',
      commands: [
        { cwd, argv: ['claude', `Continue the work of agent ${id}. Its brief: run agent-forensics show ${id} --format markdown`] },
      ],
      preconditions: ['claude is installed and logged in'],
      risk: 'it may do again what was done',
      cost: 'as much as a new agent',
    },
    notTaken: [],
  }
}

/** Candidates with the way that was found for each. */
export interface Chosen {
  readonly candidate: Candidate
  readonly taken: Taken
}

/** One action: everything that one start of the client does at once. */
export interface Joined {
  readonly taken: Taken
  readonly candidates: readonly Candidate[]
}

/** Joins what one start of the client can do: here everybody goes alone. */
export function joinBySession(chosen: readonly Chosen[], _settings: PlanSettings, _batch: number): readonly Joined[] {
  return chosen.map(({ candidate, taken }) => ({ taken, candidates: [candidate] }))
}
