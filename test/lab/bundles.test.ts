import { readFileSync, statSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundlePaths, readBundle } from './bundle.ts'

const MAX_BYTES_IN_ALL = 3_200_000
const MAX_FILES = 120
const MAX_STRING = 2_000

/** What must not leave the machine that the lab ran on. */
const PRIVATE: readonly [string, RegExp][] = [
  ['a path of the lab', /\/(?:work|root)(?=[/"\\\s:]|$)/],
  ['a home other than /home/dev', /\/(?:home|Users)\/(?!dev\b)/],
  ['a machine id', /linux:(?!0{32}:)[0-9a-f]{32}:/],
  ['a socket', /\.sock\b|cc-socks/],
  ['a key file', /\.key\b/],
  ['a token', /sk-ant-|Bearer |oauth[_-]?token/i],
  ['an address', /@(?!(?:example|anthropic)\.)[\w-]+\.(?:com|org|net|io|dev)\b/],
]

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsIn(item)])
}

function machineId(): string | undefined {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

describe('bundles of labelled runs', () => {
  const paths = bundlePaths()

  it('stay few and small', () => {
    expect(paths.length).toBeGreaterThan(100)
    expect(paths.length).toBeLessThanOrEqual(MAX_FILES)
    expect(paths.reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(MAX_BYTES_IN_ALL)
  })

  it('hold nothing private, and no text of the client that is longer than what is read', () => {
    // A name of two or three letters stands in any text.
    const names = [machineId(), hostname(), userInfo().username].filter(
      (name) => name !== undefined && name.length > 4 && name !== 'claude',
    )
    const found = paths.flatMap((path) => {
      const text = readFileSync(path, 'utf8')
      const { files, locks } = readBundle(path)
      const contents = Object.values({ ...files, ...locks }).flatMap((content) => (typeof content === 'string' ? [content] : content))
      const long = contents
        .flatMap((content) => stringsIn(content.startsWith('{') ? JSON.parse(content) : content))
        .filter((each) => each.length > MAX_STRING)
      const told = [
        ...PRIVATE.filter(([, pattern]) => pattern.test(text)).map(([what]) => what),
        ...names.filter((name) => name !== undefined && text.includes(name)),
      ]
      return [...told, ...long.map((each) => `${each.length} characters: ${each.slice(0, 60)}`)].map(
        (what) => `${relative('.', path)}: ${what}`,
      )
    })
    expect(found).toEqual([])
  })

  it('are named after what they hold', () => {
    for (const path of paths) {
      const { version, scenario, truth } = readBundle(path)
      expect(path.endsWith(`/${version}/${scenario}.json`)).toBe(true)
      expect(truth.agents.length).toBeGreaterThan(0)
      for (const { accept, why } of truth.agents) expect(accept.length > 0 && why !== '', path).toBe(true)
    }
  })
})
