import { describe, expect, it } from 'vitest'
import { codex } from '../../../src/clients/codex/index.ts'
import { recoveryStartedBy } from '../../../src/clients/index.ts'
import type { AnalyzeOptions } from '../../../src/scan/analyze-options.ts'
import { analyze } from '../../../src/scan/scan.ts'
import { PLAIN_WISHES } from '../../../src/plan/wishes.ts'
import { CONTINUE_WORDS } from '../../../src/text/prompts.ts'
import { analyzeOptions } from '../../analyze-options.ts'
import { HOME, memoryFiles, noProcesses, NOW } from '../../hostile/world.ts'
import { noGit } from '../../no-git.ts'
import { LIMIT_WORDS, Rollout, type Thread, threadId } from '../../records/rollouts.ts'

const MAIN: Thread = { id: threadId(1) }
const CHILD: Thread = { id: threadId(2), parent: MAIN, cwd: '/home/dev/app/docs' }

async function planOf(rollouts: readonly Rollout[], options: Partial<AnalyzeOptions> = {}) {
  const files = memoryFiles(new Map(rollouts.map(({ path, text }) => [path, text])))
  const host = { files, processes: noProcesses, git: noGit }
  return (await analyze({ ...analyzeOptions({ roots: [HOME], now: NOW }), ...options }, host)).plan.actions
}

const main = (): Rollout => new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Write the docs').ends('Done.')
const failed = (): Rollout => new Rollout(CHILD, 5_000).prompt('Write the docs').fails('internal_server_error', 'boom')

describe('an agent of Codex', () => {
  it('is continued by its own id, in its own folder', async () => {
    const actions = await planOf([main(), failed()])
    expect(actions).toMatchObject([
      {
        id: `promote-${CHILD.id}`,
        agents: [CHILD.id],
        session: CHILD.id,
        commands: [{ cwd: '/home/dev/app/docs', argv: ['codex', 'resume', CHILD.id, CONTINUE_WORDS] }],
      },
    ])
    expect(actions[0]?.why).toContain('Not resume: Codex opens an agent by its own id, without its parent.')
  })

  it('is continued headless by exec, with a word about what Codex lacks', async () => {
    const plan = { ...PLAIN_WISHES, headless: true, budget: 2, permissionMode: 'acceptEdits' }
    const [action] = await planOf([main(), failed()], { plan })
    expect(action?.commands[0]?.argv).toEqual(['codex', 'exec', 'resume', CHILD.id, CONTINUE_WORDS])
    expect(action?.preconditions.join('\n')).toMatch(/no permission mode acceptEdits[\s\S]*takes no budget/)
  })

  it('that a limit refused waits for the reset of the spent window', async () => {
    const limited = new Rollout(CHILD, 5_000).prompt('Write the docs').counts({ secondary: 100 }).fails('usage_limit_exceeded', LIMIT_WORDS)
    const actions = await planOf([main(), limited], { now: Date.parse('2026-05-31T20:00:00.000Z') })
    expect(actions.map(({ kind, notBefore }) => [kind, notBefore])).toEqual([
      ['wait', '2026-06-02T12:00:00.000Z'],
      ['promote', '2026-06-02T12:00:00.000Z'],
    ])
  })

  it('whose context is full is given to a fresh session', async () => {
    const full = new Rollout(CHILD, 5_000).prompt('Write the docs').fails('context_window_exceeded', 'full')
    const [action] = await planOf([main(), full], { plan: { ...PLAIN_WISHES, headless: true } })
    expect(action?.kind).toBe('redispatch')
    expect(action?.commands.map(({ argv }) => argv.slice(0, 3))).toEqual([
      ['agent-forensics', 'show', CHILD.id],
      ['codex', 'exec', expect.stringContaining(`Continue the work of agent ${CHILD.id}`)],
    ])
  })

  it('that finished needs nothing', async () => {
    expect(await planOf([main(), new Rollout(CHILD, 5_000).prompt('Write the docs').ends('Written.')])).toEqual([])
  })
})

describe('a command of Codex', () => {
  it.each([
    [['codex', 'exec', 'resume', CHILD.id, 'Go on'], CHILD.id, true],
    [['/usr/bin/codex', 'resume', CHILD.id], CHILD.id, false],
    [['codex', 'exec', 'Go'], null, true],
    [['codex'], null, false],
  ])('%j is known', (argv, session, headless) => {
    const recovery = recoveryStartedBy(argv)
    expect(recovery).toBe(codex.recovery)
    expect([recovery?.sessionOf(argv), recovery?.isHeadless(argv)]).toEqual([session, headless])
  })

  it('is none where another program has a like name', () => {
    expect(recoveryStartedBy(['codex-lint', 'resume', CHILD.id])).toBeUndefined()
  })

  it('says its version', () => {
    expect(codex.recovery?.version.read('codex-cli 0.171.0\n')).toBe('0.171.0')
    expect(codex.recovery?.version.read('2.1.332 (Claude Code)')).toBeNull()
  })
})
