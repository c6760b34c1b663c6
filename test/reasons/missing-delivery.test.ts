import { describe, expect, it } from 'vitest'
import { findMissingDelivery } from '../../src/reasons/missing-delivery.ts'
import { oneAgent } from '../hostile/world.ts'
import { findRun } from './linked.ts'

const { run } = await findRun(oneAgent((agent) => agent.bash('ls').says('It is done.')))
const git = (command: string, failed = false) => ({
  command,
  failed,
  commits: [],
  movedTo: null,
  cwd: null,
  at: null,
  where: { path: '/x', line: 1, byteOffset: 0 },
})
const missing = (firstPrompt: string, ...commands: readonly ReturnType<typeof git>[]): string | undefined =>
  findMissingDelivery({ ...run, firstPrompt, gitCommands: commands, writtenFiles: ['/home/dev/app/out/report.md'] })

describe('what the prompt asks for and the transcript does not hold', () => {
  it.each([
    ['Port the lexer, test it, commit and push', 'a commit'],
    ['Port the lexer and commit it.', 'a commit'],
    ['Port the lexer. Commit your work.', 'a commit'],
    ['Push the branch when the tests pass.', 'a push'],
    ['Write the findings to out/findings.md', 'a file'],
  ])('%s', (prompt, what) => expect(missing(prompt)).toBe(what))

  it('a command that failed delivered nothing', () => {
    expect(missing('Port it and commit it.', git('git commit -m x', true))).toBe('a commit')
    expect(missing('Port it, commit and push.', git('git commit -m x'))).toBe('a push')
    expect(missing('Port it, commit and push.', git('git commit -m x && git push'))).toBeUndefined()
  })

  it.each([
    'Port the lexer.',
    'Do not commit. Do not push.',
    'Port it without any commit and push nothing.',
    'Find the commit that broke the build.',
    'Explain why the last push failed.',
    'Write out/report.md',
    'Read notes.txt and explain it',
  ])('nothing: %s', (prompt) => expect(missing(prompt)).toBeUndefined())
})
