import type { Incident } from '../../src/incident/incident.ts'
import type { WorkItem } from '../../src/incident/work-item.ts'

/** An incident of which a test says what matters. */
export function incidentWith(rest: Partial<Incident>): Incident {
  return {
    id: 'i1',
    cause: 'rate_limited',
    limit: { kind: 'five_hour', resetsAt: null, resetSource: null, text: 'limit' },
    firstAt: '2026-05-31T19:22:30.000Z',
    lastAt: '2026-05-31T19:27:41.000Z',
    spanMs: 311_000,
    attempts: 5,
    meanIntervalMs: null,
    minIntervalMs: null,
    backoff: null,
    texts: [],
    agents: [],
    sessionIds: [],
    workflowRunIds: [],
    startedAfterKnown: 0,
    countedAgents: 0,
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    toolUses: 0,
    wallClockMs: null,
    reportedAs: null,
    clientFigures: null,
    overAt: null,
    workedPastAt: null,
    builtOn: [],
    summary: '5 refusals',
    ...rest,
  }
}

/** A piece of work of which a test says what matters. */
export function workItemWith(rest: Partial<WorkItem>): WorkItem {
  return {
    id: 'w1',
    title: 'Port the parser',
    attempts: [],
    state: 'open',
    doneBy: null,
    doingBy: null,
    maybeDoneBy: null,
    certainty: 'high',
    joins: [],
    builtOn: [],
    ...rest,
  }
}
