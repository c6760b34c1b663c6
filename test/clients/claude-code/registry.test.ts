import { describe, expect, it } from 'vitest'
import { FileUnavailable, type ProcessFacts, type Processes } from '../../../src/ports/host.ts'
import { stateOf } from '../../../src/clients/claude-code/process-claim.ts'
import { readRegistry } from '../../../src/clients/claude-code/registry.ts'
import { HOME, memoryFiles, SESSION, spyOn } from '../../hostile/world.ts'

const DOMAIN = 'linux:0:pid:[1]'
const STARTED = Date.parse('2026-05-31T10:00:00Z')
const asked = (facts: ProcessFacts, domain: string | null = DOMAIN): Processes => ({
  domain: async () => domain,
  inspect: async () => facts,
})
const alive = (start: string | null, startedAt: number | null = STARTED): ProcessFacts => ({ state: 'alive', start, startedAt })
const entry = (change: object = {}): string =>
  JSON.stringify({ pid: 77, sessionId: SESSION, startedAt: STARTED, procStart: '4200', pidDomain: DOMAIN, ...change })

async function ownersOf(content: string, processes: Processes): Promise<unknown> {
  const { bySession } = await readRegistry(
    [`${HOME}/projects`],
    memoryFiles(
      new Map([
        ['projects/x', ''],
        ['sessions/77.json', content],
      ]),
    ),
    processes,
  )
  return bySession.get(SESSION)
}

describe('who owns a session', () => {
  it.each([
    ['alive', entry(), asked(alive('4200')), 'alive'],
    ['gone', entry(), asked({ state: 'gone' }), 'gone'],
    ['not to be asked', entry(), asked({ state: 'unknown' }), 'unknown'],
    ['its pid reused', entry(), asked(alive('9999')), 'gone'],
    ['its pid reused, with the same ticks after a reboot', entry(), asked(alive('4200', STARTED + 86_400_000)), 'gone'],
    ['its clock a little off', entry(), asked(alive('4200', STARTED + 119_000)), 'alive'],
    ['of another machine', entry({ pidDomain: 'linux:1:pid:[1]' }), asked(alive('4200')), 'elsewhere'],
    ['of another pid namespace', entry({ pidDomain: 'linux:0:pid:[2]' }), asked({ state: 'gone' }), 'elsewhere'],
    ['of no domain (before 2.1.261)', entry({ pidDomain: undefined }), asked(alive('4200')), 'alive'],
    ['here, where no domain is known', entry(), asked(alive('4200'), null), 'alive'],
    ['without a start mark, but its time', entry({ procStart: undefined }), asked(alive('4200')), 'alive'],
    ['without a start mark, and at another time', entry({ procStart: undefined }), asked(alive('4200', STARTED + 121_000)), 'gone'],
    ['with a start mark and no time', entry({ startedAt: undefined }), asked(alive('4200')), 'alive'],
    ['with neither', entry({ startedAt: undefined, procStart: undefined }), asked(alive('4200')), 'unknown'],
    ['with both, of which the system knows neither', entry(), asked(alive(null, null)), 'unknown'],
    ['with a start mark that is a number', entry({ procStart: 4200 }), asked(alive('4200')), 'alive'],
  ] as const)('%s', async (_, content, processes, state) => {
    expect(await ownersOf(content, processes)).toMatchObject([{ source: 'registry', path: `${HOME}/sessions/77.json`, pid: 77, state }])
  })

  it.each([
    ['of this machine, its process gone', entry(), asked({ state: 'gone' }), true],
    ['of a process that lives, where no domain is known', entry(), asked(alive('4200'), null), true],
    ['of another machine', entry({ pidDomain: 'linux:1:pid:[1]' }), asked({ state: 'gone' }), false],
    ['that names no machine, its process gone', entry({ pidDomain: undefined }), asked({ state: 'gone' }), false],
  ] as const)('an entry %s', async (_, content, processes, isThisMachine) => {
    const files = memoryFiles(new Map([['projects/x', ''], ['sessions/77.json', content]])) // prettier-ignore
    expect(await readRegistry([`${HOME}/projects`], files, processes)).toMatchObject({ isThisMachine })
  })

  it('takes the client’s status and times, where they are any', async () => {
    const told = await ownersOf(entry({ status: 'waiting', statusUpdatedAt: STARTED + 5, updatedAt: STARTED + 9 }), asked(alive('4200')))
    expect(told).toMatchObject([{ status: 'waiting', statusSince: STARTED + 5, startedAt: STARTED, updatedAt: STARTED + 9 }])
    const odd = await ownersOf(entry({ status: 7, startedAt: 'soon', updatedAt: -1 }), asked(alive('4200')))
    expect(odd).toMatchObject([{ status: null, statusSince: null, startedAt: null }])
  })

  it.each([
    ['half written', '{"pid":77,"sess'],
    ['empty', ''],
    ['an array', '[]'],
    ['without a session', '{"pid":77}'],
    ['without a pid', `{"sessionId":"${SESSION}"}`],
    ['pid 0', entry({ pid: 0 })],
    ['pid -1', entry({ pid: -1 })],
    ['pid 1.5', entry({ pid: 1.5 })],
    ['too large', entry({ x: 'y'.repeat(70_000) })],
    ['nested without end', '['.repeat(30_000)],
    ['deep', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['null', 'null'],
    ['a pid as text', entry({ pid: '77' })],
    ['a pid beyond all numbers', entry().replace('77', '1e999')],
    ['a pid beyond whole numbers', entry({ pid: 2 ** 53 })],
    ['a session that is an object', entry({ sessionId: { toString: SESSION } })],
    ['a session that is a list', entry({ sessionId: [SESSION] })],
    ['with a prototype instead of fields', `{"__proto__":${entry()}}`],
    ['not UTF-8', '\uFFFE\uFFFD{'],
  ])('%s: names nobody, and then nobody is known to be missing', async (_, content) => {
    const files = memoryFiles(
      new Map([
        ['projects/x', ''],
        ['sessions/77.json', content],
      ]),
    )
    const { bySession, foldersRead } = await readRegistry([`${HOME}/projects`], files, asked({ state: 'gone' }))
    expect([bySession.size, foldersRead]).toEqual([0, []])
  })
})

it('what is odd in an entry is absent, and the entry counts', async () => {
  const odd = { procStart: { valueOf: 1 }, startedAt: '2026', pidDomain: 7, jobId: '../../x', status: { a: 1 }, statusUpdatedAt: 1e300 }
  const told = await ownersOf(entry(odd), asked(alive('4200')))
  expect(told).toMatchObject([{ pid: 77, startedAt: null, jobId: null, status: null, statusSince: null, state: 'unknown' }])
})

it('a session may be called as every object’s own fields are', async () => {
  const files = memoryFiles(new Map([['projects/x', ''], ['sessions/77.json', entry({ sessionId: '__proto__' })]])) // prettier-ignore
  const { bySession } = await readRegistry([`${HOME}/projects`], files, asked(alive('4200')))
  expect([...bySession.keys()]).toEqual(['__proto__'])
})

it.each([
  ['a number', 134403867255000000],
  ['a text', '134403867255000000'],
])('an entry of Windows holds procStartFt, %s, and no procStart', async (_, procStartFt) => {
  const domain = 'win32:OFFICE'
  const content = entry({ procStart: undefined, procStartFt, pidDomain: domain, startedAt: undefined })
  const windows = (startedAt: number): Processes => ({ ...asked(alive('x', startedAt), domain), platform: 'win32' })
  const started = Date.parse('2026-11-29T00:45:25.500Z')
  expect(await ownersOf(content, windows(started))).toMatchObject([{ state: 'alive' }])
  expect(await ownersOf(content, windows(started + 3_600_000))).toMatchObject([{ state: 'gone' }])
  expect(await ownersOf(content, { ...asked(alive('4200')), platform: 'linux' })).toMatchObject([{ state: 'elsewhere' }])
})

it('every Mac has the same domain: it does not tell that this is the machine', async () => {
  const content = entry({ procStart: 'Sun Nov 29 02:45:25 2026', pidDomain: 'darwin' })
  const files = memoryFiles(new Map([['projects/x', ''], ['sessions/77.json', content]])) // prettier-ignore
  expect(await readRegistry([`${HOME}/projects`], files, asked({ state: 'gone' }, 'darwin'))).toMatchObject({ isThisMachine: false })
})

describe('which files are asked', () => {
  const processes = asked({ state: 'gone' })

  it('only <pid>.json, and no key', async () => {
    const names = ['77.json', '77.key', '77.json.tmp', 'a.json', 'key.json', '12345678901.json', '-1.json']
    const { files, opened } = spyOn(
      memoryFiles(new Map([['projects/x', ''], ...names.map((name) => [`sessions/${name}`, entry()] as const)])),
    )
    const { foldersRead } = await readRegistry([`${HOME}/projects`], files, processes)
    expect(opened).toEqual([`${HOME}/sessions/77.json`])
    expect(foldersRead).toEqual([`${HOME}/sessions`])
  })

  it('no folder, no registry', async () => {
    expect((await readRegistry([`${HOME}/projects`], memoryFiles(new Map([['projects/x', '']])), processes)).foldersRead).toEqual([])
    expect((await readRegistry([`${HOME}/projects`], memoryFiles(new Map([['sessions', '']])), processes)).foldersRead).toEqual([])
  })

  it('an entry that vanishes had ended well: the registry is whole', async () => {
    const files = memoryFiles(
      new Map([
        ['projects/x', ''],
        ['sessions/77.json', entry()],
      ]),
    )
    const gone = { ...files, readText: (path: string) => Promise.reject(new FileUnavailable(path, 'ENOENT')) }
    expect((await readRegistry([`${HOME}/projects`], gone, processes)).foldersRead).toEqual([`${HOME}/sessions`])
    const denied = { ...files, readText: (path: string) => Promise.reject(new FileUnavailable(path, 'EACCES')) }
    expect((await readRegistry([`${HOME}/projects`], denied, processes)).foldersRead).toEqual([])
  })

  it('a folder that cannot be listed proves nothing', async () => {
    const files = memoryFiles(
      new Map([
        ['projects/x', ''],
        ['sessions/77.json', entry()],
      ]),
    )
    const failing = { ...files, list: (path: string) => Promise.reject(new FileUnavailable(path, 'EIO')) }
    expect(await readRegistry([`${HOME}/projects`], failing, processes)).toEqual({
      bySession: new Map(),
      foldersRead: [],
      isThisMachine: false,
    })
    const partly = {
      ...files,
      list: async () => ({
        paths: [],
        issues: [{ path: HOME, line: null, byteOffset: null, reason: 'unreadable' as const, bytes: null, detail: 'EACCES' }],
      }),
    }
    expect((await readRegistry([`${HOME}/projects`], partly, processes)).foldersRead).toEqual([])
  })

  it('an error that is no file’s comes through', async () => {
    const files = memoryFiles(
      new Map([
        ['projects/x', ''],
        ['sessions/77.json', entry()],
      ]),
    )
    const bug = (): Promise<never> => Promise.reject(new TypeError('a bug'))
    for (const broken of [
      { ...files, readText: bug },
      { ...files, list: bug },
      { ...files, facts: bug },
    ]) {
      await expect(readRegistry([`${HOME}/projects`], broken, processes)).rejects.toThrow('a bug')
    }
  })
})

it('stateOf asks nobody about a process of elsewhere', async () => {
  const processes: Processes = { domain: async () => DOMAIN, inspect: () => Promise.reject(new Error('asked')) }
  expect(await stateOf({ pid: 1, start: null, filetime: null, startedAt: null, domain: 'other' }, processes, DOMAIN)).toBe('elsewhere')
})
