import { expect, it } from 'vitest'
import { findAnnouncement } from '../../src/reasons/announcement.ts'
import { oneAgent } from '../hostile/world.ts'
import { toldOf } from './linked.ts'

const said = async (text: string): Promise<boolean> => {
  const { run, context } = await toldOf(oneAgent((agent) => agent.bash('ls').says(text)))
  return findAnnouncement(run, context) !== undefined
}

it.each([
  'Let me look at the tests.',
  'Now let me run the build',
  'I’ll fix the parser next.',
  "I'll start with the lexer:",
  'I will run the tests',
  'Great! I’m going to port the rest.',
  'The parser builds. Next, I will run the tests.',
  'Perfect.\n\nNow I’ll update the imports…',
  'Proceeding to the next file.',
])('%j announces', async (text) => expect(await said(text)).toBe(true))

it.each([
  'The parser is ported.',
  'Let me know what you think.',
  'I will not touch the lexer.',
  'I’ll leave it there.',
  'All done. Let me summarise: everything is complete.',
  'I’m waiting for your approval.',
  `${'A long report. '.repeat(40)}Let me look at the tests.`,
  'Let me look at the tests. They pass.',
  'let me',
])('%j does not', async (text) => expect(await said(text)).toBe(false))

it('is no end of a main thread, of an agent that did nothing, or of one that waits for its own', async () => {
  const text = 'Let me look at the tests.'
  const { run, context } = await toldOf(oneAgent((agent) => agent.bash('ls').says(text)))
  expect(findAnnouncement(run, context)).toMatchObject({ text })
  expect(findAnnouncement({ ...run, role: 'main' }, context)).toBeUndefined()
  expect(findAnnouncement({ ...run, latest: { ...run.latest, toolCalls: 0 } }, context)).toBeUndefined()
  expect(findAnnouncement({ ...run, latest: { ...run.latest, schema: { ...run.latest.schema, accepted: true } } }, context)).toBeUndefined()
  expect(findAnnouncement(run, { ...context, openChildren: ['a1'] })).toBeUndefined()
  const open = await toldOf(oneAgent((agent) => void agent.call('Bash', {}, text)))
  expect(findAnnouncement(open.run, open.context)).toBeUndefined()
})
