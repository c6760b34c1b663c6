import { join } from 'node:path'
import { AGENTS, type DemoFile, MINUTE, MODEL, type Scene, SECOND, timeline, worktreeOf } from './incident.ts'
import { DemoTranscript } from './thread.ts'

const SESSION = 'c2d81f4a-0b6e-4f95-8a37-5e9d1c70b264'
const CALL = 'toolu_01Demo0011Refunds'
const WAIT = 'toolu_01Demo0012Mutation'
const PROMPT = 'Write tests for refunds. Commit them on your branch; I push.'
const DONE = 'Refunds are tested: 9 tests, all pass. Committed, not pushed.'
const LOGIN = 'Please run /login · API Error: 401 Invalid authentication credentials'

/**
 * A second session of the same night: its agent finished and left the pushing to the main thread, whose login expired while
 * it waited for a long test run.
 */
export function refundFiles({ home, repo, now }: Scene): readonly DemoFile[] {
  const { start, limitAt } = timeline(now)
  const folder = join(home, 'projects', repo.replace(/[^A-Za-z0-9]/g, '-'))
  const worktree = worktreeOf(repo, AGENTS.refundTests)
  const agent = new DemoTranscript(SESSION, worktree, `worktree-agent-${AGENTS.refundTests}`, AGENTS.refundTests)
  const launchedAt = start + 5 * MINUTE
  const doneAt = limitAt - 6 * MINUTE
  const commit = { id: 'toolu_01Demo_ref1', name: 'Bash', input: { command: 'git commit -am "test: refunds"', description: 'Commit' } }
  agent
    .at(launchedAt + 3 * SECOND)
    .prompt(PROMPT)
    .at(doneAt - 2 * MINUTE)
    .calls('All nine pass. Committing.', [commit])
    .at(doneAt - 2 * MINUTE + 2 * SECOND)
    .answer(commit.id, '[worktree-agent 1 file changed]')
    .at(doneAt)
    .say(DONE)

  const notice = {
    taskId: AGENTS.refundTests,
    toolUseId: CALL,
    status: 'completed',
    summary: 'Agent "Test the refunds" finished',
    result: DONE,
  }
  const main = new DemoTranscript(SESSION, repo, 'main', null)
  const backAt = now - 31 * MINUTE
  main
    .at(launchedAt - 20 * SECOND)
    .typePrompt('Have the refunds tested by an agent, run the mutation tests meanwhile, then push its branch.')
    .at(launchedAt)
    .calls('An agent writes the tests; I run the mutation tests.', [
      {
        id: CALL,
        name: 'Agent',
        input: {
          description: 'Test the refunds',
          prompt: PROMPT,
          subagent_type: 'general-purpose',
          run_in_background: true,
          isolation: 'worktree',
        },
      },
    ])
    .at(launchedAt + 2 * SECOND)
    .answer(CALL, [{ type: 'text', text: `Async agent launched successfully.\nagentId: ${AGENTS.refundTests}` }], {
      isAsync: true,
      status: 'async_launched',
      agentId: AGENTS.refundTests,
      description: 'Test the refunds',
      resolvedModel: MODEL,
      canReadOutputFile: true,
    })
    .at(launchedAt + 9 * SECOND)
    .calls('This takes hours.', [
      { id: WAIT, name: 'Bash', input: { command: 'npm run test:mutation', description: 'Run the mutation tests', timeout: 21_600_000 } },
    ])
    .at(doneAt + SECOND)
    .queue(notice)
    .at(backAt)
    .answer(WAIT, '1204 mutants, 31 survived')
    .at(backAt + 40)
    .absorb(doneAt + SECOND, notice)
    .at(backAt + 2 * SECOND)
    .fail({ text: LOGIN, error: 'authentication_failed', status: 401 })

  const meta = {
    agentType: 'general-purpose',
    worktreePath: worktree,
    worktreeBranch: `worktree-agent-${AGENTS.refundTests}`,
    description: 'Test the refunds',
    toolUseId: CALL,
    spawnDepth: 1,
  }
  const stem = join(folder, SESSION, 'subagents', `agent-${AGENTS.refundTests}`)
  return [
    { path: join(folder, `${SESSION}.jsonl`), text: main.text },
    { path: `${stem}.jsonl`, text: agent.text },
    { path: `${stem}.meta.json`, text: JSON.stringify(meta) },
  ]
}
