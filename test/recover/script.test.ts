import { spawn, spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emit, type EmitOptions } from '../../src/recover/index.ts'
import type { Action } from '../../src/plan/action.ts'
import { action, NOW, options, SESSION } from './plan.ts'
import { FISH, isThere, POSIX } from './shells.ts'
import { type Ran, World } from './world.ts'

const CLOCK = 1_780_000_000
let world: World
beforeEach(() => void (world = new World()))
afterEach(() => world.remove())

const resume = (id: string, agents: readonly string[], changed: Partial<Action> = {}): Action =>
  action({
    id,
    kind: 'resume',
    agents: [...agents],
    commands: [{ cwd: world.work, argv: ['claude', '-p', `--resume=${SESSION}`, `Continue ${id}.`] }],
    ...changed,
  })
const run = (id: string, program: string, changed: Partial<Action> = {}): Action =>
  action({ id, kind: 'push', commands: [{ cwd: world.work, argv: [program, id] }], ...changed })
const keep = (id: string, program: string): Action => run(id, program, { kind: 'preserve' })
const at = (seconds: number): string => new Date((CLOCK + seconds) * 1000).toISOString()

const SHELLS = [
  ...POSIX.map((shell) => ({ ...shell, language: 'sh' as const })),
  ...FISH.map((shell) => ({ ...shell, language: 'fish' as const })),
]

describe.each(SHELLS)('$name', ({ argv, language, ownSleep }) => {
  const go = (actions: readonly Action[], changed: Partial<EmitOptions> = {}, world_: Parameters<World['run']>[2] = {}): Ran =>
    world.run(argv, emit(actions, options({ language, ...changed })).text, world_)

  it.skipIf(ownSleep)('keeps, waits, brings back, delivers, cleans up, and scans again', () => {
    const plan = [
      run('remove', 'noted', { kind: 'clean_up' }),
      keep('keep', 'noted'),
      action({ id: 'wait', kind: 'wait', notBefore: at(70) }),
      resume('back', ['a1'], { dependsOn: ['keep', 'wait'] }),
      run('deliver', 'noted'),
    ]
    const { code, out, err } = go(plan)
    expect([code, err]).toEqual([0, ''])
    const log = world.log()
    expect(log).toEqual([
      'tool --version',
      'noted keep',
      ...['20', '20', '20', '10'].map((seconds) => `sleep ${seconds}`),
      'tool plan --agent a1 --since all --check',
      `claude in ${world.work}: -p --resume=${SESSION} Continue back.`,
      'tool plan --agent a1 --since all --check',
      'noted deliver',
      'noted remove',
      'tool scan',
    ])
    expect(out).toContain('waiting until 2026-05-28 23:27 (Europe/Kyiv), 2 min to go. Ctrl-C stops.')
    expect(out).toMatch(
      /What came of it:\n {2}1 done: Do keep \(keep\)\n {2}2 done: .*\n {2}3 done: .*\n {2}4 done: .*\n {2}5 done: Do remove/,
    )
  })

  it('run twice, it brings nobody back twice', () => {
    const plan = [
      keep('keep', 'noted'),
      resume('back', ['a1', 'a2'], { dependsOn: ['keep'] }),
      run('after', 'noted', { dependsOn: ['back'] }),
    ]
    go(plan)
    world.log()
    world.set('agent-a1', '0')
    world.set('agent-a2', '0')
    const { code, out } = go(plan)
    expect([code, world.log().filter((line) => line.startsWith('claude') || line.startsWith('noted'))]).toEqual([
      0,
      ['noted keep', 'noted after'],
    ])
    expect(out).toContain('step 2 needless: nothing is left to do for it')
    // One of two is enough to go on.
    world.set('agent-a2', '1')
    expect([go(plan).code, world.log().filter((line) => line.startsWith('claude'))]).toEqual([
      1,
      [expect.stringContaining('Continue back.')],
    ])
  })

  it('asks with the place of the transcripts, whatever it is called', () => {
    go([resume('back', ['a1'])], { scope: ["--root=/it's $HOME/x", '--root', '/y z', '--session', '6f1b', '--since', '7d'] })
    const log = world.log()
    // Whoever did the work meanwhile may have done it in another session: a promoted one is.
    expect(log).toContain("tool plan --root=/it's $HOME/x --root /y z --agent a1 --since all --check")
    expect(log.at(-1)).toBe("tool scan --root=/it's $HOME/x --root /y z --session 6f1b --since 7d")
  })

  it('stops where the tool does not know, before claude starts', () => {
    world.set('agent-a1', '3')
    const { code, err } = go([resume('back', ['a1']), run('after', 'noted')])
    expect([code, world.log()]).toEqual([3, ['tool --version', 'tool plan --agent a1 --since all --check']])
    expect(err).toMatch(/^Stopped: agent-forensics could not say whether agent a1 still needs it \(it ended with 3: \)\n/)
  })

  it('stops before anything starts where a program is missing', () => {
    const plan = [keep('keep', 'noted'), resume('back', ['a1'])]
    expect(go(plan, {}, { env: { CLAUDE: '/nowhere/claude' } })).toMatchObject({
      code: 3,
      err: expect.stringMatching(/^Stopped: claude was not found/) as string,
    })
    expect(go(plan, {}, { env: { AGENT_FORENSICS: '/nowhere/tool' } })).toMatchObject({
      code: 3,
      err: expect.stringMatching(/Stopped: agent-forensics was not found/) as string,
    })
    expect(world.log().filter((line) => line.startsWith('noted'))).toEqual([])
  })

  it('stops where a folder is missing', () => {
    rmSync(world.work, { recursive: true })
    const { code, err } = go([run('one', 'noted'), action({ id: 'two', kind: 'push', commands: [{ cwd: world.root, argv: ['noted'] }] })])
    expect([code, world.log()]).toEqual([3, []])
    expect(err).toContain(`Stopped: step 1 needs the folder ${world.work}, and it is not there.`)
  })

  it('a failure skips what depends on it, and nothing else', () => {
    const { code, out } = go([
      run('one', 'failing'),
      run('two', 'noted', { dependsOn: ['one'] }),
      run('three', 'noted', { dependsOn: ['two'] }),
      run('four', 'noted'),
    ])
    expect([code, world.log().filter((line) => !line.startsWith('tool'))]).toEqual([1, ['failing one', 'noted four']])
    expect(out).toMatch(
      /1 failed: .* - its command ended with 7\n {2}2 skipped: .* - step 1 is not done\n {2}3 skipped: .* - step 2 is not done\n {2}4 done/,
    )
  })

  it('the second command of a step runs only behind the first', () => {
    const two = (first: string): Action =>
      run('two', first, { commands: [first, 'noted'].map((program) => ({ cwd: world.work, argv: [program, 'x'] })) })
    go([two('failing')])
    expect(world.log().filter((line) => !line.startsWith('tool'))).toEqual(['failing x'])
    go([two('noted')])
    expect(world.log().filter((line) => !line.startsWith('tool'))).toEqual(['noted x', 'noted x'])
  })

  it('no claude starts, and nothing is removed, while work is not saved', () => {
    const bad = { ...keep('bad', 'noted'), commands: [{ cwd: world.work, argv: ['noted', 'a\nb'] }] }
    for (const first of [keep('keep', 'failing'), bad]) {
      const { code, out } = go([first, resume('back', ['a1']), run('remove', 'noted', { kind: 'clean_up' })])
      expect([code, world.log().filter((line) => /^(?:claude|noted)/.test(line))]).toEqual([1, []])
      expect(out).toContain('step 2 skipped: step 1 did not save what exists only here')
    }
  })

  it('of what may cost money it runs only what looks', () => {
    const look = (program: string): Action =>
      action({
        id: 'release-1',
        kind: 'release',
        risk: 'This ends it: noted ended',
        commands: [{ cwd: world.work, argv: [program, 'looks'] }],
      })
    const { out } = go([look('noted')])
    expect(world.log().filter((line) => line.startsWith('noted'))).toEqual(['noted looks'])
    expect(out).toMatch(/Risk: This ends it: noted ended[^]*1 done: .*looked; nothing was ended/)
    expect(go([look('failing')])).toMatchObject({
      code: 0,
      out: expect.stringContaining('it could not be asked (it ended with 7): look by hand') as string,
    })
  })

  it.skipIf(ownSleep)('makes a pause behind so many agents', () => {
    const plan = [['a1'], ['a2', 'a3'], ['a4'], ['a5']].map((agents, index) => resume(`r${index}`, agents))
    for (const { agents } of plan) for (const id of agents) world.set(`agent-${id}`, '1')
    go(plan, { batch: 3, staggerMs: 30_500 })
    expect(
      world
        .log()
        .filter((line) => !line.startsWith('tool'))
        .map((line) => line.replace(/^claude.* /, '')),
    ).toEqual(['r0.', 'r1.', 'sleep 20', 'sleep 11', 'r2.', 'r3.'])
  })

  it('says when its command ended well and the scan still finds work', () => {
    world.set('agent-a1', '1')
    const { code, out } = go([resume('back', ['a1']), run('after', 'noted', { dependsOn: ['back'] })])
    expect([code, world.log().includes('noted after')]).toEqual([1, true])
    expect(out).toContain('1 open: Do back (back) - its command ended well, but the scan still finds work for it')
  })

  it('removes nothing behind what it left open, and tries again the next time', () => {
    const plan = [
      keep('keep', 'noted'),
      resume('back', ['a1'], { dependsOn: ['keep'] }),
      run('remove', 'noted', { kind: 'clean_up', dependsOn: ['back', 'keep'] }),
    ]
    world.set('agent-a1', '1')
    const first = go(plan)
    expect([first.code, world.log().filter((line) => line.startsWith('noted'))]).toEqual([1, ['noted keep']])
    expect(first.out).toContain('3 skipped: Do remove (remove) - step 2 has left something open, and what is removed is gone')
    world.set('claude', '1')
    expect([go(plan).out, world.log().includes('noted remove')]).toEqual([expect.stringContaining('step 2 is not done'), false])
    world.set('agent-a1', '0')
    expect([go(plan).code, world.log().includes('noted remove')]).toEqual([0, true])
  })

  it('a failed start of claude is a failure', () => {
    world.set('claude', '1')
    expect(go([resume('back', ['a1'])])).toMatchObject({ code: 1, out: expect.stringContaining('1 failed') as string })
  })

  it.skipIf(ownSleep)('what waits for its own time asks before, and again after', () => {
    go([resume('back', ['a1'], { notBefore: at(5) })])
    expect(world.log().slice(1, 4)).toEqual([
      'tool plan --agent a1 --since all --check',
      'sleep 5',
      'tool plan --agent a1 --since all --check',
    ])
    world.set('agent-a1', '0')
    go([resume('back', ['a1'], { notBefore: at(500) })])
    expect(world.log().filter((line) => line.startsWith('sleep'))).toEqual([])
  })

  it('what a person has to do is not done without one', () => {
    const plan = [
      action({ id: 'fix', kind: 'fix' }),
      resume('back', ['a1'], { dependsOn: ['fix'] }),
      action({ id: 'look', kind: 'inspect' }),
    ]
    const { code, out } = go(plan)
    expect([code, world.log()]).toEqual([1, ['tool --version', 'tool scan']])
    expect(out).toMatch(
      /1 skipped: .* - it needs a person, and there is no terminal\n {2}2 skipped: .* - step 1 is not done\n {2}3 told: .* - for a person\n/,
    )
  })

  it('the tool and the client are where the environment says, a script of node too', () => {
    world.program('tool', 'echo "mine $1" >>"$WORLD/log"; case $1 in plan) exit 1 ;; esac')
    world.program('node', 'echo "node $1 $2" >>"$WORLD/log"')
    go([resume('back', ['a1'])], {}, { env: { AGENT_FORENSICS: 'bin/tool', CLAUDE: 'bin/noted' } })
    expect(world.log()).toEqual(['mine --version', 'mine plan', `noted -p --resume=${SESSION} Continue back.`, 'mine plan', 'mine scan'])
    go([run('x', 'agent-forensics')], {}, { env: { AGENT_FORENSICS: '/x/cli.mjs' } })
    expect(world.log()).toEqual(['node /x/cli.mjs --version', 'node /x/cli.mjs x', 'node /x/cli.mjs scan'])
  })

  it('without the tool it takes that very version from npm', () => {
    rmSync(join(world.bin, 'agent-forensics'))
    world.program('npx', 'echo "npx $*" >>"$WORLD/log"')
    go([run('x', 'agent-forensics')])
    expect(world.log().slice(0, 2)).toEqual(['npx --yes agent-forensics@0.1.0 --version', 'npx --yes agent-forensics@0.1.0 x'])
    // Nothing is fetched only to look at the end.
    go([run('x', 'noted')])
    expect(world.log()).toEqual(['noted x'])
  })

  it('what runs finds no input, even when the script is read from it', () => {
    if (language === 'fish') return
    world.program('reader', 'cat >>"$WORLD/log"; echo "read" >>"$WORLD/log"')
    const { code } = go([run('one', 'reader'), resume('back', ['a1']), run('two', 'noted')], {}, {})
    expect([code, world.log().slice(1, 2)]).toEqual([0, ['read']])
    const text = emit([run('one', 'reader'), run('two', 'noted')], options({ language })).text
    const piped = world.run(argv, '', { input: text })
    expect([piped.code, world.log().filter((line) => !line.startsWith('tool'))]).toEqual([0, ['read', 'noted two']])
  })

  it('what talks with a person needs a terminal', () => {
    const talk = resume('back', ['a1'], { commands: [{ cwd: world.work, argv: ['claude', `--resume=${SESSION}`] }] })
    const { code, err } = world.run(argv, emit([talk], options({ language })).text)
    expect([code, err]).toEqual([3, expect.stringContaining('Stopped: step 1 talks with a person, and there is no terminal')])
    if (!isThere('script')) return
    world.program('claude', 'test -t 0 && echo "claude has a terminal" >>"$WORLD/log"')
    world.log()
    const command = [...argv, join(world.root, 'recover')].join(' ')
    const fix = action({ id: 'fix', kind: 'fix' })
    world.run(argv, emit([fix, talk], options({ language })).text)
    world.log()
    const done = spawnSync('script', ['-qec', command, '/dev/null'], {
      input: '\n',
      encoding: 'utf8',
      cwd: world.root,
      env: { PATH: `${world.bin}:/usr/bin:/bin`, HOME: world.root, WORLD: world.root, LC_ALL: 'C.UTF-8', TERM: 'dumb' },
    })
    expect(done.stdout).toContain('Press Enter when that is done.')
    expect(world.log()).toContain('claude has a terminal')
  })

  it('waits by the real clock', () => {
    rmSync(join(world.bin, 'date'))
    rmSync(join(world.bin, 'sleep'))
    const until = Math.ceil(Date.now() / 1000 + 0.4)
    go([
      action({ id: 'wait', kind: 'wait', notBefore: new Date(until * 1000).toISOString() }),
      run('after', 'noted', { dependsOn: ['wait'] }),
    ])
    expect([Date.now() / 1000 >= until, world.log()]).toEqual([true, ['noted after', 'tool scan']])
  })

  it('can be interrupted while it waits', async () => {
    rmSync(join(world.bin, 'date'))
    rmSync(join(world.bin, 'sleep'))
    // A sleep that were left behind would outlast the test.
    writeFileSync(join(world.bin, 'sleep'), '#!/bin/sh\nPATH=/usr/bin:/bin exec sleep 600\n', { mode: 0o755 })
    const file = join(world.root, 'recover')
    writeFileSync(
      file,
      emit([action({ id: 'wait', kind: 'wait', notBefore: '2037-01-01T00:00:00.000Z' }), run('after', 'noted')], options({ language }))
        .text,
    )
    const [program = '', ...words] = argv
    const shell = spawn(program, [...words, file], {
      detached: true,
      env: { PATH: `${world.bin}:/usr/bin:/bin`, HOME: world.root, WORLD: world.root },
    })
    let [out, err] = ['', '']
    shell.stdout.on('data', (data: Buffer) => {
      out += data.toString()
      // The whole group gets the signal, as from Ctrl-C, when the sleep has begun.
      if (out.includes('Ctrl-C stops.')) setTimeout(() => process.kill(-(shell.pid ?? Number.NaN), 'SIGINT'), 200)
    })
    shell.stderr.on('data', (data: Buffer) => (err += data.toString()))
    // Not before the last process that holds the pipes is gone: no sleep is left behind.
    const code = await new Promise((done) => shell.on('close', done))
    expect([code, world.log()]).toEqual([130, []])
    expect(err).toContain('Stopped: interrupted in step 1. It may be run again.')
  })

  it('is understood before it runs', () => {
    const text = emit(
      [keep('keep', 'noted'), resume('back', ['a1'], { notBefore: at(5), dependsOn: ['keep'] })],
      options({ language }),
    ).text
    const [program = '', ...words] = argv
    const flags = language === 'fish' ? ['--no-execute'] : ['-n']
    world.run(argv, text, { input: 'exit\n' })
    const { status, stderr } = spawnSync(program, [...words, ...flags, join(world.root, 'recover')], { encoding: 'utf8' })
    // ksh tells what would be faster.
    expect([status, stderr.split('\n').filter((line) => !line.includes(' is slower than '))]).toEqual([0, ['']])
  })
})

it.runIf(isThere('shellcheck'))('shellcheck has nothing to say', () => {
  const text = emit(
    [
      keep('keep', 'noted'),
      run('look', 'x', { kind: 'release' }),
      action({ id: 'fix', kind: 'fix' }),
      resume('back', ['a1'], { notBefore: at(5), dependsOn: ['keep'] }),
    ],
    options({ scope: ['--root=/x'] }),
  ).text
  // 2317: it cannot see what a trap calls. 2016: a dollar between quotes is meant.
  const { stdout } = spawnSync('shellcheck', ['--shell=sh', '--exclude=SC2317,SC2016', '-'], { input: text, encoding: 'utf8' })
  expect(stdout).toBe('')
})

describe('the text', () => {
  const plan = (): readonly Action[] => [
    keep('keep', 'noted'),
    action({ id: 'hostile', kind: 'inspect', title: 'x; touch PWN', why: '`touch PWN` $(touch PWN) | & # y' }),
    run('refused', 'noted', { commands: [{ cwd: '/', argv: ['noted', 'a\n$(touch PWN);'] }] }),
    resume('back', ['a1']),
  ]

  it.each(['sh', 'fish', 'powershell'] as const)(
    'Q24: no comment of %s holds anything that would run if it were no comment',
    (language) => {
      const comments = emit(plan(), options({ language }))
        .text.split('\n')
        .filter((line) => /^\s*#/.test(line))
      expect(comments.length).toBeGreaterThan(10)
      for (const line of comments) expect(line).not.toMatch(/[;|&`]|\$\(/)
    },
  )

  it('says what it is, for which shell, and from which scan it was made', () => {
    const { text } = emit(plan(), options({ language: 'fish', now: NOW - 60_000 }))
    expect(text.split('\n').slice(0, 4).join('\n')).toMatch(
      /^#!\/usr\/bin\/env fish\n# Recovery plan in fish, made by agent-forensics 0\.1\.0\n# from the scan of 2026-05-31T20:09:00\.000Z\. Read it first, then run it\./,
    )
  })

  it('is the same for the same actions, and every language has its own', () => {
    const texts = (['sh', 'fish', 'powershell', 'prompt'] as const).map((language) => emit(plan(), options({ language })).text)
    expect(new Set(texts).size).toBe(4)
    expect(emit(plan(), options()).text).toBe(texts[0])
  })

  it('a long script that several steps need is written once', () => {
    const long = `printf '%s\\n' "$1" >>"$WORLD/log"\n# ${"it's long ".repeat(60)}`
    const actions = ['a', 'b']
      .map((id) => keep(id, 'sh'))
      .map((each, index) => ({ ...each, commands: [{ cwd: world.work, argv: ['sh', '-c', long, 'preserve', `k${index}`] }] }))
    for (const { argv, language } of SHELLS) {
      const { text } = emit(actions, options({ language }))
      expect(text.split('long long').length === 1 && text.split(' >>"$WORLD/log"').length).toBe(2)
      world.run(argv, text)
      expect(world.log().filter((line) => line.startsWith('k'))).toEqual(['k0', 'k1'])
    }
    expect(emit(actions, options({ language: 'powershell' })).text.match(/\$script:af_text_1/g)).toHaveLength(3)
  })

  it('a circle is not carried out', () => {
    const { text, cannotEmit } = emit(
      [run('a', 'noted', { dependsOn: ['b'] }), run('b', 'noted', { dependsOn: ['a'] }), run('c', 'noted')],
      options(),
    )
    expect(cannotEmit.map(({ id, why }) => [id, why])).toEqual(['a', 'b'].map((id) => [id, 'it depends on itself']))
    world.run(['sh'], text)
    expect(world.log().filter((line) => line.startsWith('noted'))).toEqual(['noted c'])
  })

  it('what brings back nobody by name cannot be told to be done, so it is not emitted', () => {
    expect(emit([resume('back', [])], options()).cannotEmit).toMatchObject([
      { id: 'back', why: expect.stringContaining('it names no agent') as string },
    ])
    expect(emit([resume('back', ['-x y'])], options()).cannotEmit).toMatchObject([
      { why: 'the id of an agent is not plain', value: '"-x y"' },
    ])
    expect(emit([run('a', 'noted', { notBefore: 'soon' })], options()).cannotEmit).toMatchObject([{ why: 'its time is no instant' }])
    expect(emit([run('a', 'noted')], options({ toolVersion: '1.0.0; rm' }))).toMatchObject({ text: '', cannotEmit: [{ id: '' }] })
  })

  it('nothing at all is a script too', () => {
    expect(world.run(['sh'], emit([], options()).text)).toMatchObject({ code: 0 })
  })
})
