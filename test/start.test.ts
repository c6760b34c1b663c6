import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url))

/** What is loaded with a module: the packages and the files of ours that it imports at once, and what those import. */
function loadedWith(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  const code = readFileSync(join(SOURCE, path), 'utf8')
  for (const [statement = '', from = ''] of code.matchAll(/^(?:import|export)\s[^'"]*?from '([^']+)'/gm)) {
    const isType = /^(?:import|export) type\b/.test(statement) || /\{(?:\s*type\s[^,}]*,?)+\s*\}/.test(statement)
    if (isType) continue
    if (from.startsWith('.')) loadedWith(join(dirname(path), from), seen)
    else seen.add(from)
  }
  return seen
}
const packages = (path: string): readonly string[] =>
  [...loadedWith(path)].filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'))

it('the start of the program loads no package', () => {
  expect(packages('program/program.ts')).toEqual([])
  // Whatever is more than the version needs to know the command line.
  expect(packages('cli/program.ts')).toEqual(['commander'])
})

it('a scan loads neither zod nor a globber: they take longer to load than Node takes to start', () => {
  expect(packages('scan/scan.ts')).toEqual([])
  expect(packages('node/files.ts')).toEqual([])
  expect(packages('report/json.ts')).toEqual([])
  expect(packages('cli/scan.ts')).toEqual([])
  // The walk over the imports works.
  expect(packages('report/schema.ts')).toEqual(['zod'])
  expect(loadedWith('scan/scan.ts')).toContain('clients/claude-code/skim.ts')
})

const project = fileURLToPath(new URL('..', import.meta.url))

it.each(['build-bundle', 'build-compiled'])('what bin/ runs is made of what tsc compiled last: %s', (name) => {
  const { status, stderr } = spawnSync(process.execPath, [join(project, 'scripts', `${name}.mjs`), '--check'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

it('what a scan loads requires nothing but Node', () => {
  const code = ['program', 'scan'].map((name) => readFileSync(join(project, 'dist/bundle', `${name}.js`), 'utf8')).join('\n')
  const required = [...code.matchAll(/^(?:let|const) \w+ = require\("([^"]+)"\)/gm)].map(([, name = '']) => name)
  expect(required.filter((name) => !name.startsWith('node:') && !/^\.\/(?:scan|rolldown-runtime)\.js$/.test(name))).toEqual([])
  expect(required).toContain('node:fs')
})

it('packages that are passed on in the bundle keep their licences', () => {
  const licences = readFileSync(join(project, 'dist/bundle/LICENSES'), 'utf8')
  for (const name of ['commander 14', 'chalk 5', 'zod 4', 'simple-git 4', 'fast-glob 3', 'cli-table3 0', 'micromatch 4'])
    expect(licences).toContain(`\n${name}.`.slice(licences.startsWith(name) ? 1 : 0))
  expect(licences).toContain('Permission is hereby granted, free of charge')
})

describe('compiled ahead', () => {
  const copied = mkdtempSync(join(tmpdir(), 'agent-forensics-start-'))
  afterAll(() => rmSync(copied, { recursive: true, force: true }))
  for (const name of ['bin', 'dist', 'package.json']) cpSync(join(project, name), join(copied, name), { recursive: true })
  const compiled = join(copied, 'dist/compiled', `${process.versions.v8}-${process.platform}-${process.arch}`, 'scan')
  const whole = readFileSync(compiled)
  const root = join(project, 'fixtures/cases/limit-weekly-background/root')
  /** The report of a scan, without when it was made. */
  function reportOf(...flags: readonly string[]): string {
    const words = ['scan', '--root', root, '--no-git', '--json', '--quiet', '--since', 'all']
    const { stdout } = spawnSync(process.execPath, [...flags, join(copied, 'bin/agent-forensics.js'), ...words], { encoding: 'utf8' })
    return stdout.replace(/"generatedAt": "[^"]*"/, '"generatedAt": null')
  }
  const expected = reportOf()

  it('gives a report', () => {
    expect(JSON.parse(expected)).toMatchObject({ agents: [{ agentId: expect.any(String) as string }] })
  })

  it.each([
    ['damaged', Buffer.from(whole.map((byte, index) => (index % 997 === 500 ? byte ^ 0x55 : byte)))],
    ['cut short', whole.subarray(0, 1000)],
    ['cut within its seal', whole.subarray(0, 10)],
    ['empty', Buffer.alloc(0)],
    ['of another file', readFileSync(join(compiled, '../screen'))],
  ])('is not used when it is %s', (_name, bytes) => {
    writeFileSync(compiled, bytes)
    expect(reportOf()).toBe(expected)
  })

  it('is not used for a bundle that was changed to another of the same length', () => {
    writeFileSync(compiled, whole)
    const bundle = join(copied, 'dist/bundle/scan.js')
    const code = readFileSync(bundle, 'utf8')
    const word = '"agent-forensics"'
    expect(code).toContain(word)
    writeFileSync(bundle, code.replaceAll(word, '"agent-forensicz"'))
    expect(reportOf()).toBe(expected.replaceAll(word, '"agent-forensicz"'))
    writeFileSync(bundle, code)
  })

  it('is refused by a V8 with other flags, and by one without a compiler for WebAssembly', () => {
    expect(reportOf('--no-opt')).toBe(expected)
    expect(reportOf('--jitless')).toBe(expected)
  })

  it('is not needed', () => {
    rmSync(join(copied, 'dist/compiled'), { recursive: true })
    expect(reportOf()).toBe(expected)
  })
})
