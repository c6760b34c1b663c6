import { describe, expect, it } from 'vitest'
import { codewhale } from '../../../src/clients/codewhale/index.ts'
import { recoveryStartedBy } from '../../../src/clients/index.ts'

describe('a command of CodeWhale', () => {
  it.each([
    [['codewhale', 'exec', '--resume', 'a1', 'Go on'], 'a1', true],
    [['/usr/bin/codewhale', 'resume', 'a1'], 'a1', false],
    [['codewhale', 'exec', 'Go'], null, true],
    [['codewhale'], null, false],
  ])('%j is known', (argv, session, headless) => {
    const recovery = recoveryStartedBy(argv)
    expect(recovery).toBe(codewhale.recovery)
    expect([recovery?.sessionOf(argv), recovery?.isHeadless(argv)]).toEqual([session, headless])
  })

  it('names the root of a transcript, and the version that is installed', () => {
    expect(codewhale.recovery?.rootOf('/home/dev/app/.codewhale/state/subagents.v1.json')).toBe('/home/dev/app/.codewhale/state')
    expect(codewhale.recovery?.rootOf('/home/dev/app/.deepseek/state/subagents.v1.json')).toBe('/home/dev/app/.deepseek/state')
    expect(codewhale.recovery?.version.read('codewhale 0.9.11 (abc)\n')).toBe('0.9.11')
    expect(codewhale.recovery?.version.read('codex-cli 0.171.0')).toBeNull()
  })

  it('says what CodeWhale lacks', () => {
    const notes = codewhale.recovery?.listNotes(null, {
      client: { version: null, source: 'installed' },
      headless: true,
      budget: 2,
      permissionMode: 'acceptEdits',
    })
    expect(notes?.join('\n')).toMatch(/without --auto[\s\S]*acceptEdits[\s\S]*takes no budget/)
  })
})
