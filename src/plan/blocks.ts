import { type AnsweredAfter, answersIn, isAbout, loginOf, modelOfLimit, proofFrom } from '../incident/answers.ts'
import { type Client, clientOf } from '../clients/client.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { Limit } from '../facts/limit.ts'
import { LIMIT_WORDS } from '../facts/limit-words.ts'
import type { Run } from '../facts/run.ts'
import { findResetEnd, refusesAfterReset } from '../reasons/limit-reset.ts'
import { TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { isPlainId } from '../text/plain.ts'
import { plural } from '../text/plural.ts'
import { formatInstant } from '../time/instant.ts'
import { draft, type Draft } from './draft.ts'
import { markOf, wordOf } from '../text/word.ts'

/** Something that stands in the way of every agent it applies to, until time or a person takes it away. */
export interface Obstacle {
  readonly action: Draft
  /** Milliseconds since the epoch; null: it does not end by itself, or nobody knows when. */
  readonly until: number | null
  appliesTo(judged: Judged, session: JudgedSession): boolean
}

/** So long after a throttle without a time a new try is polite. */
const THROTTLE_MS = 5 * 60_000
/** So long after a limit that refused behind its own reset it is tried again. */
const LATE_RESET_MS = 15 * 60_000

/** A refusal, and whom else it would meet. */
interface BlockingRefusal {
  readonly judged: Judged
  readonly cure: 'wait' | 'ask' | 'login' | 'pay'
  readonly limit: Limit | null
  /** The only model that it is about; null: all. */
  readonly model: string | null
  readonly root: string
  readonly seenAt: number
  readonly until: number | null
  /** When the limit is over by its own word, where it is one limit for all who name that. */
  readonly end?: number
}

/** What has to be known to tell what stands in whose way. */
export interface ObstacleFacts {
  readonly sessions: readonly JudgedSession[]
  readonly roots: readonly string[]
  readonly clients: readonly Client[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * What blocks agents now: one entry for each limit (kind, model, reset), one for each thing that only a person can fix. A limit
 * that is over by the clock, or that somebody has worked past since, is none.
 */
export function findObstacles({ sessions, roots, now, clients }: ObstacleFacts): readonly Obstacle[] {
  const all = sessions.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents]))
  let answeredAfter: AnsweredAfter | undefined
  const groups = new Map<string, BlockingRefusal[]>()
  for (const judged of all) {
    const met = findBlockingRefusal(judged, roots)
    if (met === null || (met.until !== null && met.until <= now)) continue
    const isCuredByPerson = met.cure === 'login' || met.cure === 'pay'
    // Long ago, all limits are over by the clock, and nobody has to be asked.
    answeredAfter ??= answersIn(all, roots)
    if (answeredAfter(proofFrom(met.seenAt, isCuredByPerson), met.root, met.model) !== null) continue
    const key = [met.cure, met.limit?.kind ?? '', met.model ?? '', met.end ?? met.until ?? '', met.root].join('\n')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [met])
    else group.push(met)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const until = first.until === null ? null : Math.max(...group.flatMap((each) => each.until ?? []))
    const met = new Set(group.map(({ judged }) => judged))
    return [
      {
        action: actionOf({ ...first, until }, group, roots.length > 1, clientOf(clients, first.judged.run.format)),
        until,
        appliesTo: (judged: Judged, session: JudgedSession) => {
          const model = modelIn(judged.run, session)
          if (met.has(judged)) return judged.run.role === 'agent' || isAbout(first.model, model)
          // Of an unknown model nothing tells that a limit of one model is its own: days of waiting would be for nobody.
          if (first.model !== null && model === null) return false
          return loginOf(judged.run.path ?? session.main?.run.path ?? null, roots) === first.root && isAbout(first.model, model)
        },
      },
    ]
  })
}

/** Who was refused before the first answer names no model: it is the one that was asked for, else that of the session. */
function modelIn({ model, sidecar }: Run, { main }: JudgedSession): string | null {
  return model ?? sidecar?.model ?? main?.run.model ?? null
}

function findBlockingRefusal(judged: Judged, roots: readonly string[]): BlockingRefusal | null {
  const { run, diagnosis } = judged
  const { needs } = TERMINAL_REASONS[diagnosis.reason].plan
  if (needs === 'nothing' || needs === 'consent' || run.kind === 'internal') return null
  const base = { judged, root: loginOf(run.path, roots), seenAt: run.latest.lastAt ?? run.lastRecordAt ?? 0, model: null, until: null }
  if (needs === 'login') return { ...base, cure: 'login', limit: null }
  const limit = diagnosis.limit ?? null
  if (needs === 'money') return { ...base, cure: 'pay', limit }
  if (limit === null) return null
  const model = modelOfLimit(limit.kind, run.model)
  const end = findResetEnd(limit)
  if (end !== null) return { ...base, cure: 'wait', limit, model, end, until: base.seenAt >= end ? base.seenAt + LATE_RESET_MS : end }
  // Neither names a time, and both are said to be temporary.
  if (limit.kind === 'throttle' || limit.kind === 'api_key')
    return { ...base, cure: 'wait', limit, model, until: base.seenAt + THROTTLE_MS }
  if (limit.kind === 'extra_usage') return { ...base, cure: 'pay', limit }
  return { ...base, cure: 'ask', limit, model }
}

function clockOf(at: number): string {
  return `${formatInstant(at).slice(0, 16).replace('T', ' ')} UTC`
}

function actionOf(met: BlockingRefusal, group: readonly BlockingRefusal[], hasRoots: boolean, client: Client): Draft {
  const { recovery, name: product } = client
  const answers = `no agent is recovered until ${recovery?.program ?? product} answers`
  const { cure, limit, until, model, root } = met
  const agents = group.flatMap(({ judged: { run } }) => (run.role === 'agent' && isPlainId(run.agentId) ? [run.agentId] : []))
  const threads = group.filter(({ judged: { run } }) => run.role === 'main').length
  const refused = [agents.length > 0 && plural(agents.length, 'agent'), threads > 0 && plural(threads, 'main thread')]
  const whom = refused.filter((part) => part !== false).join(' and ')
  const name = limit === null ? 'login' : LIMIT_WORDS[limit.kind]
  const scope = model === null ? '' : ` (${model})`
  const mark = `${model === null ? '' : `-${wordOf(model)}`}${hasRoots ? `-${markOf(root)}` : ''}`
  const last = group.reduce((latest, { seenAt }) => Math.max(latest, seenAt), 0)
  const seen = last === 0 ? '' : `, last at ${clockOf(last)}`
  const common = { agents, risk: 'none' }
  if (cure === 'login') {
    return draft({
      ...common,
      step: 'fix',
      id: `fix-login${mark}`,
      kind: 'fix',
      title: `Log in again: ${recovery?.advice.logIn ?? product}`,
      why: `The login was refused for ${whom}${seen}. Every agent would be refused as well.`,
      preconditions: [answers],
      cost: 'nothing',
    })
  }
  if (cure === 'pay') {
    return draft({
      ...common,
      step: 'fix',
      id: `fix-${limit?.kind ?? 'billing'}${mark}`,
      kind: 'fix',
      title: recovery?.advice.pay(name, limit?.kind ?? null) ?? `Raise the ${name} or add credits`,
      why: `It refused ${whom}${seen}. Waiting does not help; an admin may have to.`,
      preconditions: [answers],
      cost: 'what you add: nothing here spends your money',
    })
  }
  if (cure === 'ask' || until === null) {
    return draft({
      ...common,
      step: 'wait',
      id: `inspect-reset-${limit?.kind ?? 'unknown'}${mark}`,
      kind: 'inspect',
      title: recovery?.advice.seeReset(`${name}${scope}`) ?? `Find out when the ${name}${scope} resets`,
      why: `It refused ${whom}${seen}, and no record says when it resets.`,
      preconditions: [answers],
      cost: 'nothing',
    })
  }
  const isLate = limit !== null && refusesAfterReset(limit, last)
  const wasDue = isLate ? `was to reset at ${clockOf(findResetEnd({ ...limit, resetSource: null }) ?? last)}` : ''
  return draft({
    ...common,
    step: 'wait',
    id: `wait-${limit?.kind ?? 'unknown'}-${formatInstant(until).replace(/[-:]|\.\d+/g, '')}${mark}`,
    kind: 'wait',
    title: isLate
      ? `Try again soon: the ${name}${scope} ${wasDue}`
      : limit?.resetsAt === null
        ? 'Wait some minutes: the API throttled'
        : `Wait until the ${name}${scope} resets`,
    why: isLate
      ? `It ${wasDue}, and still refused ${whom}${seen}.`
      : `It refused ${whom}${seen}; an agent that starts before the reset is refused as well.`,
    preconditions: [
      isLate
        ? 'its reset is late, or its words are old: this is a guess'
        : limit?.resetsAt === null
          ? 'no record names a time: this is a guess'
          : 'the time is a snapshot of what the client said then: it may reset earlier or later',
    ],
    notBefore: formatInstant(until),
    cost: 'time only',
  })
}
