import { describe, expect, it } from 'vitest'
import { WorktreeConventions } from '../../src/clients/worktree-conventions.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import type { Git, Worktree } from '../../src/ports/git.ts'
import { type Files, FileUnavailable } from '../../src/ports/host.ts'
import type { ReadIssue } from '../../src/facts/source.ts'
import { keyOfPath } from '../../src/text/path.ts'
import { findHomes } from '../../src/worktree/homes.ts'
import type { Place } from '../../src/worktree/places.ts'
import { memoryFiles } from '../hostile/world.ts'
import { noGit } from '../no-git.ts'
import { worker } from './world.ts'

const NFC = 'caf\u00e9'
const NFD = 'cafe\u0301'

/** How git, the system and transcripts spell the same two folders. */
interface Spellings {
  readonly git: string
  readonly system: string
  readonly transcripts: readonly string[]
  readonly separator: '/' | '\\'
}

const SYSTEMS: readonly (readonly [string, Spellings])[] = [
  [
    'git for Windows',
    {
      git: 'C:/Users/Ines/App',
      system: 'C:\\Users\\Ines\\App',
      transcripts: ['c:\\Users\\ines\\app', 'C:\\Users\\Ines\\App'],
      separator: '\\',
    },
  ],
  ['a Mac', { git: '/private/tmp/app', system: '/private/tmp/app', transcripts: ['/tmp/app', '/private/tmp/app'], separator: '/' }],
  [
    'accents',
    { git: `/Users/dev/${NFC}`, system: `/Users/dev/${NFD}`, transcripts: [`/Users/dev/${NFC}`, `/Users/dev/${NFD}`], separator: '/' },
  ],
]

const below = (root: string, separator: string): string => [root, '.claude', 'worktrees', 'agent-a1'].join(separator)

function entry(path: string): Worktree {
  return { path, head: 'a'.repeat(40), branch: 'refs/heads/x', detached: false, bare: false, locked: null, prunable: null }
}

/** Folders that are there answer with their path as the system spells it. */
function filesOf({ system, separator }: Spellings, gone: boolean): Files {
  const there = [system, ...(gone ? [] : [below(system, separator)])]
  const find = (path: string): string => {
    const found = there.find((each) => keyOfPath(each) === keyOfPath(path))
    if (found === undefined) throw new FileUnavailable(path, 'ENOENT')
    return found
  }
  const files = memoryFiles(new Map())
  return {
    ...files,
    realPath: async (path) => find(path),
    facts: async (path) => (find(path), { kind: 'directory', bytes: 0, modifiedAt: 0, identity: path, stamp: '' }),
    list: async () => ({ paths: gone ? [] : [`${below(system, separator)}${separator}.git`], issues: [] }),
  }
}

function gitOf(spellings: Spellings): Git {
  const { git, system } = spellings
  const repository = { worktreePath: system, gitDir: `${system}/.git`, commonDir: `${system}/.git`, mainWorktree: system }
  return { ...noGit, repositoryOf: async () => repository, worktrees: async () => [entry(git), entry(below(git, '/'))] }
}

describe.each(SYSTEMS)('%s', (_, spellings) => {
  it.each([
    ['there', false],
    ['gone', true],
  ])('a worktree that is %s is one row, with all who worked in it', async (_name, gone) => {
    const places = spellings.transcripts.flatMap((root, index): Place[] => {
      const owner = worker(`a${index}`, {})
      const path = below(root, spellings.separator)
      return [
        { path, branch: null, owners: [owner], visitors: [], sessions: [] },
        { path: root, branch: null, owners: [], visitors: [owner], sessions: [] },
      ]
    })
    const issues: ReadIssue[] = []
    const means = {
      git: gitOf(spellings),
      files: filesOf(spellings, gone),
      conventions: new WorktreeConventions([claudeCode.worktrees].flatMap((each) => each ?? [])),
    }
    const { met, homeless } = await findHomes(places, means, issues)
    expect([met.length, homeless, issues]).toEqual([1, [], []])
    const homes = met[0]?.homes ?? []
    expect(homes.map(({ path }) => path).toSorted()).toEqual([spellings.git, below(spellings.git, '/')])
    const home = homes.find(({ path }) => path === below(spellings.git, '/'))
    expect(home?.entry).not.toBeNull()
    expect(home?.exists).toBe(!gone)
    expect(home?.owners.map(({ id }) => id)).toEqual(['a0', 'a1'])
    for (const root of spellings.transcripts) expect(home?.spellings).toContain(below(root, spellings.separator))
  })
})
