import { describeRisk } from '../preserve/rows.ts'
import type { AtRisk, WorktreeReport } from '../worktree/worktree-report.ts'
import { sayableAgent } from './names.ts'

/** Work of an agent that is on no remote. */
export interface WorkLeft {
  /** What it is: `1 commit and 2 new files or folders`. */
  readonly holds: string
  /** How much of it a rescue reference holds; `soon`: another process of ours is about to save it. */
  readonly saved: 'all' | 'some' | 'none' | 'soon'
  /** The reference that holds it, where it may be said. */
  readonly ref: string | null
}

/** The same, as far as git was asked: `unknown`: it gave no answer; `soon`: nor did it, and what is there is being saved; null: nothing is left. */
export type KnownWork = WorkLeft | 'unknown' | 'soon' | null

/** What the worktrees of one agent hold that is on no remote; null: nothing. */
export function workLeftOf(agentId: string | null, rows: readonly WorktreeReport[]): WorkLeft | null {
  const own = rows.filter(({ agents, atRisk }) => agentId !== null && agents.includes(agentId) && atRisk.length > 0)
  const risks = own.flatMap(({ atRisk, saved }) =>
    atRisk.map((risk) => ({ risk, isSaved: saved.some(({ holds }) => holds.includes(risk.what)) })),
  )
  if (risks.length === 0) return null
  const amount = risks.filter(({ isSaved }) => isSaved).length
  const refs = own.flatMap(({ saved }) => saved.map(({ ref }) => ref))
  return {
    holds: joinWords(countRisks(risks.map(({ risk }) => risk))),
    saved: amount === 0 ? 'none' : amount === risks.length ? 'all' : 'some',
    ref: sayableAgent(agentId) !== null && refs.includes(`refs/heads/rescue/${agentId}`) ? `rescue/${agentId}` : null,
  }
}

function countRisks(risks: readonly AtRisk[]): readonly string[] {
  const counts = new Map<AtRisk['what'], number>()
  for (const { what, count } of risks) counts.set(what, (counts.get(what) ?? 0) + count)
  return [...counts].map(([what, count]) => describeRisk({ what, count }))
}

/** `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
