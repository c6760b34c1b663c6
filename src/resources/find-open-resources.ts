import type { ExternalResource } from './external-resource.ts'
import type { ShellCommand } from '../facts/shell-command.ts'
import { isEnd } from '../facts/record.ts'
import type { Run } from '../facts/run.ts'
import { compare } from '../text/order.ts'
import { excerptOf } from '../text/redact.ts'
import { FOLDER_KINDS } from './folder-kinds.ts'
import { type Ended, findStarted, type Kind, type Started } from './kind.ts'
import { LAMBDA } from './lambda.ts'
import { PID_FILE, PROCESSES, TASK_KIND, TASKS } from './process-kind.ts'
import { remoteKind } from './remote-shell.ts'
import { serviceKind } from './service-kind.ts'
import { SERVICES } from './services.ts'
import { simpleCommands } from './simple-commands.ts'

const ANYWHERE: readonly Kind[] = [...SERVICES.map(serviceKind), ...FOLDER_KINDS, LAMBDA, PROCESSES]
const KINDS: readonly Kind[] = [...ANYWHERE, remoteKind(ANYWHERE), TASKS]
/** A bound for what is listed: a loop may have started anything. */
const MOST = 500

/** What the facts of a run say about commands. */
export type Renting = Pick<Run, 'sessionId' | 'agentId' | 'cwd' | 'shellCommands' | 'endedTasks' | 'stopCalls' | 'words'>

type Event = {
  readonly at: number | null
  readonly where: ShellCommand['where']
  readonly index: number
  readonly run: Renting
} & ({ readonly started: Started; readonly shell: ShellCommand } | { readonly ended: Ended })

/** What has to be known of a run beyond its commands. */
interface Asked {
  readonly isReported: (run: Renting) => boolean
  /** Whether the client has ended the commands that it kept in the background for this run. */
  readonly endsTasks: (run: Renting) => boolean
}

interface Open {
  readonly rental: ExternalResource
  readonly started: Started
  readonly project: string | null
}

/**
 * What the commands of these runs rented or started outside, and none of them is seen to end, oldest first. An end counts when it came
 * later and names the same thing; where nobody but the machine knew what it named, when nothing else in the session or its folder can be meant.
 */
export function findOpenResources(
  runs: readonly Renting[],
  { isReported = () => true, endsTasks = () => false }: Partial<Asked> = {},
): readonly ExternalResource[] {
  const open: Open[] = []
  for (const event of eventsOf(runs, endsTasks)) {
    if ('started' in event) begin(event, open, isReported)
    else finish(event.ended, event.run, open)
  }
  return open.slice(0, MOST).map(({ rental }) => rental)
}

function begin(event: Extract<Event, { started: Started }>, open: Open[], isReported: Asked['isReported']): void {
  const { started, shell, run } = event
  // What was stopped and started again, or applied twice, is one thing.
  const isKnown = open.some((each) => started.identifier !== null && names(each, started.kind, [started.identifier]))
  if (isKnown || !isReported(run)) return
  const { provider, what, identifier, excerpt, ratePerHour, host, folder, pid, check, end } = started
  open.push({
    started,
    project: shell.cwd ?? run.cwd,
    rental: {
      provider,
      what,
      identifier,
      excerpt: excerpt === null ? null : excerptOf(excerpt, 80),
      ratePerHour,
      answered: shell.result !== null,
      startedAt: event.at,
      where: event.where,
      sessionId: run.sessionId,
      agentId: run.agentId,
      cwd: shell.cwd ?? run.cwd,
      host,
      folder,
      pid,
      isRunning: false,
      check,
      end,
    },
  })
}

function finish({ kind, names: named }: Ended, run: Renting, open: Open[]): void {
  const near = (each: Open): boolean =>
    each.started.kind === kind &&
    ((run.sessionId !== null && each.rental.sessionId === run.sessionId) || (run.cwd !== null && each.project === run.cwd))
  if (named === 'all') return remove(open, near)
  const isPidFile = named?.every((name) => name.startsWith(PID_FILE)) === true
  if (named !== null) {
    const before = open.length
    remove(open, (each) => names(each, kind, named))
    if (open.length < before || named.some((name) => name.startsWith('command '))) return
  }
  if (named !== null && !isPidFile) {
    // Its own identifier was not seen when it began: if there is one such thing only, it is meant.
    const nameless = open.filter((each) => near(each) && each.rental.identifier === null)
    return remove(open, (each) => nameless.length === 1 && each === nameless[0])
  }
  // A file that nothing was seen to write a pid to may hold any, but those that went to files of their own.
  const all = open.filter((each) => near(each) && !(isPidFile && each.started.aliases.some((name) => name.startsWith(PID_FILE))))
  const nameless = all.filter(({ rental }) => rental.identifier === null)
  const meant = all.length === 1 ? all[0] : nameless.at(-1)
  remove(open, (each) => each === meant)
}

function remove(open: Open[], isIt: (each: Open) => boolean): void {
  for (let at = open.length - 1; at >= 0; at -= 1) {
    const each = open[at]
    if (each !== undefined && isIt(each)) open.splice(at, 1)
  }
}

/** Whether one of the names means it: its identifier or alias, the beginning of a container's id, a part of a command line. */
function names({ started }: Open, kind: string, named: readonly string[]): boolean {
  if (started.kind !== kind) return false
  const known = [started.identifier, ...started.aliases].filter((name) => name !== null)
  return named.some((name) =>
    known.some(
      (one) =>
        one === name ||
        (/^[0-9a-f]{64}$/.test(one) && name.length >= 4 && one.startsWith(name)) ||
        (name.startsWith('command ') && one.startsWith('command ') && one.includes(name.slice('command '.length))),
    ),
  )
}

/** Everything that began or ended, in the order of time. A call that stands in two transcripts (a fork, a copy) counts once. */
function eventsOf(runs: readonly Renting[], endsTasks: Asked['endsTasks']): readonly Event[] {
  const events: Event[] = []
  const seen = new Set<string>()
  for (const run of runs) {
    for (const shell of run.shellCommands) {
      if (seen.has(shell.toolUseId)) continue
      seen.add(shell.toolUseId)
      const { at, where } = shell
      const line = { shell, commands: simpleCommands(shell.command) }
      for (const started of findStarted(line, KINDS)) {
        if (started.kind !== TASK_KIND || !endsTasks(run)) events.push({ at, where, index: started.index, run, started, shell })
      }
      for (const kind of KINDS) for (const ended of kind.ended(line)) events.push({ at, where, index: ended.index, run, ended })
    }
    const tasks = [
      ...run.stopCalls,
      ...run.endedTasks,
      ...run.words.filter(isOver).map(({ at, where, agentId }) => ({ at, where, id: agentId ?? '' })),
    ]
    for (const { at, where, id } of tasks) events.push({ at, where, index: 0, run, ended: { kind: TASK_KIND, names: [id], index: 0 } })
  }
  return events.toSorted(
    (a, b) =>
      (a.at ?? 0) - (b.at ?? 0) ||
      compare(a.where.path, b.where.path) ||
      a.where.byteOffset - b.where.byteOffset ||
      a.index - b.index ||
      Number('ended' in a) - Number('ended' in b),
  )
}

function isOver(word: Renting['words'][number]): boolean {
  return word.agentId !== null && isEnd(word)
}
