import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

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
  expect(packages('program/reader.ts')).toEqual([])
  // Whatever is more than the version needs to know the command line.
  expect(packages('cli/program.ts')).toEqual(['commander'])
})

it('a scan loads neither zod nor a globber: they take longer to load than Node takes to start', () => {
  expect(packages('analyze.ts')).toEqual([])
  expect(packages('node/files.ts')).toEqual([])
  expect(packages('report/json.ts')).toEqual([])
  expect(packages('cli/scan.ts')).toEqual([])
  // The walk over the imports works.
  expect(packages('report/schema.ts')).toEqual(['zod'])
  expect(loadedWith('analyze.ts')).toContain('transcript/formats/claude-code/skim.ts')
})

it('the bundle that bin/ runs is made of what is compiled now', () => {
  const script = fileURLToPath(new URL('../scripts/build-bundle.mjs', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

it('the bundle loads no package but commander before it knows what to do', () => {
  const bundle = new URL('../dist/bundle/', import.meta.url)
  const code = ['program', 'scan', 'reading', 'reader'].map((name) => readFileSync(new URL(`${name}.js`, bundle), 'utf8')).join('\n')
  const imported = [...code.matchAll(/^import (?:[^'"]*? from )?"([^".][^"]*)"/gm)].map(([, name = '']) => name)
  expect(imported.filter((name) => !name.startsWith('node:'))).toEqual(['commander'])
})
