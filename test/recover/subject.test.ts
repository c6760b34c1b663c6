import { describe, expect, test } from 'vitest'
import type { Action } from '../../src/plan/action.ts'
import { describeQuestion, isAtWork, isDone, judgeAttempt, listSubjects } from '../../src/recover/subject.ts'
import type { Report } from '../../src/report/report.ts'
import { BEGIN, MINUTE, plainAction } from './simulation.ts'

const ID = 'a000000000000000a'
const SESSION = '11111111-1111-4111-8111-111111111111'
const at = (minutes: number): string => new Date(BEGIN + minutes * MINUTE).toISOString()
const LIMIT = { kind: 'five_hour', resetsAt: at(300), resetSource: 'structured', text: '' } as const

interface Facts {
  readonly agent?: Partial<Report['agents'][number]> | null
  readonly session?: Partial<Report['sessions'][number]> | null
  readonly item?: Partial<Report['workItems'][number]> | null
  readonly actions?: readonly Action[]
  readonly workflows?: readonly Partial<Report['workflows'][number]>[]
}

function reportOf({ agent, session, item, actions = [], workflows = [] }: Facts): Report {
  const ended = { reason: 'exit_killed', endedAt: at(-5), limit: null }
  return {
    agents:
      agent === null
        ? []
        : [{ agentId: ID, sessionId: SESSION, workflowRunId: null, description: null, label: null, agentType: null, ...ended, ...agent }],
    sessions: session === null ? [] : [{ sessionId: SESSION, ...ended, ...session }],
    workItems: item === null ? [] : [{ attempts: [ID], state: 'open', ...item }],
    workflows,
    plan: { actions },
  } as unknown as Report
}

const agent = { id: ID, isSession: false, title: 'Task' }
const thread = { id: SESSION, isSession: true, title: 'main thread' }

describe('what came of an attempt', () => {
  test.each<[string, Facts, string, string | undefined]>([
    ['a work item that is done', { item: { state: 'done' } }, 'done', undefined],
    ['an agent without a work item that finished', { item: null, agent: { reason: 'completed' } }, 'done', undefined],
    ['an agent at work', { agent: { reason: 'running' } }, 'running', undefined],
    ['no transcript', { agent: null }, 'open', 'its transcript was not found'],
    ['no record since', {}, 'open', 'its parent session did not continue it'],
    [
      'a parent that was refused since',
      { session: { reason: 'rate_limited', endedAt: at(2), limit: LIMIT } },
      'refused',
      'refused by the 5-hour limit',
    ],
    [
      'a parent that was refused before',
      { session: { reason: 'rate_limited', endedAt: at(-2), limit: LIMIT } },
      'open',
      'its parent session did not continue it',
    ],
    ['a parent whose transcript is missing', { session: null }, 'open', 'its parent session did not continue it'],
    ['a refusal', { agent: { reason: 'rate_limited', endedAt: at(2), limit: LIMIT } }, 'refused', 'refused by the 5-hour limit'],
    ['a refusal by no limit that is named', { agent: { reason: 'rate_limited', endedAt: at(2) } }, 'refused', 'refused by the limit'],
    ['another death', { agent: { reason: 'connection_lost', endedAt: at(2) } }, 'open', 'it ended again: connection_lost'],
    [
      'a turn that ended after denied calls, of a session of its own',
      { session: { reason: 'completed', endedAt: at(2) }, item: { attempts: [ID, SESSION] } },
      'open',
      'its calls were denied: allow what it needs in the settings, or name a --permission-mode',
    ],
    [
      'a question about it',
      {
        agent: { reason: 'truncated', endedAt: at(2) },
        actions: [plainAction({ id: `inspect-done-${ID}`, kind: 'inspect', agents: [ID] })],
      },
      'open',
      'it may be done',
    ],
  ])('%s', (_, facts, state, why) => {
    expect(judgeAttempt(agent, 'resume', BEGIN, reportOf(facts))).toEqual(why === undefined ? { state } : { state, why })
  })

  test('a main thread is judged by its session, and a client of its own has no parent', () => {
    expect(judgeAttempt(thread, 'resume_session', BEGIN, reportOf({}))).toEqual({ state: 'open', why: 'the client did nothing for it' })
    expect(judgeAttempt(thread, 'resume_session', BEGIN, reportOf({ session: null }))).toMatchObject({ state: 'open' })
    expect(judgeAttempt(thread, 'resume_session', BEGIN, reportOf({ session: { reason: 'completed' } }))).toEqual({ state: 'done' })
    expect(isAtWork(thread, reportOf({ session: { reason: 'running' } }))).toBe(true)
    expect(isDone(thread, reportOf({ session: null }))).toBe(false)
  })
})

describe('a question', () => {
  test.each([
    [
      'inspect-permission-a',
      'Denied: 1 call. This line allows it: "permissions": { "allow": ["Bash(npm test)"] }.',
      'its calls were denied; this in the settings allows them: "permissions": { "allow": ["Bash(npm test)"] }',
    ],
    ['inspect-unknown-a', '', 'how it ended is uncertain'],
    ['inspect-unsure-a', '', 'how it ended is uncertain'],
    ['inspect-no-way-a', '', 'Title'],
  ])('%s', (id, why, told) => {
    expect(describeQuestion(plainAction({ id, kind: 'inspect', title: 'Title', why }))).toBe(told)
  })
})

describe('the subjects of an action', () => {
  const titleOf = (facts: Facts): string | undefined =>
    listSubjects(plainAction({ id: 'x', kind: 'resume', agents: [ID] }), reportOf(facts))[0]?.title

  test('bear the name that people know', () => {
    expect(titleOf({ agent: { description: 'Port it', label: 'port', agentType: 'worker' } })).toBe('Port it')
    expect(titleOf({ agent: { label: 'port', agentType: 'worker' } })).toBe('port')
    expect(titleOf({ agent: { agentType: 'worker' } })).toBe('worker')
    expect([titleOf({}), titleOf({ agent: null })]).toEqual([ID, ID])
    expect(titleOf({ agent: { label: 'find', workflowRunId: 'wf_1' }, workflows: [{ runId: 'wf_1', name: 'search' }] })).toBe(
      'search: find',
    )
    expect(titleOf({ agent: { label: 'find', workflowRunId: 'wf_1' } })).toBe('wf_1: find')
  })

  test('are the main thread where a session is resumed', () => {
    const action = plainAction({ id: `resume_session-${SESSION}`, kind: 'resume_session', session: SESSION })
    expect(listSubjects(action, reportOf({}))).toEqual([{ id: SESSION, isSession: true, title: 'main thread 11111111' }])
  })
})
