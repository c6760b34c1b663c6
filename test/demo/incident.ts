import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Call, type ErrorRecord, type Notice, DemoTranscript } from './thread.ts'

/** Milliseconds. */
export const SECOND = 1_000
/** Milliseconds. */
export const MINUTE = 60 * SECOND
/** The client of the story. */
const VERSION = '2.1.220'
/** The model of the story. */
export const MODEL = 'claude-sonnet-5'
export const SESSION = '6f1b0f3e-8c52-4d0a-9b7e-2f4c1a7d5e90'
const RUN = 'wf_7c3d9e15-4a2'
/** The client that was killed. Linux gives no pid this high, macOS none above 99,998: this process is gone everywhere. */
const CLIENT = { pid: 4_209_417, start: '8711342' }

/** The agents of the story, by what they were to do. */
export const AGENTS = {
  csvExport: 'a3f81c0d95e2b7460',
  apiDocs: 'a91d4be6720cf3a58',
  flakyTests: 'a5c07e9a1d3b84f26',
  prices: 'ad6e4937f0b1c2a8f',
  review: 'ab28f6103c9de7415',
  findSleeps: 'a0b9d27c6f8e1453a',
  /** Of the second session. */
  refundTests: 'ae8b70d3f52c61940',
  /** No transcripts, only what is left of them in git: they belonged to earlier sessions. */
  forgotten: 'ac4f1e82d70936b5e',
  squashed: 'a2b70d5f8e1c94a36',
  swept: 'a8d3e60b7f25c1948',
} as const

const SERVICES = [
  { name: 'auth', agentId: 'a61c95d0e3f7a2b84', answer: 'auth: 0 calls without a timeout.' },
  { name: 'cart', agentId: 'a7e240b19c6d8f350', answer: 'cart: 2 calls without a timeout (stock.ts:41, stock.ts:88).' },
  { name: 'mail', agentId: 'a84d7f3a6b0c1e925', answer: 'mail: 1 call without a timeout (smtp.ts:17).' },
  { name: 'search', agentId: 'a9b05c8e27d4f613a', answer: 'search: 0 calls without a timeout.' },
  { name: 'orders', agentId: 'ab6f19e4d83c07a52', answer: null },
  { name: 'payments', agentId: 'ac07d2b8f5914e36a', answer: null },
] as const

/** The id of the call that launched nothing: no agent ever had one of its own. */
export const REFUSED_LAUNCH = 'toolu_01Demo0003DbAuditor'

/** Where the story takes place. */
export interface Scene {
  /** The client's folder (`…/.claude`). */
  readonly home: string
  /** The repository's main checkout. */
  readonly repo: string
  readonly now: number
  /** What git called the commits of the story, once they are made. */
  readonly commits?: { readonly csvExport: string; readonly prices: string }
}

export interface DemoFile {
  readonly path: string
  readonly text: string
}

/** When what happened. Milliseconds since the epoch. */
export function timeline(now: number) {
  const limitAt = now - 112 * MINUTE
  return {
    /** The person types the prompt and goes to bed. */
    start: now - 260 * MINUTE,
    connectionLost: now - 231 * MINUTE,
    firstDone: now - 148 * MINUTE,
    secondWave: now - 147 * MINUTE,
    /** The first refusal by the limit. */
    limitAt,
    /** The last record of all; some minutes later the machine kills the client. */
    lastWord: limitAt + 13 * SECOND,
    /** The client tells it to the minute. */
    resetsAt: Math.floor((now + 120 * MINUTE) / MINUTE) * MINUTE,
  }
}

/** The reason that the client gives to the lock of an agent's worktree. */
export function lockReason(agentId: string): string {
  return `claude agent agent-${agentId} (pid ${CLIENT.pid} start ${CLIENT.start})`
}

/** Where the client puts an agent's worktree. */
export function worktreeOf(repo: string, agentId: string): string {
  return join(repo, '.claude', 'worktrees', `agent-${agentId}`)
}

/**
 * One night of one session, as client 2.1.220 would have left it: a connection that dropped, a 5-hour limit in the middle
 * of five agents and a workflow, and a client that was killed while one agent still ran its tests.
 */
export function incidentFiles(scene: Scene): readonly DemoFile[] {
  const story = new Story(scene)
  return story.files()
}

class Story {
  readonly #scene: Scene
  readonly #at: ReturnType<typeof timeline>
  readonly #limit: ErrorRecord
  readonly #folder: string
  readonly #session: string
  readonly #main: DemoTranscript

  constructor(scene: Scene) {
    this.#scene = scene
    this.#at = timeline(scene.now)
    this.#limit = { text: `You've hit your session limit · resets ${clock(this.#at.resetsAt)} (UTC)`, error: 'rate_limit', status: 429 }
    this.#folder = join(scene.home, 'projects', scene.repo.replace(/[^A-Za-z0-9]/g, '-'))
    this.#session = join(this.#folder, SESSION)
    this.#main = this.#thread(null, 'general-purpose', scene.repo)
  }

  files(): readonly DemoFile[] {
    const agents = [this.#csvExport(), this.#apiDocs(), this.#prices(), this.#flakyTests(), this.#findSleeps(), this.#review()]
    const workflow = this.#workflow()
    this.#tellMain()
    const main = { path: `${this.#session}.jsonl`, text: this.#main.text }
    return [main, ...agents.flat(), ...workflow, this.#registryEntry()]
  }

  /** Finishes, pushes and says so. */
  #csvExport(): readonly DemoFile[] {
    const { start, firstDone } = this.#at
    const thread = this.#thread(AGENTS.csvExport, 'general-purpose', worktreeOf(this.#scene.repo, AGENTS.csvExport))
    thread.at(start + 10 * SECOND).prompt(PROMPTS.csvExport)
    this.#bash(
      thread,
      start + 30 * SECOND,
      'csv1',
      'Looking for the order list.',
      'grep -rn "listOrders" src',
      'src/orders.ts:12:export function listOrders() {',
    )
    this.#bash(thread, start + 6 * MINUTE, 'csv2', 'Writing the export.', 'npm test -- orders', '31 passed, 0 failed')
    this.#bash(
      thread,
      firstDone - 2 * MINUTE,
      'csv3',
      'All tests pass. Committing and pushing.',
      'git commit -am "feat: export orders as CSV" && git push -u origin HEAD',
      [
        this.#committed('csvExport', 'feat: export orders as CSV'),
        `To ${join(this.#scene.repo, '..', 'origin.git')}`,
        ` * [new branch]      HEAD -> worktree-agent-${AGENTS.csvExport}`,
      ].join('\n'),
    )
    thread.at(firstDone - 300).say(DONE.csvExport)
    return this.#withSidecar(thread, AGENTS.csvExport, 'general-purpose', 'Export orders as CSV', CALLS.csvExport, true)
  }

  /** Loses its connection after the client's own retries. */
  #apiDocs(): readonly DemoFile[] {
    const { start, connectionLost } = this.#at
    const thread = this.#thread(AGENTS.apiDocs, 'general-purpose', this.#scene.repo)
    thread.at(start + 10 * SECOND).prompt(PROMPTS.apiDocs)
    this.#bash(thread, start + 40 * SECOND, 'doc1', 'Collecting the routes.', 'grep -rn "route(" src', 'src/http.ts:8:route("/orders")')
    this.#bash(
      thread,
      connectionLost - 3 * MINUTE,
      'doc2',
      'Two of nine routes are described.',
      'npm run docs:check',
      '7 routes without a description',
    )
    thread
      .at(connectionLost - 40 * SECOND)
      .reconnect(1, 10)
      .at(connectionLost - 22 * SECOND)
      .reconnect(2, 10)
    thread.at(connectionLost - 300).fail(CONNECTION_LOST)
    return this.#withSidecar(thread, AGENTS.apiDocs, 'general-purpose', 'Describe the HTTP routes', CALLS.apiDocs)
  }

  /** Is in the middle of its test run when the client is killed. */
  #prices(): readonly DemoFile[] {
    const { secondWave, limitAt } = this.#at
    const thread = this.#thread(AGENTS.prices, 'general-purpose', worktreeOf(this.#scene.repo, AGENTS.prices))
    thread.at(secondWave + 15 * SECOND).prompt(PROMPTS.prices)
    this.#bash(
      thread,
      secondWave + 50 * SECOND,
      'pri1',
      'Finding every price.',
      'grep -rn "price" src',
      'src/prices.ts:3:export const price = (n) => n.toFixed(2)',
    )
    this.#bash(
      thread,
      secondWave + 9 * MINUTE,
      'pri2',
      'The core is converted. Committing that part.',
      'git commit -am "refactor: prices in cents (core)"',
      this.#committed('prices', 'refactor: prices in cents (core)'),
    )
    this.#bash(thread, secondWave + 24 * MINUTE, 'pri3', 'Now the invoice.', 'npm test -- invoice', '12 passed, 2 failed')
    thread.at(limitAt - 2 * MINUTE).calls('Both are fixed. The whole suite now.', [
      {
        id: 'toolu_01Demo_pri4',
        name: 'Bash',
        input: { command: 'npm run test:e2e', description: 'Run all end-to-end tests', timeout: 600_000 },
      },
    ])
    return this.#withSidecar(thread, AGENTS.prices, 'general-purpose', 'Store prices in cents', CALLS.prices, true)
  }

  /** The limit finds it in the middle of an answer, which it may still finish: so it sends one more agent to its doom. */
  #flakyTests(): readonly DemoFile[] {
    const { secondWave, limitAt } = this.#at
    const thread = this.#thread(AGENTS.flakyTests, 'general-purpose', this.#scene.repo)
    thread.at(secondWave + 15 * SECOND).prompt(PROMPTS.flakyTests)
    this.#bash(
      thread,
      secondWave + 70 * SECOND,
      'fla1',
      'Running it twenty times.',
      'for i in $(seq 20); do npm test -- checkout; done',
      '17 runs passed, 3 failed',
    )
    this.#bash(
      thread,
      secondWave + 27 * MINUTE,
      'fla2',
      'It fails when the clock is slow.',
      'git log --oneline -5 -- test/checkout.test.js',
      'b1946ac wait for the basket',
    )
    // Rented, and never given back: the limit comes first.
    this.#bash(
      thread,
      secondWave + 31 * MINUTE,
      'fla3',
      'Trying it on a slow machine.',
      'hcloud server create --name flaky-checkout --type cx22 --image debian-12 --ssh-key ci',
      'Server 58213077 created\nIPv4: 203.0.113.7\nIPv6: 2001:db8:7::1',
    )
    thread
      .at(limitAt - 6 * SECOND)
      .calls(
        'The waits are the cause. I let another agent list all of them.',
        [launch(CALLS.findSleeps, 'List fixed waits', PROMPTS.findSleeps)],
        14 * SECOND,
      )
    thread.at(limitAt + 9_100).answer(CALLS.findSleeps, this.#terminated(), `Error: ${this.#terminated()}`, true)
    thread.at(limitAt + 9_800).fail(this.#limit)
    return this.#withSidecar(thread, AGENTS.flakyTests, 'general-purpose', 'Fix the flaky checkout test', CALLS.flakyTests)
  }

  /** Launched eight seconds after the limit was known: doomed from its start. */
  #findSleeps(): readonly DemoFile[] {
    const { limitAt } = this.#at
    const thread = this.#thread(AGENTS.findSleeps, 'general-purpose', this.#scene.repo)
    thread
      .at(limitAt + 8_300)
      .prompt(PROMPTS.findSleeps)
      .at(limitAt + 8_900)
      .fail(this.#limit)
    const files = this.#withSidecar(thread, AGENTS.findSleeps, 'general-purpose', 'List fixed waits', CALLS.findSleeps)
    return files.map((file) =>
      file.path.endsWith('.meta.json') ? withKeys(file, { parentAgentId: AGENTS.flakyTests, spawnDepth: 2 }) : file,
    )
  }

  /** Cut off by the limit in the foreground, and called completed. */
  #review(): readonly DemoFile[] {
    const { secondWave, limitAt } = this.#at
    const thread = this.#thread(AGENTS.review, 'general-purpose', this.#scene.repo)
    thread.at(secondWave + 15 * SECOND).prompt(PROMPTS.review)
    this.#bash(thread, secondWave + 2 * MINUTE, 'rev1', 'Reading the module.', 'wc -l src/payments/*.ts', '1204 total')
    this.#bash(thread, limitAt - 4 * MINUTE, 'rev2', REVIEW_SO_FAR, 'npm audit --omit=dev', 'found 0 vulnerabilities')
    this.#bash(thread, limitAt - 9 * SECOND, 'rev3', 'Checking the retry of a refund.', 'npm test -- refund', '8 passed, 0 failed')
    thread.at(limitAt + 12 * SECOND).fail(this.#limit)
    return this.#withSidecar(thread, AGENTS.review, 'general-purpose', 'Review the payment module', CALLS.review)
  }

  /** Six calls; the last two meet the limit, and the run is called completed all the same. */
  #workflow(): readonly DemoFile[] {
    const { secondWave, limitAt } = this.#at
    const folder = join(this.#session, 'subagents', 'workflows', RUN)
    const started = secondWave + 5 * SECOND
    const calls = SERVICES.map((service, index) => {
      const from = index < 4 ? started + index * 4 * MINUTE : limitAt - (7 - index) * MINUTE
      const to = service.answer === null ? limitAt + (index - 4) * 1_400 : from + 5 * MINUTE
      const prompt = servicePrompt(service.name)
      const thread = this.#thread(service.agentId, 'workflow-subagent', this.#scene.repo)
      thread.at(from).prompt(prompt)
      this.#bash(
        thread,
        from + 30 * SECOND,
        `wf${index}`,
        'Looking at every outgoing call.',
        `grep -rn "fetch(" services/${service.name}`,
        `services/${service.name}/client.ts:9: await fetch(url)`,
      )
      if (service.answer === null) thread.at(to).fail(this.#limit)
      else thread.at(to).say(service.answer)
      return { ...service, from, to, prompt, thread, key: `v2:${sha(prompt)}` }
    })
    const transcripts = calls.flatMap(({ thread, agentId }) => [
      { path: join(folder, `agent-${agentId}.jsonl`), text: thread.text },
      {
        path: join(folder, `agent-${agentId}.meta.json`),
        text: JSON.stringify({ agentType: 'workflow-subagent', spawnDepth: 1 }),
      },
    ])
    const journal = calls
      .flatMap(({ key, agentId, from, to, answer }) => [
        { at: from, line: { type: 'started', key, agentId } },
        ...(answer === null ? [] : [{ at: to, line: { type: 'result', key, agentId, result: answer } }]),
      ])
      .toSorted((a, b) => a.at - b.at)
    const endedAt = limitAt + 1_600
    const summary = {
      runId: RUN,
      timestamp: new Date(endedAt).toISOString(),
      taskId: TASK,
      script: SCRIPT,
      scriptPath: this.#scriptPath(),
      result: calls.map(({ answer }) => answer),
      agentCount: calls.length,
      logs: this.#failures(),
      durationMs: endedAt - started,
      summary: 'Look for calls without a timeout',
      workflowName: 'timeouts',
      status: 'completed',
      startTime: started,
      phases: [{ title: 'Search' }],
      defaultModel: MODEL,
      workflowProgress: [
        { type: 'workflow_phase', index: 1, title: 'Search' },
        ...calls.map(({ name, agentId, answer, from, to, prompt }, index) => ({
          type: 'workflow_agent',
          index: index + 1,
          label: `timeouts:${name}`,
          phaseIndex: 1,
          phaseTitle: 'Search',
          agentId,
          model: MODEL,
          state: answer === null ? 'error' : 'done',
          startedAt: from,
          queuedAt: started,
          attempt: 1,
          promptPreview: prompt,
          lastProgressAt: to,
          ...(answer === null ? { error: this.#limit.text } : { resultPreview: answer }),
          toolCalls: 1,
          durationMs: to - from,
        })),
      ],
    }
    return [
      ...transcripts,
      { path: join(folder, 'journal.jsonl'), text: journal.map(({ line }) => `${JSON.stringify(line)}\n`).join('') },
      { path: join(this.#session, 'workflows', `${RUN}.json`), text: JSON.stringify(summary) },
      { path: this.#scriptPath(), text: SCRIPT },
    ]
  }

  /** The main thread, which launches them all and learns little of it. */
  #tellMain(): void {
    const { start, connectionLost, firstDone, secondWave, limitAt, lastWord } = this.#at
    const main = this.#main
    main.json({ type: 'mode', mode: 'normal', sessionId: SESSION })
    main.json({ type: 'permission-mode', permissionMode: 'acceptEdits', sessionId: SESSION })
    main.at(start).typePrompt(PROMPTS.main)
    main
      .at(start + 6 * SECOND)
      .calls('Starting with the export, the route descriptions and the database.', [
        launch(CALLS.csvExport, 'Export orders as CSV', PROMPTS.csvExport, { run_in_background: true, isolation: 'worktree' }),
        launch(CALLS.apiDocs, 'Describe the HTTP routes', PROMPTS.apiDocs, { run_in_background: true }),
        launch(REFUSED_LAUNCH, 'Audit the database indexes', PROMPTS.dbAudit, { subagent_type: 'db-auditor', run_in_background: true }),
      ])
    this.#launched(start + 8 * SECOND, CALLS.csvExport, AGENTS.csvExport, 'Export orders as CSV')
    this.#launched(start + 9 * SECOND, CALLS.apiDocs, AGENTS.apiDocs, 'Describe the HTTP routes')
    main.at(start + 9_500).answer(REFUSED_LAUNCH, NO_SUCH_TYPE, `Error: ${NO_SUCH_TYPE}`, true)
    main.at(start + 20 * SECOND).say('Two agents are at work. There is no agent type db-auditor here; I come back to the indexes later.')

    main
      .at(connectionLost)
      .notify(
        this.#notice(
          CALLS.apiDocs,
          AGENTS.apiDocs,
          'failed',
          `Agent "Describe the HTTP routes" failed: Agent terminated early due to an API error: ${CONNECTION_LOST.text}`,
          'Two of nine routes are described.',
        ),
      )
    main.at(connectionLost + 9 * SECOND).say('The agent for the route descriptions lost its connection. The export goes on.')

    main
      .at(firstDone)
      .notify(this.#notice(CALLS.csvExport, AGENTS.csvExport, 'completed', 'Agent "Export orders as CSV" finished', DONE.csvExport))
    main
      .at(secondWave)
      .calls('The export is done and pushed. Now the second half of the list.', [
        { id: CALLS.workflow, name: 'Workflow', input: { script: SCRIPT } },
        launch(CALLS.prices, 'Store prices in cents', PROMPTS.prices, { run_in_background: true, isolation: 'worktree' }),
        launch(CALLS.flakyTests, 'Fix the flaky checkout test', PROMPTS.flakyTests, { run_in_background: true }),
        launch(CALLS.review, 'Review the payment module', PROMPTS.review, { run_in_background: false }),
      ])
    main.at(secondWave + 4 * SECOND).answer(CALLS.workflow, `Workflow launched in background. Task ID: ${TASK}\nRun ID: ${RUN}`, {
      status: 'async_launched',
      taskId: TASK,
      taskType: 'local_workflow',
      workflowName: 'timeouts',
      runId: RUN,
      transcriptDir: join(this.#session, 'subagents', 'workflows', RUN),
      scriptPath: this.#scriptPath(),
    })
    this.#launched(secondWave + 12 * SECOND, CALLS.prices, AGENTS.prices, 'Store prices in cents')
    this.#launched(secondWave + 13 * SECOND, CALLS.flakyTests, AGENTS.flakyTests, 'Fix the flaky checkout test')

    const workflowOver: Notice = {
      taskId: TASK,
      toolUseId: CALLS.workflow,
      status: 'completed',
      summary: 'Dynamic workflow "Look for calls without a timeout" completed',
      result: JSON.stringify(SERVICES.map(({ answer }) => answer)),
      more: `<failures>${this.#failures().join('\n')}</failures>\n<usage><agent_count>6</agent_count><agents_done>4</agents_done><agents_error>2</agents_error></usage>`,
    }
    const flakyOver = this.#notice(
      CALLS.flakyTests,
      AGENTS.flakyTests,
      'failed',
      `Agent "Fix the flaky checkout test" failed: ${this.#terminated()}`,
      'It fails when the clock is slow.',
    )
    main
      .at(limitAt + 1_700)
      .queue(workflowOver)
      .at(limitAt + 9_900)
      .queue(flakyOver)
    const partial = [
      { type: 'text', text: `${this.#terminated()}\n\nWhat follows is what it had said until then; it did not finish.` },
      { type: 'text', text: REVIEW_SO_FAR },
    ]
    main.at(limitAt + 12_300).answer(CALLS.review, partial, {
      status: 'completed',
      prompt: PROMPTS.review,
      agentId: AGENTS.review,
      agentType: 'general-purpose',
      content: partial,
      totalToolUseCount: 3,
    })
    main
      .at(limitAt + 12_320)
      .absorb(limitAt + 1_700, workflowOver)
      .at(limitAt + 12_330)
      .absorb(limitAt + 9_900, flakyOver)
    main.at(lastWord).fail(this.#limit)
  }

  /** The client's entry among the live sessions: a kill leaves it behind. */
  #registryEntry(): DemoFile {
    const { start } = this.#at
    const entry = {
      pid: CLIENT.pid,
      sessionId: SESSION,
      cwd: this.#scene.repo,
      startedAt: start - 90 * SECOND,
      procStart: CLIENT.start,
      version: VERSION,
      peerProtocol: 1,
      kind: 'interactive',
      entrypoint: 'cli',
    }
    return { path: join(this.#scene.home, 'sessions', `${CLIENT.pid}.json`), text: JSON.stringify(entry) }
  }

  #thread(id: string | null, type: string, cwd: string): DemoTranscript {
    const branch = id !== null && cwd !== this.#scene.repo ? `worktree-agent-${id}` : 'main'
    return new DemoTranscript(SESSION, cwd, branch, id, type)
  }

  #withSidecar(
    thread: DemoTranscript,
    id: string,
    agentType: string,
    description: string,
    toolUseId: string,
    ownWorktree = false,
  ): readonly DemoFile[] {
    const worktree = { worktreePath: worktreeOf(this.#scene.repo, id), worktreeBranch: `worktree-agent-${id}` }
    const meta = { agentType, ...(ownWorktree && worktree), description, toolUseId, spawnDepth: 1 }
    const stem = join(this.#session, 'subagents', `agent-${id}`)
    return [
      { path: `${stem}.jsonl`, text: thread.text },
      { path: `${stem}.meta.json`, text: JSON.stringify(meta) },
    ]
  }

  #bash(thread: DemoTranscript, at: number, id: string, text: string, command: string, output: string): void {
    const call: Call = { id: `toolu_01Demo_${id}`, name: 'Bash', input: { command, description: text.slice(0, 40) } }
    thread
      .at(at)
      .calls(text, [call])
      .at(at + 7 * SECOND)
      .answer(call.id, output)
  }

  #committed(by: 'csvExport' | 'prices', subject: string): string {
    const hash = this.#scene.commits?.[by].slice(0, 7) ?? '0000000'
    return `[worktree-agent-${AGENTS[by]} ${hash}] ${subject}\n 1 file changed, 1 insertion(+), 1 deletion(-)`
  }

  #launched(at: number, callId: string, agentId: string, description: string): void {
    this.#main.at(at).answer(callId, [{ type: 'text', text: `Async agent launched successfully.\nagentId: ${agentId}` }], {
      isAsync: true,
      status: 'async_launched',
      agentId,
      description,
      resolvedModel: MODEL,
      canReadOutputFile: true,
    })
  }

  #notice(toolUseId: string, taskId: string, status: string, summary: string, result: string): Notice {
    return { taskId, toolUseId, status, summary, result }
  }

  #terminated(): string {
    return `Agent terminated early due to an API error: ${this.#limit.text}`
  }

  #failures(): readonly string[] {
    return SERVICES.filter(({ answer }) => answer === null).map(({ name }) => `[timeouts:${name}] failed: ${this.#limit.text}`)
  }

  #scriptPath(): string {
    return join(this.#session, 'workflows', 'scripts', `timeouts-${RUN}.js`)
  }
}

const CALLS = {
  csvExport: 'toolu_01Demo0001CsvExport',
  apiDocs: 'toolu_01Demo0002ApiDocs',
  workflow: 'toolu_01Demo0004Workflow',
  prices: 'toolu_01Demo0005Prices',
  flakyTests: 'toolu_01Demo0006Flaky',
  review: 'toolu_01Demo0007Review',
  findSleeps: 'toolu_01Demo0008Sleeps',
} as const

const TASK = 'wk3v9q2xd'
const CONNECTION_LOST: ErrorRecord = { text: 'API Error: Unable to connect to API (ECONNRESET)', error: 'server_error' }
const NO_SUCH_TYPE = "Agent type 'db-auditor' not found. Available agents: Explore, general-purpose, Plan"
const REVIEW_SO_FAR = 'Two findings so far: a refund is not idempotent, and a card error is logged with the card number.'
const DONE = { csvExport: 'Orders can be exported as CSV. All 31 tests pass; the branch is pushed.' } as const

const PROMPTS = {
  main: 'Work through the list in TODO.md tonight. Use agents, each change on a branch of its own, and push what is done.',
  csvExport: 'Add an export of the order list as CSV. Run the tests, commit, push your branch.',
  apiDocs: 'Describe every HTTP route in docs/routes.md. npm run docs:check says what is missing.',
  dbAudit: 'Look for queries without an index and suggest the indexes.',
  prices: 'Store all prices as integers in cents instead of floating-point numbers. Run the end-to-end tests, commit, push your branch.',
  flakyTests: 'test/checkout.test.js fails now and then. Find the cause and fix it.',
  findSleeps: 'List every fixed wait in test/ with file and line. Change nothing.',
  review: 'Review src/payments for correctness and for leaks of card data. Report findings with file and line.',
} as const

const SCRIPT = `export const meta = { name: 'timeouts', description: 'Look for calls without a timeout', phases: [{ title: 'Search' }] }
phase('Search')
const services = ${JSON.stringify(SERVICES.map(({ name }) => name))}
return await parallel(services.map((name) => () => agent('Find outgoing calls without a timeout in services/' + name + '.', { label: 'timeouts:' + name })))
`

function servicePrompt(name: string): string {
  return `Find outgoing calls without a timeout in services/${name}.`
}

function launch(id: string, description: string, prompt: string, more: Readonly<Record<string, unknown>> = {}): Call {
  return { id, name: 'Agent', input: { description, prompt, subagent_type: 'general-purpose', ...more } }
}

function withKeys(file: DemoFile, keys: Readonly<Record<string, unknown>>): DemoFile {
  return { ...file, text: JSON.stringify({ ...(JSON.parse(file.text) as object), ...keys }) }
}

/** As the client tells a time: `3am`, `2:37pm`. UTC, so that the story is the same everywhere. */
function clock(at: number): string {
  const date = new Date(at)
  const minutes = date.getUTCMinutes()
  const hour = date.getUTCHours()
  return `${hour % 12 === 0 ? 12 : hour % 12}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}${hour < 12 ? 'am' : 'pm'}`
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
