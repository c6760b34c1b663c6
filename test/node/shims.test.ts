import { describe, expect, it } from 'vitest'
import { recovery } from '../../src/clients/claude-code/recovery.ts'
import { createClient } from '../../src/node/client.ts'
import { type Disk, findProgram, findRunnable } from '../../src/node/programs.ts'

const NPM = 'C:\\Users\\John Smith\\AppData\\Roaming\\npm'
const PACKAGE = `${NPM}\\node_modules\\@anthropic-ai\\claude-code`
const NODE = 'C:\\Program Files\\nodejs\\node.exe'

const npmShim = (target: string): string =>
  `@ECHO off\r\nGOTO start\r\n:find_dp0\r\nSET dp0=%~dp0\r\nEXIT /b\r\n:start\r\nSETLOCAL\r\nCALL :find_dp0\r\n\r\nIF EXIST "%dp0%\\node.exe" (\r\n  SET "_prog=%dp0%\\node.exe"\r\n) ELSE (\r\n  SET "_prog=node"\r\n  SET PATHEXT=%PATHEXT:;.JS;=;%\r\n)\r\n\r\nendLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\${target}" %*\r\n`
const pnpmShim = (target: string): string =>
  `@SETLOCAL\r\n@IF EXIST "%~dp0\\node.exe" (\r\n  "%~dp0\\node.exe"  "%~dp0\\${target}" %*\r\n) ELSE (\r\n  @SET PATHEXT=%PATHEXT:;.JS;=;%\r\n  node  "%~dp0\\${target}" %*\r\n)\r\n`

/** A disk of Windows in memory; letter case does not count there. */
function disk(files: Readonly<Record<string, string>>): Disk {
  const found = new Map(Object.entries(files).map(([path, text]) => [path.toLowerCase(), text]))
  return { isProgram: (path) => found.has(path.toLowerCase()), read: (path) => found.get(path.toLowerCase()) ?? null }
}
const env = (...folders: readonly string[]) => ({ Path: folders.join(';') })

const CLI = 'node_modules\\@anthropic-ai\\claude-code\\cli.js'
const EXE = 'node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe'
const installed = {
  [`${NPM}\\claude`]: '#!/bin/sh',
  [`${NPM}\\claude.cmd`]: npmShim(CLI),
  [`${NPM}\\${CLI}`]: '',
  [`${PACKAGE}\\package.json`]: '{"name":"@anthropic-ai/claude-code","version":"2.1.329"}',
  [NODE]: '',
}

describe('claude.cmd', () => {
  it.each([
    ['npm’s, with the Node.js of the PATH', {}, NODE],
    ['npm’s, with the Node.js beside it', { [`${NPM}\\node.exe`]: '' }, `${NPM}\\node.exe`],
    ['pnpm’s', { [`${NPM}\\claude.cmd`]: pnpmShim(CLI) }, NODE],
  ])('is started as what it starts: %s', (_, more, file) => {
    expect(findRunnable('claude', env(NPM, 'C:\\Program Files\\nodejs'), 'win32', disk({ ...installed, ...more }))).toEqual({
      file,
      words: [`${NPM}\\${CLI}`],
      version: '2.1.329',
    })
  })

  it('may start a program', () => {
    const files = { ...installed, [`${NPM}\\claude.cmd`]: npmShim(EXE), [`${NPM}\\${EXE}`]: '' }
    expect(findRunnable('claude', env(NPM), 'win32', disk(files))).toEqual({ file: `${NPM}\\${EXE}`, words: [], version: '2.1.329' })
  })

  it('is asked for its version without a start', async () => {
    const client = createClient(env(NPM), 'win32', disk(installed))
    expect(await client.version(recovery.version)).toBe('2.1.329')
  })

  it('runs with this Node.js where none is on the PATH', () => {
    const { [NODE]: _, ...files } = installed
    expect(findRunnable('claude', env(NPM), 'win32', disk(files))?.file).toBe(process.execPath)
  })

  it.each([
    ['of no known form', { [`${NPM}\\claude.cmd`]: '@start claude-something %*' }],
    ['whose target is gone', { [`${NPM}\\claude.cmd`]: npmShim('node_modules\\gone\\cli.js') }],
  ])('%s is no program', (_, more) => expect(findRunnable('claude', env(NPM), 'win32', disk({ ...installed, ...more }))).toBeNull())

  it('of a later folder does not count where an earlier one has the program', () => {
    const own = 'C:\\Users\\John Smith\\.local\\bin'
    const files = disk({ ...installed, [`${own}\\claude.exe`]: '' })
    expect(findRunnable('claude', env(own, NPM), 'win32', files)?.file).toBe(`${own}\\claude.exe`)
    expect(findRunnable('claude', env(NPM, own), 'win32', files)?.words).toEqual([`${NPM}\\${CLI}`])
  })
})

describe('git on Windows', () => {
  const GIT = 'C:\\Program Files\\Git\\cmd'
  const files = disk({
    [`${GIT}\\git.exe`]: '',
    'git.exe': '',
    '.\\git.exe': '',
    'bin\\git.exe': '',
    'C:\\app\\node_modules\\.bin\\git.exe': '',
  })

  it('is that of an absolute folder of the PATH, also in quotes', () => {
    expect(findProgram('git', env('.', '', 'bin', 'C:\\app\\node_modules\\.bin', GIT), 'win32', files)).toBe(`${GIT}\\git.exe`)
    expect(findProgram('git', env(`"${GIT}"`), 'win32', files)).toBe(`${GIT}\\git.exe`)
  })

  it('is never that of the current folder', () => {
    expect(findProgram('git', env('.', '', 'bin'), 'win32', files)).toBeNull()
    expect(findProgram('.\\git', env(GIT), 'win32', files)).toBeNull()
  })

  it('by an absolute path is that very file', () => {
    expect(findProgram('C:\\Windows\\System32\\x.exe', {}, 'win32', disk({ 'C:\\Windows\\System32\\x.exe': '' }))).toBe(
      'C:\\Windows\\System32\\x.exe',
    )
  })
})
