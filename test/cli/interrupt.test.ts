import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
const onPosix = it.skipIf(process.platform === 'win32')

let folder: string
let started: ChildProcess[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interrupt-'))
  started = []
})
afterEach(() => {
  // None is left where a test fails; one that has ended takes no signal.
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built program, and presses Ctrl-C once `isAtWork` says so. What it is at would outlast the test. */
function interrupted(argv: readonly string[], isAtWork: (ms: number) => boolean, path = process.env['PATH']): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...argv], { env: { ...process.env, PATH: path } })
  started.push(child)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data) => (stdout += String(data)))
  child.stderr.on('data', (data) => (stderr += String(data)))
  let waited = 0
  const timer = setInterval(() => {
    waited += 50
    if (!isAtWork(waited)) return
    clearInterval(timer)
    child.kill('SIGINT')
  }, 50)
  return new Promise((done) => {
    child.on('exit', (code) => {
      clearInterval(timer)
      done({ code, stdout, stderr })
    })
  })
}

onPosix('Ctrl-C ends a scan in the middle of a file', async () => {
  const project = join(folder, 'projects', 'x')
  mkdirSync(project, { recursive: true })
  const path = join(project, 'a.jsonl')
  writeFileSync(path, '')
  // A hole of the file system: it takes no room, and many minutes to read.
  truncateSync(path, 2 ** 42)
  const { code, stdout, stderr } = await interrupted(['scan', '--root', folder, '--since', 'all', '--no-git'], (ms) => ms >= 1_000)
  expect([code, stdout, stderr]).toEqual([130, '', ''])
})

onPosix('Ctrl-C ends a scan that waits for git', async () => {
  const bin = join(folder, 'bin')
  const place = join(folder, 'app')
  const project = join(folder, 'projects', 'x')
  for (const each of [bin, join(place, '.git'), project]) mkdirSync(each, { recursive: true })
  const asked = join(folder, 'asked')
  writeFileSync(join(bin, 'git'), `#!/bin/sh\n: > '${asked}'\nwhile [ -e '${asked}' ]; do sleep 1; done\n`)
  chmodSync(join(bin, 'git'), 0o755)
  const at = { sessionId: '00000000-0000-4000-8000-000000000001', cwd: place, version: '2.1.329', timestamp: '2026-05-31T10:00:00.000Z' }
  const line = { type: 'user', ...at, message: { content: 'Go.' } }
  writeFileSync(join(project, `${at.sessionId}.jsonl`), `${JSON.stringify(line)}\n`)
  const path = `${bin}:${process.env['PATH'] ?? ''}`
  const { code, stdout } = await interrupted(['scan', '--root', folder, '--since', 'all'], () => existsSync(asked), path)
  expect([code, stdout]).toEqual([130, ''])
})
