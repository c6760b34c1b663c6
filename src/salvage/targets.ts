import { type Files, FileUnavailable } from '../ports/host.ts'
import { compare } from '../text/order.ts'
import type { Source } from '../clients/client.ts'
import type { Discovery } from '../transcript/discover-sources.ts'
import { openTranscript } from '../transcript/open-transcript.ts'

/** Nothing, or more than one thing, goes by the name that was given. `candidates` go by it; `looked`: the folders that hold no other. */
export class NoSuchTarget extends Error {
  readonly candidates: readonly string[]
  readonly looked: readonly string[]
  constructor(target: string, candidates: readonly string[], looked: readonly string[]) {
    super(
      candidates.length === 0
        ? `no agent, session or workflow run begins with ${target}`
        : `${target} is the beginning of more than one id`,
    )
    this.candidates = candidates
    this.looked = looked
  }
}

/** An agent, or a session's main thread, by its transcripts: the one that was written last is the last. */
export interface Target {
  readonly agentId: string | null
  readonly sources: readonly Source[]
}

/** The agents that a name stands for: one, those of a session with its main thread, or those of a workflow run. */
export async function targetsOf(
  { target, session }: { readonly target: string; readonly session: string | null },
  { sources, roots }: Pick<Discovery, 'sources' | 'roots'>,
  files: Files,
): Promise<readonly Target[]> {
  const isOf = (sessionId: string | null): boolean => session === null || sessionId === null || sessionId.startsWith(session)
  const agents = sources.flatMap((source) => (source.of.role === 'agent' && isOf(source.of.sessionId) ? [{ source, of: source.of }] : []))
  const mains = sources.flatMap((source) => (source.of.role === 'main' && isOf(source.of.sessionId) ? [{ source, of: source.of }] : []))
  const runs = new Set(agents.flatMap(({ of }) => (of.workflowRunId?.startsWith(target) === true ? [of.workflowRunId] : [])))
  const ids = new Set(agents.flatMap(({ of }) => (of.agentId.startsWith(target) ? [of.agentId] : [])))
  const sessions = new Set(mains.flatMap(({ of }) => (of.sessionId?.startsWith(target) === true ? [of.sessionId] : [])))
  const named = [...ids, ...runs, ...sessions]
  const exact = named.filter((id) => id === target)
  const [id, ...others] = exact.length > 0 ? exact : named
  if (id === undefined || others.length > 0) throw new NoSuchTarget(target, named.slice(0, 10), roots)
  const wanted = agents.filter(({ of }) => (ids.has(id) ? of.agentId === id : runs.has(id) ? of.workflowRunId === id : of.sessionId === id))
  if (sessions.has(id)) {
    // Agents of 2.0.x lie beside their session, and only their records tell whose they are.
    for (const each of agents.filter(({ of }) => of.sessionId === null)) {
      if ((await headOf(each.source, files)).includes(`"sessionId":"${id}"`)) wanted.push(each)
    }
  }
  const byId = new Map<string, Source[]>()
  for (const { source, of } of wanted) byId.set(of.agentId, [...(byId.get(of.agentId) ?? []), source])
  const main = mains.filter(({ of }) => sessions.has(id) && of.sessionId === id).map(({ source }) => source)
  return [
    ...(main.length === 0 ? [] : [{ agentId: null, sources: oldestFirst(main) }]),
    ...[...byId].map(([agentId, list]): Target => ({ agentId, sources: oldestFirst(list) })),
  ]
}

/** The beginning of a transcript, as text. */
async function headOf(source: Source, files: Files): Promise<string> {
  try {
    const file = await openTranscript(source, files)
    try {
      for await (const chunk of file.chunks()) return new TextDecoder().decode(chunk.subarray(0, 65_536))
      return ''
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof FileUnavailable) return ''
    throw error
  }
}

function oldestFirst(sources: readonly Source[]): readonly Source[] {
  return sources.toSorted((a, b) => a.modifiedAt - b.modifiedAt || compare(a.path, b.path))
}
