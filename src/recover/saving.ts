import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import type { Preserved } from '../preserve/preserve.ts'
import type { Report } from '../report/report.ts'
import type { RecoverWorld } from './recover.ts'
import type { Subject } from './subject.ts'
import { shortRef } from '../text/short-ref.ts'

/** The local-only work that a recovery saves before it starts anybody, and what was made of it. */
export class Saving {
  /** The actions that saved work. */
  readonly done = new Set<string>()
  readonly #world: Pick<RecoverWorld, 'save' | 'say' | 'journal'>
  /** Only these were named, and what `subjects` depend on; null: all. */
  readonly #named: ReadonlySet<string> | null
  readonly #subjects: ReadonlyMap<string, Subject>
  readonly #tried = new Set<string>()
  #result: Preserved = { saved: [], failures: [], leftOut: 0 }

  constructor(world: RecoverWorld, named: ReadonlySet<string> | null, subjects: ReadonlyMap<string, Subject>) {
    this.#world = world
    this.#named = named
    this.#subjects = subjects
  }

  get result(): Preserved {
    return this.#result
  }

  /** The actions that save: all, or those that were named and those that what was named depends on. */
  list({ plan: { actions } }: Report): readonly Action[] {
    const saves = actions.filter(({ kind }) => kind === 'preserve')
    const named = this.#named
    if (named === null) return saves
    const needed = new Set(actions.flatMap((action) => (RECOVERY_KINDS.has(action.kind) && this.#isChosen(action) ? action.dependsOn : [])))
    return saves.filter(({ id }) => needed.has(id) || named.has(id))
  }

  #isChosen({ agents, session }: Action): boolean {
    return agents.some((id) => this.#subjects.has(id)) || (session !== null && this.#subjects.has(session))
  }

  /** Whether something is to be saved that nobody has tried yet. */
  hasNew(report: Report): boolean {
    return this.list(report).some(({ id }) => !this.#tried.has(id))
  }

  /** Whether something that was saved may have grown since. */
  hasOld({ plan: { actions } }: Report): boolean {
    return actions.some(({ kind, id }) => kind === 'preserve' && this.done.has(id))
  }

  async save(report: Report): Promise<void> {
    const actions = this.list(report)
    const { saved, failures, leftOut } = await this.#world.save(report, this.#named === null ? null : findPaths(actions))
    const failed = new Set(failures.map(({ path }) => path))
    for (const { name, path, ref, isNew, holds } of saved) {
      if (!failed.has(path)) this.done.add(`preserve-${name}`)
      if (isNew) await this.#world.say(`  saved  ${holds.join(', ')} of ${path} in ${shortRef(ref)}`)
    }
    for (const { path, reason } of failures) await this.#world.say(`  not saved  ${path}: ${reason}`)
    for (const { id } of actions) this.#tried.add(id)
    this.#world.journal.write({ event: 'save', saved: saved.map(({ ref }) => ref), failed: [...failed] })
    const known = new Set(saved.map(({ ref, commit }) => `${ref} ${commit}`))
    const before = this.#result.saved.filter(({ ref, commit }) => !known.has(`${ref} ${commit}`))
    this.#result = { saved: [...before, ...saved], failures, leftOut }
  }
}

/** The worktrees whose work actions save; null: all, for a path that cannot be typed is in no command. */
function findPaths(actions: readonly Action[]): ReadonlySet<string> | null {
  const words = actions.flatMap(({ commands }) => commands.flatMap(({ argv }) => argv))
  const paths = words.flatMap((word) => (word.startsWith('--worktree=') ? [word.slice('--worktree='.length)] : []))
  return paths.length === actions.length ? new Set(paths) : null
}
