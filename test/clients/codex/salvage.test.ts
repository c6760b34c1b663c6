import { describe, expect, it } from 'vitest'
import { codex } from '../../../src/clients/codex/index.ts'
import { createFiles } from '../../../src/node/files.ts'
import { salvage } from '../../../src/salvage/salvage.ts'
import { noGit } from '../../no-git.ts'
import { Rollout, type Thread, threadId, writeRollouts } from '../../records/rollouts.ts'
import { createHome, memoryFolder } from '../../salvage/world.ts'

const MAIN: Thread = { id: threadId(1) }
const CHILD: Thread = { id: threadId(2), parent: MAIN }
const DONE = 'Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nM a.txt\n'

const patch = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')
const add = (path: string, ...lines: readonly string[]): readonly string[] => [`*** Add File: ${path}`, ...lines.map((line) => `+${line}`)]

/** An agent that patches files. */
class Patcher extends Rollout {
  #patches = 0

  constructor(thread: Thread = CHILD) {
    super(thread, 5_000)
    this.prompt('Write it')
  }

  hands(text: string): string {
    this.#patches += 1
    const id = `patch_${this.#patches}`
    this.item('custom_tool_call', { status: 'completed', call_id: id, name: 'apply_patch', input: text })
    return id
  }

  patches(text: string, answer = DONE): this {
    return this.item('custom_tool_call_output', { call_id: this.hands(text), output: answer })
  }
}

async function rebuild(agent: Rollout) {
  const home = createHome()
  const folder = memoryFolder()
  try {
    writeRollouts(home.folder, [new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Write it'), agent])
    const asked = {
      roots: [`${home.folder}/sessions`],
      target: CHILD.id,
      session: null,
      tree: false,
      git: false,
      timeZone: 'UTC',
      toolVersion: '0.0.0',
    }
    const { manifest } = await salvage(asked, { files: createFiles(), git: noGit }, async () => folder)
    const [found] = manifest.agents
    if (found === undefined) throw new Error('no agent')
    const file = (path: string) => found.files.find((each) => each.path === path)
    const text = (path: string) => new TextDecoder().decode(folder.written.get(file(path)?.stored ?? ''))
    return { found, file, text }
  } finally {
    home.dispose()
  }
}

describe('files that an agent of Codex patched', () => {
  it('are whole where it added them, and patches of them are applied, all files of one call', async () => {
    const agent = new Patcher()
      .patches(patch(...add('a.txt', 'one', 'two', 'two'), ...add('src/b.txt', 'b')))
      .patches(patch('*** Update File: a.txt', '@@ two', '-two', '+three $& $1', '*** Update File: src/b.txt', '@@', ' b', '+c'))
    const { found, file, text } = await rebuild(agent)
    expect(text('/home/dev/app/a.txt')).toBe('one\ntwo\nthree $& $1\n')
    expect(text('/home/dev/app/src/b.txt')).toBe('b\nc\n')
    expect(file('/home/dev/app/a.txt')).toMatchObject({ certainty: 'whole', sure: true, writes: 1, edits: 1 })
    expect(found.files).toHaveLength(2)
    expect(found.files[0]?.calls.map(({ outcome }) => outcome)).toEqual(['applied', 'applied'])
  })

  it('are only edits where nothing shows what was there before', async () => {
    const { file, text } = await rebuild(new Patcher().patches(patch('*** Update File: a.txt', '@@', ' keep', '-old', '+new')))
    expect(file('/home/dev/app/a.txt')).toMatchObject({ certainty: 'unknown_base', storedAs: 'parts', sure: false })
    expect(text('/home/dev/app/a.txt')).toContain('-|old')
  })

  it.each([
    ['lines that differ in blanks', 'one  \nend', ['@@', '-one', '+1']],
    ['lines that are not there', 'one', ['@@', '-two', '+2']],
    ['CRLF', 'one\r\nend\r', ['@@', '-one', '+1']],
  ])('are trusted no longer after a patch of %s', async (_name, line, hunk) => {
    const agent = new Patcher()
    // Lines of a patch lose a CR: what a command printed keeps it.
    agent.answers(agent.calls('exec_command', { cmd: 'cat a.txt' }), `Wall time: 0 seconds\nProcess exited with code 0\nOutput:\n${line}\n`)
    const { file } = await rebuild(agent.patches(patch('*** Update File: a.txt', ...hunk)))
    expect(file('/home/dev/app/a.txt')).toMatchObject({ certainty: 'partial', storedAs: 'parts', sure: false })
  })

  it('that were rejected or did not fit are not there; what got no answer, or was aborted, is doubtful', async () => {
    const agent = new Patcher()
      .patches(patch(...add('rejected.txt', 'x')), 'patch rejected by user')
      .patches(patch(...add('failed.txt', 'x')), 'apply_patch verification failed: no such line')
      .patches(patch(...add('aborted.txt', 'x')), 'aborted by user after 1.2s')
    agent.hands(patch(...add('open.txt', 'x')))
    const { found, file } = await rebuild(agent)
    expect(found.files.map(({ path }) => path)).toEqual(['/home/dev/app/aborted.txt', '/home/dev/app/open.txt'])
    expect(found.failedCalls.map(({ file: path }) => path)).toEqual(['/home/dev/app/rejected.txt', '/home/dev/app/failed.txt'])
    for (const name of ['aborted', 'open']) expect(file(`/home/dev/app/${name}.txt`)).toMatchObject({ sure: false, doubts: ['unanswered'] })
  })

  it('are read out of commands that do nothing but patch, in the folder that these run in', async () => {
    const agent = new Patcher()
    agent.answers(agent.calls('shell', { command: ['apply_patch', patch(...add('words.txt', 'w'))] }), DONE)
    agent.answers(
      agent.calls('shell', {
        command: ['bash', '-lc', `apply_patch <<'EOF'\n${patch(...add('here.txt', 'h'))}\nEOF\n`],
        workdir: '/home/dev/tree',
      }),
      DONE,
    )
    agent.answers(
      agent.calls('exec_command', { cmd: `cd 'sub dir' && apply_patch <<EOF\n${patch(...add('cd.txt', 'c'))}\nEOF`, workdir: 'w' }),
      DONE,
    )
    agent.answers(
      agent.calls('apply_patch', { input: patch(...add('function.txt', 'f')) }),
      '{"output":"Success.","metadata":{"exit_code":0}}',
    )
    const { found, text } = await rebuild(agent)
    const paths = ['/home/dev/app/words.txt', '/home/dev/tree/here.txt', '/home/dev/app/w/sub dir/cd.txt', '/home/dev/app/function.txt']
    expect(found.files.map(({ path, sure }) => [path, sure])).toEqual(paths.map((path) => [path, true]))
    expect(paths.map(text)).toEqual(['w\n', 'h\n', 'c\n', 'f\n'])
  })

  it('are no more certain after a command that may have changed them; one that patches and more is only a command', async () => {
    const agent = new Patcher().patches(patch(...add('a.txt', 'one'))).runs('sed -i s/one/two/ a.txt')
    agent.runs(`apply_patch <<'EOF' && rm -rf x\n${patch(...add('b.txt', 'b'))}\nEOF`)
    const { found, file } = await rebuild(agent)
    expect(file('/home/dev/app/a.txt')).toMatchObject({ sure: false, doubts: ['command'] })
    expect(found.files).toHaveLength(1)
    expect(found.commands).toHaveLength(2)
  })

  it('are taken from what the client reports where no call says it, and not a second time where one does', async () => {
    const agent = new Patcher()
    const changes = { '/home/dev/app/a.txt': { type: 'add', content: 'one\ntwo\n' } }
    agent.hands(patch(...add('a.txt', 'one', 'two')))
    agent.event('patch_apply_end', { call_id: 'patch_1', success: true, stdout: 'Success.', stderr: '', changes })
    const unified = '@@ -1,2 +1,3 @@\n one\n+and a half\n two\n'
    agent.event('item_completed', {
      item: {
        type: 'FileChange',
        id: 'nested_1',
        status: 'completed',
        changes: { 'file:///home/dev/app/a.txt': { update: { unified_diff: unified, move_path: null } } },
      },
    })
    agent.event('item_completed', {
      item: { type: 'FileChange', id: 'nested_2', status: 'failed', changes: { '/home/dev/app/b.txt': { type: 'add', content: 'b\n' } } },
    })
    const { found, file, text } = await rebuild(agent)
    expect(text('/home/dev/app/a.txt')).toBe('one\nand a half\ntwo\n')
    expect(file('/home/dev/app/a.txt')).toMatchObject({ certainty: 'whole', sure: true, writes: 1, edits: 1 })
    expect(found.files).toHaveLength(1)
  })

  it('that were deleted are told as that, and one that was moved is not claimed', async () => {
    const agent = new Patcher()
      .patches(patch(...add('a.txt', 'one'), ...add('b.txt', 'b')))
      .patches(patch('*** Delete File: a.txt', '*** Update File: b.txt', '*** Move to: c.txt', '@@', '-b', '+c'))
    const { found, file } = await rebuild(agent)
    for (const name of ['a', 'b'])
      expect(file(`/home/dev/app/${name}.txt`)).toMatchObject({
        storedAs: 'nothing',
        sure: false,
      })
    expect(file('/home/dev/app/c.txt')).toBeUndefined()
    expect(found.unreadCalls).toHaveLength(1)
  })

  it('lie where the thread ran when it patched them', async () => {
    const agent = new Patcher().patches(patch(...add('a.txt', 'one')))
    agent.line('turn_context', { cwd: '/home/dev/other', model: 'm' }).patches(patch(...add('a.txt', 'other')))
    const { text } = await rebuild(agent)
    expect([text('/home/dev/app/a.txt'), text('/home/dev/other/a.txt')]).toEqual(['one\n', 'other\n'])
  })

  it.each([
    ['no end', '*** Begin Patch\n*** Add File: a.txt\n+x'],
    ['no change', patch('*** Update File: a.txt')],
    ['a line that is none of a patch', patch('*** Add File: a.txt', 'x')],
    ['a blank line before a hunk', patch('*** Update File: a.txt', '', '+x')],
    ['two headers of one hunk', patch('*** Update File: a.txt', '@@ a', '@@ b', '+x')],
    ['nothing', ''],
  ])('a patch with %s is counted, and not applied', async (_name, text) => {
    const { found } = await rebuild(new Patcher().patches(text))
    expect(found.files).toEqual([])
    expect(found.unreadCalls).toMatchObject([{ tool: 'apply_patch' }])
  })

  it('odd data throws at nothing', () => {
    const where = { path: '/r.jsonl', line: 1, byteOffset: 0 }
    for (const raw of [
      null,
      7,
      {},
      { type: 'x', payload: { type: 'patch_apply_end', call_id: 'a', changes: { a: 7, b: { update: [] }, c: { type: 'add' } } } },
      {
        payload: {
          type: 'item_completed',
          item: { type: 'FileChange', id: 'x', status: 'completed', changes: { 'file:///%zz': { type: 'delete' } } },
        },
      },
    ])
      expect(() => codex.fileActions?.(raw, where)).not.toThrow()
  })
})
