import type { AgentReport, SessionReport, WorkflowReport } from '../report.ts'
import { compare } from '../../text/order.ts'
import { parseInstant } from '../../time/instant.ts'

/** What a bar of the timeline stands for. A session or a run of which only agents are known is null. */
type BarSubject =
  | { readonly kind: 'session'; readonly id: string; readonly session: SessionReport | null }
  | { readonly kind: 'run'; readonly id: string; readonly run: WorkflowReport | null }
  | { readonly kind: 'agent'; readonly id: string; readonly agent: AgentReport }

/** A subject with what it launched. */
interface BarNode {
  readonly of: BarSubject
  /** Where time puts it among its siblings. */
  readonly start: number
  readonly children: BarNode[]
}

/** A subject at its place in the timeline; `parent` and `session` are places in the same list. */
export interface PlacedBar {
  readonly of: BarSubject
  readonly parent: number | null
  readonly session: number
  readonly depth: number
}

/**
 * The subjects in the order of the timeline: every agent below the one that launched it, else below its workflow run, else below
 * its session; siblings by their start.
 */
export function arrangeByParent(
  { sessions, workflows }: { readonly sessions: readonly SessionReport[]; readonly workflows: readonly WorkflowReport[] },
  agents: readonly AgentReport[],
): readonly PlacedBar[] {
  const roots = new Roots(sessions)
  for (const run of workflows) roots.run(run.sessionId, run.runId, run)
  const nodes = agents.map((agent) => ({ of: { kind: 'agent' as const, id: agent.agentId, agent }, start: startOf(agent), children: [] }))
  const byId = new Map<string, BarNode>(nodes.map((node) => [key(node.of.agent.sessionId, node.of.id), node]))
  for (const node of nodes) {
    const { sessionId, parentAgentId } = node.of.agent
    const parent = parentAgentId === null ? undefined : byId.get(key(sessionId, parentAgentId))
    ;(parent ?? roots.homeOf(node.of.agent)).children.push(node)
  }
  // A report may be edited by hand: agents that launched each other hang below no session until they are hung there.
  const reached = new Set<BarNode>()
  for (const root of roots.all()) reach(root, reached)
  for (const node of nodes) {
    if (reached.has(node)) continue
    roots.homeOf(node.of.agent).children.push(node)
    reach(node, reached)
  }
  return flattenTree(roots.all())
}

class Roots {
  readonly #sessions = new Map<string, BarNode>()
  readonly #runs = new Map<string, BarNode>()

  constructor(sessions: readonly SessionReport[]) {
    for (const session of sessions) {
      this.#sessions.set(session.sessionId, {
        of: { kind: 'session', id: session.sessionId, session },
        start: startOf(session),
        children: [],
      })
    }
  }

  all(): readonly BarNode[] {
    return [...this.#sessions.values()]
  }

  run(sessionId: string | null, runId: string, run: WorkflowReport | null): BarNode {
    const known = this.#runs.get(key(sessionId, runId))
    if (known !== undefined) return known
    const node: BarNode = { of: { kind: 'run', id: runId, run }, start: Number.POSITIVE_INFINITY, children: [] }
    this.#runs.set(key(sessionId, runId), node)
    this.#session(sessionId).children.push(node)
    return node
  }

  homeOf({ sessionId, workflowRunId }: AgentReport): BarNode {
    return workflowRunId === null ? this.#session(sessionId) : this.run(sessionId, workflowRunId, null)
  }

  #session(sessionId: string | null): BarNode {
    const id = sessionId ?? ''
    const known = this.#sessions.get(id)
    if (known !== undefined) return known
    const node: BarNode = { of: { kind: 'session', id, session: null }, start: Number.POSITIVE_INFINITY, children: [] }
    this.#sessions.set(id, node)
    return node
  }
}

function key(sessionId: string | null, id: string): string {
  return JSON.stringify([sessionId, id])
}

function startOf({ startedAt, endedAt }: AgentReport | SessionReport): number {
  return parseInstant(startedAt) ?? parseInstant(endedAt) ?? Number.POSITIVE_INFINITY
}

function reach(from: BarNode, reached: Set<BarNode>): void {
  const open = [from]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) continue
    reached.add(node)
    for (const child of node.children) open.push(child)
  }
}

function flattenTree(roots: readonly BarNode[]): readonly PlacedBar[] {
  const all: PlacedBar[] = []
  const seen = new Set<BarNode>()
  const waiting = sortForStack(roots).map((node) => ({ node, parent: null as number | null, session: 0, depth: 0 }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parent, depth } = next
    if (seen.has(node)) continue
    seen.add(node)
    const place = all.length
    const session = parent === null ? place : next.session
    all.push({ of: node.of, parent, session, depth })
    for (const child of sortForStack(node.children)) waiting.push({ node: child, parent: place, session, depth: depth + 1 })
  }
  return all
}

/** The last one first, as a stack is filled. */
function sortForStack(nodes: readonly BarNode[]): readonly BarNode[] {
  return nodes
    .map((node) => ({
      node,
      start: node.of.kind === 'run' ? Math.min(node.start, ...node.children.map(({ start }) => start)) : node.start,
    }))
    .toSorted((a, b) => (a.start === b.start ? compare(b.node.of.id, a.node.of.id) : b.start - a.start))
    .map(({ node }) => node)
}
