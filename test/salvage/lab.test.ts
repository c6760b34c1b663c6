import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createGit } from '../../src/node/git.ts'
import { createHome, type Home, memoryFolder, run } from './world.ts'

/** Runs of the real client, made by scripts/bundle-salvage-runs.mjs: `disk` is what differs from the base commit, in base64. */
interface Bundle {
  readonly version: string
  readonly scenario: string
  readonly base: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, readonly string[] | string>>
  readonly copies: Readonly<Record<string, string>>
  readonly disk: Readonly<Record<string, string>>
}

const FOLDER = new URL('../../fixtures/salvage/', import.meta.url)
const bundles = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name.replace(/\.json$/, ''), JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Bundle] as const)

const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.invalid',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.invalid',
}
const plainGit = (cwd: string, ...args: readonly string[]): string => execFileSync('git', [...args], { cwd, env, encoding: 'utf8' })
const bytes = (text: string): Buffer => Buffer.from(text, 'base64')

interface Unpacked extends Home {
  readonly app: string
  readonly worktrees: readonly string[]
  /** The bytes that lay at a path when the client was gone; undefined: no file. */
  onDisk(path: string): Buffer | undefined
}

/** The home, the repository and the worktrees as the client left them. */
function unpack(bundle: Bundle): Unpacked {
  const home = createHome()
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

/** What cannot be sure, and why; every other file must be. */
const DOUBTFUL: Readonly<Record<string, string>> = {
  'gone.txt': 'moved away by a command',
  'u16.txt': 'UTF-16',
  'README.md': 'a command touched it, and it was not read again',
  'moved.conf': 'changed by a command; the reading after it does not show line ends',
  'made.txt': 'changed by a command; the reading after it does not show line ends',
  'applied.txt': 'killed while an edit was waiting',
  'unanswered.txt': 'killed while it was to be written',
  'link.txt': 'a link in the base commit',
  'nb4.ipynb': 'edited in a checkout that is not its own, and never read whole',
}

describe.skipIf(process.platform === 'win32').each(bundles)('%s', (_name, bundle) => {
  const agents = Object.keys(bundle.files).flatMap((path) => /agent-(\w+)\.jsonl$/.exec(path)?.[1] ?? [])

  it.each(agents)('gives the files of %s back byte for byte, and knows where it cannot', async (agentId) => {
    const home = unpack(bundle)
    try {
      const { agent, written } = await run(home, { target: agentId }, createGit({ env }))
      const shared = agent.root === home.app
      for (const file of agent.files) {
        const real = home.onDisk(file.path) ?? (file.path === `${home.folder}/outside.txt` ? Buffer.from('outside\n') : undefined)
        const rebuilt = file.storedAs === 'file' ? written.get(file.stored ?? '') : undefined
        const isSame = real === undefined ? rebuilt === undefined : rebuilt !== undefined && real.equals(rebuilt)
        const name = basename(file.path)
        // In a checkout that others write to, too, the last word may be another's.
        if (file.sure && !(shared && ['crlf.txt', 'unicode.txt'].includes(name))) expect(isSame, `${file.path} of ${agentId}`).toBe(true)
        if (!file.sure) expect(Object.keys(DOUBTFUL), `${file.path}: ${file.doubts.join(', ')} ${file.notDone.join(', ')}`).toContain(name)
      }
      expect(agent.files.length).toBeGreaterThan(0)
      expect(agent.readIssues).toEqual([])
    } finally {
      home.dispose()
    }
  })

  // 2.0.76 has no worktrees.
  it.skipIf(bundle.version === '2.0.76')('makes a patch that gives a worktree that is gone back', async () => {
    const home = unpack(bundle)
    try {
      expect(home.worktrees.length).toBeGreaterThan(0)
      for (const name of home.worktrees) {
        const root = join(home.app, '.claude', 'worktrees', name)
        plainGit(home.app, 'worktree', 'remove', '--force', root)
        const { agent, written } = await run(home, { target: name.replace(/^agent-/, '') }, createGit({ env }))
        expect(agent.rootExists).toBe(false)
        expect(agent.git.base).toBe(plainGit(home.app, 'rev-parse', 'main').trim())
        const rescue = join(home.folder, 'rescue')
        plainGit(home.app, 'worktree', 'add', '--quiet', '--detach', rescue, agent.git.base ?? '')
        const patch = home.add('salvage.patch', written.get(agent.patch ?? '') ?? '')
        plainGit(rescue, 'apply', '--whitespace=nowarn', patch)
        for (const file of agent.files.filter(({ inPatch }) => inPatch)) {
          const applied = readFileSync(join(rescue, file.relative ?? ''))
          expect(applied.equals(written.get(file.stored ?? '') ?? Buffer.alloc(0)), file.path).toBe(true)
          if (file.sure) expect(applied.equals(home.onDisk(file.path) ?? Buffer.alloc(0)), file.path).toBe(true)
        }
        plainGit(home.app, 'worktree', 'remove', '--force', rescue)
        rmSync(patch)
      }
    } finally {
      home.dispose()
    }
  })
})

describe.skipIf(process.platform === 'win32')('a session', () => {
  it('is salvaged with its main thread, whose client kept copies, each agent in a folder of its own', async () => {
    const [, bundle] = bundles.find(([name]) => name === '2.1.329-files2') ?? bundles[0] ?? []
    if (bundle === undefined) throw new Error('no bundle')
    const home = unpack(bundle)
    try {
      const session = Object.keys(bundle.files).flatMap((path) => /\/([0-9a-f-]{36})\.jsonl$/.exec(path)?.[1] ?? [])[0] ?? ''
      const folder = memoryFolder()
      const { manifest, written } = await run(home, { target: session.slice(0, 8), git: false }, createGit({ env }), folder)
      expect(manifest.agents.map(({ agentId, folder: own }) => [agentId === null, own.slice(0, 6)])).toEqual([
        [true, 'main'],
        [false, 'agent-'],
      ])
      const [main] = manifest.agents
      for (const file of main?.files ?? []) {
        expect(Buffer.from(written.get(file.stored ?? '') ?? '').equals(home.onDisk(file.path) ?? Buffer.alloc(0)), file.path).toBe(true)
        // CRLF is not to be seen in what the client records, but in its copies.
        expect(file.sure, `${file.path} ${file.doubts.join(', ')}`).toBe(true)
      }
      expect(main?.files.map(({ relative }) => relative)).toEqual(['main.txt', 'crlf.txt', 'nb.ipynb', 'long.txt'])
    } finally {
      home.dispose()
    }
  })
})
