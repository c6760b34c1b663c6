import { expect, it } from 'vitest'
import { readJobs } from '../../../src/clients/claude-code/jobs.ts'
import { HOME, memoryFiles, SESSION, spyOn } from '../../hostile/world.ts'

const state = (word: unknown, more: object = {}): string => JSON.stringify({ state: word, sessionId: SESSION, backend: 'daemon', ...more })

async function jobOf(content: string, id = '3c44f43e'): Promise<string | undefined> {
  const { files } = spyOn(memoryFiles(new Map([['projects/x', ''], [`jobs/${id}/state.json`, content]]))) // prettier-ignore
  return (await readJobs([`${HOME}/projects`], files)).get(SESSION)
}

it.each([
  ['at work', state('working'), '3c44f43e'],
  ['waiting for its person', state('blocked'), '3c44f43e'],
  ['stopped', state('stopped'), undefined],
  ['done', state('done'), undefined],
  ['half written', '{"state":"wor', undefined],
  ['without a session', JSON.stringify({ state: 'working' }), undefined],
  ['of another kind', state(7), undefined],
  ['a list', `[${state('working')}]`, undefined],
  ['null', 'null', undefined],
  ['nested without end', '['.repeat(100_000), undefined],
  ['too large', state('working', { x: 'y'.repeat(300_000) }), undefined],
  ['with a state of every object’s own', state('constructor'), '3c44f43e'],
  ['with a session that is an object', state('working', { sessionId: {} }), undefined],
  ['with a prototype instead of fields', `{"__proto__":${state('working')}}`, undefined],
])('a background job that is %s', async (_, content, expected) => expect(await jobOf(content)).toBe(expected))

it('an id that is not plain is none, and nothing else is read', async () => {
  expect(await jobOf(state('working'), 'a b')).toBeUndefined()
  const { files, opened } = spyOn(memoryFiles(new Map([['projects/x', ''], ['jobs/j1/state.json', state('working')], ['jobs/j1/adopt.json', '{}'], ['jobs/pins.json', '[]']]))) // prettier-ignore
  await readJobs([`${HOME}/projects`], files)
  expect(opened).toEqual([`${HOME}/jobs/j1/state.json`])
})
