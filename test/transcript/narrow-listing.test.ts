import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFiles, nodeFileSystem } from '../../src/node/files.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { codewhale } from '../../src/clients/codewhale/index.ts'
import { selectSources, resolveLegacySessions } from '../../src/transcript/select-sources.ts'

// What is not looked at while it is listed must not change what is read.

const ONE = '6f1b0f3e-1111-4222-8333-444455556666'
const OTHER = '7a2c1d4f-1111-4222-8333-444455556666'
const NONE = { since: null, until: null, session: null }

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'narrow-')))
  for (const session of [ONE, OTHER]) {
    plant(`slug/${session}.jsonl`)
    for (const id of ['a1', 'a2']) {
      plant(agent(session, id))
      plant(agent(session, id).replace('.jsonl', '.meta.json'))
    }
    plant(`slug/${session}/subagents/workflows/wf_1/journal.jsonl`)
    plant(`slug/${session}/workflows/wf_1.json`)
  }
})
afterEach(() => rmSync(root, { recursive: true }))

function plant(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function agent(session: string, id: string): string {
  return `slug/${session}/subagents/agent-${id}.jsonl`
}

/** The paths that are read, and how many files were looked at to tell. */
async function selected(
  asked: string | null | { readonly since: number },
  isNarrow: boolean,
): Promise<{ readonly paths: readonly string[]; readonly sources: number; readonly looks: number }> {
  let looks = 0
  const stat = (path: string): ReturnType<typeof nodeFileSystem.stat> => {
    looks += 1
    return nodeFileSystem.stat(path)
  }
  const files = createFiles({ ...nodeFileSystem, stat })
  const bounds = { ...NONE, ...(typeof asked === 'object' ? asked : { session: asked }) }
  const found = await discoverSources([root], [claudeCode], files, isNarrow ? bounds : undefined)
  const told = await resolveLegacySessions(found.sources, bounds, files, 'UTC', found.others)
  const { sources, transcripts, older } = selectSources(told, bounds, found.others)
  const paths = [...sources.map(({ path }) => path.slice(root.length + 1)).toSorted(), `${transcripts} ${older}`]
  return { paths, sources: found.sources.length, looks }
}

async function same(asked: Parameters<typeof selected>[0]): Promise<readonly string[]> {
  const { paths } = await selected(asked, true)
  expect(paths).toEqual((await selected(asked, false)).paths)
  return paths
}

describe('a listing that looks at what may matter only', () => {
  it('selects the same', async () => {
    expect(await same(null)).toHaveLength(15)
    expect(await same(ONE)).toHaveLength(8)
    expect(await same(ONE.slice(0, 1))).toHaveLength(8)
    expect(await same('nothing')).toEqual(['0 0'])
  })

  it('looks at no sidecar, and at no other session', async () => {
    const { looks } = await selected('nothing', true)
    expect((await selected(null, true)).looks - looks).toBe(10)
    expect((await selected(ONE, true)).looks - looks).toBe(5)
    expect((await selected(ONE, false)).looks - looks).toBe(14)
  })

  it('keeps of old agents that they are there', async () => {
    const since = Date.parse('2026-05-31T10:00:00Z')
    const age = (path: string, seconds: number): void => utimesSync(join(root, path), 0, since / 1_000 - seconds)
    for (const id of ['a1', 'a2']) age(agent(ONE, id), 1)
    age(agent(OTHER, 'a1'), 1)
    age(agent(OTHER, 'a2'), 0)
    age(`slug/${ONE}.jsonl`, 9)
    age(`slug/${OTHER}.jsonl`, 9)
    expect((await same({ since })).filter((path) => !path.includes('workflows'))).toEqual([
      `slug/${OTHER}.jsonl`,
      agent(OTHER, 'a2'),
      agent(OTHER, 'a2').replace('.jsonl', '.meta.json'),
      '2 5',
    ])
    expect((await selected({ since }, false)).sources - (await selected({ since }, true)).sources).toBe(3 + 4)

    // However a file is named, it is one: by a link to an old one or a young one, by one that passes for a main thread, and by a second name.
    symlinkSync(join(root, agent(ONE, 'a1')), join(root, agent(OTHER, 'forked')))
    symlinkSync(join(root, agent(ONE, 'a1')), join(root, 'slug', 'main.jsonl'))
    symlinkSync(join(root, agent(OTHER, 'a2')), join(root, agent(ONE, 'forked')))
    linkSync(join(root, agent(ONE, 'a2')), join(root, agent(OTHER, 'linked')))
    expect((await same({ since })).at(-1)).toBe('2 5')
  })

  it('counts an old agent once where one root stands for two folders, and one of them is a link to the other', async () => {
    mkdirSync(join(root, '.codewhale'))
    symlinkSync(root, join(root, 'projects'))
    symlinkSync(root, join(root, '.codewhale', 'state'))
    const bounds = { ...NONE, since: Date.now() + 60_000 }
    const found = await discoverSources([root], [claudeCode, codewhale], createFiles(), bounds)
    expect(found.roots).toHaveLength(2)
    expect(selectSources(found.sources, bounds, found.others).older).toBe(6)
  })

  it('finds the better name of a file in another session', async () => {
    // The name that sorts first is the file's: here that of the session that was asked for, then that of the other.
    for (const [asked, hidden] of [
      [ONE, OTHER],
      [OTHER, ONE],
    ] as const) {
      linkSync(join(root, agent(ONE, 'a1')), join(root, agent(OTHER, `linked-${asked.slice(0, 1)}`)))
      expect(await same(asked)).not.toContain(agent(hidden, 'a1'))
    }
    expect((await same(OTHER)).filter((path) => path.includes('linked'))).toEqual([])
  })

  it('finds the file behind a link, where a forked session links to agents of its parent', async () => {
    symlinkSync(join(root, agent(ONE, 'a2')), join(root, agent(OTHER, 'forked')))
    expect((await same(OTHER)).filter((path) => path.includes('forked'))).toEqual([])
    expect(await same(ONE)).toContain(agent(ONE, 'a2'))
  })

  it('asks an old agent for its session, which may be one that is not looked at', async () => {
    const line = (session: string): string =>
      `${JSON.stringify({ parentUuid: null, isSidechain: true, userType: 'external', cwd: '/home/dev/app', sessionId: session, version: '2.0.76', agentId: 'b1', type: 'user', message: { role: 'user', content: 'go' }, uuid: 'u1', timestamp: '2026-05-31T10:00:00Z' })}\n`
    plant('slug/agent-b1.jsonl', line(ONE))
    plant('slug/agent-b2.jsonl', line(OTHER))
    const paths = await same(ONE)
    expect(paths.filter((path) => path.includes('agent-b'))).toEqual(['slug/agent-b1.jsonl'])
    // That of the other session is opened, and not looked at.
    expect((await selected(ONE, true)).looks).toBe((await selected(null, true)).looks - 6)

    // A second name of one sorts before it, in a session that is not looked at.
    linkSync(join(root, 'slug/agent-b1.jsonl'), join(root, agent(OTHER, 'b1')))
    expect(await same(ONE)).not.toContain('slug/agent-b1.jsonl')
    rmSync(join(root, agent(OTHER, 'b1')))

    // And one that is a link leads to a file of a session that is not looked at.
    symlinkSync(join(root, agent(OTHER, 'a2')), join(root, 'slug/agent-b4.jsonl'))
    expect(await same(ONE)).not.toContain('slug/agent-b4.jsonl')
    rmSync(join(root, 'slug/agent-b4.jsonl'))

    // One that says nothing may be of any session; so may all, where a main thread has no id.
    plant('slug/agent-b3.jsonl', 'torn')
    expect(await same(ONE)).toContain('slug/agent-b3.jsonl')
    plant('slug/notes.jsonl', line(OTHER))
    expect((await same(ONE)).filter((path) => path.includes('agent-b'))).toHaveLength(3)
  })

  it('reads no other main thread for an old agent whose own main thread is lost', async () => {
    const first = { type: 'user', uuid: 'u1', sessionId: 'lost', isSidechain: true, agentId: 'b1', timestamp: '2026-05-31T10:00:00Z' }
    plant('slug/agent-b1.jsonl', `${JSON.stringify({ ...first, message: { role: 'user', content: 'go' } })}\n`)
    const without = (await same(ONE)).filter((path) => path.endsWith('.jsonl'))
    expect(without.filter((path) => !path.includes(ONE))).toEqual([])
    expect((await same('lost')).filter((path) => path.endsWith('.jsonl'))).toEqual(['slug/agent-b1.jsonl'])
  })

  it.each([
    [16 * 1024 - 1, true],
    [16 * 1024, true],
    [16 * 1024 + 1, true],
    [64 * 1024, true],
    // It is read whole, since it may be of the session that is asked for.
    [64 * 1024 + 1, false],
    [400 * 1024, false],
  ])('asks an old agent whose first line has %i bytes and says it last: %s', async (bytes, isTold) => {
    const line = (content: string): string =>
      `${JSON.stringify({ type: 'user', message: { role: 'user', content }, uuid: 'u1', isSidechain: true, agentId: 'b1', timestamp: '2026-05-31T10:00:00Z', sessionId: OTHER })}\n`
    plant('slug/agent-b1.jsonl', line('x'.repeat(bytes - line('').length)) + line('more').repeat(2_000))
    const { paths } = await selected(ONE, true)
    expect(paths.includes('slug/agent-b1.jsonl')).toBe(!isTold)
  })

  it('asks an old agent that says it at once, however long its first line is, and whether it is whole', async () => {
    const start = `{"parentUuid":null,"isSidechain":true,"cwd":"/home/dev/ünï","sessionId":"${OTHER}","agentId":"b1","type":"user","message":`
    plant('slug/agent-b1.jsonl', `${start}{"role":"user","content":"${'x'.repeat(400 * 1024)}"}}\n`)
    plant('slug/agent-b2.jsonl', `${start}{"role":`)
    plant('slug/agent-b3.jsonl', `${start.replace(OTHER, ONE)}{"role":"user","content":"go"}}\n`)
    expect((await selected(ONE, true)).paths.filter((path) => path.includes('agent-b'))).toEqual(['slug/agent-b3.jsonl'])
  })

  it.each([
    ['a record that only names where it was forked from', `{"sessionId":"${OTHER}","type":"fork-context-ref","parentSessionId":"x"}`],
    ['a session within what was said', `{"message":{"sessionId":"${OTHER}","type":"user","content":"go"},"type":"user"}`],
    [
      'a session within a text',
      `{"cwd":"\\",\\"sessionId\\":\\"${OTHER}\\",\\"type\\":\\"user\\",","type":"user","message":{"role":"user","content":"go"}}`,
    ],
    ['a line that ends before', `{"cwd":"/home\n,"sessionId":"${OTHER}","type":"user","message":{}}`],
    ['no session', '{"type":"user","message":{"role":"user","content":"go"}}'],
  ])('reads an old agent that begins with %s', async (_, line) => {
    plant('slug/agent-b1.jsonl', `${line}\n`)
    expect(await same(ONE)).toContain('slug/agent-b1.jsonl')
  })
})
