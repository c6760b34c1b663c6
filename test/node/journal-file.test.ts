import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createJournals } from '../../src/node/journal-file.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { JournalBusy, type JournalFile } from '../../src/ports/journal.ts'

const home = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-journal-')))
const state = join(home, '.local', 'state', 'agent-forensics')
beforeEach(() => rmSync(state, { recursive: true, force: true }))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const processes = createProcesses()
const open = (path: string | null = null, subjects = ['/a', '/b']): Promise<JournalFile> =>
  createJournals(processes, { env: {}, home }).open(subjects, path)
const lockName = (): string => readdirSync(state).find((name) => name.endsWith('.lock')) ?? ''

describe('a journal', () => {
  test('keeps its lines for the next run, which may name the folders in another order', async () => {
    const first = await open()
    expect(first.lines).toEqual([])
    first.append('one')
    first.append('two')
    first.close()
    const second = await open(null, ['/b', '/a'])
    expect(second.lines).toEqual(['one', 'two'])
    second.close()
    const other = await open(null, ['/c'])
    expect(other.lines).toEqual([])
    other.close()
    expect(readdirSync(state).filter((name) => name.includes('.lock'))).toEqual([])
  })

  test('loses nothing to a line that was torn', async () => {
    const path = join(home, 'mine')
    writeFileSync(path, 'whole\nto')
    const file = await open(path)
    expect(file.lines).toEqual(['whole'])
    file.append('next')
    file.close()
    expect(readFileSync(path, 'utf8')).toBe('whole\nto\nnext\n')
    rmSync(path)
  })

  test('is a file: what has no end is refused', async () => {
    await expect(open('/dev/full')).rejects.toMatchObject({ code: 'not_a_regular_file' })
    await expect(open(home)).rejects.toMatchObject({ code: 'not_a_regular_file' })
  })

  test('is for its owner alone', async () => {
    const file = await open()
    expect([file.path, file.folder, state].map((path) => statSync(path).mode & 0o077)).toEqual([0, 0, 0])
    file.close()
  })

  test.each(['EPERM', 'ENOTSUP', 'EISDIR'])('has one writer where the file system knows no links (%s)', async (code) => {
    const makeLink = (): never => {
      throw Object.assign(new Error(code), { code })
    }
    const journals = createJournals(processes, { env: {}, home, makeLink })
    const first = await journals.open(['/a'], null)
    await expect(journals.open(['/a'], null)).rejects.toThrow(JournalBusy)
    first.close()
    // Left by a run that was killed while it made it.
    const lock = join(state, `${basename(first.path, '.journal')}.lock`)
    writeFileSync(lock, '')
    utimesSync(lock, 1, 1)
    const second = await journals.open(['/a'], null)
    second.close()
    expect(readdirSync(state).filter((name) => name.includes('.lock'))).toEqual([])
  })

  test('has one writer: the second says so, whatever file it names', async () => {
    const first = await open()
    await expect(open(join(home, 'another'))).rejects.toThrow(JournalBusy)
    await expect(open()).rejects.toMatchObject({ pid: process.pid })
    first.close()
    const again = await open()
    again.close()
  })

  test('is taken over from a process that has ended, and from one whose pid another has now', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.on('exit', resolve))
    const domain = await processes.domain()
    for (const holder of [{ pid: child.pid, start: '1', domain }, { pid: process.pid, start: '1', domain }, 'torn {']) {
      ;(await open()).close()
      const first = await open()
      const lock = join(state, lockName())
      writeFileSync(lock, typeof holder === 'string' ? holder : JSON.stringify(holder))
      const second = await open()
      second.close()
      first.close()
    }
  })

  test('is not taken from a machine or container that cannot be asked', async () => {
    const first = await open()
    writeFileSync(join(state, lockName()), JSON.stringify({ pid: 1, start: '1', domain: 'linux:elsewhere' }))
    await expect(open()).rejects.toThrow(JournalBusy)
    rmSync(join(state, lockName()))
    first.close()
  })

  test('is taken by one of many that try at once', async () => {
    const opened = await Promise.allSettled(Array.from({ length: 20 }, () => open()))
    const winners = opened.filter((each) => each.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    winners[0]?.value.close()
  })
})
