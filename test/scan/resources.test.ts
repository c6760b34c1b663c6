import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFiles } from '../../src/node/files.ts'
import type { ProcessFacts } from '../../src/ports/host.ts'
import { analyze } from '../../src/scan/scan.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { noGit } from '../no-git.ts'
import { type Script, DOMAIN, Tree } from '../records/tree.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'resources-test-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

async function openIn(tree: Tree, facts: ProcessFacts = { state: 'unknown' }, isUsual = false): Promise<readonly string[]> {
  tree.write(root)
  const roots = [join(root, 'projects')]
  const options = analyzeOptions({ roots, now: Date.parse('2026-05-31T12:00:00Z'), usualRoots: isUsual ? roots : [] })
  const processes = { domain: () => Promise.resolve(DOMAIN), inspect: () => Promise.resolve(facts) }
  const report = await analyze(options, { files: createFiles(), processes, git: noGit })
  return report.plan.actions.filter(({ kind }) => kind === 'release').map(({ title }) => title)
}

describe('a background command of an agent', () => {
  const build = (child: Script): void => {
    const id = child.call('Bash', { command: 'make release', run_in_background: true })
    child.result(id, 'Command running in background with ID: b4d1z94ax. Output is being written to: /tmp/b4d1z94ax.output.')
  }

  it.each(['2.1.332', '2.1.112'])('has ended with its final answer (%s)', async (version) => {
    const tree = new Tree(version)
    const main = tree.session()
    const child = main.launch(1)
    build(child)
    child.says('The build runs.')
    main.returns(child, 'The build runs.').says('Started.')
    expect(await openIn(tree)).toEqual([])
  })

  it('may still run where the agent gave none, and where the main thread started it', async () => {
    const tree = new Tree('2.1.332')
    const main = tree.session()
    build(main)
    const child = main.launch(1)
    const id = child.call('Bash', { command: 'make docs', run_in_background: true })
    child.result(id, 'Command running in background with ID: bother.')
    main.says('Started.')
    expect((await openIn(tree)).map((title) => title.slice(0, 38))).toEqual([
      'background task of the client b4d1z94a',
      'background task of the client bother, ',
    ])
  })
})

describe('a process with a pid', () => {
  const serving = (pidDomain?: string): Tree => {
    const tree = new Tree('2.1.332')
    const main = tree.session()
    main.bash('nohup ./serve.sh > log 2>&1 & echo $!', '48213').says('It serves.')
    if (pidDomain !== undefined) tree.registry(900, main, { pidDomain })
    return tree
  }

  it('that has ended on this machine is not listed', async () => {
    expect(await openIn(serving(DOMAIN), { state: 'gone' })).toEqual([])
  })

  it('that runs is said to', async () => {
    const alive = { state: 'alive', start: '1', startedAt: Date.parse('2026-05-31T10:00:03Z') } as const
    expect(await openIn(serving(DOMAIN), alive)).toEqual(['background process 48213, since 2026-05-31T10:00:01.000Z, running'])
  })

  it.each([
    ['another machine', `${DOMAIN}2`],
    ['nobody knows which', undefined],
  ])('of %s is a hint', async (_, domain) => {
    expect(await openIn(serving(domain), { state: 'gone' })).toEqual(['background process 48213, since 2026-05-31T10:00:01.000Z'])
  })
})
