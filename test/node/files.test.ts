import { variant } from '../long.ts'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { appendFile, mkdir, mkdtemp, realpath, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileUnavailable } from '../../src/ports/host.ts'
import { createFiles, type FileSystem, nodeFileSystem } from '../../src/node/files.ts'

const files = createFiles()
const onPosix = test.skipIf(process.platform === 'win32')
const onLinux = test.skipIf(process.platform !== 'linux')

let root: string
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'files-')))
})
// By the shell: Node's own rm cannot name what is not UTF-8 or too long.
afterEach(() => execFileSync('rm', ['-rf', root]))

const shell = (script: string): void => void execFileSync('sh', ['-c', script], { cwd: root })

async function plant(path: string, content: string | Uint8Array = '{}\n'): Promise<string> {
  const whole = join(root, path)
  await mkdir(dirname(whole), { recursive: true })
  await writeFile(whole, content)
  return whole
}

async function bytesOf(path: string, start?: number): Promise<Buffer> {
  const file = await files.open(path)
  const parts: Buffer[] = []
  for await (const chunk of file.chunks(start)) parts.push(Buffer.from(chunk))
  await file.close()
  return Buffer.concat(parts)
}

const failing = (code: string): never => {
  throw Object.assign(new Error(code), { code })
}
const faulty = (calls: Partial<FileSystem>): FileSystem => ({ ...nodeFileSystem, ...calls })

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(FileUnavailable)
  return error instanceof FileUnavailable ? error.code : ''
}

test('lists what matches at every depth, hidden folders included, by code units', async () => {
  for (const path of ['b.jsonl', 'Z.jsonl', 'ä.jsonl', 'a/2.jsonl', 'a/10.jsonl', 'a.jsonl', '.hidden/x.jsonl', 'a/note.txt'])
    await plant(path)
  const { paths, issues } = await files.list(root, ['**/*.jsonl'])
  expect(paths.map((path) => path.slice(root.length + 1))).toEqual([
    '.hidden/x.jsonl',
    'Z.jsonl',
    'a.jsonl',
    'a/10.jsonl',
    'a/2.jsonl',
    'b.jsonl',
    'ä.jsonl',
  ])
  expect(issues).toEqual([])
})

test('whether fast-glob is asked or not, the same files are listed', async () => {
  const odd = process.platform === 'win32' ? [] : ['a\\b.jsonl', 'a/line\nbreak.jsonl', 'a/x\\workflows/wf_1.json']
  const names = [
    'x.jsonl',
    '.jsonl',
    'x.jsonl.bak',
    'agent-1.meta.json',
    'agent-.meta.json',
    'wf_2.json',
    'a.lock',
    'rollout-1.jsonl',
    'xjsonl',
    'b.js',
  ]
  const folders = [
    '',
    'workflows/',
    'a/workflows/',
    'a/workflows/scripts/',
    'scripts/',
    '.hidden/',
    'a.jsonl/',
    'a/xworkflows/',
    'ünï (x)/',
  ]
  for (const path of [...odd, ...folders.flatMap((folder) => names.map((name) => folder + name))]) await plant(path)
  // It is asked for patterns that name folders: this one is for none that is there.
  const none = 'nowhere/*/.git'
  for (const patterns of [
    ['**/*.jsonl', '**/agent-*.meta.json', '**/workflows/wf_*.json', '**/workflows/scripts/*.js'],
    ['**/rollout-*.jsonl'],
    ['**/*'],
    ['*.lock'],
    ['*.lock', '**/scripts/b.js', 'wf_2.json'],
  ])
    for (const below of ['', '/workflows', '/a']) {
      const listed = await files.list(root + below, patterns)
      if (below === '') expect(listed.paths).not.toEqual([])
      expect(listed).toEqual(await files.list(root + below, [...patterns, none]))
    }
})

test('a file that several patterns match is listed once', async () => {
  const path = await plant('sessions/1.json')
  expect((await files.list(root, ['**/*.json', 'sessions/*', 'sessions/1.json'])).paths).toEqual([path])
})

test('a root with glob characters and a trailing slash is taken literally', async () => {
  const path = await plant('a [b] {c} (d) !*?/x.jsonl')
  expect((await files.list(`${dirname(path)}/`, ['**/*.jsonl'])).paths).toEqual([path])
})

test('a missing root is an empty listing; its absence shows in facts', async () => {
  const missing = join(root, 'missing')
  expect(await files.list(missing, ['**/*.jsonl'])).toMatchObject({ paths: [], issues: [] })
  expect(await codeOf(files.facts(missing))).toBe('ENOENT')
})

test('a root that is a file is an issue', async () => {
  const path = await plant('root.jsonl')
  expect((await files.list(path, ['**/*.jsonl'])).issues).toMatchObject([
    { path, reason: 'unreadable', line: null, byteOffset: null, bytes: null },
  ])
})

test('a folder named like a transcript is entered and not listed', async () => {
  const path = await plant('agent-x.jsonl/agent-y.jsonl')
  expect(await files.list(root, ['**/*.jsonl'])).toMatchObject({ paths: [path], issues: [] })
  expect(await codeOf(files.open(dirname(path)))).toBe('not_a_regular_file')
})

onPosix('backslashes and newlines in names survive', async () => {
  const planted = [await plant('a\\b.jsonl'), await plant('a\\d/c.jsonl'), await plant('line\nbreak.jsonl')]
  const { paths } = await files.list(root, ['**/*.jsonl'])
  expect(paths).toEqual(planted)
  for (const path of paths) expect((await files.facts(path)).kind).toBe('file')
})

onPosix('a link to a transcript is listed under its own name and shares the identity', async () => {
  const target = await plant('a/agent-x.jsonl')
  const link = join(root, 'agent-x.jsonl')
  await symlink(target, link)
  expect((await files.list(root, ['**/*.jsonl'])).paths).toEqual([target, link])
  expect((await files.facts(link)).identity).toBe((await files.facts(target)).identity)
  expect(await files.realPath(link)).toBe(target)
  expect((await bytesOf(link)).toString()).toBe('{}\n')
})

onPosix('links that loop are issues, links to folders are never entered, however the pattern spells them', async () => {
  const path = await plant('real/deep/agent-x.jsonl')
  await symlink(root, join(root, 'real/deep/loop.jsonl'))
  await symlink('self.jsonl', join(root, 'self.jsonl'))
  await symlink('real', join(root, 'link'))
  const { paths, issues } = await files.list(root, ['**/*.jsonl', 'link/**/*.jsonl', 'link/deep/agent-x.jsonl', 'real/deep/agent-x.jsonl'])
  expect(paths).toEqual([path])
  expect(issues).toMatchObject([{ path: join(root, 'self.jsonl'), reason: 'dangling_link' }])
})

onPosix('a root that is itself a link is entered', async () => {
  await plant('real/agent-x.jsonl')
  await symlink('real', join(root, 'link'))
  expect((await files.list(join(root, 'link'), ['**/*.jsonl'])).paths).toEqual([join(root, 'link/agent-x.jsonl')])
})

onPosix('a dangling link is an issue', async () => {
  await symlink('nowhere', join(root, 'agent-x.jsonl'))
  const { paths, issues } = await files.list(root, ['**/*.jsonl'])
  expect(paths).toEqual([])
  expect(issues).toMatchObject([{ path: join(root, 'agent-x.jsonl'), reason: 'dangling_link', detail: 'the link leads nowhere: ENOENT' }])
})

onPosix('a FIFO, a socket and a device are listed and refused without waiting', async () => {
  shell('mkfifo agent-fifo.jsonl && ln -s /dev/zero agent-zero.jsonl')
  const server = createServer()
  await new Promise<void>((done) => server.listen(join(root, 'agent-socket.jsonl'), done))
  const { paths } = await files.list(root, ['**/*.jsonl'])
  expect(paths.map((path) => basename(path))).toEqual(['agent-fifo.jsonl', 'agent-socket.jsonl', 'agent-zero.jsonl'])
  for (const path of paths) {
    expect((await files.facts(path)).kind).toBe('other')
    expect(await codeOf(files.open(path))).toBe('not_a_regular_file')
    expect(await codeOf(files.readText(path, 1000))).toBe('not_a_regular_file')
  }
  await new Promise((done) => server.close(done))
})

onPosix('a FIFO that takes the place of a file between the look and the opening is refused too, and closed', async () => {
  shell('mkfifo agent-x.jsonl')
  const regular = nodeFileSystem.stat(await plant('other.jsonl'))
  const racing = createFiles(faulty({ stat: () => regular }))
  expect(await codeOf(racing.open(join(root, 'agent-x.jsonl')))).toBe('not_a_regular_file')
})

onLinux('names that are not UTF-8 are issues with their bytes escaped, of files and of folders', async () => {
  shell(
    `touch "$(printf 'agent-\\377.jsonl')" "$(printf 'image-\\377.png')" && mkdir "$(printf 'd\\351j\\340')" && touch "$(printf 'd\\351j\\340')/agent-y.jsonl"`,
  )
  const replaced = await plant('agent-\uFFFD.jsonl')
  const umlaut = await plant('ünï.jsonl')
  const { paths, issues } = await files.list(root, ['**/*.jsonl'])
  expect(paths).toEqual([replaced, umlaut])
  expect(issues.map(({ path, reason }) => [path, reason])).toEqual([
    [join(root, 'agent-\\xff.jsonl'), 'name_not_utf8'],
    [join(root, 'd\\xe9j\\xe0'), 'name_not_utf8'],
  ])
})

onLinux('a file whose only name is not UTF-8 is not listed', async () => {
  shell(`touch "$(printf 'a\\377.jsonl')" "$(printf 'a\\376.jsonl')"`)
  const { paths, issues } = await files.list(root, ['**/*.jsonl'])
  expect(paths).toEqual([])
  expect(issues.map(({ path }) => basename(path))).toEqual(['a\\xfe.jsonl', 'a\\xff.jsonl'])
})

onLinux('paths beyond the limit of the system are issues, those below are listed', async () => {
  // No call takes such a path, so two halves of it are made and one is moved below the other.
  const half = Array.from({ length: 10 }, () => 'n'.repeat(250)).join('/')
  await plant(`upper/${half}/agent-x.jsonl`)
  await plant(`lower/${half}/agent-y.jsonl`)
  await rename(join(root, 'lower'), join(root, 'upper', half, 'lower'))
  const { paths, issues } = await files.list(root, ['**/*.jsonl'])
  expect(paths).toEqual([join(root, 'upper', half, 'agent-x.jsonl')])
  expect(issues).toMatchObject([{ reason: 'unreadable', detail: 'the folder could not be read: ENAMETOOLONG' }])
})

test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('a folder without permission is an issue', async () => {
  await plant('closed/agent-x.jsonl')
  shell('chmod 000 closed')
  const { issues } = await files.list(root, ['**/*.jsonl'])
  shell('chmod 700 closed')
  expect(issues).toMatchObject([{ path: join(root, 'closed'), reason: 'unreadable' }])
})

test('folders that cannot be read or vanish are issues, their neighbours are listed', async () => {
  const path = await plant('open/agent-x.jsonl')
  await plant('closed/agent-y.jsonl')
  await plant('gone/agent-z.jsonl')
  const codes: Record<string, string> = { closed: 'EACCES', gone: 'ENOENT' }
  const readdir: FileSystem['readdir'] = (folder) => {
    const code = codes[basename(folder)]
    return code === undefined ? nodeFileSystem.readdir(folder) : failing(code)
  }
  const { paths, issues } = await createFiles(faulty({ readdir })).list(root, ['**/*.jsonl'])
  expect(paths).toEqual([path])
  expect(issues.map((issue) => [basename(issue.path), issue.reason, issue.detail])).toEqual([
    ['closed', 'unreadable', 'the folder could not be read: EACCES'],
    ['gone', 'vanished', 'the folder vanished while it was listed'],
  ])
})

test('a folder that a pattern spells out is an issue when it cannot be looked at, and nothing when it is missing', async () => {
  await plant('closed/agent-y.jsonl')
  const lstat: FileSystem['lstat'] = (path) => (basename(path) === 'closed' ? failing('EACCES') : nodeFileSystem.lstat(path))
  const { paths, issues } = await createFiles(faulty({ lstat })).list(root, ['closed/**/*.jsonl', 'missing/**/*.jsonl', '../**/*.jsonl'])
  expect(paths).toEqual([])
  expect(issues).toMatchObject([{ path: join(root, 'closed'), reason: 'unreadable', detail: 'the folder could not be read: EACCES' }])
})

onPosix('a link that may not be followed is unreadable, not dangling', async () => {
  await symlink(await plant('a.txt'), join(root, 'agent-x.jsonl'))
  const { paths, issues } = await createFiles(faulty({ stat: () => failing('EACCES') })).list(root, ['**/*.jsonl'])
  expect(paths).toEqual([])
  expect(issues).toMatchObject([{ reason: 'unreadable', detail: 'the link could not be followed: EACCES' }])
})

test('reads a file in chunks, from any byte', async () => {
  const content = Buffer.alloc(2 ** 21 + 17, 'abcdefghijk')
  const path = await plant('agent-x.jsonl', content)
  expect((await bytesOf(path)).equals(content)).toBe(true)
  expect((await bytesOf(path, 2 ** 20 + 5)).equals(content.subarray(2 ** 20 + 5))).toBe(true)
  expect((await bytesOf(path, content.length)).length).toBe(0)
  expect((await bytesOf(path, content.length + 1)).length).toBe(0)
  expect((await bytesOf(await plant('empty.jsonl', ''))).length).toBe(0)
})

test('chunks share one buffer of at most a MiB', async () => {
  const file = await files.open(await plant('agent-x.jsonl', Buffer.alloc(3 * 2 ** 20)))
  const buffers = new Set<ArrayBufferLike>()
  for await (const chunk of file.chunks()) {
    expect(chunk.length).toBeLessThanOrEqual(2 ** 20)
    buffers.add(chunk.buffer)
  }
  await file.close()
  expect(buffers.size).toBe(1)
})

test('the beginning of a file is its first bytes, and of what is no file there is none', async () => {
  const path = await plant('agent-x.jsonl', 'abc'.repeat(1_000))
  expect(await files.beginning(path)).toBe('abc'.repeat(342).slice(0, 1_024))
  expect(await files.beginning(await plant('b.jsonl', 'é'))).toBe('\u00c3\u00a9')
  expect(await codeOf(files.beginning(join(root, 'missing')))).toBe('ENOENT')
  expect(await codeOf(files.beginning(root))).not.toBe('')
})

test('a file that grows is read up to its size at opening; bytesNow tells', async () => {
  const path = await plant('agent-x.jsonl', 'one\n')
  const file = await files.open(path)
  await appendFile(path, 'two\n')
  const parts: string[] = []
  for await (const chunk of file.chunks()) parts.push(Buffer.from(chunk).toString())
  expect(parts).toEqual(['one\n'])
  expect(file.facts.bytes).toBe(4)
  expect(await file.bytesNow()).toBe(8)
  await file.close()
})

test('a file that shrinks ends early', async () => {
  const path = await plant('agent-x.jsonl', Buffer.alloc(3 * 2 ** 20))
  const file = await files.open(path)
  let read = 0
  for await (const chunk of file.chunks()) {
    read += chunk.length
    await truncate(path, 2 ** 20 + 9)
  }
  expect(read).toBe(2 ** 20 + 9)
  expect(await file.bytesNow()).toBe(2 ** 20 + 9)
  await file.close()
})

onPosix('a file that is deleted or replaced while it is open stays readable and has no size any more', async () => {
  for (const script of ['rm agent-x.jsonl', 'echo new > y && mv y agent-x.jsonl']) {
    const file = await files.open(await plant('agent-x.jsonl', 'old\n'))
    shell(script)
    expect(await file.bytesNow()).toBeNull()
    for await (const chunk of file.chunks()) expect(Buffer.from(chunk).toString()).toBe('old\n')
    await file.close()
  }
})

test('a file that vanished cannot be opened', async () => {
  const path = await plant('agent-x.jsonl')
  await rm(path)
  expect(await codeOf(files.open(path))).toBe('ENOENT')
  expect(await codeOf(files.realPath(path))).toBe('ENOENT')
  expect(await codeOf(files.readText(path, 10))).toBe('ENOENT')
})

test('a path that no system call takes is a FileUnavailable like any other', async () => {
  expect(await codeOf(files.facts('a\0b'))).toBe('ERR_INVALID_ARG_VALUE')
  expect(await codeOf(files.open('a\0b'))).toBe('ERR_INVALID_ARG_VALUE')
  const odd = (): never => {
    throw new Error('odd')
  }
  expect(await codeOf(createFiles(faulty({ realpath: odd })).realPath('x'))).toBe('UNKNOWN')
})

test('a disk error while reading is a FileUnavailable with its code', async () => {
  const path = await plant('agent-x.jsonl')
  const broken = createFiles(faulty({ read: () => failing('EIO') }))
  expect(await codeOf(broken.readText(path, 1000))).toBe('EIO')
  expect(await codeOf(createFiles(faulty({ open: () => failing('EMFILE') })).open(path))).toBe('EMFILE')
})

test('a file whose size cannot be had after opening is closed again', async () => {
  const path = await plant('agent-x.jsonl')
  const opened: number[] = []
  const closed: number[] = []
  const open: FileSystem['open'] = (...given) => {
    const file = nodeFileSystem.open(...given)
    opened.push(file)
    return file
  }
  const close: FileSystem['close'] = (file) => {
    closed.push(file)
    nodeFileSystem.close(file)
  }
  expect(await codeOf(createFiles(faulty({ open, close, fstat: () => failing('EIO') })).open(path))).toBe('EIO')
  expect(opened).toHaveLength(1)
  expect(closed).toEqual(opened)
})

test('a closed file is closed once and not read any more: its number may be another file’s', async () => {
  const file = await files.open(await plant('agent-x.jsonl', 'one\n'))
  await file.close()
  const other = await files.open(await plant('other.jsonl', 'other\n'))
  await file.close()
  expect(await codeOf(file.bytesNow())).toBe('EBADF')
  expect(await codeOf(file.chunks()[Symbol.asyncIterator]().next())).toBe('EBADF')
  expect(await other.bytesNow()).toBe(6)
  await other.close()
})

test('files that are opened and read one after the other leave timers and signals their turn', async () => {
  const path = await plant('agent-x.jsonl', 'one\n')
  const turns: true[] = []
  const timer = setInterval(() => turns.push(true), 1)
  // Without a turn for the timer this would never end.
  while (turns.length < 5) {
    await files.facts(path)
    await bytesOf(path)
  }
  clearInterval(timer)
})

test('readText decodes UTF-8 over chunk borders, drops a BOM and refuses what is too large', async () => {
  const text = 'a' + 'ü€😀'.repeat(200_000)
  expect(await files.readText(await plant('long.json', text), 10 ** 7)).toBe(text)
  expect(await files.readText(await plant('bom.json', '\uFEFF{}'), 100)).toBe('{}')
  expect(await files.readText(await plant('exact.json', '12345'), 5)).toBe('12345')
  expect(await codeOf(files.readText(join(root, 'exact.json'), 4))).toBe('EFBIG')
})

variant('5,000 files are listed and opened', async () => {
  for (let folder = 0; folder < 50; folder++) {
    await mkdir(join(root, `${folder}`))
    await Promise.all(Array.from({ length: 100 }, (_, file) => writeFile(join(root, `${folder}/agent-${file}.jsonl`), '{}\n')))
  }
  const { paths } = await files.list(root, ['**/*.jsonl', '**/*.meta.json'])
  for (const path of paths) await bytesOf(path)
  expect(paths.length).toBe(5000)
})
