import { rootOf } from './fixtures/root.ts'
import { noGit } from './no-git.ts'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { analyze } from '../src/scan/scan.ts'
import { REASONS } from '../src/reasons/index.ts'
import type { Processes } from '../src/ports/host.ts'
import type { Evidence } from '../src/facts/evidence.ts'
import { type AgentReport, type Report, ReportSchema, type SessionReport } from '../src/report/report.ts'
import { TERMINAL_REASON_NAMES } from '../src/reasons/terminal-reason.ts'
import { createFiles } from '../src/node/files.ts'
import { CASES } from './fixtures/cases.ts'
import { NEAR_MISSES } from './fixtures/near-misses.ts'
import { CODEX_CASES, CODEX_NEAR_MISSES, type CodexSpec } from './fixtures/codex.ts'
import { CODEWHALE_CASES, CODEWHALE_NEAR_MISSES, type CodeWhaleSpec } from './fixtures/codewhale.ts'
import type { CaseSpec } from './fixtures/spec.ts'
import { writeRollouts } from './records/rollouts.ts'
import { Tree } from './records/tree.ts'
import { analyzeOptions } from './analyze-options.ts'

// How a case is laid out, and how one is added: fixtures/README.md.
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url))
const FOLDERS = ['cases', 'near-misses'] as const
const NOW = '2026-05-31T20:00:00.000Z'
const TRAPS = 18

const CaseFile = z.strictObject({
  title: z.string(),
  clientVersion: z.string(),
  now: z.iso.datetime(),
  timeZone: z.string(),
  processes: z
    .strictObject({
      domain: z.string().optional(),
      alive: z.array(z.strictObject({ pid: z.int(), start: z.string().nullable(), startedAt: z.number().nullable() })),
    })
    .optional(),
  covers: z.array(z.string()).min(1),
  subject: z.string().optional(),
  notes: z.string().optional(),
  wrong: z.string().optional(),
})
type CaseFile = z.infer<typeof CaseFile>

if (process.env['BUILD_CASES'] === '1') {
  for (const spec of CASES) build('cases', spec)
  for (const spec of NEAR_MISSES) build('near-misses', spec)
  for (const spec of CODEX_CASES) buildCodex('cases', spec)
  for (const spec of CODEX_NEAR_MISSES) buildCodex('near-misses', spec)
  for (const spec of CODEWHALE_CASES) buildCodeWhale('cases', spec)
  for (const spec of CODEWHALE_NEAR_MISSES) buildCodeWhale('near-misses', spec)
}

/** Writes `root/` and `case.json` of a folder; what was expected of it stays as it is. */
function build(folder: (typeof FOLDERS)[number], { name, build: fill, ...told }: CaseSpec): void {
  const tree = new Tree(told.clientVersion)
  fill(tree)
  tree.write(join(FIXTURES, folder, name, 'root'))
  writeCase(folder, name, told)
}

function buildCodex(folder: (typeof FOLDERS)[number], { name, rollouts, ...told }: CodexSpec): void {
  writeRollouts(join(FIXTURES, folder, name, 'root'), rollouts())
  writeCase(folder, name, { ...told, clientVersion: told.clientVersion ?? '0.171.0' })
}

function buildCodeWhale(folder: (typeof FOLDERS)[number], { name, files, ...told }: CodeWhaleSpec): void {
  writeRollouts(join(FIXTURES, folder, name, 'root'), files())
  writeCase(folder, name, { ...told, clientVersion: told.clientVersion ?? '0.9.11' })
}

function writeCase(folder: (typeof FOLDERS)[number], name: string, told: Omit<CaseSpec, 'name' | 'build'>): void {
  const file = { ...told, now: told.now ?? NOW, timeZone: told.timeZone ?? 'UTC' }
  writeFileSync(join(FIXTURES, folder, name, 'case.json'), `${JSON.stringify(file, null, 2)}\n`)
}

interface Found {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly file: CaseFile
}

function foundIn(folder: (typeof FOLDERS)[number]): readonly Found[] {
  const parent = join(FIXTURES, folder)
  return readdirSync(parent)
    .toSorted()
    .map((name) => {
      const path = join(parent, name)
      return { id: `${folder}/${name}`, name, path, file: CaseFile.parse(JSON.parse(readFileSync(join(path, 'case.json'), 'utf8'))) }
    })
}

const cases = foundIn('cases')
const nearMisses = foundIn('near-misses')
const reports = new Map<string, Promise<Report>>()

function reportOf(found: Found): Promise<Report> {
  const known = reports.get(found.id)
  if (known !== undefined) return known
  const { now, timeZone } = found.file
  const options = analyzeOptions({ roots: [rootOf(found.path)], now: Date.parse(now), timeZone })
  const report = analyze(options, { files: createFiles(), processes: processesOf(found.file), git: noGit })
  reports.set(found.id, report)
  return report
}

/** Only the processes that the case lists are alive. */
function processesOf({ processes }: CaseFile): Processes {
  return {
    domain: async () => processes?.domain ?? null,
    async inspect(pid) {
      const alive = processes?.alive.find((each) => each.pid === pid)
      return alive === undefined ? { state: 'gone' } : { state: 'alive', start: alive.start, startedAt: alive.startedAt }
    },
  }
}

/** What of a report is compared: verdicts and where they rest, not their wording. */
function projectionOf(report: Report, path: string) {
  const root = join(path, 'root')
  const relative = (file: string): string => (file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file)
  return {
    sessions: report.sessions.map((session) => ({ sessionId: session.sessionId, ...verdictOf(session), alive: session.alive })),
    agents: report.agents.map((agent) => ({
      agentId: agent.agentId,
      kind: agent.kind,
      ...verdictOf(agent),
      reportedAs: agent.reportedAs,
      delivered: agent.delivered,
      parentAgentId: agent.parentAgentId,
      workflowRunId: agent.workflowRunId,
      silence: agent.silence,
      waitingOn: agent.waitingOn,
    })),
    workflows: report.workflows.map(({ runId, status, calls, resumable, wouldRunAgain }) => ({
      runId,
      status,
      calls,
      resumable,
      wouldRunAgain,
    })),
    readIssues: report.readIssues.map((issue) => ({ reason: issue.reason, path: relative(issue.path), line: issue.line })),
  }
}

function verdictOf({ reason, basis, confidence, limit, evidence, alternatives }: AgentReport | SessionReport) {
  return {
    reason,
    basis,
    confidence,
    limit: limit === null ? null : { kind: limit.kind, resetsAt: limit.resetsAt, resetSource: limit.resetSource },
    evidence: evidence.map(placeOf),
    alternatives: alternatives.map((each) => each.reason),
  }
}

function placeOf(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'process':
      return `process ${evidence.pid} ${evidence.alive === null ? 'unknown' : evidence.alive ? 'alive' : 'gone'}`
    case 'record':
    case 'absence':
      return `${evidence.kind} ${evidence.path === null ? '-' : `${basename(evidence.path)}:${evidence.line ?? '-'}`}`
    default:
      return `${evidence.kind} ${basename(evidence.path)}`
  }
}

describe.each([...cases, ...nearMisses])('$id: $file.title', (found) => {
  // A verdict that is still wrong has to stay so until `wrong` is taken out of case.json.
  const reviewed = found.file.wrong === undefined ? it : it.fails
  reviewed('has the verdicts that were reviewed', async () => {
    const projection = projectionOf(await reportOf(found), found.path)
    const file = join(found.path, 'expected.json')
    if (process.env['UPDATE_CASES'] === '1' && found.file.wrong === undefined)
      writeFileSync(file, `${JSON.stringify(projection, null, 2)}\n`)
    expect(projection).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })

  it('gives a report that the schema accepts', async () => {
    const report = await reportOf(found)
    expect(ReportSchema.parse(report)).toEqual(report)
  })
})

/** The verdicts that a near miss is about: of the agent that it names, else of all. */
async function verdictsAbout(found: Found): Promise<readonly string[]> {
  const { agents } = await reportOf(found)
  const { subject } = found.file
  const about =
    subject === undefined ? agents.filter((agent) => agent.kind !== 'internal') : agents.filter((agent) => agent.agentId === subject)
  expect(about, `${found.id} is about no agent`).not.toEqual([])
  return about.map((agent) => agent.reason)
}

describe('the fixtures as a whole', () => {
  it.each(TERMINAL_REASON_NAMES)('%s has a case', async (reason) => {
    const claimed = cases.filter(({ file }) => file.covers.includes(reason))
    expect(claimed).not.toEqual([])
    for (const found of claimed) {
      const { agents, sessions } = await reportOf(found)
      expect(
        [...agents, ...sessions].map((each) => each.reason),
        found.id,
      ).toContain(reason)
    }
  })

  const pairs = REASONS.flatMap(({ name: reason, nearMisses: names }) => names.map((name) => ({ reason, name })))
  it.each(pairs)('$name is not taken for $reason', async ({ name, reason }) => {
    const found = nearMisses.find((each) => each.name === name)
    expect(found, `fixtures/near-misses/${name} does not exist`).toBeDefined()
    if (found !== undefined && found.file.wrong === undefined) expect(await verdictsAbout(found)).not.toContain(reason)
  })

  it('every reason has a near miss', () => {
    // The last resort looks like nothing: it takes what no wording is known for.
    expect(REASONS.filter((each) => each.nearMisses.length === 0).map(({ name }) => name)).toEqual(['unknown'])
  })

  it.each(nearMisses)('$name is named by a reason or by a trap', ({ name, file }) => {
    const named = pairs.some((pair) => pair.name === name) || file.covers.some((each) => /^trap \d+$/.test(each))
    expect(named).toBe(true)
  })

  it.each(Array.from({ length: TRAPS }, (_, index) => `trap ${index + 1}`))('%s of the field guide is covered', (trap) => {
    expect([...cases, ...nearMisses].filter(({ file }) => file.covers.includes(trap))).not.toEqual([])
  })

  it('what is claimed is a reason, a trap or a layout', () => {
    const reasons: readonly string[] = TERMINAL_REASON_NAMES
    for (const { id, file } of [...cases, ...nearMisses]) {
      const strange = file.covers.filter(
        (each) => !reasons.includes(each) && !/^trap (?:[1-9]|1[0-8])$/.test(each) && !each.startsWith('layout: '),
      )
      expect(strange, id).toEqual([])
    }
  })

  it('holds no paths and records of real sessions', () => {
    for (const found of [...cases, ...nearMisses]) {
      for (const path of filesBelow(join(found.path, 'root'))) {
        const text = readFileSync(path, 'utf8')
        expect(text, path).not.toMatch(/\/(?:Users|root|work)\/|api-request|prompt_snapshot|skill_listing|session_context|sk-ant-/)
        expect(text.length, path).toBeLessThan(20_000)
      }
    }
  })
})

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
}
