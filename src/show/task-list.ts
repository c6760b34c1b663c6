import type { ToolAction, Task } from '../facts/tool-use.ts'

/** More entries than anybody keeps. */
const MAX_TASKS = 1_000
const MAX_TITLE = 1_000

/** The task list that an agent keeps: rewritten whole by one tool (`TodoWrite`), entry by entry by others (`TaskCreate`, `TaskUpdate`). */
export class TaskList {
  #tasks: Map<string, Task> | null = null
  #leftOut = 0
  /** New entries: the result of the call gives their number. */
  readonly #unnumbered = new Map<string, string>()

  /** A call was made. A whole list counts from the call on, a new entry only from its result on. */
  addCall(id: string, action: ToolAction): void {
    if (action.kind === 'task_list') {
      this.#tasks = new Map(action.tasks.slice(0, MAX_TASKS).map((task, index) => [`#${index}`, cutTask(task)]))
      this.#leftOut = Math.max(0, action.tasks.length - MAX_TASKS)
    } else if (action.kind === 'task_new' && this.#unnumbered.size < MAX_TASKS) this.#unnumbered.set(id, action.title)
    else if (action.kind === 'task_change') this.#change(action.id, action.title, action.state)
  }

  /** A call was answered; `taskId`: the number of the new entry. */
  addResult(callId: string, taskId: string | null, isOk: boolean): void {
    const title = this.#unnumbered.get(callId)
    if (title === undefined) return
    this.#unnumbered.delete(callId)
    if (isOk) this.#set(taskId ?? `call ${callId}`, { title, state: 'pending' })
  }

  /** null: no list was kept. */
  get tasks(): { readonly items: readonly Task[]; readonly leftOut: number } | null {
    return this.#tasks === null ? null : { items: [...this.#tasks.values()], leftOut: this.#leftOut }
  }

  #change(id: string, title: string | null, state: string | null): void {
    const known = this.#tasks?.get(id)
    if (state === 'deleted') this.#tasks?.delete(id)
    else this.#set(id, { title: title ?? known?.title ?? `task ${id}`, state: state ?? known?.state ?? 'pending' })
  }

  #set(id: string, task: Task): void {
    this.#tasks ??= new Map()
    if (this.#tasks.has(id) || this.#tasks.size < MAX_TASKS) this.#tasks.set(id, cutTask(task))
    else this.#leftOut += 1
  }
}

function cutTask({ title, state }: Task): Task {
  return { title: title.slice(0, MAX_TITLE), state: state.slice(0, 40) }
}
