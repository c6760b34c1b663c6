import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { REASONS } from '../../src/reasons/index.ts'
import {
  needsPerson,
  severityRankOf,
  TERMINAL_REASON_NAMES,
  TERMINAL_REASONS,
  withSpecialCases,
} from '../../src/reasons/terminal-reason.ts'

describe('the list of reasons', () => {
  it.each([
    ['name', REASONS.map(({ name }) => name)],
    ['place', REASONS.map(({ place }) => place)],
    ['severity', REASONS.map(({ severity }) => severity)],
    ['mark', REASONS.map(({ look }) => look.mark)],
    ['colour and pattern', REASONS.map(({ look }) => `${look.group} ${look.pattern}`)],
  ])('gives every reason a %s of its own', (_, all) => {
    expect(new Set<string | number>(all).size).toBe(REASONS.length)
  })

  it('has every reason that has a file', () => {
    const files = readdirSync(new URL('../../src/reasons/', import.meta.url))
    expect(REASONS.filter(({ name }) => !files.includes(`${name.replaceAll('_', '-')}.ts`))).toEqual([])
  })

  it('knows what every special case is one of', () => {
    const general = REASONS.flatMap(({ specialCaseOf = [] }) => specialCaseOf)
    expect(general.filter((name) => !Object.hasOwn(TERMINAL_REASONS, name))).toEqual([])
    expect(withSpecialCases('rate_limited')).toEqual(['rate_limited', 'retry_storm'])
    expect(withSpecialCases('retry_storm')).toEqual(['retry_storm'])
  })

  it('gives the names in the order of their places, and ranks from the worst to what is no death', () => {
    expect(TERMINAL_REASON_NAMES.map((name) => TERMINAL_REASONS[name].name)).toEqual(TERMINAL_REASON_NAMES)
    expect([TERMINAL_REASON_NAMES[0], TERMINAL_REASON_NAMES.at(-1)]).toEqual(['completed', 'unknown'])
    expect([severityRankOf('exit_killed'), severityRankOf('completed')]).toEqual([0, REASONS.length - 1])
    expect(TERMINAL_REASON_NAMES.filter(needsPerson)).toEqual(['auth_failed', 'billing'])
  })
})
