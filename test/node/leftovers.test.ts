import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { draftOf, removeOld, removeUnfinished } from '../../src/node/leftovers.ts'
import { writeNewFile } from '../../src/node/new-file.ts'
import { createPrivateFolder } from '../../src/node/private-folder.ts'
import { createProgramHost, type Ports } from '../../src/node/program-host.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-forensics-leftovers-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const DAYS_AGO = Date.now() / 1000 - 2 * 24 * 3600
function old(path: string): string {
  utimesSync(path, DAYS_AGO, DAYS_AGO)
  return path
}

async function* chunks(): AsyncGenerator<string> {
  yield 'text'
}

test.each([
  ['--output and --cache', (path: string) => createProgramHost({} as Ports).writeFile(path, 'text')],
  ['promote', (path: string) => writeNewFile(path, chunks())],
])('what a killed run left of a file is taken away by the next that writes it: %s', async (_, write) => {
  const path = join(folder, 'report.json')
  const [killed, atWork, other, kept] = [
    draftOf(path),
    draftOf(path),
    draftOf(join(folder, 'other')),
    join(folder, '.report.json.mine.tmp'),
  ]
  for (const each of [killed, atWork, other, kept]) writeFileSync(each, '')
  for (const each of [killed, other, kept]) old(each)
  await write(path)
  expect(readdirSync(folder).toSorted()).toEqual([atWork, other, kept, path].map((each) => basename(each)).toSorted())
})

test('of folders only old ones of ours go, and none that a link stands for', async () => {
  const names = ['agent-forensics-save-abc123', 'agent-forensics-save-abc124', 'agent-forensics-other']
  for (const name of names) mkdirSync(join(folder, name, 'inner'), { recursive: true })
  symlinkSync(join(folder, 'agent-forensics-other'), join(folder, 'agent-forensics-save-abc125'))
  for (const name of ['agent-forensics-save-abc123', 'agent-forensics-other']) old(join(folder, name))
  await removeOld(folder, (name) => name.startsWith('agent-forensics-save-'), 'folder')
  expect(readdirSync(folder).toSorted()).toEqual(['agent-forensics-other', 'agent-forensics-save-abc124', 'agent-forensics-save-abc125'])
  await removeOld(join(folder, 'missing'), () => true, 'folder')
})

test('what is not finished goes with the process', async () => {
  const before = { TMPDIR: process.env['TMPDIR'] }
  process.env['TMPDIR'] = folder
  try {
    await createPrivateFolder('agent-forensics-save-')
    async function* endless(): AsyncGenerator<string> {
      yield 'text'
      await new Promise(() => {})
    }
    void writeNewFile(join(folder, 'new'), endless())
    await expect.poll(() => readdirSync(folder).length).toBe(2)
    removeUnfinished()
    expect(readdirSync(folder)).toEqual([])
  } finally {
    if (before.TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before.TMPDIR
  }
})
