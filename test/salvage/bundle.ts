import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createHome, type Home } from './world.ts'

/** Runs of the real client, made by scripts/bundle-salvage-runs.mjs: `disk` is what differs from the base commit, in base64. */
export interface Bundle {
  readonly version: string
  readonly scenario: string
  readonly base: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, readonly string[] | string>>
  readonly copies: Readonly<Record<string, string>>
  readonly disk: Readonly<Record<string, string>>
}

const FOLDER = new URL('../../fixtures/salvage/', import.meta.url)
/** All of them, by their names. */
export const bundles = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name.replace(/\.json$/, ''), JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Bundle] as const)

/** Nobody's own settings, and always the same commits. */
export const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.invalid',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.invalid',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
}
/** Git with that environment. */
export const plainGit = (cwd: string, ...args: readonly string[]): string => execFileSync('git', [...args], { cwd, env, encoding: 'utf8' })
const bytes = (text: string): Buffer => Buffer.from(text, 'base64')

/** A home as `unpack` makes it. */
export interface Unpacked extends Home {
  readonly app: string
  readonly worktrees: readonly string[]
  /** The bytes that lay at a path when the client was gone; undefined: no file. */
  onDisk(path: string): Buffer | undefined
}

/** The home, the repository and the worktrees as the client left them. */
export function unpack(bundle: Bundle, folder?: string): Unpacked {
  const home = createHome(folder)
  const app = join(home.folder, 'app')
  const moved = (text: string): string => text.replaceAll('/home/dev/', `${home.folder}/`)
  for (const [path, content] of Object.entries(bundle.files)) {
    home.add(path, moved(typeof content === 'string' ? content : content.map((line) => `${line}\n`).join('')))
  }
  for (const [path, content] of Object.entries(bundle.copies)) home.add(path, bytes(content))
  const put = (path: string, content: Buffer): void => {
    mkdirSync(dirname(join(app, path)), { recursive: true })
    writeFileSync(join(app, path), content)
  }
  for (const [path, content] of Object.entries(bundle.base)) put(path, bytes(content))
  plainGit(app, 'init', '--quiet', '--initial-branch=main')
  plainGit(app, 'add', '--all')
  plainGit(app, 'commit', '--quiet', '--message=init', '--date=2026-01-01T00:00:00Z')
  const worktrees = [...new Set(Object.keys(bundle.disk).flatMap((path) => /^\.claude\/worktrees\/([^/]+)\//.exec(path)?.[1] ?? []))]
  for (const name of worktrees) plainGit(app, 'worktree', 'add', '--quiet', '-b', `worktree-${name}`, `.claude/worktrees/${name}`)
  for (const [path, content] of Object.entries(bundle.disk)) put(path, bytes(content))
  const onDisk = (path: string): Buffer | undefined => {
    const relative = path.slice(app.length + 1)
    const found = bundle.disk[relative] ?? bundle.base[relative.replace(/^\.claude\/worktrees\/[^/]+\//, '')]
    return found === undefined ? undefined : bytes(found)
  }
  return { ...home, app, worktrees, onDisk }
}
