import { sample, variant } from './long.ts'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

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
  [...loadedWith(path)].filter((name) => !name.endsWith('.ts') && !/^(?:node:|#generated\/)/.test(name))

it('the start of the program loads no package', () => {
  expect(packages('program/program.ts')).toEqual([])
  // Whatever is more than the version needs to know the command line.
  expect(packages('cli/program.ts')).toEqual(['commander'])
})

it('a scan loads zod never, and no package at once: both take longer to load than Node takes to start', () => {
  expect(packages('scan/scan.ts')).toEqual([])
  expect(packages('node/files.ts')).toEqual([])
  expect(packages('report/json.ts')).toEqual([])
  expect(packages('cli/scan.ts')).toEqual([])
  // The walk over the imports works.
  expect(packages('report/schema.ts')).toEqual(['zod'])
  expect(loadedWith('scan/scan.ts')).toContain('clients/claude-code/skim.ts')
})

const project = fileURLToPath(new URL('..', import.meta.url))

/** What a file of the bundle imports at once. */
function importsOf(name: string): readonly string[] {
  const code = readFileSync(join(project, 'dist/bundle', name), 'utf8')
  return [...code.matchAll(/(?<=^|;)(?:import|export)\b[^'"();]*"([^"]+)"(?=;)/gm)].map(([, from = '']) => from)
}

it('what a scan loads imports nothing but Node', () => {
  const imported = ['program.js', 'start.js', 'scan.js'].flatMap(importsOf).filter((from) => !from.startsWith('node:'))
  expect(new Set(imported)).toEqual(new Set(['./start.js', './version.js', './rolldown-runtime.js']))
  expect(importsOf('start.js')).toContain('node:fs')
})

it('a hook that has nothing to say loads a tenth of the program', () => {
  // Most prompts are the person's own, and the client waits for each.
  expect(importsOf('start.js')).not.toContain('./scan.js')
  expect(readFileSync(join(project, 'dist/bundle/start.js'), 'utf8').length).toBeLessThan(60_000)
})

it('the version is told without loading anything else', () => {
  expect(importsOf('version.js')).toEqual([])
})

describe('few file descriptors', () => {
  const commands = [
    ['preserve', '--demo', '--offline', '--dry-run'],
    ['scan', '--demo', '--offline', '--format', 'html'],
    ['plan', '--demo', '--offline', '--json'],
    ['recover', '--demo', '--offline', '--dry-run'],
    ['render', join(project, 'fixtures/reports/incident.json')],
    ['schema'],
  ]
  it.each(sample(commands, 1))('are enough for %s', (...words) => {
    const home = mkdtempSync(join(tmpdir(), 'agent-forensics-few-'))
    try {
      const argv = ['-c', 'ulimit -n 40; exec "$@"', 'sh', process.execPath, join(project, 'bin/agent-forensics.js'), ...words]
      const { status, stderr } = spawnSync('sh', argv, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: home } })
      expect([status, stderr]).toEqual([0, expect.not.stringContaining('EMFILE')])
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
})

it('packages that are passed on in the bundle keep their licences', () => {
  const licences = readFileSync(join(project, 'dist/bundle/LICENSES'), 'utf8')
  for (const name of ['commander 14', 'chalk 5', 'cli-table3 0'])
    expect(licences).toContain(`\n${name}.`.slice(licences.startsWith(name) ? 1 : 0))
  expect(licences).toContain('Permission is hereby granted, free of charge')
})

describe('the build', () => {
  const copy = mkdtempSync(join(tmpdir(), 'agent-forensics-build-'))
  afterAll(() => rmSync(copy, { recursive: true, force: true }))
  for (const name of ['bin', 'package.json', 'scripts', 'src', 'tsconfig.json', 'web'])
    cpSync(join(project, name), join(copy, name), { recursive: true })
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'), 'junction')
  const run = (...argv: readonly string[]) => spawnSync(process.execPath, argv, { cwd: copy, encoding: 'utf8' })
  const leftovers = ['dist/gone.js', 'dist/generated/gone.js', 'dist/bundle/gone.js', 'dist/bundle/program.js']
  beforeEach(() => {
    for (const path of leftovers) {
      mkdirSync(dirname(join(copy, path)), { recursive: true })
      writeFileSync(join(copy, path), 'export const run = () => 0\n')
    }
  })

  it('is all that writes to dist/: tsc alone only checks', () => {
    const { stdout } = run(join(project, 'node_modules/typescript/bin/tsc'), '-p', '.', '--showConfig')
    expect(JSON.parse(stdout)).toMatchObject({ compilerOptions: { noEmit: true } })
  })

  variant('leaves no program when it fails', () => {
    const script = join(copy, 'web/script.ts')
    const code = readFileSync(script, 'utf8')
    writeFileSync(script, 'const const\n')
    expect(run('scripts/build.mjs').status).toBe(1)
    expect(existsSync(join(copy, 'dist'))).toBe(false)
    expect(run('bin/agent-forensics.js', 'explain')).toMatchObject({ status: 3, stdout: '' })
    writeFileSync(script, code)
  })

  variant('leaves what this tree makes, and nothing of an earlier one', { timeout: 600_000 }, () => {
    expect(run('scripts/build.mjs')).toMatchObject({ status: 0, stdout: '', stderr: '' })
    const made = textsIn(join(copy, 'dist'))
    expect([...made.keys()].filter((path) => /(?:^|\/)gone\.js$/.test(path))).toEqual([])
    // What the other tests run is made of this tree, too (generated/build.js stands for all of it). A difference: npm run build.
    expect(made).toEqual(textsIn(join(project, 'dist')))
  })
})

/** The files below a folder. Of the bundle their names: rolldown puts modules, and gives short names, in the order of their whole paths. */
function textsIn(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).toSorted()
  return new Map(paths.map((path) => [path, dirname(path) === 'bundle' ? '' : readFileSync(join(folder, path), 'utf8')]))
}
