import { shellWord } from '../text/shell-word.ts'
import { type Ended, findStarted, type Kind, type Line, type Started } from './kind.ts'
import { isTask } from './process-kind.ts'
import { parsed } from './service.ts'
import { type SimpleCommand, simpleCommands, type Word } from './simple-commands.ts'

/** A command that runs others on another machine. */
interface RemoteShell {
  /** The machine, without its user; null: only the machine of the session knew. */
  readonly host: string | null
  /** What is run there. */
  readonly script: string
  /** It goes on there when the command returns. */
  readonly detached: boolean
  /** The command that runs these words there; null: not all of it is known. */
  readonly reach: ((words: readonly string[]) => readonly string[]) | null
}

/** A host as ssh takes it, with its user or without. Nothing else ever becomes part of a command. */
const HOST = /^(?:([A-Za-z_][\w.-]{0,63})@)?([A-Za-z0-9][\w.-]{0,252})$/
const PLAIN = /^[A-Za-z0-9][\w.:@,-]{0,200}$/
/** Options of ssh that are followed by a value. */
const SSH_VALUED = 'BbcDEeFIiJLlmOoPpQRSWw'.split('').map((letter) => `-${letter}`)
/** Those that say which machine is meant, and as whom. */
const SSH_CARRIED = ['-p', '-J', '-l']
/** What `-o` may say of that. */
const SSH_SETTINGS = /^(?:Port|User|HostName|ProxyJump)=/i
/** Options that lead to a machine by a file or a command of the transcript's, which no command of ours repeats. */
const SSH_UNREPEATED = /^(?:ProxyCommand|Include|Match|LocalCommand)\b/i
const GCLOUD_VALUED = ['--zone', '--project', '--command', '--ssh-key-file', '--ssh-flag', '--worker', '--account', '--configuration']
/** A script within a script within a script is read, and no deeper. */
const DEEPEST = 3

/** What other kinds start and end on another machine, through ssh: each is checked and ended there. */
export function remoteKind(kinds: readonly Kind[]): Kind {
  return { started: (line) => startedThere(line, kinds, 0), ended: (line) => endedThere(line, kinds, 0) }
}

function startedThere(line: Line, kinds: readonly Kind[], depth: number): readonly Started[] {
  return remoteLinesIn(line, depth).flatMap(({ remote, inner, index }) =>
    [...findStarted(inner, kinds), ...startedThere(inner, kinds, depth + 1)].map((started): Started => {
      const { host } = remote
      const reach = (argv: readonly string[] | null): readonly string[] | null =>
        argv === null ? null : (remote.reach?.(wordsThere(argv)) ?? null)
      return {
        ...started,
        kind: kindThere(started.kind, remote),
        host: [started.host, host ?? 'another machine'].filter((each) => each !== null).join(', through '),
        folder: null,
        pid: null,
        check: reach(started.check),
        end: reach(started.end),
        index,
      }
    }),
  )
}

function endedThere(line: Line, kinds: readonly Kind[], depth: number): readonly Ended[] {
  return remoteLinesIn(line, depth).flatMap(({ remote, inner, index }) =>
    [...kinds.flatMap((kind) => kind.ended(inner)), ...endedThere(inner, kinds, depth + 1)].map((ended) => ({
      ...ended,
      kind: kindThere(ended.kind, remote),
      index,
    })),
  )
}

function kindThere(kind: string, { host }: RemoteShell): string {
  return `${kind} on ${host ?? '?'}`
}

/** The command lines that a line runs elsewhere, as lines of their own. */
function remoteLinesIn(
  line: Line,
  depth: number,
): readonly { readonly remote: RemoteShell; readonly inner: Line; readonly index: number }[] {
  if (depth >= DEEPEST) return []
  return line.commands.flatMap((command, index) => {
    const remote = remoteShellOf(command)
    if (remote === null) return []
    const commands = simpleCommands(remote.script).map((each, at, all) => ({
      ...each,
      certain: each.certain && command.certain,
      repeated: each.repeated || command.repeated,
      background: each.background || (remote.detached && at === all.length - 1),
    }))
    const { result } = line.shell
    // What the client says of its own background is not said by the other machine.
    const answer = result !== null && isTask(line) ? { ...result, text: '' } : result
    return [
      {
        remote,
        inner: { shell: { ...line.shell, command: remote.script, cwd: null, background: false, result: answer }, commands },
        index,
      },
    ]
  })
}

function remoteShellOf(command: SimpleCommand): RemoteShell | null {
  if (command.program === 'ssh') return readSsh(command)
  return command.program === 'gcloud' ? readGcloudSsh(command) : null
}

/** `ssh [options] host command`: its words are joined, and read by a shell over there. */
function readSsh({ args, texts, input, background }: SimpleCommand): RemoteShell | null {
  let at = 0
  let host: Word | undefined
  let isKnown = true
  let detached = background
  const carried: string[] = []
  for (; at < args.length; at += 1) {
    const arg = args[at]
    if (arg === undefined) break
    if (arg === null || !arg.startsWith('-')) {
      if (host !== undefined) break
      host = arg
      continue
    }
    const name = arg.slice(0, 2)
    if (/^-[a-zA-Z]*f[a-zA-Z]*$/.test(arg) && !SSH_VALUED.includes(name)) detached = true
    if (!SSH_VALUED.includes(name)) continue
    const value = arg.length > 2 ? arg.slice(2) : (args[(at += 1)] ?? null)
    if (name === '-F' || (name === '-o' && (value === null || SSH_UNREPEATED.test(value)))) isKnown = false
    if (!SSH_CARRIED.includes(name) && !(name === '-o' && value !== null && SSH_SETTINGS.test(value))) continue
    if (value === null || !PLAIN.test(name === '-o' ? value.replace('=', '') : value)) isKnown = false
    else carried.push(name, value)
  }
  const script = at < args.length ? texts.slice(at).join(' ') : input
  const reads = /^(?:\S*\/)?(?:ba|da|z|k)?sh(?:\s+-[a-z]+)*$/.test(script ?? '')
  const whole = reads ? input : script
  if (host === undefined || whole === null) return null
  const match = HOST.exec(host ?? '')
  return {
    host: match?.[2] ?? null,
    script: whole,
    detached,
    reach: host === null || match === null || !isKnown ? null : (there) => ['ssh', ...carried, host, ...there],
  }
}

/** `gcloud compute ssh vm --command=…`, also of a TPU. */
function readGcloudSsh({ args, texts, background }: SimpleCommand): RemoteShell | null {
  const { words, options } = parsed(args, GCLOUD_VALUED, { last: Number.POSITIVE_INFINITY })
  const at = words.indexOf('ssh')
  const path = words.slice(0, at)
  if (at < 0 || path.at(0) === null || !/^(?:(?:alpha|beta) )?compute(?: tpus tpu-vm)?$/.test(path.join(' '))) return null
  const [host] = words.slice(at + 1)
  const script = texts.flatMap((text, index) => {
    if (text.startsWith('--command=')) return text.slice('--command='.length)
    return texts[index - 1] === '--command' ? text : []
  })[0]
  if (host === undefined || script === undefined) return null
  const match = HOST.exec(host ?? '')
  const places = ['--zone', '--project'].flatMap((name) =>
    (options.get(name) ?? []).map((value) => (value !== null && PLAIN.test(value) ? `${name}=${value}` : null)),
  )
  const isKnown = match !== null && host !== null && !places.includes(null)
  return {
    host: match?.[2] ?? null,
    script,
    detached: background,
    reach: isKnown
      ? (there) => ['gcloud', ...(path as string[]), 'ssh', host, ...(places as string[]), `--command=${there.join(' ')}`]
      : null,
  }
}

/** A command as the shell over there reads it. */
function wordsThere(argv: readonly string[]): readonly string[] {
  return argv[0] === 'sh' && argv[1] === '-c' && argv.length === 3 ? [argv[2] ?? ''] : argv.map(shellWord)
}
