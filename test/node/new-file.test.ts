import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkDraft, writeNewFile } from '../../src/node/new-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-forensics-new-file-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function* chunks(...texts: string[]): AsyncGenerator<string> {
  yield* texts
}

test('writes a file with its folders, for its owner alone, and leaves no draft', async () => {
  const path = join(folder, 'a', 'b', 'new.jsonl')
  expect(await writeNewFile(path, chunks('one\n', 'x'.repeat(3_000_000), '\nthree\n'))).toBe(true)
  expect(readFileSync(path, 'utf8')).toHaveLength(3_000_011)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['new.jsonl'])
})

test('a file that is there stays as it is, also one that comes while the draft is written', async () => {
  const path = join(folder, 'new')
  writeFileSync(path, 'old')
  expect(await writeNewFile(path, chunks('new'))).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('old')
  const late = join(folder, 'late')
  async function* slow(): AsyncGenerator<string> {
    yield 'mine'
    writeFileSync(late, 'theirs')
  }
  expect(await writeNewFile(late, slow())).toBe(false)
  expect(readFileSync(late, 'utf8')).toBe('theirs')
  expect(readdirSync(folder).toSorted()).toEqual(['late', 'new'])
})

test('what fails half-way leaves nothing behind', async () => {
  async function* broken(): AsyncGenerator<string> {
    yield 'half'
    throw new Error('no more')
  }
  await expect(writeNewFile(join(folder, 'new'), broken())).rejects.toThrow('no more')
  expect(readdirSync(folder)).toEqual([])
  mkdirSync(join(folder, 'taken'))
  writeFileSync(join(folder, 'file'), '')
  await expect(writeNewFile(join(folder, 'file', 'new'), chunks('x'))).rejects.toThrow(/ENOTDIR|EEXIST/)
})

test.each(['EPERM', 'ENOTSUP', 'EISDIR', 'EINVAL'])('a file system without links (%s) copies, and replaces nothing', async (code) => {
  const draft = join(folder, 'draft')
  writeFileSync(draft, 'mine')
  const makeLink = () => Promise.reject(Object.assign(new Error(code), { code }))
  expect(await linkDraft(draft, join(folder, 'new'), makeLink)).toBe(true)
  expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('mine')
  writeFileSync(join(folder, 'taken'), 'theirs')
  expect(await linkDraft(draft, join(folder, 'taken'), makeLink)).toBe(false)
  expect(readFileSync(join(folder, 'taken'), 'utf8')).toBe('theirs')
})
