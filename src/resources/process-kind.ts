import { counts, type Ended, endCounts, type Kind, type Line, type Started } from './kind.ts'
import type { SimpleCommand } from './simple-commands.ts'

const KIND = 'shell: process'
const TASK = 'shell: task'
const TASK_ID = /\b(?:background|user) with ID: ([A-Za-z0-9_-]{1,64})/
const PID = /^\d{2,7}$/
const ALL_PROCESSES = ['ps', '-eo', 'pid,lstart,args']
/** What ends by itself, or only helps others to wait. */
const SHORT: ReadonlySet<string> = new Set(['sleep', 'echo', 'printf', 'cat', 'tail', 'wait', 'true', 'cd', 'read', 'kill'])

/** Processes that a command line left in the background by itself: with `&`, `nohup` or `setsid`. */
export const PROCESSES: Kind = {
  started(line) {
    // The client's own background is a task; what such a line starts goes with it.
    if (line.shell.background || TASK_ID.test(line.shell.result?.text ?? '')) return []
    const text = line.shell.result?.text ?? ''
    const started = line.commands.flatMap((command, index): readonly Started[] => {
      if (!command.background || SHORT.has(command.program) || !counts(command, line, false)) return []
      if (line.commands.some((later, at) => at > index && later.program === 'wait' && later.certain)) return []
      return [told(line, KIND, null, excerptOf(command), index)]
    })
    const [only] = started
    const pid = started.length === 1 ? pidIn(text, line) : null
    if (only === undefined || pid === null) return started
    return [{ ...only, identifier: pid, check: ['ps', '-p', pid, '-o', 'pid,lstart,args'], end: ['kill', pid] }]
  },
  ended(line) {
    return line.commands.flatMap((command, index): readonly Ended[] => {
      if (!endCounts(command, line)) return []
      const words = command.args.filter((arg) => arg === null || !arg.startsWith('-'))
      if (command.program === 'kill') {
        if (command.args.includes('-l') || command.args.includes('-0')) return []
        const pids = words.filter((word) => word !== null && PID.test(word)) as string[]
        return [{ kind: KIND, names: command.repeated ? 'all' : pids.length === 0 ? null : pids, index }]
      }
      // They find a process by its command line: so is it told.
      if (command.program !== 'pkill' && command.program !== 'killall') return []
      const patterns = words.filter((word) => word !== null).filter((word) => word.length > 2)
      const names = patterns.length === 0 ? null : patterns.map((pattern) => `command ${pattern}`)
      return [KIND, ...(names === null ? [] : [TASK])].map((kind) => ({ kind, names, index }))
    })
  },
}

/** Commands that the client runs in the background: it stops them by their id, and tells when they are over. */
export const TASKS: Kind = {
  started(line) {
    const { shell } = line
    const id = TASK_ID.exec(shell.result?.text ?? '')?.[1] ?? null
    if ((!shell.background && id === null) || shell.result?.isError === true) return []
    // Until it is answered, nobody has allowed it.
    if (shell.result === null) return []
    const excerpt = shell.command.split('\n', 1)[0] ?? ''
    return [{ ...told(line, TASK, id, excerpt, 0), what: 'background task of the client' }]
  },
  ended: () => [],
}

/** The kind of thing that the client's own word about a task ends. */
export const TASK_KIND: string = TASK

function told({ shell }: Line, kind: string, identifier: string | null, excerpt: string, index: number): Started {
  return {
    kind,
    provider: 'shell',
    what: 'background process',
    identifier,
    aliases: [`command ${shell.command}`],
    ratePerHour: null,
    excerpt,
    check: ALL_PROCESSES,
    end: null,
    index,
  }
}

function excerptOf({ program, args }: SimpleCommand): string {
  return [program, ...args.map((arg) => arg ?? '…')].join(' ')
}

/** `echo $!` and a line of the result that is a number, or the shell's own `[1] 12345`. */
function pidIn(text: string, { shell }: Line): string | null {
  const own = /^\[\d{1,3}\] (\d{2,7})$/m.exec(text)?.[1]
  if (own !== undefined) return own
  if (!/\becho\b[^\n;&|]{0,60}\$!/.test(shell.command)) return null
  return /^(?:[^\n\d]{0,40}\bpids?\b[:= ]{1,3})?(\d{2,7})$/im.exec(text)?.[1] ?? null
}
