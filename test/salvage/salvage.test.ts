import { variant } from '../long.ts'
import { describe, expect, it } from 'vitest'
import { NoSuchTarget } from '../../src/salvage/salvage.ts'
import { AGENT, AGENT_FILE, createHome, CWD, type Home, memoryFolder, type Outcome, run, runOver, SESSION, FileWork } from './world.ts'

const at = (name: string): string => `${CWD}/${name}`

async function within<T>(work: (home: Home) => Promise<T>): Promise<T> {
  const home = createHome()
  try {
    return await work(home)
  } finally {
    home.dispose()
  }
}

describe('files', () => {
  it('that were written are whole, and edits of them too, with $ in the new text', async () => {
    const transcript = new FileWork().create(at('a.ts'), 'x = "$1"\r\n').edit(at('a.ts'), '"$1"', "'$& $` $$'")
    const { file, text, agent } = await runOver(transcript)
    expect(text('a.ts')).toBe("x = '$& $` $$'\r\n")
    expect(file('a.ts')).toMatchObject({
      certainty: 'whole',
      sure: true,
      writes: 1,
      edits: 1,
      relative: 'a.ts',
      onDisk: 'missing',
      inGit: 'not_looked',
      mode: 'unknown',
    })
    expect(agent.patch).toBe('salvage.patch')
  })

  it('that were read whole before an edit are replayed on that, with a doubt about what a reading does not show', async () => {
    const { file, text } = await runOver(new FileWork().read(at('a.txt'), 'one\ntwo\n').edit(at('a.txt'), 'two', 'zwei'))
    expect(text('a.txt')).toBe('one\nzwei\n')
    expect(file('a.txt')).toMatchObject({
      certainty: 'replayed',
      sure: false,
      doubts: ['line_ends', 'byte_order_mark'],
      base: { kind: 'read', where: { line: 2 } },
    })
  })

  it('that were read in pieces are put together once all of them are known', async () => {
    const transcript = new FileWork()
      .read(at('a.txt'), 'l1\nl2\nl3', 1, { limit: 3 })
      .edit(at('a.txt'), 'l2', 'L2\nnew')
      .read(at('a.txt'), 'l3\nl4\n', 4)
    const { file, text } = await runOver(transcript)
    expect(text('a.txt')).toBe('l1\nL2\nnew\nl3\nl4\n')
    expect(file('a.txt').certainty).toBe('replayed')
  })

  it('of which only parts are known are stored in a form that nobody takes for the file', async () => {
    const transcript = new FileWork()
      .read(at('a.txt'), 'l10\nl11', 10, { limit: 2 })
      .edit(at('a.txt'), 'l11', 'L11')
      .edit(at('a.txt'), 'far away', 'elsewhere')
    const { file, text } = await runOver(transcript)
    expect(file('a.txt')).toMatchObject({ certainty: 'partial', storedAs: 'parts', sure: false, inPatch: false })
    expect(file('a.txt').stored).toMatch(/^parts\/0001-[0-9a-f]{12}\.parts\.txt$/)
    expect(text('a.txt')).toContain('[hole: lines 1 to 9 are not known]\n10\t|l10\n11\t|L11\n[what follows is not known]')
    expect(text('a.txt')).toContain('-|far away\n+|elsewhere')
  })

  it('that were edited and never seen are told as edits', async () => {
    const { file, text } = await runOver(new FileWork().edit(at('a.txt'), 'old\nlines', 'new', true))
    expect(file('a.txt')).toMatchObject({ certainty: 'unknown_base', storedAs: 'parts', base: { kind: 'unknown' } })
    expect(text('a.txt')).toContain('[at every place]\n-|old\n-|lines\n+|new')
  })

  it('whose edit does not fit are trusted no longer, but for what they were before it', async () => {
    const transcript = new FileWork().create(at('a.txt'), 'one\n').edit(at('a.txt'), 'two', 'drei')
    const { file, written } = await runOver(transcript)
    expect(file('a.txt')).toMatchObject({ certainty: 'partial', storedAs: 'parts', alternatives: [{ why: 'before_mismatch' }] })
    expect(file('a.txt').notDone[0]).toMatch(/^line 4: the old text of this Edit does not stand in the file/)
    expect(new TextDecoder().decode(written.get(file('a.txt').alternatives[0]?.stored ?? ''))).toBe('one\n')
  })

  it('are known again as soon as they are seen whole', async () => {
    const transcript = new FileWork().create(at('a.txt'), 'one\n').edit(at('a.txt'), 'two', 'drei').write(at('a.txt'), 'new\n')
    expect((await runOver(transcript)).file('a.txt')).toMatchObject({ certainty: 'whole', alternatives: [] })
  })

  it('that a command changed go on from what a reading shows', async () => {
    const transcript = new FileWork().create(at('a.txt'), 'one\ntwo\n').bash('sed -i s/one/ONE/ a.txt')
    expect((await runOver(transcript)).file('a.txt')).toMatchObject({ sure: false, doubts: ['command'], mayHaveChangedBy: [{ line: 4 }] })
    transcript.read(at('a.txt'), 'ONE\ntwo\n').edit(at('a.txt'), 'two', 'TWO')
    const { file, text } = await runOver(transcript)
    expect(text('a.txt')).toBe('ONE\nTWO\n')
    expect(file('a.txt')).toMatchObject({ certainty: 'replayed', base: { kind: 'read' } })
  })

  it('that a command is said to have changed are not known any more', async () => {
    const words = "[This command modified 1 file you've previously read: a.txt. Call Read before editing.]"
    const { file } = await runOver(new FileWork().create(at('a.txt'), 'one\n').bash('make', words))
    expect(file('a.txt')).toMatchObject({ certainty: 'partial', storedAs: 'parts', alternatives: [{ why: 'before_mismatch' }] })
  })

  it('that nothing but a failed call was about are told apart', async () => {
    const transcript = new FileWork()
    transcript.result(transcript.call('Write', { file_path: at('a.txt'), content: 'x' }), '<tool_use_error>no</tool_use_error>', {
      error: true,
    })
    const { agent } = await runOver(transcript)
    expect(agent.files).toEqual([])
    expect(agent.failedCalls).toMatchObject([{ file: at('a.txt'), tool: 'Write', outcome: 'failed', line: 2 }])
  })

  it('of MultiEdit take all of its edits, or none', async () => {
    const transcript = new FileWork('2.0.60').create(at('a.txt'), 'one two\n')
    const edits = [
      { old_string: 'one', new_string: 'two' },
      { old_string: 'two two', new_string: 'done' },
    ]
    transcript.result(transcript.call('MultiEdit', { file_path: at('a.txt'), edits }), 'Applied 2 edits')
    expect((await runOver(transcript)).text('a.txt')).toBe('done\n')
  })

  it('of a call that cannot be understood are not passed over', async () => {
    const transcript = new FileWork()
    transcript.call('Write', { file_path: at('a.txt'), content: 7 })
    transcript.call('Edit', { file_path: '', old_string: 'a', new_string: 'b' })
    const { agent, manifest } = await runOver(transcript)
    expect(agent.unreadCalls).toMatchObject([
      { tool: 'Write', line: 2 },
      { tool: 'Edit', line: 3 },
    ])
    expect(manifest.complete).toBe(false)
  })

  it('that look like secrets are given back as they were, and told', async () => {
    const secret = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'
    const transcript = new FileWork()
      .create(at('.env'), `X=${secret}\n`)
      .create(at('notes.md'), `token: ${secret}\n`)
      .bash(`echo ${secret} > ${at('x')}`)
    const { file, text, written, agent } = await runOver(transcript)
    expect(text('.env')).toContain(secret)
    expect(file('.env').secrets).toBe('name')
    expect(file('notes.md').secrets).toBe('content')
    expect(agent.commands[0]?.command).toContain('[redacted:')
    expect(new TextDecoder().decode(written.get('manifest.json'))).not.toContain(secret)
  })
})

describe('calls without an answer', () => {
  it('leave both states of the file', async () => {
    const transcript = new FileWork().create(at('a.txt'), 'one\n')
    transcript.call('Edit', { file_path: at('a.txt'), old_string: 'one', new_string: 'two' })
    const { file, text, written } = await runOver(transcript)
    expect(text('a.txt')).toBe('one\n')
    expect(file('a.txt')).toMatchObject({
      certainty: 'whole',
      sure: false,
      doubts: ['unanswered'],
      alternatives: [{ why: 'unanswered', onDisk: false }],
    })
    expect(file('a.txt').calls.map(({ outcome }) => outcome)).toEqual(['applied', 'unanswered'])
    expect(new TextDecoder().decode(written.get(file('a.txt').alternatives[0]?.stored ?? ''))).toBe('two\n')
  })

  it('are settled by what comes after them', async () => {
    const lost = (after: (transcript: FileWork) => FileWork): Promise<Outcome> => {
      const transcript = new FileWork().create(at('a.txt'), 'one\n')
      transcript.call('Edit', { file_path: at('a.txt'), old_string: 'one', new_string: 'two' })
      return runOver(after(transcript))
    }
    expect((await lost((t) => t.read(at('a.txt'), 'two\n'))).text('a.txt')).toBe('two\n')
    expect((await lost((t) => t.edit(at('a.txt'), 'one', 'three'))).text('a.txt')).toBe('three\n')
    expect((await lost((t) => t.write(at('a.txt'), 'new\n'))).file('a.txt')).toMatchObject({ sure: true, alternatives: [] })
  })

  it('of a file that was never there leave nothing but what it would be', async () => {
    const transcript = new FileWork()
    transcript.call('Write', { file_path: at('a.txt'), content: 'perhaps\n' })
    const { file, agent } = await runOver(transcript)
    expect(file('a.txt')).toMatchObject({
      certainty: 'unknown_base',
      stored: null,
      storedAs: 'nothing',
      alternatives: [{ why: 'unanswered' }],
    })
    expect(agent.patch).toBeNull()
  })

  it('come after the calls before them, though those were answered later', async () => {
    const transcript = new FileWork()
    const first = transcript.call('Write', { file_path: at('a.txt'), content: 'one\n' })
    transcript.call('Edit', { file_path: at('a.txt'), old_string: 'one', new_string: 'two' })
    transcript.result(first, `File created successfully at: ${at('a.txt')}`)
    const { file, text } = await runOver(transcript)
    expect(text('a.txt')).toBe('one\n')
    expect(file('a.txt').alternatives).toHaveLength(1)
  })

  it('are those, too, that a resumed client answered in the place of the one that was gone', async () => {
    const transcript = new FileWork()
    const id = transcript.call('Write', { file_path: at('a.txt'), content: 'perhaps\n' })
    transcript.result(id, '[Tool call interrupted: the session ended before it finished]', { error: true })
    expect((await runOver(transcript)).file('a.txt').calls[0]?.outcome).toBe('unanswered')
  })
})

describe('paths', () => {
  it('outside of the folder, or hostile, are never laid out (S01, S02, S05), and nothing is lost', async () => {
    const transcript = new FileWork()
    const paths = [
      `${CWD}/../../.bashrc`,
      '/etc/cron.d/x',
      at('con.txt'),
      at('.git/hooks/pre-commit'),
      at('a\u0000b'),
      at('ok.txt'),
      'C:\\Users\\x\\y.txt',
    ]
    for (const path of paths) transcript.create(path, `${path}\n`)
    const { agent, written } = await runOver(transcript, { tree: true })
    expect(agent.files.map(({ refused }) => refused)).toEqual(['outside', 'outside', 'device_name', 'git_folder', 'nul', null, 'outside'])
    expect(agent.files.every(({ stored }) => stored !== null)).toBe(true)
    expect([...written.keys()].filter((path) => path.startsWith('tree/'))).toEqual(['tree/ok.txt'])
    expect([...written.keys()].filter((path) => path.startsWith('files/')).every((path) => /^files\/\d{4}-[0-9a-f]{12}$/.test(path))).toBe(
      true,
    )
    // What git would refuse, or put somewhere, is not in the patch either.
    expect(agent.files.map(({ inPatch }) => inPatch)).toEqual([false, false, false, false, false, true, false])
  })

  it('are ours without --tree: numbered, and told in the manifest alone', async () => {
    const { written, file } = await runOver(new FileWork().create(at('a.txt'), 'a\n').create(at('b.txt'), 'a\n'))
    expect([...written.keys()].map((path) => path.replace(/-[0-9a-f]{12}$/, ''))).toEqual([
      'files/0001',
      'files/0002',
      'salvage.patch',
      'manifest.json',
    ])
    expect(file('b.txt').stored).toMatch(/^files\/0002-/)
  })

  it('that some file system takes for one are kept apart (S04)', async () => {
    const { file } = await runOver(new FileWork().create(at('a'), '1').create(at('A'), '2'), { tree: true })
    expect([file('a').stored, file('A').stored]).toEqual(['tree/a', 'tree/A~2'])
  })

  it('are one file however they are written: relative, doubled slashes, dots', async () => {
    const { agent, text } = await runOver(
      new FileWork().create('a.txt', 'one\n').edit(`${CWD}//./a.txt`, 'one', 'two').edit(`${CWD}/x/../a.txt`, 'two', 'three'),
    )
    expect(agent.files).toHaveLength(1)
    expect(text('a.txt')).toBe('three\n')
  })

  it('of Windows are relative to its folder, in any letter case', async () => {
    const transcript = new FileWork('2.1.329', { cwd: 'C:\\Repo' })
      .create('C:\\Repo\\Src\\a.ts', 'one\r\n')
      .edit('c:/repo/src/A.ts', 'one', 'two')
      .create('\\\\evil\\share\\x', 'x')
    const { agent, text } = await runOver(transcript, { tree: true })
    expect(agent.files.map(({ relative, stored }) => [relative, stored?.slice(0, 8)])).toEqual([
      ['Src/a.ts', 'tree/Src'],
      [null, 'files/00'],
    ])
    expect(text('a.ts')).toBe('two\r\n')
    expect(agent.files.map(({ onDisk }) => onDisk)).toEqual(['not_looked', 'not_looked'])
  })
})

describe('bounds', () => {
  variant('of very many files all are told, and some of them written (S06)', async () => {
    const lines = [new FileWork().text]
    const record = { type: 'assistant', sessionId: SESSION, agentId: AGENT, cwd: CWD, version: '2.1.329' }
    const block = (number: number): object => ({
      type: 'tool_use',
      id: `t${number}`,
      name: 'Write',
      input: { file_path: at(`d/${number}.txt`), content: `${number}\n` },
    })
    const answer = (number: number): object => ({
      type: 'tool_result',
      tool_use_id: `t${number}`,
      content: 'File created successfully at: x',
    })
    for (let start = 0; start < 25_000; start += 1000) {
      const numbers = Array.from({ length: 1000 }, (_, offset) => start + offset)
      lines.push(`${JSON.stringify({ ...record, message: { role: 'assistant', content: numbers.map(block) } })}\n`)
      lines.push(`${JSON.stringify({ ...record, type: 'user', message: { role: 'user', content: numbers.map(answer) } })}\n`)
    }
    const { agent, manifest, written } = await runOver(lines.join(''), { tree: true })
    expect(agent.files).toHaveLength(25_000)
    expect(agent.files.filter(({ stored }) => stored !== null)).toHaveLength(20_000)
    expect(agent.files.at(-1)).toMatchObject({ stored: null, notStored: 'more than 20000 files', certainty: 'whole' })
    expect(manifest.complete).toBe(false)
    expect(written.size).toBe(20_001)
  })

  it('bytes are counted in all', async () => {
    const transcript = new FileWork().create(at('a'), 'x'.repeat(60)).create(at('b'), 'y'.repeat(60)).create(at('c'), 'z')
    const { file } = await runOver(transcript, { limits: { files: 10, bytes: 100 } })
    expect([file('a').notStored, file('b').notStored, file('c').notStored]).toEqual([null, 'more than 100 bytes in all', null])
  })

  it('a full disk ends the writing and nothing else (S07)', async () => {
    const transcript = new FileWork().create(at('a'), '1').create(at('b'), '2').create(at('c'), '3')
    const { agent, manifestRefused, manifest } = await runOver(transcript, {}, memoryFolder(1))
    expect(agent.files.map(({ stored, notStored }) => [stored !== null, notStored])).toEqual([
      [true, null],
      [false, 'ENOSPC'],
      [false, 'ENOSPC'],
    ])
    expect(agent.patch).toBeNull()
    expect(agent.files.some(({ inPatch }) => inPatch)).toBe(false)
    expect(manifestRefused).toBe('ENOSPC')
    expect(manifest.complete).toBe(false)
  })
})

describe.skipIf(process.platform === 'win32')('a backslash in a name', () => {
  it('stands in the patch as it is: what it names is no other file', async () => {
    const { written, agent } = await runOver(new FileWork().create(at('a\\b'), 'one\n').create(at('a/b'), 'two\n'))
    const patch = new TextDecoder().decode(written.get(agent.patch ?? ''))
    expect(patch.split('\n').filter((line) => line.startsWith('+++'))).toEqual(['+++ b/a/b', '+++ "b/a\\\\b"'])
    expect(agent.files.map(({ inPatch }) => inPatch)).toEqual([true, true])
  })
})

describe('damage', () => {
  it('loses no call: torn and broken lines are told, and what they hid is a doubt', async () => {
    const transcript = new FileWork().create(at('a.txt'), 'one\n').edit(at('a.txt'), 'one', 'two')
    const lines = transcript.text.split(/(?<=\n)/)
    // The answer to the edit is broken.
    const broken = [...lines.slice(0, 4), '{"type":"user","mess\n', '{"type":"assistant","message":{"content":[{"type":"tool_u'].join('')
    const { file, agent, manifest } = await runOver(broken)
    expect(agent.readIssues.map(({ reason }) => reason)).toEqual(['malformed_json', 'torn_line'])
    expect(manifest.complete).toBe(false)
    expect(file('a.txt').calls.map(({ outcome }) => outcome)).toEqual(['applied', 'unanswered'])
    expect(file('a.txt').sure).toBe(false)
  })

  it('of odd values does not throw', async () => {
    const odd = [
      '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"__proto__","name":"Write","input":{"file_path":"__proto__","content":"x"}}]}}',
      '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"__proto__","content":[{"type":"text","text":7},null]}]},"toolUseResult":{"structuredPatch":[{"lines":[1]}],"file":{"content":1}}}',
      '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"n","name":"NotebookEdit","input":{"notebook_path":"n.ipynb","new_source":"x","edit_mode":"burn"}}]}}',
      '{"type":"file-history-snapshot","snapshot":{"trackedFileBackups":{"constructor":{"backupFileName":"../../x"},"a":[]}}}',
      '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"q","content":"<persisted-output>\\nsaved to: ../../../etc/passwd\\n"}]}}',
    ].join('\n')
    const { agent } = await runOver(`${new FileWork().text}${odd}\n`)
    expect(agent.files.map(({ path, certainty }) => [path, certainty])).toEqual(
      [[`${CWD}/__proto__`, 'replayed']].map(([path]) => [path, 'whole']),
    )
    expect(agent.unreadCalls).toHaveLength(1)
  })
})

describe('notebooks', () => {
  const notebook = JSON.stringify({
    cells: [{ cell_type: 'code', id: 'c1', metadata: {}, source: 'a', outputs: [1], execution_count: 3 }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  })
  const edit = (transcript: FileWork, input: object, words: string): FileWork =>
    transcript.result(transcript.call('NotebookEdit', { notebook_path: at('n.ipynb'), ...input }), words)

  it('are changed cell by cell, as the client writes them', async () => {
    const transcript = new FileWork('2.1.220').create(at('n.ipynb'), `${notebook}\n`)
    edit(transcript, { cell_id: 'c1', new_source: 'b' }, 'Updated cell c1 with b')
    edit(transcript, { cell_id: 'c1', new_source: '# t', edit_mode: 'insert', cell_type: 'markdown' }, 'Inserted cell 1a2b with # t')
    edit(transcript, { cell_id: 'cell-0', new_source: '', edit_mode: 'delete' }, 'Deleted cell cell-0')
    const cells = [{ cell_type: 'markdown', id: '1a2b', source: '# t', metadata: {} }]
    const { text, file } = await runOver(transcript)
    expect(text('n.ipynb')).toBe(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1))
    expect(file('n.ipynb').sure).toBe(true)
  })

  it('of a version between two that differ may end with a newline or not', async () => {
    const { file } = await runOver(
      edit(new FileWork('2.1.300').create(at('n.ipynb'), `${notebook}\n`), { cell_id: 'c1', new_source: 'b' }, 'Updated cell c1 with b'),
    )
    expect(file('n.ipynb')).toMatchObject({ sure: false, doubts: ['final_newline'], alternatives: [{ why: 'client_version' }] })
  })

  it('with a cell that is not there are not replayed', async () => {
    const { file } = await runOver(
      edit(new FileWork().create(at('n.ipynb'), notebook), { cell_id: 'nowhere', new_source: 'b' }, 'Updated cell nowhere with b'),
    )
    expect(file('n.ipynb').certainty).toBe('partial')
  })
})

describe('who is meant', () => {
  it('an agent that went on in another session has one history', async () => {
    await within(async (home) => {
      const older = new FileWork().create(at('a.txt'), 'one\n')
      const resumed = new FileWork().create(at('a.txt'), 'one\n').edit(at('a.txt'), 'one', 'two')
      home.add(AGENT_FILE, older.text)
      home.add(AGENT_FILE.replace(SESSION, SESSION.replace('1111', '2222')), resumed.text)
      const { agent, text } = await run(home)
      expect(agent.transcripts).toHaveLength(2)
      expect(text('a.txt')).toBe('two\n')
      expect(agent.files[0]?.calls).toHaveLength(2)
    })
  })

  it('a workflow run is all of its agents, each in a folder of its own', async () => {
    await within(async (home) => {
      for (const id of ['a111', 'a222']) {
        home.add(
          `projects/p/${SESSION}/subagents/workflows/wf_1/agent-${id}.jsonl`,
          new FileWork('2.1.329', { agentId: id }).create(at(`${id}.txt`), id).text,
        )
      }
      const { manifest, written } = await run(home, { target: 'wf_1' })
      expect(manifest.agents.map(({ folder }) => folder)).toEqual(['agent-a111', 'agent-a222'])
      expect([...written.keys()]).toContain('agent-a222/salvage.patch')
      await expect(run(home, { target: 'a1' })).resolves.toMatchObject({ agent: { agentId: 'a111', folder: '' } })
    })
  })

  it('ids whose letter case alone may tell them apart get folders that no other id has', async () => {
    await within(async (home) => {
      for (const id of ['2', 'A', 'B', 'a']) {
        home.add(
          `projects/p/${SESSION}/subagents/workflows/wf_1/agent-${id}.jsonl`,
          new FileWork('2.1.329', { agentId: id }).create(at('x'), id).text,
        )
      }
      const { manifest } = await run(home, { target: 'wf_1' })
      expect(new Set(manifest.agents.map(({ folder }) => folder.toLowerCase())).size).toBe(4)
      expect(manifest.agents.map(({ patch }) => patch)).toEqual(manifest.agents.map(({ folder }) => `${folder}/salvage.patch`))
    })
  })

  it('a session of 2.0.x knows its agents by their records', async () => {
    await within(async (home) => {
      home.add(`projects/p/${SESSION}.jsonl`, new FileWork('2.0.76', { agentId: null }).create(at('m.txt'), 'm').text)
      home.add('projects/p/agent-1234567.jsonl', new FileWork('2.0.76', { agentId: '1234567' }).create(at('x.txt'), 'x').text)
      home.add(
        'projects/p/agent-7654321.jsonl',
        new FileWork('2.0.76', { agentId: '7654321', sessionId: SESSION.replace('1111', '2222') }).text,
      )
      const { manifest } = await run(home, { target: SESSION.slice(0, 6) })
      expect(manifest.agents.map(({ agentId, files }) => [agentId, files.length])).toEqual([
        [null, 1],
        ['1234567', 1],
      ])
    })
  })

  it('nobody, or two, are an error that names them', async () => {
    await within(async (home) => {
      home.add(`projects/p/${SESSION}/subagents/agent-a111.jsonl`, new FileWork().text)
      home.add(`projects/p/${SESSION}/subagents/agent-a112.jsonl`, new FileWork().text)
      const told = (target: string): Promise<readonly string[]> =>
        run(home, { target }).then(
          () => [],
          (error: unknown) => (error instanceof NoSuchTarget ? error.candidates : Promise.reject(error)),
        )
      expect(await told('zz')).toEqual([])
      expect(await told('a11')).toEqual(['a111', 'a112'])
    })
  })
})

describe('what stands beside a transcript', () => {
  it('an output that was moved to a file is read from there', async () => {
    await within(async (home) => {
      const transcript = new FileWork()
      const id = transcript.call('Bash', { command: `cat ${at('big.txt')}` })
      transcript.result(
        id,
        `<persisted-output>\nOutput too large (9KB). Full output saved to: /elsewhere/${SESSION}/tool-results/b1.txt\n\nPreview (first 2KB):\nrow 1\n</persisted-output>`,
      )
      transcript.edit(at('big.txt'), 'row 2\n', '')
      home.add(AGENT_FILE, transcript.text)
      const without = await run(home)
      expect(without.file('big.txt').certainty).toBe('unknown_base')
      home.add(AGENT_FILE.replace(/subagents.*/, 'tool-results/b1.txt'), 'row 1\nrow 2\nrow 3')
      const { file, text } = await run(home)
      expect(text('big.txt')).toBe('row 1\nrow 3\n')
      expect(file('big.txt').doubts).toEqual(['line_ends', 'byte_order_mark', 'final_newline'])
    })
  })

  it('a copy that the client kept of the main thread’s file tells what a reading does not', async () => {
    await within(async (home) => {
      const main = new FileWork('2.1.329', { agentId: null })
      main.put('file-history-delta', { trackingPath: 'a.txt', backup: { backupFileName: '0123456789abcdef@v1', version: 1 } })
      home.add(`projects/-home-dev-app/${SESSION}.jsonl`, main.text)
      home.add(AGENT_FILE, new FileWork().read(at('a.txt'), 'one\ntwo\n').edit(at('a.txt'), 'two', 'zwei').text)
      home.add(`file-history/${SESSION}/0123456789abcdef@v1`, 'one\r\ntwo\r\n')
      const { file, text } = await run(home)
      expect(text('a.txt')).toBe('one\r\nzwei\r\n')
      expect(file('a.txt')).toMatchObject({ certainty: 'replayed', sure: true, base: { kind: 'file_history' } })
    })
  })
})
