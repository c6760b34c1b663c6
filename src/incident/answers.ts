import type { Judged } from '../reasons/judged.ts'
import type { LimitKind } from '../facts/limit.ts'

/** The only model that a limit is about; null: all, or nobody knows. */
export function modelOfLimit(kind: LimitKind, model: string | null): string | null {
  if (kind === 'seven_day_opus') return 'opus'
  if (kind === 'seven_day_sonnet') return 'sonnet'
  return kind === 'seven_day_model' ? model : null
}

/** Whether a refusal that is about `model` would meet `other` too; of an unknown model nobody can say that it would not. */
export function isAbout(model: string | null, other: string | null): boolean {
  return model === null || other === null || other === model || (model.length < 8 && other.toLowerCase().includes(model))
}

/** Whose login and whose limits: those of the client's folder that a transcript lies in. '' where it lies in none of the roots. */
export function loginOf(path: string | null, roots: readonly string[]): string {
  let longest = ''
  for (const root of roots) if (root.length > longest.length && path?.[root.length] === '/' && path.startsWith(root)) longest = root
  return longest
}

/** Who began so soon proves nothing: a main thread was answered while the limit of its agents held (2.1.156). Milliseconds. */
const TOO_SOON_MS = 5 * 60_000

/** From when on who begins and is answered proves that a refusal is over: at once where a person has to cure it, by login or money. */
export function proofFrom(refusedAt: number, isCuredByPerson: boolean): number {
  return isCuredByPerson ? refusedAt : refusedAt + TOO_SOON_MS
}

/**
 * When somebody with the same login and a model that a refusal is about first began after an instant, and got answers: the limit
 * was lifted, or the money came. Null: nobody did. Milliseconds.
 */
export type AnsweredAfter = (after: number, login: string, model: string | null) => number | null

/** Looks through all runs once. */
export function answersIn(all: readonly Judged[], roots: readonly string[]): AnsweredAfter {
  const begun = new Map<string, Map<string, number[]>>()
  for (const { run } of all) {
    const { startedAt, turns, lastWord } = run.latest
    if (run.kind === 'internal' || run.model === null || startedAt === null || turns === 0 || lastWord.kind === 'error') continue
    const login = loginOf(run.path, roots)
    const models = begun.get(login) ?? new Map<string, number[]>()
    begun.set(login, models)
    const starts = models.get(run.model)
    if (starts === undefined) models.set(run.model, [startedAt])
    else starts.push(startedAt)
  }
  for (const models of begun.values()) for (const starts of models.values()) starts.sort((a, b) => a - b)
  return (after, login, model) => {
    let first: number | null = null
    for (const [other, starts] of begun.get(login) ?? []) {
      const next = isAbout(model, other) ? firstAfter(starts, after) : undefined
      if (next !== undefined && (first === null || next < first)) first = next
    }
    return first
  }
}

/** The first of sorted instants that is later, by halving: there are as many as agents, and one question for each. */
function firstAfter(sorted: readonly number[], at: number): number | undefined {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? at) > at) high = middle
    else low = middle + 1
  }
  return sorted[low]
}
