import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFiles } from '../../src/node/files.ts'
import { createGit } from '../../src/node/git.ts'
import type { Processes } from '../../src/ports/host.ts'
import { planTable } from '../../src/report/plan-table.ts'
import type { Report } from '../../src/report/report.ts'
import type { Reporter, View } from '../../src/report/reporter.ts'
import { table } from '../../src/report/table.ts'
import { worktreesTable } from '../../src/report/worktrees-table.ts'
import { analyze } from '../../src/scan/scan.ts'
import { displayWidth } from '../../src/text/escape.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { openDemo } from '../demo/open-demo.ts'
import { LARGE_NOW, LARGE_SIZE, largeTree } from './large-tree.ts'

// What a tired person can read: the budgets of the contract, on the sample incident and on what a year of work leaves behind.

const processes: Processes = { domain: async () => null, inspect: async () => ({ state: 'gone' }), bootedAt: () => LARGE_NOW - 3_600_000 }

async function scan(roots: readonly string[], now: number): Promise<Report> {
  return await analyze(analyzeOptions({ roots, now, git: true }), { files: createFiles(), processes, git: createGit() })
}

function linesOf(reporter: Reporter, report: Report, changed: Partial<View> = {}): readonly string[] {
  const now = Date.parse(report.generatedAt)
  const view: View = { columns: 80, colorLevel: 0, all: false, verbose: false, timeZone: 'UTC', now, ...changed }
  return [...reporter.render(report, view)].join('').trimEnd().split('\n')
}

/** Lines with labels, without those that go on. */
function labelsOf(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => /^([A-Z]\w+(?: \w+)?) {2,}\S/.exec(line)?.[1] ?? []).filter((label) => label !== 'Next')
}

/** Lines that are wider than the screen: commands alone, which nothing may break. */
function wideLines(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => displayWidth(line) > 80 && !/^(?:Next| {4,}|)\s*(?:agent-forensics|cd|git) /.test(line))
}

describe('the sample incident', () => {
  let report: Report
  let dispose = async (): Promise<void> => {}
  beforeAll(async () => {
    const demo = await openDemo(LARGE_NOW)
    dispose = async () => demo.dispose()
    report = await scan([demo.root], demo.now())
  })
  afterAll(() => dispose())

  it('is told in 25 lines of 80 columns, with six labels at most and each row on a line of its own', () => {
    const lines = linesOf(table, report)
    expect(lines.length).toBeLessThanOrEqual(25)
    expect(wideLines(lines)).toEqual([])
    expect(labelsOf(lines).length).toBeLessThanOrEqual(6)
    expect(lines[0]).toBe('8 of 14 agents died and 2 main threads were cut off, in 2 sessions.')
    expect(lines.at(-1)).toMatch(/^Next +agent-forensics recover /)
  })

  it('is planned in 45 lines, and its worktrees fit the screen', () => {
    expect(linesOf(planTable, report).length).toBeLessThanOrEqual(45)
    expect(wideLines(linesOf(planTable, report))).toEqual([])
    expect(wideLines(linesOf(worktreesTable, report))).toEqual([])
  })

  it('is not wrapped in a pipe', () => {
    const piped = linesOf(table, report, { columns: Number.POSITIVE_INFINITY })
    expect(piped.filter((line) => line.startsWith(' ') && !/^ +agent-forensics /.test(line))).toEqual([])
  })
})

describe('1,700 agents in 1,200 sessions', () => {
  let report: Report
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'large-tree-'))
    largeTree().write(root)
    report = await scan([join(root, 'projects')], LARGE_NOW)
  }, 120_000)
  afterAll(() => rm(root, { recursive: true, force: true }))

  it('are what is scanned', () => {
    expect(report.counts).toMatchObject(LARGE_SIZE)
    expect(report.counts.died).toBeGreaterThan(50)
  })

  it('are told in 40 lines, the newest first, with none of the thousand sessions that were merely closed', () => {
    const lines = linesOf(table, report)
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(wideLines(lines)).toEqual([])
    expect(labelsOf(lines).length).toBeLessThanOrEqual(6)
    const head = lines.findIndex((line) => line.startsWith('agent '))
    const rows = lines.slice(head + 1, lines.indexOf('', head))
    expect(rows.length).toBeLessThanOrEqual(16)
    expect(rows.filter((row) => row.startsWith('main thread')).length).toBeLessThanOrEqual(2)
    for (const row of rows.slice(0, -1)) expect(row).toMatch(/ 04:4\d +[0-9a-f]{8}$/)
    expect(rows.at(-1)).toMatch(/^and \d+ more, the newest /)
    expect(lines.join('\n')).not.toMatch(/Billing|background process/)
  })

  it('are planned in 45 lines: equal steps fold', () => {
    const lines = linesOf(planTable, report)
    expect(lines.length).toBeLessThanOrEqual(45)
    expect(lines.join('\n')).not.toContain('background process')
  })

  it('are complete but for the one line that is damaged: another person’s machine is a fact, and no failure', () => {
    expect(report.readIssues.map(({ reason }) => reason)).toEqual(['malformed_json'])
    const away = report.worktrees.filter(({ path }) => /^(?:\/Users|C:)/.test(path))
    expect(away.length).toBe(7)
    expect(new Set(away.map(({ exists }) => exists))).toEqual(new Set([false]))
  })

  it('are listed whole when asked', () => {
    const all = linesOf(table, report, { all: true })
    expect(all.filter((line) => / completed +/.test(line)).length).toBeGreaterThan(1600)
  })
})
