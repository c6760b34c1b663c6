import { describe, expect, it } from 'vitest'
import { joinLives } from '../../src/transcript/lives.ts'
import { instant } from '../records/transcript.ts'
import { oneAgent } from '../hostile/world.ts'
import { findRun } from '../reasons/linked.ts'

const { run } = await findRun(oneAgent((agent) => agent.bash('ls').says('All is done.')))
const at = (time: string) => ({ startedAt: instant(time), lastRecordAt: instant(time) })
const early = { ...run, path: '/1', ...at('10:00:00'), latest: { ...run.latest, lastAt: instant('10:00:00') } }
/** A transcript that says nothing of its agent: no sidecar, no launch, no prompt. */
const bare = {
  ...run,
  path: '/2',
  firstUuid: 'other',
  firstPrompt: null,
  firstPromptDigest: null,
  ...at('11:00:00'),
  sidecar: null,
  toolUseId: null,
  description: null,
  agentType: null,
  spawnDepth: null,
  background: null,
  lastText: null,
  context: null,
  attempts: 1,
}

describe('the lives of agents', () => {
  it('what one transcript does not say is taken from the other, whichever comes first', () => {
    const [after] = joinLives([bare, early])
    expect(after).toMatchObject({
      path: '/2',
      description: 'part 1',
      toolUseId: run.toolUseId,
      firstPrompt: run.firstPrompt,
      toolCalls: 2,
      attempts: 1,
    })
    const [before] = joinLives([{ ...early, ...at('12:00:00') }, bare])
    expect(before).toMatchObject({ path: '/1', description: 'part 1', firstPrompt: run.firstPrompt, lastText: run.lastText })
  })

  it('a copy of the whole is not counted twice', () => {
    const [life] = joinLives([early, { ...early, path: '/3', lines: early.lines + 1 }])
    expect(life).toMatchObject({ path: '/3', toolCalls: run.toolCalls, transcripts: [{}, {}] })
  })

  it('of two at once the one that finished counts, else the later one', () => {
    const open = { ...bare, ...at('09:59:59'), latest: { ...run.latest, lastWord: { kind: 'none' as const } } }
    expect(joinLives([early, open])).toMatchObject([{ path: '/1', latest: { lastWord: { kind: 'turn' } } }])
    expect(joinLives([{ ...early, latest: open.latest }, open])).toHaveLength(1)
  })

  it('a try that came to no end is a failed one where another prompt follows', () => {
    const dead = { ...early, latest: { ...early.latest, lastWord: { kind: 'none' as const } } }
    expect(joinLives([dead, { ...bare, firstPrompt: 'Go on.' }])).toMatchObject([
      { failedAttempts: run.failedAttempts * 2 + 1, attempts: 2 },
    ])
  })

  it('short ids and those of other projects meet by chance', () => {
    expect(
      joinLives([
        { ...early, agentId: 'a261d1c' },
        { ...bare, agentId: 'a261d1c' },
      ]),
    ).toHaveLength(2)
    expect(joinLives([early, { ...bare, project: '/home/dev/other' }])).toHaveLength(2)
  })
})
