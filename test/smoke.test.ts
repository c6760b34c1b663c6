import { IS_LONG } from './long.ts'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { findProgram } from '../src/node/programs.ts'

const SMOKE = fileURLToPath(new URL('../scripts/smoke.mjs', import.meta.url))
const bin = mkdtempSync(join(tmpdir(), 'agent-forensics-no-sh-'))
afterAll(() => rmSync(bin, { recursive: true, force: true }))

// Windows has no links for everybody, and git looks for its parts beside itself there.
test.skipIf(process.platform === 'win32' || !IS_LONG)(
  'what runs on every system in CI runs here, with git on the PATH and neither sh nor anything else',
  { timeout: 120_000 },
  () => {
    symlinkSync(findProgram('git', process.env) ?? '', join(bin, 'git'))
    const env = { ...process.env, PATH: [bin].join(delimiter) }
    const { status, stdout, stderr } = spawnSync(process.execPath, [SMOKE, '--no-demo'], { env, encoding: 'utf8' })
    expect([status, stderr, stdout.match(/^ok {2}/gm)?.length]).toEqual([0, '', 6])
  },
)
