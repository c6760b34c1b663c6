import { AsyncLocalStorage } from 'node:async_hooks'
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'

/** How often the memory of children is looked at. */
const LOOK_MS = 100
/** From being asked to end, which lets git take its lock files away, to being ended. */
const GRACE_MS = 1_000

/** The processes that one task started, and what may become of them. */
class Brood {
  readonly children = new Set<ChildProcess>()
  readonly #maxBytes: number
  readonly #onTooLarge: (bytes: number) => void

  constructor(maxBytes: number, onTooLarge: (bytes: number) => void) {
    this.#maxBytes = maxBytes
    this.#onTooLarge = onTooLarge
  }

  get #pids(): readonly number[] {
    const living = [...this.children].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    return living.flatMap(({ pid }) => (pid === undefined ? [] : withDescendants(pid)))
  }

  look(): void {
    const bytes = this.#pids.reduce((sum, pid) => sum + memoryOf(pid), 0)
    if (bytes > this.#maxBytes) this.#onTooLarge(bytes)
  }

  end(): void {
    const pids = this.#pids
    send(pids, 'SIGTERM')
    setTimeout(() => {
      const living = new Set(this.#pids)
      send(
        pids.filter((pid) => living.has(pid)),
        'SIGKILL',
      )
    }, GRACE_MS).unref()
  }

  endNow(): void {
    send(this.#pids, 'SIGTERM')
  }
}

const broods = new Set<Brood>()
const current = new AsyncLocalStorage<Brood>()
let looking: NodeJS.Timeout | undefined
let isSubscribed = false

/**
 * Runs a task whose child processes, and theirs, may together take so much memory (on Linux; elsewhere nothing tells), and that do not
 * outlive this process. simple-git keeps its child to itself: Node’s own announcement of every child is what tells of it.
 */
export async function boundChildren<Result>(
  { maxBytes, onTooLarge }: { readonly maxBytes: number; readonly onTooLarge: (bytes: number) => void },
  task: (end: () => void) => Promise<Result>,
): Promise<Result> {
  if (!isSubscribed) {
    isSubscribed = true
    subscribe('child_process', (message) => {
      current.getStore()?.children.add((message as { readonly process: ChildProcess }).process)
    })
    process.on('exit', () => {
      for (const brood of broods) brood.endNow()
    })
  }
  const brood = new Brood(maxBytes, onTooLarge)
  broods.add(brood)
  if (process.platform === 'linux') looking ??= setInterval(lookAtAll, LOOK_MS).unref()
  try {
    return await current.run(brood, () => task(() => brood.end()))
  } finally {
    broods.delete(brood)
    if (broods.size === 0) {
      clearInterval(looking)
      looking = undefined
    }
  }
}

function lookAtAll(): void {
  for (const brood of broods) brood.look()
}

function withDescendants(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').map(Number)
  return [pid, ...children.filter((child) => child > 0).flatMap(withDescendants)]
}

/** What is its own: files that it maps do not count. */
function memoryOf(pid: number): number {
  return Number(/^RssAnon:\s*(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // It has ended, or this is no Linux.
    return ''
  }
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended.
    }
  }
}
