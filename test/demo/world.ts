import { existsSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
import { createDemos } from '../../src/demo/demos.ts'
import { findCacheFolder, findDemoRoot } from '../../src/demo/place.ts'
import { createFiles } from '../../src/node/files.ts'
import { createGit } from '../../src/node/git.ts'
import { createGitWriter } from '../../src/node/git-writer.ts'
import { createJournals } from '../../src/node/journal-file.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { createProgramHost } from '../../src/node/program-host.ts'
import { createPrograms } from '../../src/node/start-program.ts'
import type { Host, ProgramHost, Terminal } from '../../src/ports/host.ts'
import type { ProgramCall, StartedProgram } from '../../src/ports/programs.ts'
import type { Report } from '../../src/report/report.ts'
import { analyze } from '../../src/scan/scan.ts'
import { withFixtureHome } from '../fixture-home.ts'
import type { AnalyzeOptions } from '../../src/scan/analyze-options.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface How {
  readonly columns?: number
  /** Somebody is at a terminal, and answers so. */
  readonly answers?: readonly string[]
  readonly cwd?: string
}

/** A person's machine: a home of its own, and all that is real of the program but the terminal. */
export class Machine {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'machine-')))
  readonly demoRoot: string
  /** What was started that is not git: in the sample incident nothing may be. */
  readonly started: (readonly string[])[] = []
  readonly tool: readonly string[]
  /** The clock of the machine. Milliseconds since the epoch. */
  now = Date.parse('2026-11-21T07:03:20Z')
  readonly #git = createGit()
  readonly #host: ProgramHost
  #answers = new Map<string, Promise<unknown>>()
  #reports = new Map<string, Promise<Report>>()
  /** What the person says next; null: nobody is there. */
  #says: string[] | null = null

  constructor(tool: readonly string[] = ['agent-forensics']) {
    this.tool = tool
    const surroundings = { env: {}, home: this.home, platform: 'linux' } as const
    this.demoRoot = findDemoRoot(surroundings) ?? ''
    this.#host = this.#createHost(findCacheFolder(surroundings))
  }

  /** Runs the program in this process. */
  async run(argv: readonly string[], how: How = {}): Promise<Ran> {
    const [out, err]: [string[], string[]] = [[], []]
    this.#says = how.answers === undefined ? null : [...how.answers]
    const host = { ...this.#host, stdout: terminal(out, how), stderr: terminal(err, how), cwd: how.cwd ?? this.home }
    const code = await main(argv, host, (question, within) => this.#analyze(question, within))
    return { code, stdout: out.join(''), stderr: err.join('') }
  }

  /** A repository may have changed. */
  forget(): void {
    this.#answers = new Map()
    this.#reports = new Map()
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true })
  }

  #createHost(cache: string | null): ProgramHost {
    const processes = createProcesses()
    const journalsIn = (folder: string) => createJournals(processes, { env: { XDG_STATE_HOME: folder }, home: '' })
    const writer = createGitWriter(this.#git)
    const ask = () => Promise.resolve(this.#says?.shift() ?? null)
    const ports = {
      programs: { start: (call: ProgramCall) => this.#start(call) },
      journals: journalsIn(join(this.home, 'state')),
      person: () => (this.#says === null ? null : { ask }),
      sleep: () => Promise.reject(new Error('nobody waits here')),
    }
    const host = createProgramHost({
      files: withFixtureHome(createFiles()),
      processes,
      git: this.#rememberingGit(),
      gitWriter: {
        open: (source) => {
          this.forget()
          return writer.open(source)
        },
      },
      demo: { root: this.demoRoot, ...createDemos({ cache, now: () => this.now, journalsIn }) },
      findTool: () => this.tool,
      recovery: () => Promise.resolve(ports),
    })
    return { ...host, env: {}, home: this.home, timeZone: 'UTC', now: () => this.now }
  }

  /** The same question has the same answer as long as no file below its roots has changed. */
  #analyze(question: AnalyzeOptions, host: Host): Promise<Report> {
    const files = question.roots.flatMap((root) => stampsBelow(root))
    const key = JSON.stringify([question, files], (_, value: unknown) => (value instanceof Set ? [...value] : value))
    const known = this.#reports.get(key) ?? analyze(question, host)
    this.#reports.set(key, known)
    return known
  }

  #start(call: ProgramCall): StartedProgram {
    if (call.argv[0] !== 'git') this.started.push(call.argv)
    this.forget()
    return createPrograms().start(call)
  }

  /** Git's answers as long as nothing changes, since most of what takes time in a scan of a small tree is to start it. */
  #rememberingGit(): ProgramHost['git'] {
    const git = this.#git
    const remember = (name: string | symbol, args: readonly unknown[]): Promise<unknown> => {
      const key = JSON.stringify([String(name), args], (_, value: unknown) => (value instanceof Map ? [...value] : value))
      const known = this.#answers.get(key)
      if (known !== undefined) return known
      const method = (git as unknown as Record<string | symbol, (...args: readonly unknown[]) => Promise<unknown>>)[name]
      const answer = method?.apply(git, [...args]) ?? Promise.reject(new Error(String(name)))
      this.#answers.set(key, answer)
      return answer
    }
    const proxy: ProgramHost['git'] = new Proxy(git, {
      get(_, name) {
        // Whoever is given it by a promise looks whether it is another one.
        if (name === 'then') return undefined
        return name === 'within' ? () => Promise.resolve(proxy) : (...args: readonly unknown[]) => remember(name, args)
      },
    })
    return proxy
  }
}

/** What changes with every file of a folder. */
function stampsBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    const { size, mtimeMs } = lstatSync(path)
    return `${path} ${size} ${mtimeMs}`
  })
}

function terminal(into: string[], { columns = 80, answers }: How): Terminal {
  return {
    write: async (text) => {
      into.push(text)
      return true
    },
    isTTY: answers !== undefined,
    columns,
  }
}
