import { noGit, noGitWriter } from '../no-git.ts'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { analyze } from '../../src/scan/scan.ts'
import type { AnalyzeOptions } from '../../src/scan/analyze-options.ts'
import { main as runProgram } from '../../src/cli/main.ts'
import type { FileFacts, Files, Listing, OpenFile, Processes, ProgramHost, Terminal } from '../../src/ports/host.ts'
import { FileUnavailable } from '../../src/ports/host.ts'
import type { AgentReport, Report } from '../../src/report/report.ts'
import { ReportSchema } from '../../src/report/report.ts'
import { whyUntrusted } from '../../src/node/trust.ts'
import { createFiles } from '../../src/node/files.ts'
import { DOMAIN, Tree } from '../records/tree.ts'
import { analyzeOptions } from '../analyze-options.ts'

/** Long after every story of the fixtures. */
export const NOW = Date.parse('2026-06-02T12:00:00.000Z')
export const SESSION = '00000000-0000-4000-8000-000000000001'
export const SLUG = '-home-dev-app'
/** Where the first session's agents lie, below a client's home. */
export const AGENTS = `projects/${SLUG}/${SESSION}/subagents`

/** The machine that the trees of the tests were written on, later: none of their processes is there. */
export const noProcesses: Processes = {
  domain: () => Promise.resolve(DOMAIN),
  inspect: () => Promise.resolve({ state: 'gone' }),
}

export function optionsFor(root: string, change: Partial<AnalyzeOptions> = {}): AnalyzeOptions {
  return analyzeOptions({ roots: [root], now: NOW, timeZone: 'Europe/Kyiv', toolVersion: '0.0.0-test', ...change })
}

export interface Scan {
  readonly files?: Files
  readonly processes?: Processes
  readonly options?: Partial<AnalyzeOptions>
  /** False where thousands of scans would each be held against the schema. */
  readonly checked?: boolean
}

/** Scans a root; whatever was planted there, the report must be one that its schema accepts, also after a trip through JSON. */
export async function scan(
  root: string,
  { files = createFiles(), processes = noProcesses, options = {}, checked = true }: Scan = {},
): Promise<Report> {
  const report = await analyze(optionsFor(root, options), { files, processes, git: noGit })
  if (checked) ReportSchema.parse(JSON.parse(JSON.stringify(report)))
  return report
}

/** A client's home in a temporary folder. `remove` copes with names that Node cannot spell. */
export class Home {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'hostile-')))

  plant(path: string, content: string | Uint8Array): string {
    const whole = join(this.path, path)
    mkdirSync(dirname(whole), { recursive: true })
    writeFileSync(whole, content)
    return whole
  }

  plantAll(files: ReadonlyMap<string, string | Uint8Array>): void {
    for (const [path, content] of files) this.plant(path, content)
  }

  shell(script: string): void {
    execFileSync('sh', ['-c', script], { cwd: this.path })
  }

  remove(): void {
    execFileSync('rm', ['-rf', this.path])
  }
}

/** The files of a story, by their path below the client's home. */
export function filesOf(tree: Tree): Map<string, string> {
  const files = new Map(tree.files)
  for (const { path, text, meta } of tree.scripts) {
    files.set(path, text)
    if (meta !== undefined) files.set(path.replace(/\.jsonl$/, '.meta.json'), JSON.stringify(meta))
  }
  return files
}

export const HOME = '/home/dev/.claude'

export type Content = string | Uint8Array

/** A file system in memory: `HOME` and the files below it, all of one age. */
export function memoryFiles(
  contents: ReadonlyMap<string, Content>,
  order: (paths: readonly string[]) => readonly string[] = (paths) => paths,
): Files {
  const bytes = new Map(
    [...contents].map(([path, content]) => [`${HOME}/${path}`, typeof content === 'string' ? Buffer.from(content) : content]),
  )
  const folders = new Set([...bytes.keys()].flatMap((path) => path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))))
  const factsOf = (path: string): FileFacts => {
    const content = bytes.get(path)
    if (content !== undefined) return { kind: 'file', bytes: content.length, modifiedAt: NOW - 3_600_000, identity: path }
    if (folders.has(path)) return { kind: 'directory', bytes: 0, modifiedAt: NOW, identity: path }
    throw new FileUnavailable(path, 'ENOENT')
  }
  return {
    facts: async (path) => factsOf(path),
    realPath: async (path) => path,
    list: async (root, patterns): Promise<Listing> => {
      const below = [...bytes.keys()].filter((path) => path.startsWith(`${root}/`))
      const isDeep = patterns.some((pattern) => pattern.includes('/'))
      return { paths: order(below.filter((path) => isDeep || !path.slice(root.length + 1).includes('/')).toSorted()), issues: [] }
    },
    open: async (path): Promise<OpenFile> => {
      const facts = factsOf(path)
      const content = bytes.get(path) ?? new Uint8Array()
      return {
        facts,
        async *chunks(start = 0) {
          if (start < content.length) yield content.subarray(start)
        },
        bytesNow: async () => content.length,
        close: async () => undefined,
      }
    },
    beginning: async (path) => {
      factsOf(path)
      return Buffer.from(bytes.get(path) ?? []).toString('latin1', 0, 1_024)
    },
    readText: async (path, maxBytes) => {
      if (factsOf(path).bytes > maxBytes) throw new FileUnavailable(path, 'EFBIG')
      return new TextDecoder().decode(bytes.get(path))
    },
  }
}

/** Files that note every path that is opened or read. */
export function spyOn(files: Files): { readonly files: Files; readonly opened: string[] } {
  const opened: string[] = []
  return {
    opened,
    files: {
      ...files,
      open: (path) => {
        opened.push(path)
        return files.open(path)
      },
      beginning: (path) => {
        opened.push(path)
        return files.beginning(path)
      },
      readText: (path, maxBytes) => {
        opened.push(path)
        return files.readText(path, maxBytes)
      },
    },
  }
}

/** The newest client of the stories. */
export const NEWEST = '2.1.329'

/** A session whose only agent did what `story` says; the session itself then ended its turn. */
export function oneAgent(story: (agent: ReturnType<ReturnType<Tree['session']>['launch']>) => void, version: string = NEWEST): Tree {
  const tree = new Tree(version)
  const main = tree.session()
  const agent = main.launch(1)
  story(agent)
  main.returns(agent, 'Here it is.').says('All parts are ported.')
  return tree
}

export function agentOf(report: Report, id = 'a0000000000000001'): AgentReport {
  const agent = report.agents.find(({ agentId }) => agentId === id)
  if (agent === undefined) throw new Error(`no agent ${id} among ${report.agents.map(({ agentId }) => agentId).join(', ')}`)
  return agent
}

export const AGENT_FILE = `${AGENTS}/agent-a0000000000000001.jsonl`
export const MAIN_FILE = `projects/${SLUG}/${SESSION}.jsonl`

export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The whole program over a real tree: what it prints, and how it exits. */
export async function program(argv: readonly string[], root: string, files: Files = createFiles()): Promise<Printed> {
  const out: string[] = []
  const err: string[] = []
  const terminal = (into: string[]): Terminal => ({
    write: async (text) => {
      into.push(text)
      return true
    },
    isTTY: false,
    columns: 120,
  })
  const never = (): Promise<never> => Promise.reject(new Error('a scan does not ask for this'))
  const host: ProgramHost = {
    files,
    processes: noProcesses,
    git: noGit,
    gitWriter: noGitWriter,
    stdout: terminal(out),
    stderr: terminal(err),
    env: {},
    cwd: root,
    home: root,
    timeZone: 'Europe/Kyiv',
    now: () => NOW,
    writeFile: never,
    whyUntrusted,
    outputFolder: never,
    writeNewFile: never,
    readStdin: never,
    tool: ['agent-forensics'],
    demo: { root: null, open: never, remove: never },
  }
  const code = await runProgram(['scan', '--root', root, '--since', 'all', ...argv], host)
  return { code, stdout: out.join(''), stderr: err.join('') }
}

/** What must never reach a terminal: control characters but LF, invisible and bidirectional ones, lone surrogates. */
export const UNSAFE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/u

export async function collectAgents<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
