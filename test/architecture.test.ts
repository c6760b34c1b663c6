import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

// A lint rule that matches nothing looks like a clean program. So the layer rules of .oxlintrc.json are held to planted
// breaches: every one must be found, every allowed import must pass, and no rule may exist that nothing here provokes.

const project = fileURLToPath(new URL('..', import.meta.url))

interface Layer {
  /** A file as its rule sees it; only its path counts. */
  readonly file: string
  readonly may: readonly string[]
  readonly mayNot: readonly string[]
}

const pure = ['node:fs', 'node:path', 'fs', 'fast-glob', 'simple-git', 'commander', 'chalk', 'cli-table3']
const stages = (up: string): string[] =>
  ['analyze.ts', 'cli/main.ts', 'cli/program.ts', 'node/files.ts', 'demo/incident.ts'].map((path) => up + path)

const layers: readonly Layer[] = [
  {
    file: 'src/model/report.ts',
    may: ['zod', './source.ts'],
    mayNot: [...pure, ...stages('../'), '../host.ts', '../time/zone.ts', './../host.ts', '../model/../host.ts'],
  },
  {
    file: 'src/time/zone.ts',
    may: ['./instant.ts', '../model/source.ts', '../text/width.ts'],
    mayNot: [...pure, ...stages('../'), 'zod', 'temporal-polyfill', '../host.ts', '../detect/diagnose.ts', './../host.ts'],
  },
  {
    file: 'src/text/escape.ts',
    may: ['./width.ts', '../model/source.ts', '../time/instant.ts'],
    mayNot: [...pure, ...stages('../'), 'zod', '../host.ts', '../report/table.ts'],
  },
  {
    file: 'src/host.ts',
    may: ['./model/source.ts', './git.ts', './forge.ts'],
    mayNot: [...pure, ...stages('./'), 'zod', './time/zone.ts', './transcript/discover.ts', './model/../time/zone.ts'],
  },
  {
    file: 'src/analyze.ts',
    may: ['./host.ts', './model/report.ts', './transcript/discover.ts', './detect/diagnose.ts', './owner/registry.ts', './time/zone.ts'],
    mayNot: [...pure, 'zod', './cli/main.ts', './node/host.ts', './demo/incident.ts', './detect/../cli/main.ts'],
  },
  {
    file: 'src/index.ts',
    may: ['./analyze.ts', './host.ts', './model/report.ts'],
    mayNot: [...pure, './cli/main.ts', './node/host.ts', './demo/incident.ts'],
  },
  {
    file: 'src/transcript/discover.ts',
    may: [
      './format.ts',
      './formats/index.ts',
      '../model/source.ts',
      '../time/zone.ts',
      '../text/escape.ts',
      '../host.ts',
      'zod',
      'node:path/posix',
      'node:buffer',
      'node:crypto',
    ],
    mayNot: [
      ...pure.filter((name) => name !== 'node:path' && name !== 'node:crypto'),
      ...stages('../'),
      '../detect/diagnose.ts',
      '../owner/registry.ts',
      '../report/table.ts',
      './../report/table.ts',
    ],
  },
  {
    file: 'src/transcript/formats/index.ts',
    may: ['./claude-code/index.ts', '../format.ts', '../../model/source.ts', '../../host.ts', 'node:path'],
    mayNot: [
      'node:fs',
      'node:crypto',
      ...stages('../../'),
      '../../detect/diagnose.ts',
      '../../owner/registry.ts',
      './../../report/table.ts',
    ],
  },
  {
    file: 'src/transcript/formats/claude-code/wire.ts',
    may: ['./paths.ts', '../index.ts', '../../format.ts', '../../../model/source.ts', '../../../text/escape.ts', '../../../host.ts', 'zod'],
    mayNot: [
      'node:fs',
      'chalk',
      ...stages('../../../'),
      '../../../detect/detector.ts',
      '../../../owner/registry.ts',
      './../../../report/table.ts',
    ],
  },
  {
    file: 'src/transcript/formats/claude-code/skim/record.ts',
    may: ['./json', './layout'],
    mayNot: [...pure, 'node:buffer', 'zod', '../normalize.ts', '../../format.ts', '../../../model/source.ts', './../normalize.ts'],
  },
  {
    file: 'src/detect/diagnose.ts',
    may: ['./detector.ts', './detectors/index.ts', '../model/finding.ts', '../time/zone.ts', '../text/escape.ts', '../host.ts'],
    mayNot: [
      ...pure,
      ...stages('../'),
      'zod',
      '../transcript/discover.ts',
      '../owner/registry.ts',
      '../report/table.ts',
      './../report/table.ts',
    ],
  },
  {
    file: 'src/detect/detectors/stopped.ts',
    may: ['../detector.ts', '../../model/finding.ts', '../../time/zone.ts'],
    mayNot: [
      ...pure,
      ...stages('../../'),
      './refused.ts',
      './index.ts',
      '../diagnose.ts',
      '../detectors/refused.ts',
      '../../text/escape.ts',
      '../../host.ts',
      '../../transcript/discover.ts',
      './../../owner/registry.ts',
    ],
  },
  {
    file: 'src/detect/detectors/index.ts',
    may: ['./stopped.ts', '../detector.ts', '../../model/finding.ts'],
    mayNot: [...pure, '../diagnose.ts', '../../host.ts', '../../report/table.ts', './../diagnose.ts'],
  },
  {
    file: 'src/owner/registry.ts',
    may: ['./lock.ts', '../model/source.ts', '../time/zone.ts', '../text/escape.ts', '../host.ts', 'zod'],
    mayNot: [...pure, ...stages('../'), '../transcript/discover.ts', '../detect/diagnose.ts', '../report/table.ts', './../report/table.ts'],
  },
  {
    file: 'src/incident/work-items.ts',
    may: ['./storm.ts', '../model/report.ts', '../time/instant.ts', '../text/order.ts'],
    mayNot: [...pure, ...stages('../'), 'zod', '../host.ts', '../transcript/link.ts', '../detect/diagnose.ts', './../report/table.ts'],
  },
  {
    file: 'src/plan/order.ts',
    may: ['./ways/index.ts', '../model/report.ts', '../time/instant.ts', '../text/order.ts'],
    mayNot: [...pure, ...stages('../'), 'zod', '../host.ts', '../emit/sh.ts', '../transcript/link.ts', './../report/table.ts'],
  },
  {
    file: 'src/plan/ways/index.ts',
    may: ['./promote.ts', '../candidate.ts', '../../model/report.ts', '../../time/instant.ts'],
    mayNot: [
      ...pure,
      ...stages('../../'),
      'zod',
      '../../host.ts',
      '../../emit/sh.ts',
      '../../transcript/link.ts',
      './../../report/table.ts',
    ],
  },
  {
    file: 'src/emit/script.ts',
    may: ['./dialect/sh.ts', './steps.ts', '../model/report.ts', '../time/instant.ts', '../text/escape.ts'],
    mayNot: [...pure, ...stages('../'), 'zod', '../host.ts', '../plan/order.ts', '../report/table.ts', './../plan/order.ts'],
  },
  {
    file: 'src/emit/dialect/sh.ts',
    may: ['./fish.ts', '../dialect.ts', '../quote/fish.ts', '../../model/report.ts', '../../time/instant.ts', '../../text/escape.ts'],
    mayNot: [...pure, ...stages('../../'), 'zod', '../../host.ts', '../../plan/order.ts', '../../report/table.ts', './../../plan/order.ts'],
  },
  {
    file: 'src/salvage/replay.ts',
    may: [
      './manifest.ts',
      '../model/report.ts',
      '../text/escape.ts',
      '../host.ts',
      '../git.ts',
      '../transcript/read-records.ts',
      'zod',
      'node:path',
    ],
    mayNot: [
      ...pure.filter((name) => name !== 'node:path'),
      ...stages('../'),
      '../transcript/formats/claude-code/wire.ts',
      '../promote/session.ts',
      '../detect/diagnose.ts',
      './../report/table.ts',
    ],
  },
  {
    file: 'src/report/table.ts',
    may: ['./reporter.ts', '../model/report.ts', '../time/zone.ts', '../text/escape.ts', '../host.ts', 'chalk', 'cli-table3', 'zod'],
    mayNot: [
      'node:fs',
      'commander',
      'fast-glob',
      ...stages('../'),
      '../transcript/discover.ts',
      '../detect/diagnose.ts',
      './../owner/registry.ts',
    ],
  },
  {
    file: 'src/report/screen/head.ts',
    may: ['./tail.ts', '../reporter.ts', '../../model/report.ts', '../../time/zone.ts', 'chalk'],
    mayNot: ['node:os', 'commander', ...stages('../../'), '../../detect/diagnose.ts', './../../owner/registry.ts'],
  },
  {
    file: 'src/report/html/page/script.ts',
    may: ['./timeline.ts', '../page-data.ts'],
    mayNot: [
      ...pure,
      ...stages('../../../'),
      'zod',
      '../html.ts',
      '../../reporter.ts',
      '../../../time/zone.ts',
      '../../../host.ts',
      './../html.ts',
    ],
  },
  {
    file: 'src/cli/program.ts',
    may: [
      './options.ts',
      '../analyze.ts',
      '../salvage.ts',
      '../host.ts',
      '../report/index.ts',
      '../emit/index.ts',
      '../model/report.ts',
      '../time/zone.ts',
      'commander',
      'node:path',
      'zod',
    ],
    mayNot: [
      './main.ts',
      '../node/host.ts',
      '../demo/incident.ts',
      '../detect/diagnose.ts',
      '../transcript/discover.ts',
      'node:fs',
      'node:process',
      'chalk',
      'cli-table3',
      './../node/host.ts',
    ],
  },
  {
    file: 'src/worktree/inspect.ts',
    may: ['./places.ts', '../git.ts', '../forge.ts', '../host.ts', '../model/report.ts', '../time/instant.ts', '../text/escape.ts'],
    mayNot: [
      ...pure,
      ...stages('../'),
      'zod',
      '../detect/diagnose.ts',
      '../owner/locks.ts',
      '../transcript/link.ts',
      '../report/table.ts',
      './../report/table.ts',
    ],
  },
  {
    file: 'src/node/files.ts',
    may: [
      './host.ts',
      '../host.ts',
      '../git.ts',
      '../forge.ts',
      'zod',
      '../model/source.ts',
      '../demo/incident.ts',
      'node:fs/promises',
      'node:path',
      'fast-glob',
      'simple-git',
    ],
    mayNot: [
      'commander',
      'chalk',
      '../analyze.ts',
      '../cli/main.ts',
      '../transcript/discover.ts',
      '../detect/diagnose.ts',
      './../report/table.ts',
    ],
  },
  {
    file: 'src/demo/incident.ts',
    may: ['./records.ts', '../host.ts', '../time/zone.ts', 'node:fs/promises', 'node:os', 'simple-git'],
    mayNot: [
      'commander',
      'chalk',
      '../analyze.ts',
      '../node/files.ts',
      '../cli/main.ts',
      '../transcript/discover.ts',
      './../report/table.ts',
    ],
  },
  { file: 'src/unheard-of/thing.ts', may: [], mayNot: ['../model/source.ts', 'node:fs', 'zod'] },
  {
    file: 'src/program/program.ts',
    may: ['../cli/main.ts', '../transcript/read-aside.ts', '../node/files.ts', '../demo/demo.ts'],
    mayNot: [...pure, '../analyze.ts', '../cli/program.ts', '../transcript/read-tree.ts', '../report/index.ts', './../analyze.ts'],
  },
  {
    file: 'bin/agent-forensics.js',
    may: [],
    mayNot: ['commander', '../dist/cli/main.js', './load.js', 'node:fs'],
  },
]

const importing = (specifiers: readonly string[]): string =>
  specifiers.map((specifier, line) => `export { name${line} } from '${specifier}'\n`).join('')

interface Complaint {
  readonly file: string
  readonly line: number
  readonly rule: string
  /** What the editor shows. */
  readonly text: string
}

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** Lints a tree under a copy of the real config: globs of overrides are relative to where the config lies. */
async function lint(tree: Readonly<Record<string, string>>): Promise<{ files: number; complaints: readonly Complaint[] }> {
  const root = await mkdtemp(join(tmpdir(), 'architecture-'))
  folders.push(root)
  await cp(join(project, '.oxlintrc.json'), join(root, '.oxlintrc.json'))
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, module: 'nodenext', types: [] } }))
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const stdout = await new Promise<string>((done) => {
    execFile(
      process.execPath,
      [join(project, 'node_modules/oxlint/bin/oxlint'), '--format', 'json'],
      { cwd: root, env: { ...process.env, OXLINT_TSGOLINT_PATH: join(project, 'node_modules/.bin/tsgolint') }, maxBuffer: 2 ** 26 },
      (_error, out, err) => done(out + err),
    )
  })
  // Anything but JSON is a config that did not load.
  const result = JSON.parse(stdout) as {
    number_of_files: number
    diagnostics: { filename: string; code: string; message: string; help?: string; labels: { span: { line: number } }[] }[]
  }
  const complaints = result.diagnostics.map(({ filename, code, message, help, labels }) => ({
    file: filename.replaceAll('\\', '/'),
    line: labels[0]?.span.line ?? 0,
    rule: code.replace(/^.*\(|\)$/g, ''),
    text: `${message} ${help ?? ''}`,
  }))
  return { files: result.number_of_files, complaints }
}

test('every forbidden import of every layer is found, and says why', async () => {
  const { complaints } = await lint(Object.fromEntries(layers.map(({ file, mayNot }) => [file, importing(mayNot)])))
  for (const { file, mayNot } of layers) {
    const found = complaints.filter((complaint) => complaint.file === file && complaint.rule === 'no-restricted-imports')
    const missed = mayNot.filter((_specifier, index) => !found.some(({ line }) => line === index + 1))
    expect(missed, `${file} may import these, and should not`).toEqual([])
    for (const { text } of found) expect(text).toMatch(/: .+\.$/)
  }
})

test('every allowed import passes', async () => {
  const clean = layers.filter(({ may }) => may.length > 0)
  const { files, complaints } = await lint(Object.fromEntries(clean.map(({ file, may }) => [file, importing(may)])))
  expect(complaints).toEqual([])
  expect(files).toBe(clean.length)
})

test('no rule of the config is without a breach that provokes it', async () => {
  const config = await readFile(join(project, '.oxlintrc.json'), 'utf8')
  const messages = new Set([...config.matchAll(/"message": "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]))
  const tree = Object.fromEntries(layers.map(({ file, mayNot }) => [file, importing(mayNot)]))
  const { complaints } = await lint({ ...tree, 'src/time/clock.ts': 'export const argv = process.argv\n' })
  const provoked = new Set(complaints.map(({ text }) => text))
  expect([...messages].filter((message) => ![...provoked].some((text) => text.includes(message ?? '')))).toEqual([])
  expect(messages.size).toBeGreaterThan(12)
})

test.each([
  ['import', `import { a } from '../report/table.ts'\nexport const b = a\n`, 'no-restricted-imports'],
  ['import type', `import type { A } from '../report/table.ts'\nexport type B = A\n`, 'no-restricted-imports'],
  ['import *', `import * as table from '../report/table.ts'\nexport const b = table\n`, 'no-restricted-imports'],
  ['export *', `export * from '../report/table.ts'\n`, 'no-restricted-imports'],
  ['import()', `export const later = () => import('../report/table.ts')\n`, 'no-restricted-imports'],
  ['import() as a type', `export type B = import('../report/table.ts').A\n`, 'consistent-type-imports'],
])('a breach is found however it is written: %s', async (_name, text, rule) => {
  const { complaints } = await lint({ 'src/detect/diagnose.ts': text })
  expect(complaints.map((complaint) => complaint.rule)).toContain(rule)
})

test.each([
  ['console', { 'src/node/host.ts': `console.log('text')\n` }, 'no-console'],
  ['console in bin', { 'bin/agent-forensics.js': `console.error('text')\n` }, 'no-console'],
  ['console in a test', { 'test/node/files.test.ts': `console.log('text')\n` }, 'no-console'],
  ['process', { 'src/report/table.ts': `export const columns = process.stdout.columns\n` }, 'no-restricted-globals'],
  ['process in the demo', { 'src/demo/incident.ts': `export const pid = process.pid\n` }, 'no-restricted-globals'],
  ['globalThis.process', { 'src/cli/program.ts': `export const env = globalThis.process.env\n` }, 'no-restricted-globals'],
  [
    'a cycle',
    {
      'src/detect/diagnose.ts': `import { b } from './choose.ts'\nexport const a: number = b\n`,
      'src/detect/choose.ts': `import { a } from './diagnose.ts'\nexport const b: number = a\n`,
    },
    'no-cycle',
  ],
  [
    'a forgotten await',
    { 'src/owner/registry.ts': `export async function read(): Promise<void> {}\nexport function start(): void {\n  read()\n}\n` },
    'no-floating-promises',
  ],
])('%s is found', async (_name, tree: Record<string, string>, rule) => {
  const { complaints } = await lint(tree)
  expect(complaints.map((complaint) => complaint.rule)).toContain(rule)
})

test('bin/ only starts src/program/, as the build has joined it: nothing else of it could be tested without the real host', async () => {
  const files = (await readdir(join(project, 'bin'))).filter((name) => name.endsWith('.js'))
  const codes = await Promise.all(files.map((name) => readFile(join(project, 'bin', name), 'utf8')))
  const required = codes.flatMap((code) => [...code.matchAll(/\brequire(?:\.resolve)?\(([^)]*)\)/g)].map(([, id = '']) => id))
  const ours = required.filter((id) => !/^'node:[a-z_]+'$/.test(id))
  expect(new Set(ours)).toEqual(new Set(["'../package.json'", "'./load.js'", "'./reader-thread.js'"]))
  const started = codes.flatMap((code) => [...code.matchAll(/\bload\('([^']*)'\)/g)].map(([, name = '']) => name))
  expect(started.toSorted()).toEqual(['program', 'reader'])
})

test('src/node/ and bin/ may touch the process', async () => {
  const { complaints } = await lint({
    'src/node/host.ts': `export const pid = process.pid\n`,
    'bin/agent-forensics.js': `process.exitCode = 0\n`,
  })
  expect(complaints).toEqual([])
})
