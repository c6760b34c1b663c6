import type { Report } from '../report/report.ts'
import { titleOfAgent } from '../report/work.ts'
import type { Candidate } from '../show/not-found.ts'
import { EnvironmentError, UsageError } from './errors.ts'

/** The beginning of an id matches several things: a table says which. */
export function tellAmbiguous(id: string, candidates: readonly Candidate[], flag = ''): UsageError {
  const or = candidates.some(({ of }) => of !== 'session') ? ', or name its session with --session' : ''
  const message = `${flag}${id} fits ${candidates.length} ids: write more of the one that you mean${or}`
  return new UsageError(message, async (view) => (await import('./candidates-table.ts')).listCandidates(candidates, view))
}

/** What was asked for by name has to be there, and to be one thing: a wrong id must not pass for good news. */
export function refuseNoMatch({ options, agents, sessions, counts }: Report): void {
  refuse('session', options.session, () => sessions.map((each) => ({ of: 'session', id: each.sessionId, what: 'main thread', ...each })))
  // Of agents that are there, --reason may list none.
  const isFiltered = agents.length === 0 && counts.agents + counts.internal > 0
  refuse('agent', isFiltered ? null : options.agent, () =>
    agents.map((each) => ({ of: 'agent', id: each.agentId, what: titleOfAgent(each), ...each })),
  )
  if (options.project !== null && sessions.length === 0)
    throw new EnvironmentError(`no session ran in ${options.project} (--since all reads every transcript)`)
}

function refuse(what: 'session' | 'agent', id: string | null, list: () => readonly Candidate[]): void {
  if (id === null) return
  const all = [...new Map(list().map((each) => [each.id, each])).values()]
  if (all.length === 0) throw new EnvironmentError(`no ${what} ${id} was found (--since all reads every transcript)`)
  if (all.length > 1 && !all.some((each) => each.id === id)) throw tellAmbiguous(id, all, `--${what} `)
}
