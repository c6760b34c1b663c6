import { expect, it } from 'vitest'
import type { Action } from '../../src/plan/action.ts'
import { type Files, FileUnavailable } from '../../src/ports/host.ts'
import { holdMissingFolders } from '../../src/scan/hold-missing-folders.ts'
import { FOLDER_EXISTS } from '../../src/plan/strategies/places.ts'

const THERE = new Set(['/home', '/home/dev', '/home/dev/app'])
const files = {
  facts: async (path: string) => {
    if (!THERE.has(path)) throw new FileUnavailable(path, 'ENOENT')
    return { kind: 'directory' }
  },
} as unknown as Files

function start(cwd: string): Action {
  return {
    id: 'redispatch-a1',
    kind: 'redispatch',
    title: '',
    why: '',
    commands: [{ cwd, argv: ['claude'] }],
    preconditions: [`${FOLDER_EXISTS} and nobody else is using it: ${cwd}`, 'Another one.'],
    notBefore: null,
    dependsOn: [],
    risk: '',
    cost: '',
    agents: ['a1'],
    session: null,
  }
}

const ROOT = '/home/dev/.claude/projects'

it('holds a start in a folder that was removed, and says so in place of its opposite', async () => {
  const [held] = await holdMissingFolders([start('/home/dev/gone')], ROOT, files)
  expect(held?.commands).toEqual([])
  expect(held?.preconditions).toEqual(['Its project folder is gone: /home/dev/gone', 'Another one.'])
})

it.each(['/home/dev/app', '/home/ines/atlas'])('lets a start in %s stand: it is there, or may be', async (folder) => {
  expect(await holdMissingFolders([start(folder)], ROOT, files)).toEqual([start(folder)])
})

it.each([
  ['/Users/ines/atlas', ROOT, files],
  ['C:\\Users\\John Smith\\app', ROOT, files],
  ['C:\\Users\\John Smith\\app', ROOT, null],
  ['\\\\host\\share\\shop', ROOT, files],
  ['C:', ROOT, files],
  ['/Users/ines/app', 'C:\\Users\\ines\\.claude\\projects', null],
])('nobody starts in %s, which no folder below %s can be', { timeout: 5000 }, async (folder, root, system) => {
  const [held] = await holdMissingFolders([start(folder)], root, system)
  expect(held).toMatchObject({
    commands: [],
    preconditions: [
      `Its folder belongs to another machine: ${folder}`,
      'Recover it there: agent-forensics recover --agent a1',
      'Another one.',
    ],
  })
})

it('looks nothing up where nothing may be asked', async () => {
  expect(await holdMissingFolders([start('/Users/ines/atlas')], ROOT, null)).toEqual([start('/Users/ines/atlas')])
})
