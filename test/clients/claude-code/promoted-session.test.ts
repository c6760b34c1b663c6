import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSlugOf, promotedSessionId, slugOf } from '../../../src/clients/claude-code/promoted-session.ts'

const uuid = fc.uuid()
const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/

describe('the id of a promoted session', () => {
  test('shows the agent’s id, and the record that the transcript ends with', () => {
    const id = promotedSessionId({
      agentId: 'a75b310c2ed6982d1',
      firstUuid: '3f0c4f6e-0000-4000-8000-000000000001',
      lastUuid: 'c1b6a2f4-5d1e-4c55-9a1b-06cf10316cc1',
    })
    expect(id).toBe('75b310c2-ed69-882d-8a1b-06cf10316cc1')
  })

  test('law: it has the shape of a UUID, is the same for the same transcript, and another when something was added', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), uuid, uuid, uuid, (agentId, firstUuid, lastUuid, added) => {
        const id = promotedSessionId({ agentId, firstUuid, lastUuid })
        expect(id).toMatch(SHAPE)
        expect(promotedSessionId({ agentId, firstUuid, lastUuid })).toBe(id)
        if (added.slice(-15) !== lastUuid.slice(-15)) expect(promotedSessionId({ agentId, firstUuid, lastUuid: added })).not.toBe(id)
      }),
    )
  })

  test('short ids of 2.0.x are told apart by the first record', () => {
    const of = (firstUuid: string) => promotedSessionId({ agentId: 'a1b2c3d', firstUuid, lastUuid: 'c1b6a2f4-5d1e-4c55-9a1b-06cf10316cc1' })
    expect(of('11111111-0000-4000-8000-000000000001')).not.toBe(of('22222222-0000-4000-8000-000000000001'))
  })

  test.each([
    { agentId: null, firstUuid: 'a', lastUuid: 'b' },
    { agentId: 'a1', firstUuid: null, lastUuid: 'c1b6a2f4-5d1e-4c55-9a1b-06cf10316cc1' },
    { agentId: 'a1', firstUuid: 'c1b6a2f4-5d1e-4c55-9a1b-06cf10316cc1', lastUuid: 'zz' },
  ])('there is none without ids: %o', (ids) => expect(promotedSessionId(ids)).toBeNull())
})

describe('the folder of a project', () => {
  test.each([
    ['/home/dev/app', '-home-dev-app'],
    ['/home/dev/app/.claude/worktrees/agent-a1', '-home-dev-app--claude-worktrees-agent-a1'],
    [String.raw`C:\Users\Olena\my_app`, 'C--Users-Olena-my-app'],
    ['/дім/🦊', '-------'],
  ])('%s', (folder, slug) => expect(slugOf(folder)).toBe(slug))

  test('a path that is too long has none that could be told', () => {
    expect(slugOf(`/${'a'.repeat(199)}`)).toHaveLength(200)
    expect(slugOf(`/${'a'.repeat(200)}`)).toBeNull()
  })
})

test.each([
  ['C--Users-Ines-app', 'c:\\Users\\ines\\app', true],
  ['c--users-ines-app', 'C:/Users/Ines/App', true],
  ['-private-tmp-app', '/tmp/app', true],
  ['-home-dev-caf-', '/home/dev/cafe\u0301', true],
  ['-home-dev-cafe-', '/home/dev/caf\u00e9', true],
  ['-home-dev-App', '/home/dev/app', false],
  ['-private-home-app', '/home/app', false],
  ['D--app', 'C:\\app', false],
])('%s is the folder of %s: %s', (slug, folder, is) => expect(isSlugOf(slug, folder)).toBe(is))
