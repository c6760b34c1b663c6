import type { Part, Saving } from './parts.ts'

const MAX_NUMBERS = 999

/** A part whose commit has a reference. */
export interface Kept extends Part {
  readonly isNew: boolean
}

/**
 * Gives the commits references of their names, or the first free `-2`, `-3`, …, unless one of them holds it already. Nothing is replaced.
 * Objects first: a reference never holds what is not there.
 */
export async function keepParts(parts: readonly Part[], { store, fail }: Saving): Promise<readonly Kept[]> {
  const kept = new Map<Part, Kept>()
  const tried = new Set<string>()
  let open = [...parts]
  for (let round = 0; open.length > 0; round += 1) {
    const taken = await store.references(open.map(({ ref }) => ref))
    for (const part of open) {
      const same = numbers(part.ref).find((ref) => taken.get(ref) === part.commit)
      if (same !== undefined) kept.set(part, { ...part, ref: same, isNew: false })
    }
    open = open.filter((part) => !kept.has(part))
    if (round === 0) open = await writeParts(open)
    const wanted = new Map<string, Part>()
    for (const part of open) {
      const free = numbers(part.ref).find((ref) => !taken.has(ref) && !tried.has(ref))
      if (free === undefined) fail(`there are too many references named ${part.ref}`)
      else wanted.set(free, part)
    }
    if (wanted.size === 0) break
    open = []
    for (const [ref, end] of await store.createReferences(new Map([...wanted].map(([name, { commit }]) => [name, commit])))) {
      const part = wanted.get(ref)
      if (part === undefined) continue
      if (end === 'created') kept.set(part, { ...part, ref, isNew: true })
      else if (end === 'taken') {
        // Somebody else was faster, and it is looked at again; or a lock that nobody will remove stands in the way.
        tried.add(ref)
        open.push(part)
      } else fail(refusal(ref, end.refused))
    }
  }
  return parts.flatMap((part) => kept.get(part) ?? [])

  /** Writes the commits; those that can be read back. A clone that fetches objects on demand lacks some, and says so only to those who ask. */
  async function writeParts(made: readonly Part[]): Promise<Part[]> {
    if (made.length > 0) await store.writeCommits()
    const whole: Part[] = []
    for (const part of made) {
      if (part.isMade !== true || store.isPartial || (await store.isComplete([part.commit], true))) whole.push(part)
      else fail('what was saved cannot be read back')
    }
    return whole
  }
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
