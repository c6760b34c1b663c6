import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The clients that the commands are proven against, exactly. */
const PINNED = ['2.1.156', '2.1.220', '2.1.332'] as const
export const NEWEST = '2.1.332'

/** The versions of this run: all that are pinned, or those of `AGENT_FORENSICS_CLIENT_VERSIONS` (with commas). */
export const versions: readonly string[] = process.env['AGENT_FORENSICS_CLIENT_VERSIONS']?.split(',') ?? PINNED

const CACHE = process.env['AGENT_FORENSICS_CLIENTS'] ?? join(homedir(), '.cache', 'agent-forensics', 'clients')

/** The program of one version, from the folder of installed ones, or from npm. Its install scripts are not run. */
export function clientOf(version: string): string {
  const home = join(CACHE, version)
  const known = programIn(home)
  if (known !== undefined) return known
  mkdirSync(CACHE, { recursive: true })
  const draft = `${home}.${process.pid}.tmp`
  execFileSync(
    'npm',
    ['install', '--prefix', draft, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', `@anthropic-ai/claude-code@${version}`],
    { stdio: ['ignore', 'ignore', 'inherit'], timeout: 240_000 },
  )
  rmSync(home, { recursive: true, force: true })
  renameSync(draft, home)
  const installed = programIn(home)
  if (installed === undefined) throw new Error(`client ${version} has no program for this machine`)
  return installed
}

function programIn(home: string): string | undefined {
  const scope = join(home, 'node_modules', '@anthropic-ai')
  const parts = existsSync(scope) ? readdirSync(scope) : []
  // From 2.1.1xx on there is one package per platform, and what stands in the main one only downloads.
  return [
    ...parts.filter((part) => part.startsWith('claude-code-')).map((part) => join(scope, part, 'claude')),
    join(scope, 'claude-code', 'cli.js'),
  ].find((path) => existsSync(path))
}

/** The program of Codex: the one that `AGENT_FORENSICS_CODEX` names, or of an installed package beside the other clients; null: it is not here. */
export function findCodex(): string | null {
  const scope = join(CACHE, 'codex', 'node_modules', '@openai')
  const packages = existsSync(scope) ? readdirSync(scope).filter((name) => name.startsWith('codex-')) : []
  const vendors = packages.map((name) => join(scope, name, 'vendor')).filter((path) => existsSync(path))
  const found = vendors.flatMap((path) => readdirSync(path).map((system) => join(path, system, 'bin', 'codex')))
  return [process.env['AGENT_FORENSICS_CODEX'] ?? '', ...found].find((path) => path !== '' && existsSync(path)) ?? null
}
