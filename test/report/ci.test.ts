import { readFileSync } from 'node:fs'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { github } from '../../src/report/ci/github.ts'
import { junit } from '../../src/report/ci/junit.ts'
import { sarif } from '../../src/report/ci/sarif.ts'
import type { Report } from '../../src/report/report.ts'
import type { Reporter } from '../../src/report/reporter.ts'
import { goodNews, incident, NOW, run } from '../cli/fake-host.ts'

const HOSTILE = 'x\u001b]0;t\u0007 "</failure>]]>&<a>\n::error title=x::forged\r##[error]%0A::set-output name=a::b, c: d \ud800\ufffe'
const hostile = (): Report =>
  incident((report) => {
    for (const agent of report.agents) {
      agent.description = HOSTILE
      agent.summary = HOSTILE
      agent.reportedAs = HOSTILE
      if (agent.transcript.path !== null) agent.transcript.path += HOSTILE
      for (const each of agent.evidence) if ('path' in each && each.path !== null) each.path += HOSTILE
    }
    for (const item of report.workItems) item.title = HOSTILE
    for (const issue of report.readIssues) issue.detail = HOSTILE
  })

const render = (reporter: Reporter, report: Report): string =>
  [...reporter.render(report, { columns: 80, colorLevel: 0, all: false, verbose: false, timeZone: 'UTC', now: NOW })].join('')
const dead = (report: Report): readonly string[] =>
  report.agents
    .filter(({ kind, reason }) => kind !== 'internal' && !['completed', 'running'].includes(reason))
    .map(({ agentId }) => agentId)

describe('--format sarif', () => {
  const published = JSON.parse(
    readFileSync(new URL('../../fixtures/formats/sarif-schema-2.1.0.json', import.meta.url), 'utf8'),
  ) as Parameters<typeof z.fromJSONSchema>[0]
  const schema = z.fromJSONSchema(published)
  interface Result {
    readonly ruleId: string
    readonly ruleIndex: number
    readonly level: string
    readonly partialFingerprints: Readonly<Record<string, string>>
    readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[]
  }
  const runOf = (report: Report) => {
    const { runs } = JSON.parse(render(sarif, report)) as {
      readonly runs: readonly {
        readonly results: readonly Result[]
        readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
      }[]
    }
    return { results: runs[0]?.results ?? [], rules: runs[0]?.tool.driver.rules ?? [] }
  }

  it.each([
    ['an incident', incident],
    ['good news', goodNews],
    ['hostile texts', hostile],
  ])('is what the published schema asks for: %s', (_, make) => {
    expect(schema.safeParse(JSON.parse(render(sarif, make()))).error?.issues ?? []).toEqual([])
  })

  it('has a result for each that died, by its rule, and the same fingerprint in every run', () => {
    const { results, rules } = runOf(incident())
    for (const { ruleId, ruleIndex } of results) expect(rules[ruleIndex]?.id).toBe(ruleId)
    const prints = results.map(({ partialFingerprints }) => partialFingerprints['agent/v1'])
    expect(new Set(prints).size).toBe(results.length)
    expect(prints).toEqual(expect.arrayContaining(dead(incident()).map((id) => expect.stringContaining(`/${id}`) as string)))
    const later = incident((report) => {
      report.generatedAt = '2027-01-01T00:00:00.000Z'
      report.agents.reverse()
    })
    expect(runOf(later).results.map(({ partialFingerprints }) => partialFingerprints['agent/v1'])).toEqual(expect.arrayContaining(prints))
  })

  it('names files by addresses, whatever their names', () => {
    for (const { locations } of runOf(hostile()).results)
      for (const { physicalLocation } of locations) {
        const { uri } = physicalLocation.artifactLocation
        expect(new URL(uri).protocol).toBe('file:')
        expect(uri).toMatch(/^file:\/\/\/[\w%./:~!*'()-]*$/)
      }
    const windows = incident((report) => {
      for (const agent of report.agents)
        agent.evidence = [{ kind: 'record', shows: 'x', path: 'C:\\a b\\c.jsonl', line: 3, byteOffset: 0, excerpt: null }]
    })
    expect(JSON.stringify(runOf(windows).results)).toContain('"file:///C:/a%20b/c.jsonl"')
  })

  it('says what another attempt did since in a note, and what could not be read', () => {
    const done = incident((report) => {
      for (const agent of report.agents) agent.supersededBy = 'a2'
      report.sessions = []
      report.complete = false
      report.readIssues = [{ path: '/x', line: null, byteOffset: null, reason: 'unreadable', bytes: null, detail: 'EACCES' }]
    })
    expect(new Set(runOf(done).results.map(({ level }) => level))).toEqual(new Set(['note']))
    expect(render(sarif, done)).toContain('/x: EACCES')
  })
})

describe('--format junit', () => {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', isArray: (name) => name === 'testcase' })
  interface Suite {
    readonly tests: string
    readonly failures: string
    readonly errors: string
    readonly skipped: string
    readonly testcase: readonly {
      readonly name: string
      readonly classname: string
      readonly time: string
      readonly failure?: { readonly type: string; readonly message: string }
      readonly error?: { readonly type: string }
      readonly skipped?: { readonly message: string }
    }[]
  }
  const suiteOf = (report: Report): Suite => {
    const text = render(junit, report)
    expect(XMLValidator.validate(text)).toBe(true)
    return (parser.parse(text) as { readonly testsuites: { readonly testsuite: Suite } }).testsuites.testsuite
  }

  it.each([
    ['an incident', incident],
    ['good news', goodNews],
    ['hostile texts', hostile],
  ])('is XML whose numbers are right: %s', (_, make) => {
    const { testcase: cases, ...totals } = suiteOf(make())
    expect(totals).toMatchObject({
      tests: String(cases.length),
      failures: String(cases.filter(({ failure }) => failure !== undefined).length),
      errors: String(cases.filter(({ error }) => error !== undefined).length),
      skipped: String(cases.filter(({ skipped }) => skipped !== undefined).length),
    })
    for (const { time } of cases) expect(time).toMatch(/^\d+\.\d{3}$/)
    // XML 1.0 knows none of these, in whatever form.
    expect(render(junit, make())).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|&#x?0*(?:[0-8]|1[0-9a-f])?;/)
  })

  it('has a case for each work item: done passes, open fails, what is at work is skipped, what nobody can tell is an error', () => {
    const [item] = incident().workItems.filter(({ attempts }) => attempts.length === 1)
    const agent = incident().agents.find(({ agentId }) => agentId === item?.attempts[0])
    if (item === undefined || agent === undefined) throw new Error('no item with one attempt')
    const elementOf = (state: 'done' | 'open' | 'lost', reason: (typeof agent)['reason'], doingBy: string | null = null): string => {
      const { testcase: cases } = suiteOf(
        incident((report) => {
          report.agents = [{ ...agent, reason }]
          report.workItems = [{ ...item, state, doingBy }]
          report.sessions = []
          report.complete = true
        }),
      )
      expect(cases).toHaveLength(2)
      const [{ failure, error, skipped } = { failure: undefined }] = cases
      return failure !== undefined
        ? `failure ${failure.type}`
        : error !== undefined
          ? 'error'
          : skipped !== undefined
            ? 'skipped'
            : 'passed'
    }
    expect(elementOf('done', 'completed')).toBe('passed')
    expect(elementOf('done', 'rate_limited')).toBe('passed')
    expect(elementOf('open', 'rate_limited')).toBe('failure rate_limited')
    expect(elementOf('lost', 'never_started')).toBe('failure never_started')
    expect(elementOf('open', 'running')).toBe('skipped')
    expect(elementOf('open', 'rate_limited', 'a9')).toBe('skipped')
    expect(elementOf('open', 'unknown')).toBe('error')
  })

  it('fails one case more where something could not be read', () => {
    const unread = incident((report) => void (report.complete = false))
    expect(suiteOf(unread).testcase.at(-1)).toMatchObject({ name: 'everything was read', error: { type: 'incomplete' } })
    expect(suiteOf(goodNews()).testcase.at(-1)).toEqual({ name: 'everything was read', classname: 'agent-forensics', time: '0.000' })
  })
})

describe('--format github', () => {
  it('is at most ten annotations, the worst first, and how many more there are', () => {
    const many = incident((report) => {
      const [agent] = report.agents.filter(({ reason }) => reason === 'rate_limited')
      if (agent === undefined) throw new Error('none was limited')
      report.sessions = []
      report.worktrees = []
      report.agents = Array.from({ length: 14 }, (_, at) => ({
        ...agent,
        agentId: `a${at}`,
        supersededBy: null,
        reason: at === 13 ? 'exit_killed' : 'rate_limited',
      }))
    })
    const lines = render(github, many).trimEnd().split('\n')
    expect(lines).toHaveLength(11)
    expect(lines[0]).toMatch(/^::error title=.*exit_killed::/)
    expect(lines.at(-1)).toBe('and 4 more (the step summary has them)')
  })

  it('lets no text end its annotation, or begin another', () => {
    const lines = render(github, hostile()).trimEnd().split('\n')
    for (const line of lines) {
      const [, text = line] = /^::(?:error|warning) title=[^:,]+::([^\r\n\u001b]*)$/.exec(line) ?? []
      expect(text).not.toMatch(/^::|\s::|::(?:error|set-output)|##\[/)
    }
  })

  it('says that all is well, and names local-only work of agents that finished', () => {
    expect(render(github, goodNews())).toBe('agent-forensics: no agent died, and nothing is local only\n')
    const loose = goodNews()
    loose.worktrees = incident().worktrees.filter(({ atRisk, saved }) => atRisk.length > 0 && saved.length === 0)
    expect(loose.worktrees).not.toEqual([])
    expect(render(github, loose)).toMatch(/^::warning title=.*local only::/)
  })

  it('adds the report to the summary of the step, behind what is there', async () => {
    const env = { GITHUB_STEP_SUMMARY: '/tmp/summary.md' }
    const { code, written, stdout } = await run(['--format', 'github'], { env, files: { '/tmp/summary.md': '# Mine' } })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^::error /)
    expect(written['/tmp/summary.md']).toMatch(/^# Mine\n## agent-forensics\n/)
    expect((await run(['--format', 'github'], { files: {} })).written).toEqual({})
    const gone = await run(['--format', 'github'], { env, files: {} })
    expect([gone.code, gone.written, gone.stderr]).toEqual([0, {}, expect.stringContaining('no step summary was written')])
  })
})
