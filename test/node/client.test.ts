import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recovery } from '../../src/clients/claude-code/recovery.ts'
import { createClient } from '../../src/node/client.ts'

const query = recovery.version

let bin: string
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'agent-forensics-bin-'))
})
afterEach(() => rmSync(bin, { recursive: true, force: true }))

function install(script: string): { readonly PATH: string } {
  writeFileSync(join(bin, 'claude'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'claude'), 0o755)
  return { PATH: `${bin}:/usr/bin:/bin` }
}

describe.skipIf(process.platform === 'win32')('the installed client', () => {
  test('says its version, asked from an empty folder with nothing on its standard input', async () => {
    const env = install('[ "$1 $#" = "--version 1" ] && [ -z "$(ls -A)" ] && [ -z "$(cat)" ] && echo "2.1.329 (Claude Code)"')
    expect(await createClient(env).version(query)).toBe('2.1.329')
  })

  test.each([
    ['is not there', null],
    ['fails', 'echo 2.1.329; exit 1'],
    ['says something else', 'echo "command not found: claude"'],
    ['says nothing', 'true'],
    ['says too much', 'head -c 1000000 /dev/zero | tr "\\0" 1'],
  ])('%s: its version is not known', async (_name, script) => {
    const env = script === null ? { PATH: bin } : install(script)
    expect(await createClient(env).version(query)).toBeNull()
  })
})

test('a version is read where it stands first, and nowhere else', () => {
  expect(query.read('2.0.60 (Claude Code)\n')).toBe('2.0.60')
  for (const text of ['', 'v2.1.3', 'claude 2.1.3', '2.1', '2.1.3; rm', '2.1.99999999']) expect(query.read(text)).toBeNull()
})
