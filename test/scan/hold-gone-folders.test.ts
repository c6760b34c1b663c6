import { expect, it } from 'vitest'
import type { Action } from '../../src/plan/action.ts'
import { type Files, FileUnavailable } from '../../src/ports/host.ts'
import { holdForeignFolders, holdGoneFolders } from '../../src/scan/hold-gone-folders.ts'
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

it('holds a start in a folder that was removed, and says so in place of its opposite', async () => {
  const [held] = await holdGoneFolders([start('/home/dev/gone')], files)
  expect(held?.commands).toEqual([])
  expect(held?.preconditions).toEqual(['Its project folder is gone: /home/dev/gone', 'Another one.'])
})

it.each(['/home/dev/app', '/Users/ines/atlas', 'C:\\Users\\ines\\shop', '\\\\host\\share\\shop', 'C:'])(
  'lets a start in %s stand: it is there, or of another machine',
  { timeout: 5000 },
  async (folder) => {
    const action = start(folder)
    expect(await holdGoneFolders([action], files)).toEqual([action])
  },
)

it.each([
  ['C:\\Users\\John Smith\\app', '/home/dev/.claude/projects'],
  ['/Users/ines/app', 'C:\\Users\\ines\\.claude\\projects'],
])('nobody starts in %s, which no folder here can be', (folder, root) => {
  const [held] = holdForeignFolders([start(folder)], root)
  expect(held).toMatchObject({
    commands: [],
    preconditions: expect.arrayContaining([
      `Its folder belongs to another machine: ${folder}`,
      expect.stringMatching(/^Recover it there: agent-forensics recover/),
    ]) as string[],
  })
  expect(holdForeignFolders([start(root)], root)).toEqual([start(root)])
})
