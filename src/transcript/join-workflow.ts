import type { WorkflowCall, WorkflowRun } from '../facts/session.ts'
import type { WorkflowFiles } from './read-tree.ts'

/** One workflow run from its journal, which knows how far each call got, and its summary, which is written at the end. */
export function joinWorkflow(files: WorkflowFiles): WorkflowRun {
  const calls = new Map<string, { -readonly [K in keyof WorkflowCall]: WorkflowCall[K] }>()
  const nameless: WorkflowCall[] = []
  for (const { agentId, label, key, type } of files.journal) {
    const call = calls.get(agentId) ?? {
      runId: files.runId,
      agentId,
      label: null,
      key: null,
      queuedAt: null,
      journal: null,
      state: null,
      outcome: null,
      error: null,
      attempt: null,
      path: files.journalPath ?? files.summaryPath ?? '',
    }
    call.label ??= label
    call.key ??= key
    call.journal = type
    calls.set(agentId, call)
  }
  for (const { agentId, label, queuedAt, state, outcome, error, attempt } of files.summary?.agents ?? []) {
    const path = files.summaryPath ?? ''
    const unjournaled = { runId: files.runId, agentId, label, key: null, queuedAt, journal: null, state, outcome, error, attempt, path }
    if (agentId === null) {
      nameless.push(unjournaled)
      continue
    }
    const call = calls.get(agentId) ?? unjournaled
    call.label ??= label
    call.queuedAt = queuedAt
    call.state = state
    call.outcome = outcome
    call.error = error
    call.attempt = attempt
    call.path = path
    calls.set(agentId, call)
  }
  // The summary of a resumed run names the calls of that start only; their first attempts have the same keys.
  const labels = new Map([...calls.values()].flatMap(({ key, label }) => (key === null || label === null ? [] : [[key, label] as const])))
  for (const call of calls.values()) call.label ??= labels.get(call.key ?? '') ?? null
  return {
    runId: files.runId,
    sessionId: files.sessionId,
    name: files.summary?.name ?? null,
    scriptPath: files.summary?.scriptPath ?? files.scriptPath,
    status: files.summary?.status ?? null,
    reachedEnd: files.summary?.reachedEnd ?? false,
    startedAt: files.summary?.startedAt ?? null,
    figures: files.summary?.figures ?? null,
    failures: files.summary?.failures ?? [],
    calls: [...calls.values(), ...nameless],
  }
}
