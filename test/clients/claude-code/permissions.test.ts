import { describe, expect, it, test } from 'vitest'
import { isAllowedBy, readPermissions, rulesFor } from '../../../src/clients/claude-code/permissions.ts'
import { recovery } from '../../../src/clients/claude-code/recovery.ts'
import type { DeniedCall } from '../../../src/facts/run.ts'
import { HOME, memoryFiles, NOW } from '../../hostile/world.ts'

const bash = (command: string): DeniedCall => ({ name: 'Bash', command, file: null, at: 0 })
const write = (file: string | null, name = 'Write'): DeniedCall => ({ name, command: null, file, at: 0 })
const other = (name: string): DeniedCall => ({ name, command: null, file: null, at: 0 })

describe('whether a rule allows a call', () => {
  test.each<[string, DeniedCall, boolean]>([
    ['Bash', bash('npm publish'), true],
    ['Bash(*)', bash('npm publish'), true],
    ['Bash(npm publish)', bash('npm publish'), true],
    ['Bash(npm publish)', bash('npm publish --tag x'), false],
    ['Bash(npm publish:*)', bash('npm publish --tag x'), true],
    ['Bash(npm publish *)', bash('npm publish'), true],
    ['Bash(npm publish:*)', bash('npm publisher'), false],
    ['Bash(npm:*)', bash('npm test && rm -rf x'), false],
    ['Bash(npm * --save)', bash('npm install a --save'), true],
    ['Bash(git.*)', bash('gitXx'), false],
    ['Edit', write('/a/b.ts'), true],
    ['Edit(//a/**)', write('/a/b/c.ts', 'MultiEdit'), true],
    ['Edit(//b/**)', write('/a/b/c.ts'), false],
    ['Edit(//c/Users/ines/**)', write('C:\\Users\\Ines\\app\\a b.ts'), true],
    ['Edit(//d/**)', write('C:\\Users\\ines\\a.ts'), false],
    ['Edit(//a/b ?1?.ts)', write('/a/b [1].ts'), true],
    ['Read', write('/a/b.ts'), false],
    ['mcp__shop', other('mcp__shop__refund'), true],
    ['mcp__shop__*', other('mcp__shop__refund'), true],
    ['mcp__shop__order', other('mcp__shop__refund'), false],
    ['WebFetch(domain:example.com)', other('WebFetch'), true],
    ['', bash('ls'), false],
    ['Bash(', bash('ls'), false],
  ])('%s, %o: %s', (rule, call, isAllowed) => {
    expect(isAllowedBy(rule, call)).toBe(isAllowed)
  })
})

describe('the narrowest rules', () => {
  test.each<[string, readonly DeniedCall[], readonly string[]]>([
    ['the program and what it is to do', [bash('npm publish --tag next'), bash('npm publish')], ['Bash(npm publish:*)']],
    ['the very command, where no word says what it is to do', [bash('make -j4'), bash('./run.sh')], ['Bash(make -j4)', 'Bash(./run.sh)']],
    [
      'one script, and not all',
      [bash('npm run deploy:all-the-things now'), bash('yarn run')],
      ['Bash(npm run deploy:all-the-things:*)', 'Bash(yarn run)'],
    ],
    [
      'what runs anything, exactly',
      [bash('docker exec web ls'), bash('sudo reboot now')],
      ['Bash(docker exec web ls)', 'Bash(sudo reboot now)'],
    ],
    ['each command of a line', [bash('cd sub && npm ci && git push origin main')], ['Bash(npm ci:*)', 'Bash(git push:*)']],
    ['what no rule can name', [bash('echo "$(id)" > x')], ['Bash']],
    ['a file of Windows', [write('C:\\Users\\John Smith\\a.ts')], ['Edit(//c/Users/John Smith/a.ts)']],
    ['a file, or editing at all', [write('/a/b.ts'), write(null)], ['Edit(//a/b.ts)', 'Edit']],
    ['a tool of a server', [other('mcp__shop__refund')], ['mcp__shop__refund']],
    ['a name that is none', [other('two\nlines')], []],
  ])('%s', (_, denied, rules) => {
    expect(rulesFor(denied)).toEqual(rules)
    for (const call of denied.filter(({ name }) => rules.length > 0 && name !== 'two\nlines'))
      expect(rules.some((rule) => isAllowedBy(rule, call)) || call.command?.includes('&&')).toBe(true)
  })

  it('become few where they would be many', () => {
    const many = Array.from({ length: 20 }, (_, index) => bash(`tool${index} go`))
    expect(rulesFor(many)).toEqual(['Bash'])
    expect(recovery.settingsLine(rulesFor([bash('npm publish')]))).toBe('"permissions": { "allow": ["Bash(npm publish:*)"] }')
  })
})

it('reads the settings of the user and of the project; what is broken or missing allows nothing', async () => {
  const allow = (...rules: readonly unknown[]): string => JSON.stringify({ permissions: { allow: rules } })
  const files = memoryFiles(
    new Map([
      ['settings.json', allow('Bash', 7)],
      ['app/.claude/settings.json', '{'],
      ['app/.claude/settings.local.json', allow('Edit')],
      ['other/.claude/settings.json', '{"permissions":[]}'],
    ]),
  )
  const transcript = `${HOME}/projects/-app/s/subagents/agent-a1.jsonl`
  const folders = [`${HOME}/app`, `${HOME}/other`, `${HOME}/none`]
  expect(await readPermissions(transcript, folders, files)).toEqual([
    { path: `${HOME}/settings.json`, changedAt: NOW - 3_600_000, allow: ['Bash'] },
    { path: `${HOME}/app/.claude/settings.local.json`, changedAt: NOW - 3_600_000, allow: ['Edit'] },
  ])
})
