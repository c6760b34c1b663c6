import { variant } from '../long.ts'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { AGENTS, SESSION } from './incident.ts'
import { Machine } from './world.ts'

/** Lines as a reader sees them, without what only a terminal shows. */
function linesOf(text: string): readonly string[] {
  return text.replaceAll(/\u001b\[[\d;]*[A-Za-z]|\r/g, '').split('\n')
}

describe('the sample incident can be followed to its end', () => {
  const machine = new Machine()
  const demo = () => join(machine.demoRoot, '..', '..')
  afterAll(() => machine.remove())
  const run = async (words: string): Promise<string> => {
    const { code, stdout, stderr } = await machine.run(words.split(' '))
    expect([words, code, stderr]).toEqual([words, 0, expect.any(String)])
    return stdout
  }
  const report = async (): Promise<Report> => JSON.parse(await run('scan --demo --json')) as Report
  let before: Report
  beforeAll(async () => void (before = await report()))

  it('what is saved is seen by the next command', async () => {
    expect(await run('scan --demo')).toContain('agent-forensics preserve --demo\n')
    const saved = await run('preserve --demo')
    expect(saved).toContain('Saved the local-only work of 3 places.')
    expect(saved).not.toContain('removed')
    const after = await run('scan --demo')
    expect(after).not.toContain('agent-forensics preserve --demo')
    const { worktrees } = await report()
    expect(worktrees.filter(({ atRisk, saved: refs }) => atRisk.length > 0 && refs.length > 0)).toHaveLength(3)
    expect(await run('preserve --demo')).toContain('3 places had been saved before.')
  })

  it('its clock stands still, however late the next command comes', async () => {
    const { generatedAt } = await report()
    machine.now += 3 * 60 * 60_000
    expect((await report()).generatedAt).toBe(generatedAt)
    expect(generatedAt).toBe('2026-11-21T07:03:00.000Z')
    expect(await run('plan --demo')).toMatch(/Recover after step \d and 09:0\d, in 2 h/)
  })

  it('its steps are shown, and its agents, and the files of one are rebuilt', async () => {
    const plan = await run('plan --demo')
    const [, step = ''] = /^ ?(\d+) {2}Store prices in cents$/m.exec(plan) ?? []
    expect(await run(`plan ${step} --demo`)).toContain(`agent-forensics recover --action resume-${AGENTS.prices} --demo\n`)
    expect(await run(`show ${AGENTS.prices} --demo`)).toContain('exit_killed')
    expect(await run(`salvage ${AGENTS.prices} --demo --out rebuilt`)).toContain('Salvage')
    expect(readdirSync(join(machine.home, 'rebuilt'))).toContain('manifest.json')
  })

  it('an agent is promoted in it, once', async () => {
    const planned = await run(`promote ${AGENTS.review} --demo`)
    const [, command = ''] = /^ {2}agent-forensics (promote .*)$/m.exec(planned) ?? []
    expect(command).toBe(`promote ${AGENTS.review} --write --demo`)
    const [, path = ''] = /^ {2}(\/.*\.jsonl)$/m.exec(planned) ?? []
    expect(existsSync(path)).toBe(false)
    expect(await run(command)).toContain('Written:')
    expect(path.startsWith(machine.demoRoot) && existsSync(path)).toBe(true)
    expect(await run(command)).toContain('It was promoted before')
  })

  it('all of it is recovered, by a stand-in that says it is one, without waiting, and by nobody twice', async () => {
    expect(await machine.run(['recover', '--demo'])).toMatchObject({ code: 2 })
    const { code, stdout, stderr } = await machine.run(['recover', '--demo', '--yes', '--headless'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Result\n  done  8 agents\n' })
    const said = linesOf(stderr)
    expect(said).toContain('stand-in for claude: logged in again')
    expect(said).toContain('The clock of the sample is moved on instead.')
    expect(said.filter((line) => line.startsWith('stand-in for claude: goes on with'))).toHaveLength(5)
    expect(said).toContain('  stand-in for hcloud: nothing is asked in the sample')
    expect(said.findIndex((line) => line.startsWith('Waiting until 09:0'))).toBeLessThan(said.findIndex((line) => line.includes('started')))
    const after = await report()
    expect(after.complete).toBe(true)
    expect(after.readIssues).toEqual([])
    expect(after.workItems.every(({ state }) => state === 'done')).toBe(true)
    expect(before.workItems.filter(({ state }) => state === 'open')).toHaveLength(8)
    expect(Date.parse(after.generatedAt)).toBeGreaterThan(Date.parse('2026-11-21T09:03:00Z'))
    expect(after.sessions.find(({ sessionId }) => sessionId === SESSION)?.reason).toBe('completed')
    const kinds = new Set(after.plan.actions.map(({ kind }) => kind))
    expect([...kinds].toSorted()).toEqual(['clean_up', 'inspect', 'push', 'release'])

    const again = await machine.run(['recover', '--demo', '--yes'])
    expect(again).toMatchObject({ code: 0, stdout: 'Nothing is left to recover.\n' })
    expect(again.stderr).not.toContain('started')
    expect(machine.started).toEqual([])
    expect((await report()).agents).toHaveLength(after.agents.length)
  })

  it('what it wrote, a client could have written: every record follows from the one before', async () => {
    const project = join(machine.demoRoot, readdirSync(machine.demoRoot)[0] ?? '')
    for (const name of readdirSync(project, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.jsonl'))) {
      const records = readFileSync(join(project, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly uuid?: string; readonly parentUuid?: string | null })
        .filter(({ uuid }) => uuid !== undefined)
      const seen = new Set<unknown>([null])
      for (const { uuid, parentUuid } of records) {
        expect([name, seen.has(parentUuid), seen.has(uuid)]).toEqual([name, true, false])
        seen.add(uuid)
      }
    }
  })

  it('nothing is anywhere but in its folder, and that goes with --clean', async () => {
    expect(readdirSync(machine.home).toSorted()).toEqual(['.cache', 'rebuilt'])
    expect(readdirSync(join(demo(), 'state'))).toEqual(['agent-forensics'])
    const { code, stderr } = await machine.run(['--demo', '--clean'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: `agent-forensics: removed ${join(machine.home, '.cache/agent-forensics/demo')}\n` })
    expect(readdirSync(join(machine.home, '.cache'))).toEqual([])
    expect((await machine.run(['--demo', '--clean'])).stderr).toBe('agent-forensics: there is no sample incident to remove\n')
  })
})

describe('a recovery of the sample incident', () => {
  const machine = new Machine()
  afterAll(() => machine.remove())

  variant('--dry-run changes nothing', async () => {
    expect(await machine.run(['recover', '--demo', '--dry-run'])).toMatchObject({ code: 0 })
    expect(existsSync(join(machine.demoRoot, '..', '..', 'state'))).toBe(false)
  })

  it('asks a person as any other does, and opens no client for them either', async () => {
    // Save, continue in the mode that the session ran in, wait, start.
    const words = ['recover', '--demo', '--only', 'resume_workflow']
    const { code, stdout, stderr } = await machine.run(words, { answers: ['y', '1', 'y', 'y'] })
    expect(code).toBe(0)
    expect(stdout).toMatch(/Result\n {2}saved {2}3 places, .*\n {2}done {3}timeouts: timeouts:orders; timeouts: timeouts:payments\n/)
    expect(linesOf(stderr)).toContain('stand-in for claude: goes on with workflow run wf_7c3d9e15-4a2')
    expect(stderr).toContain('stand-in for claude: logged in again')
  })

  it('--interactive tells on the terminal what the client would do there', async () => {
    const words = ['recover', '--demo', '--interactive', '--action', `resume-${AGENTS.prices}`]
    const { code, stdout, stderr } = await machine.run(words, { answers: ['y', 'y'] })
    expect([code, stdout.split('Result\n')[1]]).toEqual([0, '  done  Store prices in cents\n'])
    expect(linesOf(stderr)).toContain('stand-in for claude: goes on with 1 agent')
  })

  it('--quiet says nothing on the way', async () => {
    const words = ['recover', '--demo', '--yes', '--quiet', '--action', `resume-${SESSION}`]
    expect(await machine.run(words)).toMatchObject({ code: 0, stderr: '' })
    expect(machine.started).toEqual([])
  })
})
