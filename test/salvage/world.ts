import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Git } from '../../src/ports/git.ts'
import { type OutputFolder, OutputRefused } from '../../src/ports/host.ts'
import type { SalvagedAgent, SalvagedFile, SalvageManifest } from '../../src/salvage/manifest.ts'
import { SalvageManifestSchema } from '../../src/salvage/manifest.ts'
import { createFiles } from '../../src/node/files.ts'
import { salvage, type SalvageOptions } from '../../src/salvage/salvage.ts'
import { noGit } from '../no-git.ts'
import { type Fields, Transcript, type Who } from '../records/transcript.ts'

export const AGENT = 'a0123456789abcdef'
export const SESSION = '11111111-2222-4333-8444-555555555555'
export const CWD = '/home/dev/app'

/** An output folder in memory; after `room` files the disk is full. */
export interface MemoryFolder extends OutputFolder {
  readonly written: Map<string, Uint8Array>
}

export function memoryFolder(room = Number.POSITIVE_INFINITY): MemoryFolder {
  const written = new Map<string, Uint8Array>()
  return {
    path: '/out',
    written,
    async write(parts, bytes) {
      const path = parts.join('/')
      if (written.has(path)) throw new OutputRefused(path, 'EEXIST')
      if (written.size >= room) throw new OutputRefused(path, 'ENOSPC')
      written.set(path, bytes)
    },
    finish: () => {},
  }
}

/** An agent's transcript that works on files. */
export class FileWork extends Transcript {
  constructor(version = '2.1.329', who: Partial<Who> = {}) {
    super({ sessionId: SESSION, agentId: AGENT, cwd: CWD, entrypoint: 'cli', version, ...who })
    this.prompt('Do it.')
  }

  write(path: string, content: string, words = `The file ${path} has been updated successfully.`): this {
    return this.result(this.call('Write', { file_path: path, content }), words)
  }

  create(path: string, content: string): this {
    return this.write(path, content, `File created successfully at: ${path}`)
  }

  edit(path: string, oldText: string, newText: string, all = false): this {
    const input = { file_path: path, old_string: oldText, new_string: newText, replace_all: all }
    return this.result(this.call('Edit', input), `The file ${path} has been updated successfully.`)
  }

  read(path: string, text: string, from = 1, input: Fields = {}): this {
    const shown = text
      .split('\n')
      .map((line, at) => `${from + at}\t${line}`)
      .join('\n')
    return this.result(this.call('Read', { file_path: path, ...(from > 1 && { offset: from }), ...input }), shown)
  }
}

/** A client's home in a temporary folder. */
export interface Home {
  readonly folder: string
  readonly projects: string
  add(path: string, content: string | Uint8Array): string
  dispose(): void
}

export function createHome(folder = realpathSync(mkdtempSync(join(tmpdir(), 'salvage-')))): Home {
  const add = (path: string, content: string | Uint8Array): string => {
    const target = join(folder, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
    return target
  }
  mkdirSync(join(folder, 'projects'))
  return { folder, projects: join(folder, 'projects'), add, dispose: () => rmSync(folder, { recursive: true, force: true }) }
}

export const AGENT_FILE = `projects/-home-dev-app/${SESSION}/subagents/agent-${AGENT}.jsonl`

export interface Outcome {
  readonly manifest: SalvageManifest
  readonly agent: SalvagedAgent
  readonly written: ReadonlyMap<string, Uint8Array>
  readonly manifestRefused: string | null
  readonly file: (name: string) => SalvagedFile
  readonly text: (name: string) => string
}

/** Runs the job over a home; everything that it writes is kept in memory. */
export async function run(home: Home, options: Partial<SalvageOptions> = {}, git: Git = noGit, folder = memoryFolder()): Promise<Outcome> {
  const asked: SalvageOptions = {
    roots: [home.projects],
    target: AGENT,
    session: null,
    tree: false,
    git: git !== noGit,
    timeZone: 'UTC',
    toolVersion: '0.0.0',
    ...options,
  }
  const { manifest, manifestRefused } = await salvage(asked, { files: createFiles(), git }, async () => folder)
  // What leaves the process is what the schema says.
  SalvageManifestSchema.parse(manifest)
  const [agent] = manifest.agents
  if (agent === undefined) throw new Error('no agent')
  const file = (name: string): SalvagedFile => {
    const found = manifest.agents.flatMap(({ files }) => files).find(({ path }) => path === name || path.endsWith(`/${name}`))
    if (found === undefined) throw new Error(`no ${name} among ${agent.files.map(({ path }) => path).join(', ')}`)
    return found
  }
  return {
    manifest,
    agent,
    manifestRefused,
    written: folder.written,
    file,
    text: (name) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(folder.written.get(file(name).stored ?? '')),
  }
}

/** The job over one agent's transcript. */
export async function runOver(
  transcript: Transcript | string,
  options: Partial<SalvageOptions> = {},
  folder = memoryFolder(),
): Promise<Outcome> {
  const home = createHome()
  try {
    home.add(AGENT_FILE, typeof transcript === 'string' ? transcript : transcript.text)
    return await run(home, options, noGit, folder)
  } finally {
    home.dispose()
  }
}
