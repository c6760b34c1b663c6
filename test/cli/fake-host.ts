import { noGit, noGitWriter } from '../no-git.ts'
import { readFileSync } from 'node:fs'
import type { AnalyzeOptions } from '../../src/scan/analyze-options.ts'
import { main } from '../../src/cli/main.ts'
import type { Analyze } from '../../src/cli/scan.ts'
import type { Files, Host, ProgramHost, Terminal } from '../../src/ports/host.ts'
import { FileUnavailable } from '../../src/ports/host.ts'
import type { Report } from '../../src/report/report.ts'

/** Where the transcripts of the sample incident are. */
export const DEMO_ROOT = '/cache/demo/projects'
export const NOW = Date.parse('2026-05-31T20:10:00Z')

/** A fresh copy of the stored incident, to be changed at will. */
export function incident(change: (report: Report) => void = () => {}): Report {
  const report = JSON.parse(readFileSync(new URL('../../fixtures/reports/incident.json', import.meta.url), 'utf8')) as Report
  change(report)
  return report
}

/** As `incident`, with everything well: nothing died, everything was read. */
export function goodNews(): Report {
  return incident((report) => {
    report.complete = true
    report.readIssues = []
    report.agents = report.agents.filter(({ reason }) => reason === 'completed')
    report.sessions = report.sessions.filter(({ reason }) => reason === 'completed')
    report.workflows = []
    report.incidents = []
    report.workItems = report.workItems.filter(({ state }) => state === 'done')
    report.worktrees = []
    report.counts = {
      ...report.counts,
      sessions: 1,
      agents: 2,
      died: 0,
      finished: 2,
      running: 0,
      unknown: 0,
      diedCalledCompleted: 0,
      filesOlder: 0,
    }
    report.counts.byReason = { completed: 2 }
  })
}

export interface World {
  readonly report?: Report
  readonly analyze?: Analyze
  readonly env?: Record<string, string>
  readonly isTTY?: boolean
  readonly columns?: number
  /** How many writes to standard output succeed before its reader is gone. */
  readonly readerStays?: number
  readonly files?: Readonly<Record<string, string>>
  /** A real file system instead of `files`. */
  readonly filesPort?: Files
  readonly stdin?: string
  readonly writeFile?: (path: string) => never
  readonly client?: ProgramHost['client']
  readonly gitWriter?: ProgramHost['gitWriter']
  readonly tool?: readonly string[]
  /** What is to be known of the sample incident. */
  readonly demoNote?: string
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly asked: AnalyzeOptions | undefined
  readonly written: Readonly<Record<string, string>>
  /** How often the sample incident was left, and removed. */
  readonly demos: { readonly closed: number; readonly removed: number }
}

/** A world made of literals, and what the program leaves in it. */
export function programHost(world: World) {
  const out: string[] = []
  const err: string[] = []
  const written: Record<string, string> = {}
  const demos = { closed: 0, removed: 0 }
  const host: ProgramHost = {
    files: world.filesPort ?? filesOf(world.files ?? {}),
    processes: { domain: () => Promise.resolve(null), inspect: () => Promise.resolve({ state: 'unknown' }) },
    git: noGit,
    gitWriter: world.gitWriter ?? noGitWriter,
    ...(world.client !== undefined && { client: world.client }),
    stdout: terminal(out, world, world.readerStays ?? Number.POSITIVE_INFINITY),
    stderr: terminal(err, world, Number.POSITIVE_INFINITY),
    env: world.env ?? {},
    tool: world.tool ?? ['agent-forensics'],
    cwd: '/work/here',
    home: '/home/olena',
    timeZone: 'Europe/Kyiv',
    now: () => NOW,
    writeFile: async (path, text) => {
      world.writeFile?.(path)
      written[path] = typeof text === 'string' ? text : [...text].join('')
    },
    whyUntrusted: async () => null,
    outputFolder: () => {
      throw new Error('no command of this world writes a folder')
    },
    writeNewFile: async (path, chunks) => {
      if (path in written) return false
      let text = ''
      for await (const chunk of chunks) text += chunk
      written[path] = text
      return true
    },
    readStdin: () => Promise.resolve(world.stdin ?? ''),
    demo: {
      root: DEMO_ROOT,
      open: (asOf) =>
        Promise.resolve({
          root: DEMO_ROOT,
          note: world.demoNote ?? null,
          now: () => (asOf ?? NOW) + 1,
          recovery: (base) => base,
          close: async () => {
            demos.closed += 1
          },
        }),
      remove: async () => {
        demos.removed += 1
        return demos.removed === 1 ? DEMO_ROOT : null
      },
    },
  }
  return { host, out, err, written, demos }
}

/** Runs the program in process, in a world made of literals. */
export async function run(argv: readonly string[], world: World = {}): Promise<Outcome> {
  const { host, out, err, written, demos } = programHost(world)
  let asked: AnalyzeOptions | undefined
  const analyze = (options: AnalyzeOptions, narrowed: Host): Promise<Report> => {
    asked = options
    return (world.analyze ?? (async () => world.report ?? incident()))(options, narrowed)
  }
  const code = await main(argv, host, analyze)
  return { code, stdout: out.join(''), stderr: err.join(''), asked, written, demos }
}

function terminal(into: string[], { isTTY = false, columns = 0 }: World, stays: number): Terminal {
  let left = stays
  return {
    write: async (text) => {
      if (left <= 0) return false
      left -= 1
      into.push(text)
      return true
    },
    isTTY,
    columns,
  }
}

function filesOf(texts: Readonly<Record<string, string>>): Files {
  const none = (): never => {
    throw new Error('the command line reads no file but a report')
  }
  return {
    facts: none,
    realPath: none,
    list: none,
    open: none,
    beginning: none,
    readText: async (path) => {
      const text = texts[path]
      if (text === undefined) throw new FileUnavailable(path, 'ENOENT')
      return text
    },
  }
}
