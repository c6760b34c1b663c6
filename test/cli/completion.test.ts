import { sample } from '../long.ts'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completionScript } from '../../src/cli/completion/index.ts'
import { COMPLETION_SHELLS } from '../../src/cli/completion/shells.ts'
import { commands, listCommands } from '../command-line.ts'
import { run } from './fake-host.ts'

// The scripts are read and asked by the shells themselves.

const base = mkdtempSync(join(tmpdir(), 'agent-forensics-completion-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))
beforeAll(() => {
  for (const shell of COMPLETION_SHELLS) writeFileSync(join(base, shell), completionScript(shell, commands()))
  mkdirSync(join(base, 'old rescue'))
  writeFileSync(join(base, 'report.json'), '')
  writeFileSync(join(base, 'zdotfile'), ZSH)
})

/** As the first key of the line editor; what it offers is noted, and the shell ends. */
const ZSH = `
PS1= PS2= RPS1=
autoload -Uz compinit; compinit -D -u
source $BASE/zsh
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits >>$BASE/hits
}
zle -C offer complete-word _main_complete
ask() { zle offer; exit }
zle -N ask
bindkey '^I' ask
`

const OFFERS: Readonly<Record<'bash' | 'zsh' | 'fish', (line: string) => readonly string[]>> = {
  bash(line) {
    // As readline takes a line to pieces.
    const words = line.split(/ |(?<==)|(?==)/)
    const script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agent_forensics; printf "%s\\n" "${COMPREPLY[@]}"'
    return execFileSync('bash', ['--norc', '-c', script, 'bash', join(base, 'bash'), ...words], { cwd: base, encoding: 'utf8' }).split('\n')
  },
  zsh(line) {
    writeFileSync(join(base, 'hits'), '')
    const script = `zmodload zsh/zpty; zpty inner 'zsh -f -i'; zpty -w inner "source $BASE/zdotfile"; zpty -w -n inner "$1"$'\\t'; while zpty -r inner line; do :; done`
    spawnSync('zsh', ['-f', '-c', script, 'zsh', line], { cwd: base, env: { ...process.env, BASE: base, TERM: 'xterm' }, timeout: 60_000 })
    return readFileSync(join(base, 'hits'), 'utf8').split('\n')
  },
  fish(line) {
    const script = `source ${base}/fish; complete -C $argv[1]`
    const env = { ...process.env, HOME: base, XDG_CONFIG_HOME: base, XDG_DATA_HOME: base }
    const out = execFileSync('fish', ['--no-config', '-c', script, line], { cwd: base, env, encoding: 'utf8' })
    return out.split('\n').map((offered) => offered.split('\t')[0] ?? '')
  },
}

/** Without what was typed before, as some shells repeat it. */
const plain = (offered: readonly string[]): readonly string[] =>
  [
    ...new Set(
      offered.map((word) =>
        word
          .replace(/^.*[=,]/, '')
          .replace(/\/$/, '')
          .replaceAll('\\', '')
          .trim(),
      ),
    ),
  ]
    .filter((word) => word !== '')
    .toSorted()

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  const lines: readonly (readonly [line: string, offered: readonly string[]])[] = [
    ['agent-forensics pl', ['plan']],
    ['agent-forensics --form', ['--format']],
    ['agent-forensics plan --fo', ['--format']],
    ['agent-forensics promote --fo', ['--folder']],
    ['agent-forensics show --format ', ['json', 'markdown', 'table']],
    ['agent-forensics show --format=', ['json', 'markdown', 'table']],
    ['agent-forensics scan --offline --reason ra', ['rate_limited']],
    ['agent-forensics --reason rate_limited,exit', ['exit_killed']],
    ['agent-forensics hook s', ['session-end', 'session-start', 'stop-failure', 'subagent-stop']],
    ['agent-forensics schema s', ['salvage', 'show']],
    ['agent-forensics completion f', ['fish']],
    ['agent-forensics explain ret', ['retry_storm']],
    ['agent-forensics salvage --out ol', ['old rescue']],
    ['agent-forensics render re', ['report.json']],
  ]
  // A zsh that completes takes a second and a half to start.
  it.skipIf(!has(shell)).each(sample(lines, shell === 'zsh' ? 1 : lines.length))('%s', (line, offered) => {
    expect(plain(OFFERS[shell](line))).toEqual(offered)
  })

  it.skipIf(!has(shell))('offers every command', () => {
    expect(plain(OFFERS[shell]('agent-forensics '))).toEqual(listCommands().toSorted())
  })
})

it('PowerShell is offered the same words', () => {
  const script = completionScript('powershell', commands())
  for (const name of listCommands()) expect(script).toMatch(new RegExp(`^  ${name} = @\\{ options = @\\('`, 'm'))
  expect(script).toMatch(/^ {2}schema = .* words = @\('report', 'show', 'salvage'\);/m)
})

it('is printed by the program', async () => {
  expect(await run(['completion', 'fish'])).toMatchObject({ code: 0, stdout: completionScript('fish', commands()), stderr: '' })
  expect(await run(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' })
})
