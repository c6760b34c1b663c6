import { execFileSync } from 'node:child_process'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claudeCode } from '../../../src/clients/claude-code/index.ts'
import { sdk } from '../../../src/clients/claude-code/sdk.ts'
import { findCommandHazard } from '../../../src/plan/names.ts'

const HOSTILE = [
  '/home/dev/app',
  String.raw`C:\Users\dev\new app`,
  '"); import os; os.system("touch x") #',
  '" } }); process.exit(1); //',
  "it's `$(id)` ${1}",
  'line\nbreak\r\u2028\u2029\u0085\u0000\u007f\u001b[2J',
  '::error::x ##[group] ##vso[x] :::: ####',
  'Ünïcödé 日本 \u{1f600} \u202e \u{e0041}',
  String.raw`\u0041 \N{DIGIT ONE} \x41 \101`,
]
const SESSION = '3f2b8c1e-4d5a-4b7c-8d9e-0f1a2b3c4d5e'

function python(): string | null {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return null
  }
}

describe('values in calls of the SDK', () => {
  it.each(HOSTILE)('%j: TypeScript reads it as it was, and nothing else runs', (cwd) => {
    const asked: unknown[] = []
    runInNewContext(sdk.resume('typescript', { sessionId: SESSION, cwd }, { fork: true }), { query: (with_: unknown) => asked.push(with_) })
    expect(asked).toEqual([{ prompt: 'Continue.', options: { resume: SESSION, cwd, forkSession: true } }])
  })

  it.skipIf(python() === null)('Python reads them as they were, and nothing else runs', () => {
    const calls = HOSTILE.map((cwd) => sdk.resume('python', { sessionId: SESSION, cwd }, { fork: false }))
    const program = `import json
class ClaudeAgentOptions(dict): pass
asked = []
def query(prompt, options): asked.append(options)
${calls.join('\n')}
print(json.dumps(asked))`
    const said = execFileSync('python3', ['-I', '-'], { input: program, encoding: 'utf8' })
    expect(JSON.parse(said)).toEqual(HOSTILE.map((cwd) => ({ resume: SESSION, cwd, fork_session: false })))
  })

  it('any text: one line of plain ASCII that can be printed, in both languages', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('python' as const, 'typescript' as const), (text, language) => {
        const quoted = sdk.quote(language, `${text}::error::##[x]`)
        expect(quoted).toMatch(/^"[ -~]*"$/)
        expect(quoted).not.toMatch(/::|##/)
        if (language === 'typescript') expect(runInNewContext(quoted)).toBe(`${text}::error::##[x]`)
      }),
    )
    // A text that looks like bytes which are not UTF-8 is printed nowhere.
    for (const text of HOSTILE.slice(0, -1)) expect(findCommandHazard(sdk.quote('python', text)), text).toBeNull()
  })
})

describe('copies of files', () => {
  const bodyOf = (raw: object) => claudeCode.normalize(raw, { path: '/t.jsonl', line: 1, byteOffset: 0 }, 1, 'UTC').record?.bodies[0]
  const backup = { backupFileName: 'd60d26f8b7b0dc76@v1', version: 1, backupTime: '2026-11-21T11:21:19.929Z' }
  const snapshot = (trackedFileBackups: object) => ({
    type: 'file-history-snapshot',
    messageId: 'a1',
    snapshot: { messageId: 'p1', trackedFileBackups, timestamp: '2026-11-21T11:21:19.929Z' },
    isSnapshotUpdate: true,
  })

  it('a snapshot and a delta name the prompt at which they were kept', () => {
    expect(bodyOf(snapshot({ 'a.txt': backup }))).toMatchObject({ kind: 'file_checkpoint', promptId: 'p1' })
    const delta = { type: 'file-history-delta', messageId: 'a1', snapshotMessageId: 'p2', trackingPath: 'a.txt', backup }
    expect(bodyOf(delta)).toMatchObject({ kind: 'file_checkpoint', promptId: 'p2' })
  })

  it.each([
    ['a snapshot of no file', snapshot({})],
    ['one that is not a list of copies', snapshot([])],
    ['a copy with a path for a name', snapshot({ 'a.txt': { backupFileName: '../../x' } })],
    ['a delta without its prompt', { type: 'file-history-delta', messageId: 'a1', trackingPath: 'a.txt', backup }],
    ['a prompt that is no text', { ...snapshot({ 'a.txt': backup }), snapshot: { messageId: 7, trackedFileBackups: { 'a.txt': backup } } }],
  ])('%s is none', (_name, raw) => {
    expect(bodyOf(raw)).toMatchObject({ kind: 'other' })
  })
})
