import { digestOf } from '../text/digest.ts'
import { type Death, nameDeath } from './death.ts'
import type { HookMeans } from './look.ts'
import type { RunEnd } from './sentences.ts'
import { codeOf } from '../ports/system-error.ts'

/** What the session that an agent belonged to is told, once. */
const nameForOwn = (sessionId: string, death: Death): string => digestOf(`own ${sessionId} ${nameDeath(death.judged)}`)
/** What other sessions of the project are told, once among them all. */
const nameForOthers = (death: Death): string => digestOf(`others ${nameDeath(death.judged)}`)

/** What is told of a workflow run, once for the same calls. */
const nameRun = ({ deaths }: RunEnd): string =>
  digestOf(
    `run ${deaths
      .map(({ judged }) => nameDeath(judged))
      .toSorted()
      .join('\n')}`,
  )

/** Those of the deaths that a session's own model was not told of before. Where nothing can be kept, all: they have just happened. */
export async function claimDeaths(
  deaths: readonly Death[],
  sessionId: string,
  { memory }: Pick<HookMeans, 'memory'>,
): Promise<readonly Death[]> {
  if (deaths.length === 0) return []
  try {
    const fresh = await memory.claim(deaths.map((death) => nameForOwn(sessionId, death)))
    await memory.claim(deaths.map(nameForOthers))
    return deaths.filter((death) => fresh.has(nameForOwn(sessionId, death)))
  } catch (error) {
    if (codeOf(error) === null) throw error
    return deaths
  }
}

/** Those of the deaths in other sessions that nobody was told of before. Where nothing can be kept, none: they would be told at every start. */
export async function claimForOthers(deaths: readonly Death[], { memory }: Pick<HookMeans, 'memory'>): Promise<readonly Death[]> {
  if (deaths.length === 0) return []
  try {
    const fresh = await memory.claim(deaths.map(nameForOthers))
    return deaths.filter((death) => fresh.has(nameForOthers(death)))
  } catch (error) {
    if (codeOf(error) === null) throw error
    return []
  }
}

/** The ends of workflow runs that were not told before. */
export async function claimRuns(runs: readonly RunEnd[], means: Pick<HookMeans, 'memory'>): Promise<readonly RunEnd[]> {
  if (runs.length === 0) return []
  try {
    const fresh = await means.memory.claim(runs.map(nameRun))
    await means.memory.claim(runs.flatMap(({ deaths }) => deaths.map(nameForOthers)))
    return runs.filter((run) => fresh.has(nameRun(run)))
  } catch (error) {
    if (codeOf(error) === null) throw error
    return runs
  }
}

/** Whether this very thing was not done before; where nothing can be kept, it is not done. */
export async function isFirst(what: string, { memory }: Pick<HookMeans, 'memory'>): Promise<boolean> {
  const name = digestOf(what)
  return (await memory.claim([name])).has(name)
}
