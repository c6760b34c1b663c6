import { createHash } from 'node:crypto'
import { type Script, Tree } from '../records/tree.ts'

/** When the reader looks: the morning after the last incident. */
export const LARGE_NOW = Date.parse('2026-11-21T06:40:00Z')
export const LARGE_SIZE = { sessions: 1200, agents: 1700 } as const

const DAY = 86_400_000
const VERSIONS = ['2.0.76', '2.1.156', '2.1.220', '2.1.329'] as const
const TITLES = ['Port the parser', 'Review the billing module', 'Describe the endpoints', 'Test the importer', 'Rename the options']

/**
 * What a year of work leaves behind, as a folder that somebody sent: 1,200 sessions, most of them old, closed and without agents; empty
 * files, snapshots and bare commands; 1,700 agents, of which a few died in several incidents; projects of another person's machine,
 * and one of Windows.
 */
export function largeTree(): Tree {
  const tree = new Tree('2.1.329')
  const year = new Year(tree)
  year.oldSessions()
  year.oldIncidents()
  year.strangers()
  year.lastNight()
  year.finishedAgents()
  return tree
}

class Year {
  readonly #tree: Tree
  #sessions = 0
  #agents = 0

  constructor(tree: Tree) {
    this.#tree = tree
  }

  /** Sessions without agents, from eleven months ago until last month: most were merely closed. */
  oldSessions(): void {
    for (let index = 0; index < 620; index += 1) this.#old(index).says('Done: the parser reads it.').bookkeeping()
    for (let index = 0; index < 90; index += 1) this.#old(index, '').prompt('<command-name>/clear</command-name>')
    for (let index = 0; index < 70; index += 1) this.#old(index).bash('ls').marker()
    // The window was closed while a command ran.
    for (let index = 0; index < 60; index += 1) this.#old(index).call('Bash', { command: 'npm test' })
    for (let index = 0; index < 52; index += 1) {
      const pid = 20_000 + index
      this.#old(index).bash('nohup npm start > server.log 2>&1 &\necho $!', String(pid)).says('The server runs.')
    }
    for (let index = 0; index < 80; index += 1) this.#loose('')
    for (let index = 0; index < 60; index += 1) {
      this.#loose(
        `${JSON.stringify({ type: 'file-history-snapshot', messageId: `m${index}`, snapshot: { messageId: `m${index}`, trackedFileBackups: {}, timestamp: '2026-02-01T08:00:00.000Z' }, isSnapshotUpdate: false })}\n`,
      )
    }
    const damaged = this.#old(3)
    damaged.line('{"type":"assistant","message":{"role":"assi').says('Done.')
  }

  /** Three that were over long ago, and one of this week. */
  oldIncidents(): void {
    const closed = this.#session('2026-01-12T21:04:00Z', '2.1.156')
    for (let index = 0; index < 9; index += 1) this.#launch(closed, index).call('Bash', { command: 'npm test' })
    const busy = this.#session('2026-08-03T14:00:00Z', '2.1.220')
    for (let index = 0; index < 6; index += 1) {
      const agent = this.#launch(busy, index).error('API Error: 529 Overloaded', { code: 'server_error', status: 529 })
      busy.notice([agent], 'failed', 'Agent failed: API Error: 529 Overloaded')
    }
    busy.says('I will try later.')
    const weekly = this.#session('2026-10-02T09:00:00Z', '2.1.329')
    for (let index = 0; index < 7; index += 1) {
      const agent = this.#launch(weekly, index).limit(
        "You've hit your weekly limit · resets Oct 4, 10am (UTC)",
        'seven_day',
        '2026-10-04T10:00:00Z',
      )
      weekly.notice([agent], 'failed', 'Agent failed: weekly limit')
    }
    weekly.says('The limit was hit.')
    const lost = this.#session('2026-11-18T11:00:00Z', '2.1.329')
    for (let index = 0; index < 3; index += 1) {
      const agent = this.#launch(lost, index).error('Connection dropped (ECONNRESET)', {
        code: 'server_error',
        detail: 'connection_failed',
      })
      lost.notice([agent], 'completed', 'Agent completed')
    }
    lost.says('All three are done.')
  }

  /** Projects that are not on this machine, with worktrees that nobody here can look at. */
  strangers(): void {
    const mac = { slug: '-Users-ines-atlas', cwd: '/Users/ines/atlas' }
    const away = this.#session('2026-11-09T10:00:00Z', '2.1.329', mac)
    for (let index = 0; index < 4; index += 1) {
      const path = `/Users/ines/atlas/.claude/worktrees/agent-${index}`
      const agent = this.#launch(away, index, { worktreePath: path, worktreeBranch: `worktree-agent-${index}` }, path)
      if (index === 0) agent.call('Bash', { command: 'swift test' })
      else away.notice([agent.says('Ported, and the tests pass.')], 'completed', 'Agent completed')
    }
    const windows = { slug: 'C--Users-ines-shop', cwd: 'C:\\Users\\ines\\shop' }
    const desk = this.#session('2026-11-10T10:00:00Z', '2.1.329', windows)
    for (let index = 0; index < 3; index += 1) {
      const path = `C:\\Users\\ines\\shop\\.claude\\worktrees\\agent-${index}`
      const agent = this.#launch(desk, index, { worktreePath: path, worktreeBranch: `worktree-agent-${index}` }, path)
      if (index === 0) agent.call('Bash', { command: 'dotnet test' })
      else desk.notice([agent.says('Ported, and the tests pass.')], 'completed', 'Agent completed')
    }
  }

  /** The five-hour limit: one wide fan-out, three small ones, a storm, and two main threads. */
  lastNight(): void {
    const reset = '2026-11-21T08:40:00Z'
    const wide = this.#session('2026-11-21T04:20:00Z', '2.1.329', SHOP)
    for (let index = 0; index < 18; index += 1) {
      const agent = this.#launch(wide, index).at(Date.parse('2026-11-21T04:48:00Z') + index * 900)
      wide.notice([agent.fiveHours(reset, '8:40am (UTC)')], 'failed', 'Agent failed: usage limit')
    }
    wide.fiveHours(reset, '8:40am (UTC)')
    for (let session = 0; session < 3; session += 1) {
      const small = this.#session('2026-11-21T04:30:00Z', '2.1.329', SHOP)
      for (let index = 0; index < 3; index += 1) {
        const agent = this.#launch(small, index).at(`2026-11-21T04:4${index + 6}:20Z`)
        small.notice([agent.fiveHours(reset, '8:40am (UTC)')], index === 0 ? 'completed' : 'failed', 'Agent ended')
      }
      for (let index = 0; index < 2; index += 1) {
        const agent = this.#begin(small, index)
        small.notice([agent.fiveHours(reset, '8:40am (UTC)')], 'failed', 'Agent failed: usage limit')
      }
      if (session === 0) small.fiveHours(reset, '8:40am (UTC)')
      else small.says('I will wait for the reset.')
    }
  }

  /** All others finished, a week to eleven months ago; the sessions of some ended in the middle of a word to the person. */
  finishedAgents(): void {
    for (let index = 0; this.#sessions < LARGE_SIZE.sessions; index += 1) {
      const left = LARGE_SIZE.sessions - this.#sessions
      const script = this.#session(LARGE_NOW - (8 + ((index * 7) % 320)) * DAY, VERSIONS[1 + (index % 3)] ?? '2.1.329')
      const many = left === 1 ? LARGE_SIZE.agents - this.#agents : Math.floor((LARGE_SIZE.agents - this.#agents) / left)
      for (let agent = 0; agent < many; agent += 1) {
        const child = this.#launch(script, agent)
        script.notice([child.says('Done. All tests pass.')], 'completed', 'Agent completed')
      }
      script.says('All parts are done.')
    }
  }

  #old(index: number, prompt?: string): Script {
    const version = VERSIONS[index % 2] ?? '2.0.76'
    return this.#session(LARGE_NOW - (30 + ((index * 11) % 300)) * DAY, version, { ...(prompt !== undefined && { prompt }) })
  }

  #session(
    at: string | number,
    version: string,
    { slug, cwd, prompt }: { readonly slug?: string; readonly cwd?: string; readonly prompt?: string } = {},
  ): Script {
    this.#sessions += 1
    const project = this.#sessions % 17
    const script = this.#tree
      .session(this.#sessions, {
        id: uuidOf(this.#sessions),
        slug: slug ?? `-home-ines-work-${project}`,
        cwd: cwd ?? `/home/ines/work-${project}`,
        version,
        at: '10:00:00',
        prompt: '',
      })
      .at(typeof at === 'number' ? at : Date.parse(at))
    return prompt === '' ? script : script.prompt(prompt ?? `Work on part ${this.#sessions}.`)
  }

  /** A session's file without a record of a person. */
  #loose(text: string): void {
    this.#sessions += 1
    this.#tree.files.set(`projects/-home-ines-work-${this.#sessions % 17}/${uuidOf(this.#sessions)}.jsonl`, text)
  }

  #begin(parent: Script, index: number, meta: Record<string, string> = {}, cwd?: string): Script {
    this.#agents += 1
    const title = `${TITLES[index % TITLES.length] ?? ''}, part ${index + 1}`
    return parent.launch(`a${digitsOf(`agent ${this.#agents}`, 16)}`, {
      description: title,
      background: true,
      meta,
      ...(cwd !== undefined && { cwd }),
    })
  }

  #launch(parent: Script, index: number, meta: Record<string, string> = {}, cwd?: string): Script {
    return this.#begin(parent, index, meta, cwd).bash('npm test', 'ok', 'I look at the tests first.')
  }
}

const SHOP = { slug: '-home-ines-shop', cwd: '/home/ines/shop' }

/** Digits that look random and are the same every time. */
function digitsOf(name: string, length: number): string {
  return createHash('sha256').update(name).digest('hex').slice(0, length)
}

function uuidOf(session: number): string {
  return digitsOf(`session ${session}`, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
}
