import { sample } from '../long.ts'
import { readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createGit } from '../../src/node/git.ts'
import { bundles, env, plainGit, unpack } from './bundle.ts'
import { memoryFolder, run } from './world.ts'

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

describe.skipIf(process.platform === 'win32').each(sample(bundles, 2))('%s', (_name, bundle) => {
  const agents = Object.keys(bundle.files).flatMap((path) => /agent-(\w+)\.jsonl$/.exec(path)?.[1] ?? [])

  it.each(sample(agents, 1))('gives the files of %s back byte for byte, and knows where it cannot', async (agentId) => {
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
