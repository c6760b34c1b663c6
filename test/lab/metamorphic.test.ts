import { mkdtempSync, readFileSync, rmSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../src/reasons/finding.ts'
import { diagnose } from '../../src/reasons/diagnose.ts'
import { REASONS } from '../../src/reasons/index.ts'
import { CONFIDENCES } from '../../src/reasons/claim.ts'
import { IS_LONG } from '../long.ts'
import { HOME } from '../hostile/world.ts'
import { linkStory, NOBODY } from '../reasons/linked.ts'
import { bundles, unpack } from './bundle.ts'

// What is done to a transcript of the real client may cost a verdict, and never makes one better: neither by damage that shows, nor by records
// of another agent, nor by lines that stand twice. And evidence points at the line that it speaks of.

const TWO_DAYS = 2 * 24 * 60 * 60_000
const STURDY: ReadonlySet<string> = new Set(REASONS.filter((each) => each.survivesDamage === true).map(({ name }) => name))
/** Of each version so many runs, and of each run so many agents; all of them in a long run. */
const [RUNS, AGENTS] = IS_LONG ? [99, 99] : [3, 2]

const folder = mkdtempSync(join(tmpdir(), 'metamorphic-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Verdict {
  readonly diagnosis: Diagnosis
  readonly showsDamage: boolean
}

class World {
  readonly contents: ReadonlyMap<string, string>
  readonly #now: number

  constructor(bundle: (typeof bundles)[number]) {
    const home = unpack(bundle, join(folder, bundle.version, bundle.scenario))
    const paths = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const files = paths.map((entry) => join(entry.parentPath, entry.name))
    this.contents = new Map(files.map((path) => [relative(home, path), readFileSync(path, 'utf8')]))
    this.#now = Date.parse(bundle.endedAt) + TWO_DAYS
  }

  get agents(): readonly string[] {
    return [...this.contents.keys()].filter((path) => /agent-a[0-9a-f]{6,16}\.jsonl$/.test(path))
  }

  /** How the agent of a file ended, where the file reads like that; undefined where no run is left of it. */
  async verdict(path: string, text: string): Promise<Verdict | undefined> {
    const contents = new Map(this.contents).set(path, text)
    const { contexts, issues } = await linkStory(contents, NOBODY, this.#now)
    for (const [run, context] of contexts) {
      if (run.path !== `${HOME}/${path}`) continue
      const diagnosis = diagnose(run, context)
      this.#expectRightPlaces(contents, diagnosis)
      return { diagnosis, showsDamage: run.damagedLines > 0 || run.damagedTail !== null || issues.length > 0 }
    }
    return undefined
  }

  #expectRightPlaces(contents: ReadonlyMap<string, string>, { evidence }: Diagnosis): void {
    for (const each of evidence) {
      if (each.kind !== 'record' || each.byteOffset === null) continue
      const bytes = Buffer.from(contents.get(each.path.slice(HOME.length + 1)) ?? '')
      expect(each.byteOffset === 0 || bytes[each.byteOffset - 1] === 0x0a).toBe(true)
      expect(bytes.subarray(0, each.byteOffset).filter((byte) => byte === 0x0a).length + 1).toBe(each.line)
    }
  }
}

type Change = (lines: readonly string[], other: readonly string[]) => readonly string[]

/** Changes that show, whatever the transcript says. */
const SHOWING: Readonly<Record<string, Change>> = {
  'stands twice': (lines) => [...lines, ...lines],
  'is followed by another agent’s': (lines, other) => [...lines, ...other],
  'is mixed with another agent’s': (lines, other) =>
    lines.flatMap((line, index) => [line, ...(other[index] === undefined ? [] : [other[index]])]),
  'has lost a brace': (lines) => lines.with(lines.length >> 1, (lines[lines.length >> 1] ?? '').slice(0, -1)),
  'has lost the brace of its last line': (lines) => [...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, -1)],
  'has noise in the middle': (lines) => lines.toSpliced(lines.length >> 1, 1, '\u0000\u0001 noise'),
}
const DAY = 24 * 60 * 60_000
const moved =
  (days: number): Change =>
  (lines) =>
    lines.map((line, index) =>
      index < lines.length - 3
        ? line
        : line.replaceAll(
            /"timestamp":"([^"]+)"/g,
            (_, at: string) => `"timestamp":"${new Date(Date.parse(at) + days * DAY).toISOString()}"`,
          ),
    )
/** Changes that nothing need show. */
const SILENT: Readonly<Record<string, Change>> = {
  'has two lines the other way round': (lines) => [...lines.slice(0, -2), ...lines.slice(-2).toReversed()],
  'has a line twice': (lines) => lines.toSpliced(lines.length >> 1, 0, lines[lines.length >> 1] ?? ''),
  'ends a line earlier': (lines) => lines.slice(0, -1),
}

const rank = ({ confidence }: Diagnosis): number => CONFIDENCES.indexOf(confidence)

for (const version of [...new Set(bundles.map((bundle) => bundle.version))].slice(-6)) {
  describe(`a transcript of ${version}`, () => {
    const worlds = bundles
      .filter((bundle) => bundle.version === version && !bundle.scenario.includes('fork'))
      .slice(0, RUNS)
      .map((bundle) => new World(bundle))
    const subjects = worlds.flatMap((world) => world.agents.slice(0, AGENTS).map((path) => ({ world, path })))

    it.each(Object.entries(SHOWING))('that %s gets no better', async (_, change) => {
      let changed = 0
      for (const { world, path } of subjects) {
        const other = world.agents.find((each) => each !== path)
        if (other === undefined) continue
        const lines = linesOf(world.contents.get(path))
        const whole = (await world.verdict(path, textOf(lines)))?.diagnosis
        const after = await world.verdict(path, textOf(change(lines, linesOf(world.contents.get(other)))))
        if (whole === undefined || after === undefined || !after.showsDamage) continue
        changed += 1
        const { diagnosis } = after
        const told = `${path}: ${whole.reason} ${whole.confidence}, then ${diagnosis.reason} ${diagnosis.confidence}`
        if (diagnosis.reason === whole.reason) expect(rank(diagnosis), told).toBeGreaterThanOrEqual(rank(whole))
        else expect(diagnosis.reason === 'unknown' || (STURDY.has(diagnosis.reason) && diagnosis.confidence !== 'high'), told).toBe(true)
        if (/twice|another/.test(_)) expect(diagnosis.reason, told).not.toBe('completed')
      }
      expect(changed).toBeGreaterThan(0)
    })

    it('whose last records were moved back by forty days is not completed', async () => {
      for (const { world, path } of subjects) {
        const lines = linesOf(world.contents.get(path))
        const whole = (await world.verdict(path, textOf(lines)))?.diagnosis
        const after = (await world.verdict(path, textOf(moved(-40)(lines, []))))?.diagnosis
        if (whole === undefined || after === undefined || lines.length < 6) continue
        expect(after.reason, `${path}: ${whole.reason}, then ${after.reason}`).not.toBe('completed')
      }
    })

    it.each(Object.entries(SILENT))('that %s is not completed where it was not', async (_, change) => {
      for (const { world, path } of subjects) {
        const lines = linesOf(world.contents.get(path))
        const whole = (await world.verdict(path, textOf(lines)))?.diagnosis
        const after = (await world.verdict(path, textOf(change(lines, []))))?.diagnosis
        if (whole === undefined || after === undefined || whole.reason === 'completed') continue
        // A file that ends earlier may have stood at a clean end: nobody can tell it from one that was read then.
        if (!/earlier/.test(_)) expect(`${after.reason} ${after.confidence}`, `${path}: ${whole.reason}`).not.toBe('completed high')
      }
    })
  })
}

function linesOf(text = ''): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
