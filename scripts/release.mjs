// `npm run release -- 0.2.0`: makes the commit and the tag of a release. What follows is for a person: docs/internals/release.md.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url))
const [version = '', ...more] = process.argv.slice(2)
if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version) || more.length > 0) refuse('usage: npm run release -- 0.2.0')
if (run('git', 'status', '--porcelain') !== '') refuse('the tree is not clean: commit first')
if (run('git', 'tag', '--list', `v${version}`) !== '') refuse(`the tag v${version} is there already`)

const changelog = read('CHANGELOG.md')
const [whole, notes = ''] =
  /^## \[Unreleased\]\n([^]*?)(?=^## \[|(?![^]))/m.exec(changelog) ?? refuse('CHANGELOG.md has no section [Unreleased]')
if (notes.trim() === '') refuse('CHANGELOG.md has nothing under [Unreleased]')
const day = new Date().toISOString().slice(0, 10)
writeFileSync(
  join(project, 'CHANGELOG.md'),
  changelog.replace(whole, () => `## [Unreleased]\n\n## [${version}] - ${day}\n${notes}`),
)
// package.json is the one place; the lock file repeats it.
run('npm', 'version', version, '--no-git-tag-version', '--ignore-scripts')
run('npm', 'run', 'build')
run('npm', 'run', 'generate')
run('npm', 'run', 'check:package')
run('git', 'commit', '--all', '--message', `Release ${version}`)
run('git', 'tag', '--annotate', `v${version}`, '--message', `agent-forensics ${version}`)
console.log(`v${version} is tagged. It is published by: git push --follow-tags`)

function read(name) {
  return readFileSync(join(project, name), 'utf8')
}

/** @returns {string} what it printed */
function run(...argv) {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { cwd: project, encoding: 'utf8' })
  if (status !== 0) refuse(`${argv.join(' ')}\n${stdout}${stderr}`)
  return stdout.trim()
}

/** @returns {never} */
function refuse(why) {
  console.error(why)
  process.exit(1)
}
