import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { analyze } from '../../src/scan/scan.ts'
import { createFiles } from '../../src/node/files.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { run } from '../cli/fake-host.ts'
import { openDemo } from '../demo/open-demo.ts'
import { noGit } from '../no-git.ts'
import { noProcesses } from '../hostile/world.ts'
import { pageOf } from './reports.ts'

/** Texts of the sample incident that the page shows, each in another of its places, and a secret behind each of them. */
const PLANTED = [
  ['Store prices in cents', `ghp_${'a1B2'.repeat(9)}`],
  ['Run the end-to-end tests, commit', `sk-ant-api03-${'Zz9-'.repeat(8)}`],
  ['Both are fixed.', `AKIA${'ABCD'.repeat(4)}`],
  ['prices in cents (core)', `glpat-${'x9Y_'.repeat(5)}`],
  ['Orders can be exported as CSV.', `https://olena:hunter2-${'q'.repeat(9)}@example.org/`],
  ["Agent type 'db-auditor' not found.", `npm_${'k3J4'.repeat(9)}`],
] as const

it('holds none of the secrets that stood in the transcripts it was made from', async () => {
  const now = Date.parse('2026-11-21T07:03:20Z')
  const demo = await openDemo(now)
  try {
    const planted = new Set<string>()
    for (const path of readdirSync(demo.root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.jsonl?$/.test(name))) {
      const file = join(demo.root, path)
      let text = readFileSync(file, 'utf8')
      for (const [words, secret] of PLANTED) {
        if (!text.includes(words)) continue
        planted.add(words)
        text = text.replaceAll(words, `${words} ${secret}`)
      }
      writeFileSync(file, text)
    }
    expect(planted.size).toBe(PLANTED.length)
    const scan = (excerpts: boolean) =>
      analyze(analyzeOptions({ roots: [demo.root], now, excerpts }), { files: createFiles(), processes: noProcesses, git: noGit })
    const page = pageOf(await scan(true), { now })
    const unquoted = pageOf(await scan(false), { now })
    for (const [words, secret] of PLANTED) {
      // The page shows the words, so that the secret's absence means something.
      expect(page).toContain(words)
      expect(page).not.toContain(secret)
      expect(unquoted).not.toContain(secret)
    }
    expect(page.match(/\[redacted:/g)?.length ?? 0).toBeGreaterThanOrEqual(PLANTED.length)
    expect(unquoted).toContain('Store prices in cents')
    for (const [words] of PLANTED.slice(1)) expect(unquoted).not.toContain(words)
  } finally {
    demo.dispose()
  }
})

it('goes to a file, or to standard output; on a terminal a line says how it becomes a file', async () => {
  const saved = await run(['--format', 'html', '--output', 'page.html'])
  expect(saved.stdout).toBe('')
  expect(saved.written['/work/here/page.html']).toMatch(/^<!doctype html>\n[^]*<\/html>\n$/)
  const piped = await run(['--format', 'html'])
  expect(piped.stdout).toBe(saved.written['/work/here/page.html'])
  expect(piped.stderr).not.toContain('browser')
  expect((await run(['--format', 'html'], { isTTY: true })).stderr).toContain(
    'that was a page for a browser: --output page.html writes it to a file',
  )
})
