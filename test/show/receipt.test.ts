import { describe, expect, it } from 'vitest'
import type { ShowDocument, CheckpointReceipt } from '../../src/show/document.ts'
import { filesOf, oneAgent } from '../hostile/world.ts'
import { AGENT, pageOf, screenOf, shown } from './world.ts'

/** An agent that did a bit of everything, and was cut off in the middle of its tests. */
const BUSY = oneAgent((agent) => {
  const read = agent.call('Read', { file_path: '/home/dev/app/src/a.ts' }, 'Reading first.')
  agent.result(read, '1 const a = 1')
  const missing = agent.call('Read', { file_path: '/home/dev/app/gone.ts' })
  agent.result(missing, 'File does not exist.', { error: true })
  const todo = agent.call('TodoWrite', {
    todos: [
      { content: 'Port it', status: 'completed', activeForm: 'Porting' },
      { content: 'Test it', status: 'in_progress', activeForm: 'Testing' },
      { content: 'Push it', status: 'pending', activeForm: 'Pushing' },
    ],
  })
  agent.result(todo, 'Todos have been modified successfully.')
  for (const text of ['a', 'b'])
    agent.result(
      agent.call('Edit', { file_path: '/home/dev/app/src/a.ts', old_string: text, new_string: 'c' }),
      'The file has been updated.',
    )
  agent.result(agent.call('Write', { file_path: '/etc/passwd', content: 'x' }), "The user doesn't want to proceed with this tool use.", {
    error: true,
  })
  agent.result(agent.call('Bash', { command: 'cd /home/dev/app && npm test' }), 'Exit code 1\n2 failed', { error: true })
  agent.result(agent.call('Bash', { command: 'npm test -- a' }), 'all passed', { error: false })
  agent.result(agent.call('Bash', { command: 'npm run lint' }), 'Exit code 2\n1 problem', { error: true })
  agent.result(
    agent.call('Bash', { command: 'git commit -am "Port the parser"' }, 'Committing.'),
    '[port-a 1a2b3c4] Port the parser\n 1 file changed',
    { error: false },
  )
  agent.result(
    agent.call('Bash', { command: 'git push -u origin HEAD && gh pr create --fill' }),
    'To github.com:dev/app.git\n * [new branch]      HEAD -> port-a\nhttps://github.com/dev/app/pull/12\n',
    { error: false },
  )
  agent.wait(300)
  agent.call(
    'Write',
    { file_path: '/home/dev/app/src/b.ts', content: 'x' },
    'I found that the old parser skips comments.\n\nNow the second file.',
  )
})

async function receiptOf(tree: Parameters<typeof shown>[0] = BUSY): Promise<CheckpointReceipt & { readonly document: ShowDocument }> {
  const document = await shown(tree, AGENT)
  if (document.receipt === null) throw new Error('no receipt')
  return { ...document.receipt, document }
}

describe('the receipt', () => {
  it('says what the task was, and of whom', async () => {
    const { task, role, model, status } = await receiptOf()
    expect(task).toMatchObject({ text: 'Do part 1 and report.', cut: 0, where: { line: 1, byteOffset: 0 } })
    expect({ role, model, status }).toEqual({ role: 'general-purpose', model: 'claude-sonnet-5-5', status: 'needs_continuation' })
  })

  it('lists the files that were read and written: by calls that succeeded, and by those whose end is not known', async () => {
    const { filesRead, filesWritten } = await receiptOf()
    expect(filesRead.items.map(({ file, times }) => [file, times])).toEqual([['/home/dev/app/src/a.ts', 1]])
    expect(filesWritten.items.map(({ file, times, uncertain }) => [file, times, uncertain])).toEqual([
      ['/home/dev/app/src/a.ts', 2, 0],
      ['/home/dev/app/src/b.ts', 0, 1],
    ])
  })

  it('lists the commands with what became of them', async () => {
    const { commands } = await receiptOf()
    expect(commands.items.map(({ command, outcome, exitCode }) => [command, outcome, exitCode])).toEqual([
      ['cd /home/dev/app && npm test', 'error', 1],
      ['npm test -- a', 'ok', null],
      ['npm run lint', 'error', 2],
      ['git commit -am "Port the parser"', 'ok', null],
      ['git push -u origin HEAD && gh pr create --fill', 'ok', null],
    ])
    expect(commands.items[0]?.output).toBe('Exit code 1 2 failed')
  })

  it('takes commits, pushes and requests from what git and gh printed', async () => {
    const { commits, delivered } = await receiptOf()
    expect(commits.items).toMatchObject([{ hash: '1a2b3c4', branch: 'port-a', subject: 'Port the parser' }])
    expect(delivered.items.map(({ kind, what }) => [kind, what])).toEqual([
      ['push', 'port-a'],
      ['pull_request', 'https://github.com/dev/app/pull/12'],
    ])
  })

  it('lists as blockers only what it did not get past', async () => {
    const { blockers } = await receiptOf()
    expect(blockers.items.map(({ kind, about }) => [kind, about])).toEqual([
      ['error', '/home/dev/app/gone.ts'],
      ['denied', '/etc/passwd'],
      ['error', 'npm run lint'],
    ])
  })

  it('says what was in flight, what it had announced, and what its task list leaves', async () => {
    const { inFlight, announced, tasks, findings } = await receiptOf()
    expect(inFlight.items).toMatchObject([{ tool: 'Write', about: '/home/dev/app/src/b.ts' }])
    expect(announced?.text).toBe('I found that the old parser skips comments.\n\nNow the second file.')
    expect(tasks?.items.map(({ title, state }) => `${state}: ${title}`)).toEqual([
      'completed: Port it',
      'in_progress: Test it',
      'pending: Push it',
    ])
    expect(findings.items.map(({ text }) => text.split('\n')[0])).toEqual([
      'Reading first.',
      'Committing.',
      'I found that the old parser skips comments.',
    ])
  })

  it('gives for each the place where it can be looked up', async () => {
    const { document, ...receipt } = await receiptOf()
    const text = [...filesOf(BUSY)].find(([path]) => path.endsWith(`agent-${AGENT}.jsonl`))?.[1] ?? ''
    const places: { line: number; byteOffset: number; path: string }[] = []
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      if ('byteOffset' in value && 'path' in value) places.push(value as (typeof places)[number])
      for (const each of Object.values(value)) walk(each)
    }
    walk(receipt)
    expect(places.length).toBeGreaterThan(15)
    const lines = text.split('\n')
    for (const { line, byteOffset, path } of places) {
      expect(path).toBe(document.reading?.path)
      expect(byteOffset).toBe(
        Buffer.byteLength(
          lines
            .slice(0, line - 1)
            .map((each) => `${each}\n`)
            .join(''),
        ),
      )
    }
    expect(lines[(receipt.commits.items[0]?.where.line ?? 0) - 1]).toContain('[port-a 1a2b3c4]')
    expect(lines[(receipt.inFlight.items[0]?.where.line ?? 0) - 1]).toContain('src/b.ts')
  })

  it('agrees with the report in what both count', async () => {
    const { document, budget } = await receiptOf()
    const [agent] = document.agents
    expect({ turns: budget.turns, toolCalls: budget.toolCalls, tokens: budget.tokens }).toEqual({
      turns: agent?.turns,
      toolCalls: agent?.toolCalls,
      tokens: agent?.tokens,
    })
    expect(Object.values(budget.tools).reduce((sum, calls) => sum + calls, 0)).toBe(agent?.toolCalls)
    expect(document.timeline.items.filter(({ kind }) => kind === 'call')).toHaveLength(agent?.toolCalls ?? -1)
    expect(Math.max(...document.timeline.items.map(({ turn }) => turn ?? 0))).toBe(agent?.turns)
    expect(document.attempts.reduce((sum, { toolCalls }) => sum + toolCalls, 0)).toBe(agent?.toolCalls)
    expect(agent?.receipt?.inFlight).toEqual(['Write'])
    expect(budget.silentMs).toBe(301_000)
  })

  it('keeps a task list that is told entry by entry', async () => {
    const { tasks } = await receiptOf(
      oneAgent((agent) => {
        for (const [id, subject] of [
          ['1', 'Port'],
          ['2', 'Test'],
          ['3', 'Drop'],
        ] as const)
          agent.result(agent.call('TaskCreate', { subject, description: 'x' }), `Task #${id} created successfully: ${subject}`, {
            data: { task: { id, subject } },
          })
        agent.result(agent.call('TaskUpdate', { taskId: '1', status: 'completed' }), 'Updated task #1 status')
        agent.result(agent.call('TaskUpdate', { taskId: '3', status: 'deleted' }), 'Updated task #3 deleted')
        agent.result(agent.call('TaskUpdate', { taskId: '2', subject: 'Test all', status: 'in_progress' }), 'Updated task #2')
        agent.call('Bash', { command: 'npm test' })
      }),
    )
    expect(tasks?.items).toEqual([
      { title: 'Port', state: 'completed' },
      { title: 'Test all', state: 'in_progress' },
    ])
  })

  it('announces nothing once a result has followed, nor of an agent that finished', async () => {
    const answered = await receiptOf(oneAgent((agent) => agent.bash('npm test', 'ok', 'Testing now.').fiveHours('15:00:00', '3pm (UTC)')))
    expect(answered.announced).toBeNull()
    expect(answered.blockers.items).toMatchObject([{ kind: 'api', about: 'rate_limit' }])
    const finished = await receiptOf(oneAgent((agent) => agent.says('All done.')))
    expect([finished.status, finished.announced, finished.inFlight.items]).toEqual(['complete', null, []])
  })

  it('quotes nothing with --no-excerpts', async () => {
    const document = await shown(BUSY, AGENT, { excerpts: false })
    expect(document.receipt).toBeNull()
    const whole = JSON.stringify(document) + pageOf(document) + screenOf(document)
    for (const secret of ['old parser', 'src/a.ts', 'npm test', 'Port it', 'Do part 1']) expect(whole).not.toContain(secret)
    expect(document.budget?.toolCalls).toBe(12)
  })
})

describe('the brief for a successor', () => {
  it('tells the task, what is done, what was in flight, what remains and what not to repeat', async () => {
    const page = pageOf(await shown(BUSY, AGENT))
    const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    expect(sections).toEqual([
      'The agent',
      'The task',
      'Where to work',
      'What is done',
      'In flight when it ended',
      'What remains',
      'What not to repeat',
      'What stood in its way',
      'Its findings, in its own words',
      'Files that it read',
      'Where this is from',
    ])
    expect(page).toContain('1 of 3 done')
    expect(page).toContain('in_progress: Test it')
    expect(page).not.toContain('completed: Port it')
    expect(page).toMatch(/1a2b3c4 \[port-a\] Port the parser/)
  })

  it('counts the tasks that it does not list, and lists none that is done', async () => {
    const pageWith = async (states: readonly string[]): Promise<string> => {
      const todos = states.map((status, at) => ({ content: `task ${at}`, status }))
      return pageOf(
        await shown(
          oneAgent((agent) => agent.result(agent.call('TodoWrite', { todos }), 'ok')),
          AGENT,
        ),
      )
    }
    const long = await pageWith([...Array.from({ length: 597 }, () => 'completed'), 'pending', 'pending', 'pending'])
    expect(long).toContain('497 of 600 done. Open:\n')
    expect(long).toContain('\n100 more are not listed here.\n')
    expect(await pageWith(['completed', 'completed'])).toContain('2 of 2 done.\n')
  })

  it('says of a finished agent that nothing is to be gone on with', async () => {
    const page = pageOf(
      await shown(
        oneAgent((agent) => agent.says('All done.')),
        AGENT,
      ),
    )
    expect(page).toMatch(/^# Receipt of an agent that finished/)
    expect(page).not.toContain('## What remains')
  })
})
