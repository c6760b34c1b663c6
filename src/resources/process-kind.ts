import { shellWord } from '../text/shell-word.ts'
import { counts, ELSEWHERE, type Ended, endCounts, type Kind, type Line, type Started } from './kind.ts'
import { resolvePath } from './resolve-path.ts'
import { LAST_PID, type SimpleCommand } from './simple-commands.ts'

const KIND = 'shell: process'
const TASK = 'shell: task'
/** What the client says of a command that goes on in the background. */
const TASK_ID = /\b(?:background|user) with ID: ([A-Za-z0-9_-]{1,64})/
const PID = /^\d{2,7}$/
const ALL_PROCESSES = ['ps', '-eo', 'pid,lstart,args']
/** What ends by itself, or only helps others to wait. */
const SHORT: ReadonlySet<string> = new Set(['sleep', 'echo', 'printf', 'cat', 'tail', 'wait', 'true', 'cd', 'read', 'kill'])
/** How an alias begins that names the file which a pid was written to. */
export const PID_FILE = 'pid file '

/** Processes that a command line left in the background by itself: with `&`, `nohup` or `setsid`. */
export const PROCESSES: Kind = {
  givesWay: true,
  started(line) {
    // The client's own background is a task; what such a line starts goes with it.
    if (line.shell.background || isTask(line)) return []
    const text = line.shell.result?.text ?? ''
    const begun = line.commands.flatMap((command, index) =>
      command.background && !SHORT.has(command.program) && counts(command, line, false) && !isWaitedFor(index, line) ? [index] : [],
    )
    // `[1] 12345` is what the shell itself says of each.
    const own = [...text.matchAll(/^\[\d{1,3}\] (\d{2,7})$/gm)].map((match) => match[1])
    const printed = [...text.matchAll(/^(?:[^\n\d]{0,40}\bpids?\b[:= ]{1,3})?(\d{2,7})$/gim)].map((match) => match[1])
    return begun.map((index, at): Started => {
      const command = line.commands[index] as SimpleCommand
      const told = tell(line, KIND, null, excerptOf(command), index)
      const words = line.commands.filter((each, later) => later > index && later < (begun[at + 1] ?? Infinity) && saysPid(each))
      const file = words.find(({ output }) => output !== undefined)
      const pid = (own.length === begun.length ? own[at] : undefined) ?? (words.some(isPrinted) ? printed.shift() : undefined)
      if (pid !== undefined)
        return {
          ...told,
          identifier: pid,
          pid: Number(pid),
          check: ['ps', '-p', pid, '-o', 'pid,lstart,args'],
          end: ['kill', pid],
          ...(file === undefined ? {} : { aliases: [...told.aliases, ...aliasOf(file, line)] }),
        }
      return file === undefined ? told : { ...told, ...checkedByFile(file, line, told.aliases) }
    })
  },
  ended(line) {
    return line.commands.flatMap((command, index): readonly Ended[] => {
      if (!endCounts(command, line)) return []
      const words = command.args.filter((arg) => arg === null || !arg.startsWith('-'))
      if (command.program === 'kill') {
        if (command.args.includes('-l') || command.args.includes('-0')) return []
        const pids = words.filter((word) => word !== null && PID.test(word)) as string[]
        const names = pids.length > 0 ? pids : pidFilesIn(command, line)
        return [{ kind: KIND, names: command.repeated ? 'all' : names.length === 0 ? null : names, index }]
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
    return [{ ...tell(line, TASK, id, excerpt, 0), what: 'background task of the client' }]
  },
  ended: () => [],
}

/** The kind of thing that the client's own word about a task ends. */
export const TASK_KIND: string = TASK

/** Whether the client keeps a command line in the background itself. */
export function isTask({ shell }: Line): boolean {
  return TASK_ID.test(shell.result?.text ?? '')
}

function tell({ shell }: Line, kind: string, identifier: string | null, excerpt: string, index: number): Started {
  return {
    ...ELSEWHERE,
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

function isWaitedFor(index: number, { commands }: Line): boolean {
  return commands.some((later, at) => at > index && later.program === 'wait' && later.certain)
}

/** `echo $!`, with words around it or without. */
function saysPid({ program, args }: SimpleCommand): boolean {
  return (program === 'echo' || program === 'printf') && args.some((arg) => arg?.includes(LAST_PID) === true)
}

function isPrinted({ output }: SimpleCommand): boolean {
  return output === undefined
}

/** The pid is read from its file when the check runs. */
function checkedByFile(
  { output, folder }: SimpleCommand,
  { shell }: Line,
  aliases: readonly string[],
): Pick<Started, 'aliases' | 'check' | 'end' | 'folder'> | null {
  if (typeof output !== 'string' || folder === null || /[\p{C}]|^-/u.test(output)) return null
  const path = folder === undefined || output.startsWith('/') ? output : `${folder.replace(/\/$/, '')}/${output}`
  const whole = resolvePath(shell.cwd, path)
  const pid = `"$(cat ${shellWord(path)})"`
  return {
    aliases: whole === null ? aliases : [...aliases, `${PID_FILE}${whole}`],
    check: ['sh', '-c', `ps -p ${pid} -o pid,lstart,args`],
    end: ['sh', '-c', `kill ${pid}`],
    folder: path.startsWith('/') ? null : shell.cwd,
  }
}

function aliasOf({ output, folder }: SimpleCommand, { shell }: Line): readonly string[] {
  if (typeof output !== 'string' || folder === null) return []
  const whole = resolvePath(folder === undefined ? shell.cwd : resolvePath(shell.cwd, folder), output)
  return whole === null ? [] : [`${PID_FILE}${whole}`]
}

/** `kill $(cat run.pid)`: the files that it takes pids from. */
function pidFilesIn({ folder }: SimpleCommand, { shell }: Line): readonly string[] {
  if (folder === null) return []
  const base = folder === undefined ? shell.cwd : resolvePath(shell.cwd, folder)
  const files = [...shell.command.matchAll(/(?:\$\(\s{0,3}(?:cat\s{1,3}|<\s{0,3})|`cat\s{1,3})["']?([^\s"'`)]{1,400})["']?\s{0,3}[)`]/g)]
  return files.flatMap((match) => resolvePath(base, match[1] ?? '') ?? []).map((path) => `${PID_FILE}${path}`)
}
