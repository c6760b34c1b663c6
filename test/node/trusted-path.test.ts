import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recovery } from '../../src/clients/claude-code/recovery.ts'
import { createClient } from '../../src/node/client.ts'
import { createForgeTools } from '../../src/node/forge.ts'
import { createGit } from '../../src/node/git.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { trustedPath } from '../../src/node/programs.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
const onPosix = test.skipIf(process.platform === 'win32')

let folder: string
let fired: string
let path: string
const before = { cwd: process.cwd(), path: process.env['PATH'] }
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-path-')))
  fired = join(folder, 'fired')
  mkdirSync(fired)
  const planted = [join(folder, 'bin'), join(folder, 'node_modules', '.bin'), join(folder, 'packages', 'a', 'node_modules', '.bin')]
  for (const bin of planted) {
    mkdirSync(bin, { recursive: true })
    for (const name of ['git', 'gh', 'glab', 'claude', 'ps', 'node', 'ssh']) {
      writeFileSync(join(bin, name), `#!/bin/sh\n: > '${join(fired, name)}'\n`)
      chmodSync(join(bin, name), 0o755)
    }
  }
  // As npx, a script of npm and a careless profile set it, the project's folders first.
  path = ['bin', '.', '', './node_modules/.bin', planted[1], `${planted[1]}/`, `${planted[1]}/../.bin`, planted[2], before.path].join(
    delimiter,
  )
})
afterEach(() => {
  process.chdir(before.cwd)
  process.env['PATH'] = before.path
  rmSync(folder, { recursive: true, force: true })
})

onPosix('no port starts a program that the project brings along', async () => {
  process.chdir(folder)
  process.env['PATH'] = path
  const forge = createForgeTools()
  await Promise.all([
    createGit().version(),
    createClient().version(recovery.version),
    forge.requests({ kind: 'github', host: 'github.invalid', name: 'a/b' }),
    forge.requests({ kind: 'gitlab', host: 'gitlab.invalid', name: 'a/b' }),
    createProcesses('darwin').inspect(process.pid),
  ])
  expect(readdirSync(fired)).toEqual([])
})

onPosix('nor does the program as npx starts it in that project', () => {
  const env = { ...process.env, PATH: path, HOME: folder }
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'plan', '--demo'], { cwd: folder, env, encoding: 'utf8' })
  expect([status, stderr, existsSync(fired) && readdirSync(fired)]).toEqual([0, '', []])
})

test('what is left of a PATH', () => {
  const kept = join(folder, 'node_modules', 'bin')
  expect(trustedPath(path)).toEqual(trustedPath(before.path ?? ''))
  expect(trustedPath(path).filter((each) => each.startsWith(folder))).toEqual([])
  expect(trustedPath([kept, '/x/NODE_MODULES/.BIN', '/usr/bin'].join(delimiter))).toEqual(
    process.platform === 'win32' ? [kept] : [kept, '/usr/bin'],
  )
})
