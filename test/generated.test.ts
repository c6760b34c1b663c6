import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { listOffers } from '../src/cli/completion/words.ts'
import { EXIT } from '../src/cli/exit-code.ts'
import { main } from '../src/cli/main.ts'
import { TOOL_VERSION } from '../src/cli/version.ts'
import { createDemos } from '../src/demo/demos.ts'
import { createFiles } from '../src/node/files.ts'
import { createGit } from '../src/node/git.ts'
import { createGitWriter } from '../src/node/git-writer.ts'
import { createProcesses } from '../src/node/processes.ts'
import { createProgramHost } from '../src/node/program-host.ts'
import type { Host, ProgramHost } from '../src/ports/host.ts'
import { TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../src/reasons/terminal-reason.ts'
import type { Report } from '../src/report/report.ts'
import { analyze } from '../src/scan/scan.ts'
import type { AnalyzeOptions } from '../src/scan/analyze-options.ts'
import { clients } from '../src/clients/index.ts'
import { reportJsonSchema } from '../src/report/schema.ts'
import { salvageJsonSchema } from '../src/salvage/schema.ts'
import { showJsonSchema } from '../src/show/schema.ts'
import type { Option } from 'commander'
import { commands, referenceOf } from './command-line.ts'
import { manualPage } from './manual.ts'
import { drawScreen } from './screen-picture.ts'
import { bundles, plainGit, unpack } from './salvage/bundle.ts'

// Every committed text that the code itself can write. `npm run generate` writes all of them: it runs this file with --update.
// Without that, a text that is older than the code fails its test, and nothing is written.

const DEMO = '--demo --now 2026-11-21T07:03:20Z --time-zone UTC'
/** Where a reader has the sample incident; where it is here is as long, so that lines are broken where they would be there. */
const CACHE = '/home/dev/.cache'
const OWN_CACHE = join('/tmp', String(process.pid).padStart(11, 'x'))

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url))
}

/** As the client names the folder of a project. */
const projectOf = (path: string): string => path.replaceAll(/[^A-Za-z0-9]/g, '-')

/** Puts every text between its `<!-- generated:NAME -->` and the end of that block. */
function fillBlocks(file: string, blocks: Readonly<Record<string, string>>): string {
  let text = readFileSync(pathOf(file), 'utf8')
  for (const [name, content] of Object.entries(blocks)) {
    const [open, close] = [`<!-- generated:${name} -->\n`, `<!-- /generated:${name} -->`]
    const [from, to] = [text.indexOf(open), text.indexOf(close)]
    if (from < 0 || to < from) throw new Error(`${file} has no block ${name}`)
    text = `${text.slice(0, from)}${open}\n${content.trim()}\n\n${text.slice(to)}`
  }
  return text
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('')
}

const reports = new Map<string, Promise<Report>>()

/** Nothing here changes the sample incident: the same question has the same answer. */
function analyzeOnce(question: AnalyzeOptions, host: Host): Promise<Report> {
  const key = JSON.stringify(question, (_, value: unknown) => (value instanceof Set ? [...value] : value))
  const report = reports.get(key) ?? analyze(question, host)
  reports.set(key, report)
  return report
}

async function screen(command: string, changed: Partial<ProgramHost> = {}): Promise<string> {
  const git = createGit()
  const out: string[] = []
  const cache = join(OWN_CACHE, 'agent-forensics')
  const journalsIn = () => {
    throw new Error('no screen here is of a recovery')
  }
  const demos = createDemos({ cache, now: () => Date.now(), journalsIn })
  const host = {
    ...createProgramHost({
      files: createFiles(),
      processes: createProcesses(),
      git,
      gitWriter: createGitWriter(git),
      demo: { root: join(cache, 'demo', '.claude', 'projects'), open: demos.open, remove: demos.remove },
      findTool: () => ['agent-forensics'],
    }),
    ...changed,
  }
  const stdout = {
    isTTY: false,
    columns: 80,
    write: async (text: string) => {
      out.push(text)
      return true
    },
  }
  expect(await main(command.split(' '), { ...host, env: {}, stdout, stderr: stdout }, analyzeOnce)).toBe(EXIT.done)
  return out.join('').replaceAll(OWN_CACHE, CACHE).replaceAll(projectOf(OWN_CACHE), projectOf(CACHE))
}

/** The lines of a format that say enough, of the sample incident. */
async function demoLines(format: string, language: string, from: RegExp, lines: number): Promise<string> {
  const all = (await screen(`scan --format ${format} ${DEMO}`)).split('\n')
  const start = all.findIndex((line) => from.test(line))
  return `\`\`\`${language}\n${all
    .slice(start, start + lines)
    .join('\n')
    .trimEnd()}\n\`\`\``
}

async function demoScreen(command: string): Promise<string> {
  const shown = await screen(`${command} ${DEMO}`)
  return `\`\`\`text\n$ agent-forensics ${command} ${DEMO}\n\n${shown.trimEnd()}\n\`\`\``
}

/** What `salvage` gives back of a run of the real client. */
async function salvageScreen(): Promise<string> {
  const [, bundle] = bundles.find(([name]) => name === '2.1.329-files-KILL') ?? []
  if (bundle === undefined) throw new Error('no bundle')
  // As long as /home/dev, so that lines are broken where they would be there.
  const folder = join('/tmp', String(process.pid).padStart(4, 'x').slice(-4))
  mkdirSync(folder)
  try {
    const home = unpack(bundle, folder)
    plainGit(home.app, 'worktree', 'remove', '--force', '.claude/worktrees/agent-a79f8a225d7dc4a7d')
    const shown = await screen(`salvage a79f8a22 --out rescue --root ${folder}/projects`, { cwd: folder })
    return `\`\`\`text\n$ agent-forensics salvage a79f8a22 --out rescue\n\n${shown.replaceAll(folder, '/home/dev').trimEnd()}\n\`\`\``
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const orList = new Intl.ListFormat('en', { type: 'disjunction' })

/** What no transcript of a product can show. */
function unrecordedSentences(): string {
  return clients
    .filter(({ unrecordedReasons }) => unrecordedReasons.length > 0)
    .map(
      ({ name, unrecordedReasons }) =>
        `${name} records nothing that shows ${orList.format(unrecordedReasons.map((reason) => `\`${reason}\``))}.`,
    )
    .join('\n')
}

/** Every command with its arguments, its options by group, and the examples of its help. */
function commandReference(): string {
  return commands()
    .map((command) => {
      const { arguments: args, examples, options } = referenceOf(command)
      const headingOf = ({ helpGroupHeading }: Option): string => helpGroupHeading ?? 'Options:'
      const headings = [...new Set(options.map(headingOf))]
      return [
        `## ${command.name()}\n\n\`agent-forensics ${command.name()} ${command.usage()}\`: ${command.description()}.\n`,
        ...(args.length === 0 ? [] : [table(['argument', 'is'], args)]),
        ...headings.map((heading) => {
          const own = options.filter((option) => headingOf(option) === heading)
          return `**${heading.replace(/:$/, '')}**\n\n${table(['option', 'does'], own.map(rowOf))}`
        }),
        ...(examples === '' ? [] : [`\`\`\`text\n${examples}\n\`\`\`\n`]),
      ].join('\n')
    })
    .join('\n')
}

function rowOf({ flags, description, defaultValueDescription, defaultValue }: Option): readonly string[] {
  const value = defaultValueDescription ?? (defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : String(defaultValue))
  return [`\`${flags}\``, `${description}${value === '' ? '' : ` (default: ${value})`}`]
}

function reasonsTable(): string {
  const rows = TERMINAL_REASON_NAMES.map((name) => {
    const { outcome, texts } = TERMINAL_REASONS[name]
    return [`\`${name}\``, outcome, texts.meaning, texts.action]
  })
  return table(['reason', 'counts as', 'the agent ended because', 'what to do'], rows)
}

function reasonSections(): string {
  return TERMINAL_REASON_NAMES.map((name) => {
    const { outcome, texts } = TERMINAL_REASONS[name]
    return `## ${name}\n\nThe agent ended because ${texts.meaning}. Counts as ${outcome}.\n\n- **Told by:** ${texts.detection}\n- **Looks alike:** ${texts.lookalikes}\n- **What to do:** ${texts.action}\n`
  }).join('\n')
}

/** Which reasons make which kind of incident. */
function causesTable(): string {
  const causesOf = (kind: string): string =>
    TERMINAL_REASON_NAMES.filter((name) => TERMINAL_REASONS[name].incident?.kind === kind)
      .map((name) => `\`${name}\``)
      .join(', ')
  const rows = [
    ['a limit', causesOf('limit')],
    ['an outage', causesOf('outage')],
    ['the end of a process', causesOf('process_end')],
  ]
  return table(['incident', 'reasons'], rows)
}

describe('up to date, else: npm run generate', () => {
  afterAll(() => rmSync(OWN_CACHE, { recursive: true, force: true }))

  it.each([
    ['report', reportJsonSchema],
    ['show', showJsonSchema],
    ['salvage', salvageJsonSchema],
  ] as const)('schema/%s.schema.json', async (name, schema) => {
    await expect(`${JSON.stringify(schema())}\n`).toMatchFileSnapshot(pathOf(`schema/${name}.schema.json`))
  })

  it('docs/agent-forensics.1', async () => {
    await expect(manualPage(commands())).toMatchFileSnapshot(pathOf('docs/agent-forensics.1'))
  })

  it.skipIf(spawnSync('groff', ['--version']).status !== 0)('docs/agent-forensics.1 is a manual page', () => {
    const { status, stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-c', pathOf('docs/agent-forensics.1')], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    // Bold letters are struck twice.
    const plain = stdout.replaceAll(/.\u0008/g, '')
    for (const { names } of listOffers(commands()).flatMap(({ options }) => options)) expect(plain).toContain(names.at(-1))
  })

  it.skipIf(process.platform === 'win32')('README.md', async () => {
    await expect(fillBlocks('README.md', { screen: await demoScreen('scan') })).toMatchFileSnapshot(pathOf('README.md'))
  })

  it('plugin/.claude-plugin/plugin.json has the version of the package', async () => {
    const path = pathOf('plugin/.claude-plugin/plugin.json')
    const plugin = { ...(JSON.parse(readFileSync(path, 'utf8')) as object), version: TOOL_VERSION }
    await expect(`${JSON.stringify(plugin, null, 2)}\n`).toMatchFileSnapshot(path)
  })

  it.skipIf(process.platform === 'win32')('docs/screen.svg', async () => {
    const shown = `$ agent-forensics scan --demo\n\n${await screen(`scan --color ${DEMO}`)}`
    await expect(drawScreen(shown.replaceAll(' --time-zone UTC', ''), 80)).toMatchFileSnapshot(pathOf('docs/screen.svg'))
  })

  it.skipIf(process.platform === 'win32').each<[string, string, () => Promise<string>]>([
    ['docs/work.md', 'worktrees', () => demoScreen('worktrees')],
    ['docs/recover.md', 'plan', () => demoScreen('plan')],
    ['docs/show.md', 'show', () => demoScreen('show ad6e4937')],
    ['docs/salvage.md', 'salvage', salvageScreen],
  ])('%s', async (file, name, show) => {
    await expect(fillBlocks(file, { [name]: await show() })).toMatchFileSnapshot(pathOf(file))
  })

  it.skipIf(process.platform === 'win32')('docs/ci.md', async () => {
    const blocks = {
      github: await demoLines('github', 'text', /^/, 12),
      junit: await demoLines('junit', 'xml', /^/, 7),
      sarif: await demoLines('sarif', 'json', /^ {6}"results"/, 23),
    }
    await expect(fillBlocks('docs/ci.md', blocks)).toMatchFileSnapshot(pathOf('docs/ci.md'))
  })

  it.each([
    ['docs/cli.md', { commands: commandReference() }],
    ['docs/reasons.md', { reasons: reasonsTable(), explain: reasonSections() }],
    ['docs/incidents.md', { causes: causesTable() }],
    ['docs/other-agents.md', { unrecorded: unrecordedSentences() }],
  ])('%s', async (file, blocks) => {
    await expect(fillBlocks(file, blocks)).toMatchFileSnapshot(pathOf(file))
  })
})
