import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { ROOMS } from '../scripts/lint/house.mjs'

// A lint rule that matches nothing looks like a clean program. So the rooms of scripts/lint/house.mjs are held to planted breaches:
// every one must be found, every allowed import must pass, and no room may exist that nothing here provokes.

const project = fileURLToPath(new URL('..', import.meta.url))

interface Layer {
  /** A file as its rule sees it; only its path counts. */
  readonly file: string
  readonly may: readonly string[]
  readonly mayNot: readonly string[]
}

/** One file of each room: what it may import, and a breach of each kind. */
const layers: readonly Layer[] = [
  {
    file: 'src/facts/run.ts',
    may: ['zod', './source.ts'],
    mayNot: ['node:fs', '../ports/host.ts', '../time/instant.ts', '../reasons/finding.ts', './../ports/host.ts'],
  },
  {
    file: 'src/time/zoned-time.ts',
    may: ['./instant.ts', '../facts/source.ts', '../text/escape.ts'],
    mayNot: ['zod', '../ports/host.ts', '../reasons/diagnose.ts'],
  },
  {
    file: 'src/text/escape.ts',
    may: ['./order.ts', '../facts/source.ts', '../time/instant.ts'],
    mayNot: ['zod', 'chalk', '../ports/host.ts', '../report/table.ts'],
  },
  {
    file: 'src/ports/host.ts',
    may: ['../facts/source.ts', './git.ts'],
    mayNot: ['zod', 'node:fs', '../time/instant.ts', '../scan/scan.ts'],
  },
  {
    file: 'src/reasons/diagnose.ts',
    may: ['./index.ts', './stopped.ts', './last-word.ts', '../facts/run.ts', '../time/instant.ts', '../text/escape.ts'],
    mayNot: ['zod', 'node:fs', '../ports/host.ts', '../clients/client.ts', '../transcript/link.ts', '../report/table.ts'],
  },
  {
    file: 'src/reasons/stopped.ts',
    may: ['./reason.ts', './last-word.ts', '../facts/run.ts', '../time/instant.ts'],
    mayNot: ['./refused.ts', './index.ts', './diagnose.ts', './terminal-reason.ts', '../reasons/refused.ts', '../ports/host.ts'],
  },
  {
    file: 'src/clients/claude-code/wire.ts',
    may: ['./paths.ts', '../client.ts', '../../facts/record.ts', '../../text/escape.ts', '../../ports/host.ts', 'zod', 'node:path'],
    mayNot: ['node:fs', 'chalk', '../../transcript/link.ts', '../../scan/scan.ts', './../../report/table.ts'],
  },
  {
    file: 'src/clients/claude-code/skim/record.ts',
    may: ['./json', './layout'],
    mayNot: ['zod', 'node:buffer', '../normalize.ts', '../../../facts/record.ts'],
  },
  {
    file: 'src/transcript/link.ts',
    may: ['./fold-run.ts', '../clients/client.ts', '../facts/run.ts', '../ports/host.ts', '../time/instant.ts', 'node:crypto'],
    mayNot: ['zod', 'node:fs', '../clients/claude-code/wire.ts', '../reasons/diagnose.ts', '../report/table.ts', './../scan/scan.ts'],
  },
  {
    file: 'src/worktree/inspect.ts',
    may: ['./places.ts', '../ports/git.ts', '../facts/run.ts', '../text/escape.ts'],
    mayNot: ['node:fs', 'simple-git', '../reasons/diagnose.ts', '../transcript/link.ts', '../report/table.ts'],
  },
  {
    file: 'src/incident/story.ts',
    may: ['./incidents.ts', '../reasons/judged.ts', '../worktree/worktree-report.ts', '../time/instant.ts'],
    mayNot: ['../ports/host.ts', '../worktree/inspect.ts', '../transcript/link.ts', '../report/table.ts'],
  },
  {
    file: 'src/resources/services.ts',
    may: ['./service.ts', '../facts/run.ts', '../text/order.ts'],
    mayNot: ['zod', '../reasons/judged.ts', '../ports/host.ts', '../plan/draft.ts'],
  },
  {
    file: 'src/plan/make-plan.ts',
    may: ['./strategies/index.ts', '../reasons/judged.ts', '../incident/answers.ts', '../worktree/notes.ts', '../time/instant.ts'],
    mayNot: ['node:fs', '../ports/host.ts', '../worktree/inspect.ts', '../emit/list.ts', '../transcript/link.ts', '../report/table.ts'],
  },
  {
    file: 'src/plan/strategies/index.ts',
    may: ['./promote.ts', '../candidate.ts', '../../clients/client.ts'],
    mayNot: ['../../ports/host.ts', '../../emit/list.ts', '../../report/table.ts'],
  },
  {
    file: 'src/report/table.ts',
    may: ['./reporter.ts', '../facts/limit.ts', '../plan/action.ts', '../ports/host.ts', 'chalk', 'cli-table3', 'zod', '#generated/page'],
    mayNot: [
      'node:fs',
      '#generated/skim',
      'commander',
      '../transcript/link.ts',
      '../plan/make-plan.ts',
      '../clients/claude-code/wire.ts',
      './../scan/scan.ts',
    ],
  },
  {
    file: 'src/scan/scan.ts',
    may: ['../ports/host.ts', '../report/report.ts', '../transcript/link.ts', '../reasons/diagnose.ts', '../clients/index.ts'],
    mayNot: ['zod', 'node:fs', '../cli/main.ts', '../node/files.ts', '../demo/demo.ts', '../show/show.ts'],
  },
  {
    file: 'src/show/show.ts',
    may: ['./read-transcript.ts', '../scan/scan.ts', '../transcript/read-tree.ts', 'chalk'],
    mayNot: ['node:fs', '../cli/show.ts', '../salvage/salvage.ts', '../node/files.ts'],
  },
  {
    file: 'src/emit/list.ts',
    may: ['./quoting.ts', '../plan/action.ts', '../plan/action-kinds.ts', '../time/instant.ts', '../text/escape.ts'],
    mayNot: ['zod', '../ports/host.ts', '../plan/make-plan.ts', '../report/table.ts'],
  },
  {
    file: 'src/salvage/replay.ts',
    may: ['./manifest.ts', '../ports/git.ts', '../transcript/read-records.ts', 'zod', 'node:path'],
    mayNot: ['node:fs', '../promote/promote.ts', '../reasons/diagnose.ts', '../scan/scan.ts'],
  },
  {
    file: 'src/preserve/preserve.ts',
    may: ['../ports/git-writer.ts', './rows.ts', '../clients/index.ts', 'picomatch', '../report/screen.ts'],
    mayNot: ['node:fs', '../node/git-writer.ts', '../scan/scan.ts', '../worktree/inspect.ts', '../plan/preserve.ts'],
  },
  {
    file: 'src/preserve/rows.ts',
    may: ['../worktree/notes.ts', '../text/word.ts'],
    mayNot: ['picomatch', './preserve.ts', '../ports/git-writer.ts', '../report/words.ts'],
  },
  {
    file: 'src/recover/recover.ts',
    may: ['../plan/action.ts', '../preserve/preserve.ts', '../ports/journal.ts', '../clients/index.ts', '../time/instant.ts'],
    mayNot: ['node:fs', 'zod', '../plan/make-plan.ts', '../node/programs.ts', '../cli/recover.ts'],
  },
  {
    file: 'src/promote/promote.ts',
    may: ['../transcript/link.ts', '../reasons/diagnose.ts', '../ports/host.ts'],
    mayNot: ['node:fs', 'zod', '../salvage/replay.ts', '../report/table.ts', '../scan/scan.ts'],
  },
  {
    file: 'src/cli/program.ts',
    may: [
      './options.ts',
      '../scan/scan.ts',
      '../salvage/salvage.ts',
      '../ports/host.ts',
      '../report/index.ts',
      'commander',
      'node:path',
      'zod',
    ],
    mayNot: ['node:fs', 'node:process', 'chalk', '../node/files.ts', '../demo/demo.ts', '../transcript/link.ts', './../node/files.ts'],
  },
  {
    file: 'src/node/files.ts',
    may: ['./git.ts', '../ports/host.ts', '../facts/source.ts', 'node:fs/promises', 'fast-glob', 'simple-git', 'zod'],
    mayNot: ['commander', 'chalk', '../scan/scan.ts', '../cli/main.ts', '../transcript/link.ts'],
  },
  {
    file: 'src/demo/demo.ts',
    may: ['./recording.ts', '../ports/host.ts', 'node:fs/promises'],
    mayNot: ['commander', 'chalk', 'simple-git', '../time/instant.ts', '../scan/scan.ts', '../node/files.ts', '../transcript/link.ts'],
  },
  {
    file: 'src/program/program.ts',
    may: ['../cli/main.ts', '../node/files.ts'],
    mayNot: ['node:fs', './other.ts', '../scan/scan.ts', '../cli/program.ts', '../demo/demo.ts'],
  },
  {
    file: 'src/render/join-reports.ts',
    may: ['../report/report.ts', '../incident/summary.ts', '../time/instant.ts'],
    mayNot: ['zod', 'node:fs', '../scan/scan.ts', '../cli/main.ts'],
  },
  {
    file: 'src/library/library.ts',
    may: ['../scan/scan.ts', '../show/show.ts', '../node/files.ts', '../cli/version.ts'],
    mayNot: ['node:fs', 'zod', '../cli/main.ts', '../plan/make-plan.ts'],
  },
  {
    file: 'src/index.ts',
    may: ['./library/library.ts', './scan/scan.ts', './ports/host.ts', './report/report.ts'],
    mayNot: ['zod', './cli/main.ts', './node/files.ts', './demo/demo.ts'],
  },
  { file: 'src/unheard-of/thing.ts', may: [], mayNot: ['../facts/source.ts', 'node:fs', 'zod'] },
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

/** Lints a tree under a copy of the real config: globs of overrides are relative to where the config lies. */
async function lint(tree: Readonly<Record<string, string>>): Promise<{ files: number; complaints: readonly Complaint[] }> {
  const root = await mkdtemp(join(tmpdir(), 'architecture-'))
  await cp(join(project, '.oxlintrc.json'), join(root, '.oxlintrc.json'))
  await cp(join(project, 'scripts/lint'), join(root, 'scripts/lint'), { recursive: true })
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
  await rm(root, { recursive: true })
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

/** A breach of the layers, however it is written, and the rule that finds it. */
const SPELLINGS = [
  ['import', `import { a } from '../report/table.ts'\nexport const b = a\n`, 'layers'],
  ['import type', `import type { A } from '../report/table.ts'\nexport type B = A\n`, 'layers'],
  ['import *', `import * as table from '../report/table.ts'\nexport const b = table\n`, 'layers'],
  ['export *', `export * from '../report/table.ts'\n`, 'layers'],
  ['import()', `export const later = () => import('../report/table.ts')\n`, 'layers'],
  ['import() as a type', `export type B = import('../report/table.ts').A\n`, 'consistent-type-imports'],
] as const

/** What only a client may name. */
const CLIENT_WORDS = [
  ['a record type, in a comparison', `export const is = (type: string): boolean => type === 'assistant'\n`],
  ['a record type, in a list', `export const types = ['queue-operation']\n`],
  ['a tool, in a comparison', `export const is = (tool: string): boolean => tool === 'Agent'\n`],
  ['a tool, in a sentence', `export const why = 'it called SendMessage'\n`],
  ['a path', `export const folder = '.claude/worktrees'\n`],
  ['a path, in a pattern', `export const pattern = /\\.claude[\\\\/]worktrees/\n`],
  ['the ending of a file', 'export const file = (id: string): string => `${id}.jsonl`\n'],
  ['a status word', `export const words = new Set(['async_launched'])\n`],
  ['a command', `export const argv = ['claude', 'go on']\n`],
  ['an option of it', 'export const resume = (id: string): string => `--resume=${id}`\n'],
] as const

/** Breaches of the other rules. */
const OTHERS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['console', { 'src/node/speaks.ts': `console.log('text')\n` }, 'no-console'],
  ['console in bin', { 'bin/speaks.js': `console.error('text')\n` }, 'no-console'],
  ['console in a test', { 'test/node/speaks.test.ts': `console.log('text')\n` }, 'no-console'],
  ['process', { 'src/report/columns.ts': `export const columns = process.stdout.columns\n` }, 'no-restricted-globals'],
  ['process in the demo', { 'src/demo/pid.ts': `export const pid = process.pid\n` }, 'no-restricted-globals'],
  ['globalThis.process', { 'src/cli/env.ts': `export const env = globalThis.process.env\n` }, 'no-restricted-globals'],
  [
    'a cycle',
    {
      'src/transcript/one.ts': `import { b } from './other.ts'\nexport const a: number = b\n`,
      'src/transcript/other.ts': `import { a } from './one.ts'\nexport const b: number = a\n`,
    },
    'no-cycle',
  ],
  [
    'a forgotten await',
    { 'src/transcript/awaits.ts': `export async function read(): Promise<void> {}\nexport function start(): void {\n  read()\n}\n` },
    'no-floating-promises',
  ],
]

/** A file, what it may import, and what it may not. */
const IMPORTERS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'bin/agent-forensics.js',
    ['../dist/bundle/program.js', '../dist/bundle/version.js'],
    ['commander', '../dist/cli/main.js', '../dist/bundle/scan.js', '../src/cli/main.ts', 'node:fs'],
  ],
  [
    'web/script.ts',
    ['./timeline.ts', '../src/report/html/page-data.ts'],
    ['zod', 'node:fs', '#generated/page', '../src/report/html/html.ts', '../src/report/reporter.ts'],
  ],
]

const spellingFile = (index: number): string => `src/transcript/spelling-${index}.ts`
/** The same words outside of a client's folder, in it, and in a test. */
const wordFiles = (index: number): readonly string[] =>
  ['src/plan', 'src/clients/claude-code', 'test'].map((folder) => `${folder}/word-${index}.ts`)

/** The breaches of all of these tests in one tree: oxlint takes longer to start than to read them. */
let breaches: readonly Complaint[] = []
beforeAll(async () => {
  const tree = [
    ...layers.map(({ file, mayNot }) => [file, importing(mayNot)]),
    ...SPELLINGS.map(([, text], index) => [spellingFile(index), text]),
    ...CLIENT_WORDS.flatMap(([, text], index) => wordFiles(index).map((file) => [file, text])),
    ...OTHERS.flatMap(([, files]) => Object.entries(files)),
    ...IMPORTERS.map(([file, may, mayNot]) => [file, importing([...may, ...mayNot])]),
  ]
  const files = Object.fromEntries(tree) as Readonly<Record<string, string>>
  expect(Object.keys(files)).toHaveLength(tree.length)
  breaches = (await lint(files)).complaints
})
const complaintsIn = (...files: readonly string[]): readonly Complaint[] => breaches.filter(({ file }) => files.includes(file))

test('every forbidden import of every room is found, and says why', () => {
  for (const { file, mayNot } of layers) {
    const complaints = complaintsIn(file).filter(({ rule }) => rule === 'layers')
    const missed = mayNot.filter((_specifier, index) => !complaints.some(({ line }) => line === index + 1))
    expect(missed, `${file} may import these, and should not`).toEqual([])
  }
})

test('every allowed import passes, and what one room alone may do', async () => {
  const clean = {
    ...Object.fromEntries(layers.filter(({ may }) => may.length > 0).map(({ file, may }) => [file, importing(may)])),
    // A reason says to people what its evidence looks like.
    'src/reasons/thing.ts': `export const reason = { texts: { meaning: 'a TaskStop names it' } }\n`,
    'src/node/pid.ts': `export const pid = process.pid\n`,
    'bin/agent-forensics.js': `process.exitCode = 0\n`,
  }
  const { files, complaints } = await lint(clean)
  expect(complaints).toEqual([])
  // The plugin that holds the rule is linted, too.
  expect(files).toBe(Object.keys(clean).length + 1)
})

test('every room of the table is there, and has a breach above', async () => {
  const rooms = await readdir(join(project, 'src'))
  expect(
    Object.keys(ROOMS)
      .filter((room) => !room.includes('/'))
      .toSorted(),
  ).toEqual(rooms.toSorted())
  expect(Object.keys(ROOMS).filter((room) => !layers.some(({ file }) => file.startsWith(`src/${room}`)))).toEqual([])
})

test.each(SPELLINGS.map(([name, , rule], index) => [name, rule, index] as const))(
  'a breach is found however it is written: %s',
  (_name, rule, index) => expect(complaintsIn(spellingFile(index)).map((complaint) => complaint.rule)).toContain(rule),
)

test.each(CLIENT_WORDS.map(([name], index) => [name, index] as const))(
  'what only a client may name is found elsewhere, and passes in its folder: %s',
  (_name, index) => {
    const files = wordFiles(index)
    expect(complaintsIn(...files).map(({ file, rule }) => [file, rule])).toEqual([[files[0], 'client-words']])
  },
)

test.each(OTHERS)('%s is found', (_name, files, rule) => {
  expect(complaintsIn(...Object.keys(files)).map((complaint) => complaint.rule)).toContain(rule)
})

test.each(IMPORTERS)('%s may import what it needs, and nothing else', (file, may, mayNot) => {
  const lines = complaintsIn(file).flatMap(({ rule, line }) => (rule === 'no-restricted-imports' ? [line] : []))
  expect(lines.toSorted((a, b) => a - b)).toEqual(mayNot.map((_, index) => may.length + index + 1))
})

test('bin/ imports nothing before it has looked at the version of Node', async () => {
  const code = await readFile(join(project, 'bin/agent-forensics.js'), 'utf8')
  expect(code).not.toMatch(/^\s*(?:import|export)\s[^(]|\bawait\b|\brequire\b/m)
  expect(code.indexOf('import(')).toBeGreaterThan(code.indexOf('needs Node'))
})
