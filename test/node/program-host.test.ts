import { sample } from '../long.ts'
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProgramHost } from '../../src/ports/host.ts'
import type { Ports } from '../../src/node/program-host.ts'
import { createProgramHost, hostZone } from '../../src/node/program-host.ts'
import { createTerminal } from '../../src/node/terminal.ts'

let folder: string
let host: ProgramHost
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-forensics-test-'))
  host = createProgramHost({} as Ports)
})
afterEach(() => rm(folder, { recursive: true }))

describe('writing a file', () => {
  it('replaces the whole file, keeps its mode, and leaves nothing else behind', async () => {
    const path = join(folder, 'report.json')
    await host.writeFile(path, 'a much longer first text')
    await chmod(path, 0o600)
    await host.writeFile(path, 'second')
    expect(await readFile(path, 'utf8')).toBe('second')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['report.json'])
  })

  it('writes through a link, and into a device', async () => {
    const path = join(folder, 'report.json')
    await writeFile(path, 'old')
    await symlink(path, join(folder, 'link'))
    await host.writeFile(join(folder, 'link'), 'new')
    expect(await readFile(path, 'utf8')).toBe('new')
    await host.writeFile('/dev/null', 'gone')
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })

  it('fails by the code of the system, without a draft left', async () => {
    await expect(host.writeFile(join(folder, 'none', 'x'), '')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(host.writeFile(folder, '')).rejects.toMatchObject({ code: 'EISDIR' })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a terminal', () => {
  function terminal(write: (text: string, done: (error?: Error) => void) => void): ReturnType<typeof createTerminal> {
    const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => write(chunk.toString(), done) })
    return createTerminal(stream as unknown as NodeJS.WriteStream)
  }

  it('waits until a slow reader has taken the text', async () => {
    const taken: string[] = []
    const slow = terminal((text, done) => setTimeout(() => done(void taken.push(text)), 5))
    expect(await slow.write('one')).toBe(true)
    expect(taken).toEqual(['one'])
    expect([slow.isTTY, slow.columns]).toEqual([false, 0])
  })

  it('says that the reader is gone, then and ever after', async () => {
    const gone = terminal((_text, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })))
    expect(await gone.write('one')).toBe(false)
    expect(await gone.write('two')).toBe(false)
  })

  it('does not hide any other trouble', async () => {
    const full = terminal((_text, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })))
    await expect(full.write('one')).rejects.toMatchObject({ code: 'ENOSPC' })
  })
})

describe('the zone of the machine', () => {
  const script = `
    import { hostZone } from ${JSON.stringify(new URL('../../dist/node/program-host.js', import.meta.url).href)}
    const known = hostZone()
    console.log(known === new Intl.DateTimeFormat().resolvedOptions().timeZone ? 'same' : known)`
  it('is the one that Intl tells', () => {
    const { TZ: _, ...env } = process.env
    const zones = [undefined, 'UTC', 'Etc/UTC', 'Europe/Kyiv', 'America/New_York', '', ':UTC', 'Nowhere/At_All']
    for (const zone of sample(zones, 4)) {
      const given = zone === undefined ? env : { ...env, TZ: zone }
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { env: given, encoding: 'utf8' })
      expect([zone, stdout]).toEqual([zone, 'same\n'])
    }
  })

  it('is not looked up where TZ says UTC', () => {
    const asked = vi.spyOn(Intl, 'DateTimeFormat')
    expect(hostZone({ TZ: 'UTC' })).toBe('UTC')
    expect(asked).not.toHaveBeenCalled()
    asked.mockRestore()
  })
})
