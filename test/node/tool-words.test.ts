import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findToolWords } from '../../src/node/tool-words.ts'

let folder: string
let program: string
let node: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tool-words-')))
  program = put('lib/agent-forensics/bin/agent-forensics.js')
  node = put('node/bin/node')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Makes a program; where its text does not matter, an empty one. */
function put(path: string, text = ''): string {
  const whole = join(folder, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, text)
  chmodSync(whole, 0o755)
  return whole
}

function link(path: string, target: string): void {
  const whole = join(folder, path)
  mkdirSync(dirname(whole), { recursive: true })
  symlinkSync(target, whole)
}

function wordsWith(path: readonly string[], env: Record<string, string> = {}, own = program): readonly string[] {
  const PATH = path.map((each) => (each.startsWith('.') ? each : join(folder, each))).join(delimiter)
  return findToolWords({ env: { PATH, ...env }, program: own, execPath: node, platform: 'linux' })
}

describe.skipIf(process.platform === 'win32')('the words that start this program again', () => {
  it('its name, where the PATH leads to it: by a link of npm, or by a launcher of pnpm', () => {
    link('bin/agent-forensics', program)
    expect(wordsWith(['other', 'bin', 'node/bin'])).toEqual(['agent-forensics'])
    const launcher = `#!/bin/sh\nbasedir=$(dirname "$0")\nexec node  "$basedir/../lib/agent-forensics/bin/agent-forensics.js" "$@"\n`
    put('pnpm/agent-forensics', launcher)
    expect(wordsWith(['pnpm'])).toEqual(['agent-forensics'])
    put('pnpm/agent-forensics', launcher.replace('/lib/', '/elsewhere/'))
    expect(wordsWith(['pnpm'])).toEqual([node, program])
  })

  it('node and its path, where another program has the name, or nobody has', () => {
    expect(wordsWith(['node/bin'])).toEqual(['node', program])
    put('foreign/agent-forensics', '#!/bin/sh\n')
    link('bin/agent-forensics', program)
    expect(wordsWith(['foreign', 'bin', 'node/bin'])).toEqual(['node', program])
    chmodSync(join(folder, 'foreign/agent-forensics'), 0o644)
    expect(wordsWith(['foreign', 'bin', 'node/bin'])).toEqual(['agent-forensics'])
  })

  it('the path of the very Node.js that runs, where the PATH has another one or none', () => {
    expect(wordsWith([])).toEqual([node, program])
    put('old/node')
    expect(wordsWith(['old', 'node/bin'])).toEqual([node, program])
    link('links/node', node)
    expect(wordsWith(['links'])).toEqual(['node', program])
  })

  it('no name that only the PATH of npm, or of this folder, has', () => {
    link('app/node_modules/.bin/agent-forensics', program)
    expect(wordsWith(['app/node_modules/.bin', 'node/bin'], { npm_command: 'exec' })).toEqual(['node', program])
    expect(wordsWith(['.', './bin', 'node/bin'])).toEqual(['node', program])
    // In front of the person's own it may be another version.
    put('app/node_modules/.bin/agent-forensics2')
    rmSync(join(folder, 'app/node_modules/.bin/agent-forensics'))
    put('app/node_modules/.bin/agent-forensics')
    link('bin/agent-forensics', program)
    expect(wordsWith(['app/node_modules/.bin', 'bin', 'node/bin'])).toEqual(['node', program])
  })

  describe('npx', () => {
    const cached = '.npm/_npx/ee8a088ac4d5f054'
    const install = (packages: unknown): string => {
      put(`${cached}/package.json`, JSON.stringify({ _npx: { packages } }))
      return put(`${cached}/node_modules/agent-forensics/bin/agent-forensics.js`)
    }

    it('with what the person gave it, and without the registry, where it started this', () => {
      expect(wordsWith(['node/bin'], { npm_command: 'exec' }, install(['agent-forensics']))).toEqual([
        'npx',
        '--offline',
        'agent-forensics',
      ])
      const exact = wordsWith(['node/bin'], { npm_command: 'exec' }, install(['agent-forensics@0.1.0']))
      expect(exact).toEqual(['npx', '--offline', 'agent-forensics@0.1.0'])
    })

    it.each([
      ['somebody else started it from there', ['agent-forensics'], {}],
      ['a script of npm did', ['agent-forensics'], { npm_command: 'run-script' }],
      ['it was given a file', ['/tmp/agent-forensics-0.1.0.tgz'], { npm_command: 'exec' }],
      ['it was given more', ['agent-forensics', 'semver'], { npm_command: 'exec' }],
      ['its note is of another kind', 'agent-forensics', { npm_command: 'exec' }],
    ])('not where %s', (_, packages, env) => {
      const own = install(packages)
      expect(wordsWith(['node/bin'], env as Record<string, string>, own)).toEqual(['node', own])
    })

    it('not where its variables were only inherited, and not where its note is gone', () => {
      expect(wordsWith(['node/bin'], { npm_command: 'exec' })).toEqual(['node', program])
      const own = install(['agent-forensics'])
      rmSync(join(folder, cached, 'package.json'))
      expect(wordsWith(['node/bin'], { npm_command: 'exec' }, own)).toEqual(['node', own])
    })
  })
})
