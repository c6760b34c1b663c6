import { variant } from '../long.ts'
import { createServer } from 'node:net'
import { linkSync, mkdirSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FileFacts, type Files, FileUnavailable, type OpenFile } from '../../src/ports/host.ts'
import type { ReadIssueReason } from '../../src/facts/source.ts'
import { createFiles, type FileSystem, nodeFileSystem } from '../../src/node/files.ts'
import { Tree } from '../records/tree.ts'
import {
  AGENT_FILE,
  AGENTS,
  agentOf,
  filesOf,
  Home,
  HOME,
  MAIN_FILE,
  memoryFiles,
  NEWEST,
  oneAgent,
  program,
  scan,
  SESSION,
  SLUG,
  spyOn,
} from './world.ts'

let home: Home
beforeEach(() => (home = new Home()))
afterEach(() => home.remove())
const onPosix = it.skipIf(process.platform === 'win32')
const onLinux = it.skipIf(process.platform !== 'linux')

const STORY = oneAgent((agent) => agent.bash('ls src').says('Done: index.ts is ported.'))
const TEXT = filesOf(STORY).get(AGENT_FILE) ?? ''

async function issuesOf(path: string, files?: Files): Promise<readonly (readonly [string, ReadIssueReason])[]> {
  const report = await scan(path, files === undefined ? {} : { files })
  return report.readIssues.map((issue) => [issue.path.slice(path.length + 1), issue.reason] as const)
}

/** The real files, but what is opened at this path does as it is told after opening. */
function faulty(path: string, change: (file: OpenFile) => Partial<OpenFile>): Files {
  const files = createFiles()
  return {
    ...files,
    open: async (each) => {
      const file = await files.open(each)
      return each === path ? { ...file, facts: file.facts, chunks: (start) => file.chunks(start), ...change(file) } : file
    },
  }
}

describe('T08: a file that changes while it is read', () => {
  const agentPath = (): string => join(home.path, AGENT_FILE)
  beforeEach(() => home.plantAll(filesOf(STORY)))

  it('grows: what was there at opening counts, and the growth is told', async () => {
    const files = faulty(agentPath(), (file) => ({
      async *chunks() {
        yield* file.chunks()
        writeFileSync(agentPath(), 'x'.repeat(10), { flag: 'a' })
      },
    }))
    const report = await scan(home.path, { files })
    expect(report.readIssues).toMatchObject([{ reason: 'grew_while_read', path: agentPath() }])
    expect([agentOf(report).reason, agentOf(report).transcript.bytes, report.complete]).toEqual([
      'completed',
      Buffer.byteLength(TEXT),
      true,
    ])
  })

  it('grows while it waits: it is at work', async () => {
    home.plantAll(filesOf(oneAgent((agent) => void agent.call('Bash', { command: 'make' }))))
    const files = faulty(agentPath(), (file) => ({ bytesNow: async () => file.facts.bytes + 1 }))
    // Its session has not been heard of again: the story's own end would be a later word.
    unlinkSync(join(home.path, MAIN_FILE))
    expect(agentOf(await scan(home.path, { files })).reason).toBe('running')
  })

  it('shrinks: what is gone may have held its end', async () => {
    const files = faulty(agentPath(), (file) => ({
      async *chunks() {
        truncateSync(agentPath(), 100)
        yield* file.chunks()
      },
    }))
    const report = await scan(home.path, { files })
    expect(report.readIssues.map((issue) => issue.reason)).toEqual(['shrank_while_read', 'torn_line'])
    expect([agentOf(report).reason, report.complete]).toEqual(['unknown', false])
  })

  it('shrinks to a line end: nothing is torn, and still nothing is known', async () => {
    const files = faulty(agentPath(), () => ({
      async *chunks() {
        yield Buffer.from(TEXT.slice(0, TEXT.indexOf('\n') + 1))
      },
    }))
    expect(agentOf(await scan(home.path, { files })).reason).toBe('unknown')
  })

  it('vanishes between listing and opening', async () => {
    const files = createFiles()
    const report = await scan(home.path, {
      files: {
        ...files,
        open: async (path) => (path === agentPath() ? Promise.reject(new FileUnavailable(path, 'ENOENT')) : files.open(path)),
      },
    })
    expect(report.readIssues).toMatchObject([{ reason: 'vanished', path: agentPath() }])
    expect([report.agents, report.complete]).toEqual([[], false])
  })

  it('vanishes between listing and looking', async () => {
    const files = createFiles()
    const report = await scan(home.path, {
      files: {
        ...files,
        // A listing need not know what it lists.
        list: async (root, patterns) => ({ ...(await files.list(root, patterns)), facts: [] }),
        facts: async (path) => (path === agentPath() ? Promise.reject(new FileUnavailable(path, 'ENOENT')) : files.facts(path)),
      },
    })
    expect(report.readIssues).toMatchObject([{ reason: 'missing_transcript' }, { reason: 'vanished' }])
  })

  onPosix('is replaced or deleted while it is open: what was opened is read', async () => {
    const files = faulty(agentPath(), (file) => ({
      async *chunks() {
        unlinkSync(agentPath())
        writeFileSync(agentPath(), '{}\n'.repeat(100_000))
        yield* file.chunks()
      },
    }))
    const report = await scan(home.path, { files })
    expect([agentOf(report).reason, report.readIssues]).toEqual(['completed', []])
  })

  it('the whole root vanishes behind the first look', async () => {
    const files = createFiles()
    const gone = (path: string): Promise<never> => Promise.reject(new FileUnavailable(path, 'ENOENT'))
    const first = join(home.path, 'projects')
    await expect(
      scan(home.path, { files: { ...files, realPath: (path) => (path === first ? gone(path) : files.realPath(path)) } }),
    ).rejects.toThrow('no transcripts')
    await expect(scan(home.path, { files: { ...files, list: gone } })).rejects.toThrow('no transcripts')
  })

  it('one root of two that vanishes leaves the other', async () => {
    const files = createFiles()
    const other = join(home.path, 'other')
    mkdirSync(other)
    const report = await scan(home.path, {
      options: { roots: [home.path, other] },
      files: {
        ...files,
        list: (root, patterns) => (root === other ? Promise.reject(new FileUnavailable(root, 'EIO')) : files.list(root, patterns)),
      },
    })
    expect(report.readIssues).toMatchObject([{ path: other, reason: 'unreadable' }])
    expect([agentOf(report).reason, report.complete]).toEqual(['completed', false])
  })
})

describe('T10: links', () => {
  const FORK = '00000000-0000-4000-8000-000000000000'
  beforeEach(() => home.plantAll(filesOf(STORY)))

  onPosix('an agent that a forked session links to counts once, under its own name', async () => {
    const folder = join(home.path, `projects/${SLUG}/${FORK}/subagents`)
    mkdirSync(folder, { recursive: true })
    symlinkSync(join(home.path, AGENT_FILE), join(folder, 'agent-a0000000000000001.jsonl'))
    const report = await scan(home.path)
    expect(report.agents).toHaveLength(1)
    const agent = agentOf(report)
    // Its own folder has its sidecar, too, though the link's folder sorts first.
    expect([agent.sessionId, agent.agentType, agent.transcript.path]).toEqual([SESSION, 'general-purpose', join(home.path, AGENT_FILE)])
    expect(report.readIssues).toEqual([])
  })

  onPosix('a hard link counts once, under the name that sorts first', async () => {
    const folder = join(home.path, `projects/${SLUG}/${FORK}/subagents`)
    mkdirSync(folder, { recursive: true })
    linkSync(join(home.path, AGENT_FILE), join(folder, 'agent-a0000000000000001.jsonl'))
    const report = await scan(home.path)
    expect(report.agents.map((agent) => agent.transcript.path)).toEqual([join(folder, 'agent-a0000000000000001.jsonl')])
  })

  onPosix('loops and links to nowhere are issues, links to folders are not entered', async () => {
    const at = (name: string): string => join(home.path, AGENTS, name)
    symlinkSync(at('agent-loop.jsonl'), at('agent-loop.jsonl'))
    symlinkSync('/nowhere/at/all', at('agent-dangling.jsonl'))
    symlinkSync(home.path, at('up'))
    symlinkSync(home.path, at('agent-folder.jsonl'))
    expect(await issuesOf(home.path)).toEqual([
      [`${AGENTS}/agent-dangling.jsonl`, 'dangling_link'],
      [`${AGENTS}/agent-loop.jsonl`, 'dangling_link'],
    ])
    expect((await scan(home.path)).agents).toHaveLength(1)
  })

  onPosix('a link out of the root is read, with a note', async () => {
    const outside = new Home()
    try {
      const target = outside.plant('elsewhere.jsonl', TEXT.replaceAll('a0000000000000001', 'a0000000000000009'))
      symlinkSync(target, join(home.path, AGENTS, 'agent-a0000000000000009.jsonl'))
      const report = await scan(home.path)
      expect(report.readIssues).toMatchObject([{ reason: 'link_outside_root' }])
      expect([agentOf(report, 'a0000000000000009').reason, report.complete]).toEqual(['completed', true])
    } finally {
      outside.remove()
    }
  })

  onPosix('a root that is itself a link, or ends in slashes, is any other root', async () => {
    const link = join(home.path, 'link')
    symlinkSync(join(home.path, 'projects'), link)
    for (const root of [link, `${link}//`, join(home.path, 'projects/')]) {
      const report = await scan(root)
      expect([report.agents.map((agent) => [agent.sessionId, agent.agentType]), report.readIssues]).toEqual([
        [[SESSION, 'general-purpose']],
        [],
      ])
    }
  })
})

describe('T11: what is no plain file', () => {
  beforeEach(() => home.plantAll(filesOf(STORY)))

  onPosix('a FIFO, a folder and a device are not read', async () => {
    home.shell(
      `mkfifo '${AGENTS}/agent-fifo.jsonl' '${AGENTS}/agent-fifo.meta.json'; mkdir '${AGENTS}/agent-dir.jsonl'; ln -s /dev/zero '${AGENTS}/agent-zero.jsonl'`,
    )
    expect(await issuesOf(home.path)).toEqual([
      [`${AGENTS}/agent-fifo.jsonl`, 'not_a_regular_file'],
      [`${AGENTS}/agent-fifo.meta.json`, 'not_a_regular_file'],
      [`${AGENTS}/agent-zero.jsonl`, 'not_a_regular_file'],
    ])
    expect((await program([], home.path)).code).toBe(0)
    expect((await program(['--strict'], home.path)).code).toBe(3)
  })

  onPosix('a socket is not read', async () => {
    const server = createServer()
    const path = join(home.path, 'projects/agent-s.jsonl')
    await new Promise<void>((done) => server.listen(path, done))
    expect(await issuesOf(home.path)).toEqual([['projects/agent-s.jsonl', 'not_a_regular_file']])
    await new Promise((done) => server.close(done))
  })

  it.each(['EACCES', 'EIO', 'EMFILE', 'ESTALE'])('%s at opening is an issue, and the others are read', async (code) => {
    const path = join(home.path, AGENT_FILE)
    const open: FileSystem['open'] = (each, flags) => {
      if (each === path) throw Object.assign(new Error(code), { code })
      return nodeFileSystem.open(each, flags)
    }
    const report = await scan(home.path, { files: createFiles({ ...nodeFileSystem, open }) })
    expect(report.readIssues).toMatchObject([{ path, reason: 'unreadable', detail: code }])
    expect([report.sessions.length, report.complete]).toEqual([1, false])
  })

  it('a folder that cannot be read is an issue', async () => {
    const path = join(home.path, AGENTS)
    const readdir: FileSystem['readdir'] = (each) => {
      if (each === path) throw Object.assign(new Error(), { code: 'EACCES' })
      return nodeFileSystem.readdir(each)
    }
    expect(await issuesOf(home.path, createFiles({ ...nodeFileSystem, readdir }))).toEqual([
      [MAIN_FILE, 'missing_transcript'],
      [AGENTS, 'unreadable'],
    ])
  })

  it('EIO in the middle hides the end, not the beginning', async () => {
    const path = join(home.path, AGENT_FILE)
    const files = faulty(path, () => ({
      async *chunks() {
        yield Buffer.from(TEXT.slice(0, TEXT.lastIndexOf('{"parentUuid"')))
        throw new FileUnavailable(path, 'EIO')
      },
    }))
    const report = await scan(home.path, { files })
    expect(report.readIssues).toMatchObject([{ path, reason: 'unreadable', detail: expect.stringMatching(/^EIO after \d+ bytes$/) }])
    expect([agentOf(report).reason, agentOf(report).toolCalls]).toEqual(['unknown', 1])
  })

  it('errors behind the last byte take nothing away', async () => {
    const path = join(home.path, AGENT_FILE)
    const failing = (): Promise<never> => Promise.reject(new FileUnavailable(path, 'EIO'))
    const report = await scan(home.path, { files: faulty(path, () => ({ bytesNow: failing, close: failing })) })
    expect([agentOf(report).reason, report.readIssues]).toEqual(['completed', []])
  })

  it('an error that is no file’s comes through: it is a bug, and told as one', async () => {
    const path = join(home.path, AGENT_FILE)
    const broken = faulty(path, () => ({ bytesNow: () => Promise.reject(new TypeError('a bug')) }))
    await expect(scan(home.path, { files: broken })).rejects.toThrow('a bug')
    expect((await program([], home.path, broken)).code).toBe(70)
  })
})

describe('T12: many files, long names', () => {
  const many = (count: number): Map<string, string> => {
    const files = filesOf(STORY)
    const text = TEXT.split('\n').slice(-2)[0] ?? ''
    for (let index = 0; index < count; index += 1) {
      const id = `b${String((index * 7919) % count).padStart(15, '0')}`
      files.set(
        `${AGENTS}/agent-${id}.jsonl`,
        `${text.replaceAll('a0000000000000001', id).replace('00000002-0000', `${String(index).padStart(8, '0')}-0001`)}\n`,
      )
    }
    return files
  }

  variant('20,000 agents of one session are each judged once, in the order of their ids', async () => {
    const report = await scan(HOME, { files: memoryFiles(many(20_000)) })
    expect(report.counts).toMatchObject({ agents: 20_001, finished: 20_001, filesRead: 20_002 })
    const ids = report.agents.slice(1).map((agent) => agent.agentId)
    expect(ids).toEqual(ids.toSorted())
  })

  it('the same from a real folder, with no more files open than the system allows', async () => {
    home.plantAll(many(500))
    let open = 0
    let most = 0
    const opening: FileSystem['open'] = (...given) => {
      const file = nodeFileSystem.open(...given)
      most = Math.max(most, (open += 1))
      return file
    }
    const closing: FileSystem['close'] = (file) => {
      open -= 1
      nodeFileSystem.close(file)
    }
    const report = await scan(home.path, { files: createFiles({ ...nodeFileSystem, open: opening, close: closing }) })
    expect([report.counts.agents, open]).toEqual([501, 0])
    expect(most).toBeLessThanOrEqual(64)
  })

  variant('200,000 issues of a listing are no more than that', async () => {
    const files = memoryFiles(filesOf(STORY))
    const issues = Array.from({ length: 200_000 }, (_, index) => ({
      path: `${HOME}/projects/${index}.jsonl`,
      line: null,
      byteOffset: null,
      reason: 'dangling_link' as const,
      bytes: null,
      detail: '',
    }))
    const report = await scan(HOME, {
      files: { ...files, list: async (...given) => ({ ...(await files.list(...given)), issues }) },
      checked: false,
    })
    expect(report.readIssues.length).toBeGreaterThanOrEqual(200_000)
  })

  it('names of 4 KiB come back whole', async () => {
    const folder = `projects/${'d'.repeat(200)}/`.padEnd(3_800, `${'e'.repeat(199)}/`).replace(/\/*$/, '')
    const name = `${folder}/agent-${'x'.repeat(200)}.jsonl`
    const report = await scan(HOME, { files: memoryFiles(new Map([...filesOf(STORY), [name, TEXT]])) })
    expect(report.agents.map((agent) => agent.transcript.path)).toContain(`${HOME}/${name}`)
  })

  onLinux('names that are not UTF-8 are told, and their neighbours are read', async () => {
    home.plantAll(filesOf(STORY))
    home.shell(`cp '${AGENT_FILE}' "${AGENTS}/$(printf 'agent-\\377\\376.jsonl')"`)
    expect(await issuesOf(home.path)).toEqual([[`${AGENTS}/agent-\\xff\\xfe.jsonl`, 'name_not_utf8']])
    expect((await scan(home.path)).agents).toHaveLength(1)
  })
})

describe('T16: sidecars and owners’ files', () => {
  const SIDECAR = AGENT_FILE.replace('.jsonl', '.meta.json')
  const withSidecar = (content: string | undefined, more: readonly (readonly [string, string])[] = []): Map<string, string> => {
    const files = new Map([...filesOf(STORY), ...more])
    if (content === undefined) files.delete(SIDECAR)
    else files.set(SIDECAR, content)
    return files
  }

  it.each([
    ['missing', undefined, null],
    ['empty', '', 'malformed_json'],
    ['torn', '{"agentType":"gen', 'malformed_json'],
    ['an array', '[{"agentType":"x"}]', 'not_an_object'],
    ['a number', '7', 'not_an_object'],
    ['null', 'null', 'not_an_object'],
    ['10 MiB', `{"agentType":"${'x'.repeat(10 * 2 ** 20)}"}`, 'oversized_file'],
    [
      'of wrong types',
      '{"agentType":7,"toolUseId":[],"spawnDepth":"1","worktreePath":{},"isFork":"yes","stoppedByUser":"true","finished":1}',
      null,
    ],
    ['full of lies', '{"finished":true,"stoppedByUser":true,"status":"failed"}', null],
    ['deep', `{"agentType":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, null],
  ])('%s: the transcript decides', async (_, content, issue) => {
    const report = await scan(HOME, { files: memoryFiles(withSidecar(content)) })
    expect([agentOf(report).reason, report.readIssues.map((each) => each.reason)]).toEqual(['completed', issue === null ? [] : [issue]])
  })

  it.each([
    '/',
    '/..',
    '../..',
    '../../.claude/worktrees/x',
    '/etc/../root/.claude/worktrees/x',
    '/home/dev/./app/.claude/worktrees/x',
    '/home/dev/app/.claude/worktrees/..',
    '/home/dev/app/.claude/worktrees/../../x',
    '/home/dev/app/.claude/worktrees/x/../../../../..',
    '\\\\server\\share\\.claude\\worktrees\\x',
    '//server/share/.claude/worktrees/x',
    '\\\\?\\C:\\.claude\\worktrees\\x',
    'C:\\a\\..\\..\\.claude\\worktrees\\x',
    '/home/dev/app/.claude/worktrees/x\u0000y',
    '/home/dev/app/.claude/worktrees/$(id)',
    'file:///etc/.claude/worktrees/x',
  ])('worktreePath %j opens nothing', async (worktreePath) => {
    const { files, opened } = spyOn(memoryFiles(withSidecar(JSON.stringify({ agentType: 'x', worktreePath }))))
    expect(agentOf(await scan(HOME, { files })).worktreePath).toBe(worktreePath)
    for (const path of opened) expect(path.startsWith(`${HOME}/`), path).toBe(true)
  })

  it('a plain worktreePath opens the lock beside it, and nothing else', async () => {
    const { files, opened } = spyOn(memoryFiles(withSidecar('{"worktreePath":"/home/dev/app/.claude/worktrees/part-1"}')))
    await scan(HOME, { files })
    expect(opened.filter((path) => !path.startsWith(`${HOME}/`))).toEqual(['/home/dev/app/.git/worktrees/part-1/locked'])
  })

  it('the cwd of a record is held to the same', async () => {
    const files = filesOf(STORY)
    files.set(AGENT_FILE, TEXT.replaceAll('"/home/dev/app"', '"//server/share/../.claude/worktrees/x"'))
    files.delete(SIDECAR)
    const { files: spying, opened } = spyOn(memoryFiles(files))
    await scan(HOME, { files: spying })
    for (const path of opened) expect(path.startsWith(`${HOME}/`), path).toBe(true)
  })

  it('the keys of sessions are never opened, nor anything that is no entry', async () => {
    const more = ['4664.key', '4664.json.key', 'id.json', '../4664.pem', '4664.json/x.json', 'x4664.json', '99999999999.json'].map(
      (name) => [`sessions/${name}`, 'secret'] as const,
    )
    const entry = ['sessions/4664.json', JSON.stringify({ pid: 4664, sessionId: SESSION })] as const
    const { files, opened } = spyOn(memoryFiles(new Map([...filesOf(STORY), ...more, entry])))
    await scan(HOME, { files })
    expect(opened.filter((path) => path.includes('/sessions/'))).toEqual([`${HOME}/sessions/4664.json`])
  })

  it('on a real disk, too', async () => {
    home.plantAll(
      new Map([
        ...filesOf(STORY),
        ['sessions/4664.key', 'secret'],
        ['sessions/4664.json', '{"pid":4664,"sessionId":"x"}'],
        ['.credentials.json', 'secret'],
      ]),
    )
    const { files, opened } = spyOn(createFiles())
    await scan(home.path, { files })
    expect(opened.map((path) => path.slice(home.path.length + 1)).toSorted()).toEqual(
      [AGENT_FILE, SIDECAR, MAIN_FILE, 'sessions/4664.json'].toSorted(),
    )
  })
})

describe('T18: ids that are none', () => {
  it.each([
    'agent-..jsonl',
    'agent-.jsonl',
    'agent- .jsonl',
    'agent-a b;$(id).jsonl',
    'agent--rf.jsonl',
    'agent-ä.jsonl',
    `agent-${'x'.repeat(129)}.jsonl`,
    "agent-'.jsonl",
    'agent-\n.jsonl',
    'agent-..\\..\\x.jsonl',
  ])('%j is listed, and no path is made of it', async (name) => {
    const files = new Map([...filesOf(STORY), [`${AGENTS}/${name}`, TEXT.split('\n').slice(-2).join('\n')]])
    const listed = new Set([...files.keys()].map((path) => `${HOME}/${path}`))
    const { files: spying, opened } = spyOn(memoryFiles(files))
    const asked: string[] = []
    const facts = (path: string): Promise<FileFacts> => {
      asked.push(path)
      return spying.facts(path)
    }
    const report = await scan(HOME, { files: { ...spying, facts } })
    expect(report.agents.length + report.sessions.length).toBeGreaterThanOrEqual(2)
    for (const path of opened) expect(listed.has(path), path).toBe(true)
    // Where clients keep something in a folder that somebody worked in: fixed names below that.
    const isPlace = (path: string): boolean => /^\/home\/dev\/(?:app|\.claude(?:\/projects)?)\/\.(?:codewhale|deepseek)\/state$/.test(path)
    for (const path of asked)
      expect(
        listed.has(path) ||
          isPlace(path) ||
          /^\/home\/dev\/\.claude(?:\/projects(?:\/projects)?|(?:\/projects)?\/(?:sessions|jobs))?$/.test(path),
        path,
      ).toBe(true)
  })

  it.each(['not-a-uuid', '00000000-0000-4000-8000-00000000000g', '$(id)', '..', ' '])(
    'a session file named %j is judged under the id in its records',
    async (name) => {
      const main = filesOf(STORY).get(MAIN_FILE) ?? ''
      const report = await scan(HOME, { files: memoryFiles(new Map([[`projects/${SLUG}/${name}.jsonl`, main]])) })
      expect(report.sessions.map((session) => [session.sessionId, session.reason])).toEqual([[SESSION, 'completed']])
    },
  )

  it('ids in records that are none are shown, and make no path', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const agent = main.launch(1)
    agent.says('Done: it is ported.')
    main.returns(agent, 'Here it is.', 'completed', { agentId: '../../etc/passwd' }).says('All is ported.')
    const text = (filesOf(tree).get(AGENT_FILE) ?? '').replaceAll(SESSION, '../../../etc')
    const { files, opened } = spyOn(memoryFiles(filesOf(tree).set(AGENT_FILE, text)))
    await scan(HOME, { files })
    expect(opened.filter((path) => path.includes('..') || path.includes('etc'))).toEqual([])
  })
})
