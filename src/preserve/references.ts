import { GitUnavailable } from '../ports/git.ts'
import type { GitStore } from '../ports/git-writer.ts'

const MAX_NUMBERS = 999

/** A reference that holds a commit. */
export interface Kept {
  readonly ref: string
  readonly commit: string
  readonly isNew: boolean
}

/** Gives a commit a reference of a name, or the first free `-2`, `-3`, …, unless one of them holds it already. Nothing is replaced. */
export async function keepCommit(store: GitStore, name: string, commit: string): Promise<Kept> {
  const locked = new Set<string>()
  for (let attempts = 0; attempts < MAX_NUMBERS; attempts += 1) {
    const taken = await store.references(name)
    const same = numbers(name).find((ref) => taken.get(ref) === commit)
    if (same !== undefined) return { ref: same, commit, isNew: false }
    const free = numbers(name).find((ref) => !taken.has(ref) && !locked.has(ref))
    if (free === undefined) break
    const created = await store.createReference(free, commit)
    if (created === 'created') return { ref: free, commit, isNew: true }
    // Somebody else was faster, and it is looked at again; or a lock that nobody will remove stands in the way.
    if (created === 'taken') {
      if (!(await store.references(name)).has(free)) locked.add(free)
    } else throw new GitUnavailable('failed', refusal(free, created.refused))
  }
  throw new GitUnavailable('failed', `there are too many references named ${name}`)
}

function numbers(name: string): readonly string[] {
  return Array.from({ length: MAX_NUMBERS }, (_, at) => (at === 0 ? name : `${name}-${at + 1}`))
}

function refusal(ref: string, detail: string): string {
  const isInTheWay = /exists; cannot create|cannot lock ref/.test(detail)
  return isInTheWay
    ? `${ref} could not be made: a branch with the name of its folder is in the way. Choose another place with --ref.`
    : `${ref} could not be made: ${detail}`
}
