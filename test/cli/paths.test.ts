import { describe, expect, it } from 'vitest'
import { absolute, projectOf } from '../../src/cli/paths.ts'

const LINUX = { cwd: '/home/dev/app', home: '/home/dev' }
const WINDOWS = { cwd: 'D:\\work\\app', home: 'C:\\Users\\John Smith' }

describe('a path of the command line', () => {
  it.each([
    ['~', LINUX, '/home/dev'],
    ['~/x', LINUX, '/home/dev/x'],
    ['~x', LINUX, '/home/dev/app/~x'],
    ['~\\x', LINUX, '/home/dev/app/~\\x'],
    ['C:\\x', LINUX, '/home/dev/app/C:\\x'],
    ['~\\x', WINDOWS, 'C:\\Users\\John Smith\\x'],
    ['~/x', WINDOWS, 'C:\\Users\\John Smith\\x'],
    ['x/y', WINDOWS, 'D:\\work\\app\\x\\y'],
    ['c:/x', WINDOWS, 'c:\\x'],
  ])('%s', (path, place, expected) => expect(absolute(path, place)).toBe(expected))

  it('may name a project of another system', () => {
    expect(projectOf('C:\\Users\\ines\\app', LINUX)).toBe('C:\\Users\\ines\\app')
    expect(projectOf('c:/Users/ines/app/', LINUX)).toBe('c:\\Users\\ines\\app\\')
    expect(projectOf('app', LINUX)).toBe('/home/dev/app/app')
    expect(projectOf('~\\app', WINDOWS)).toBe('C:\\Users\\John Smith\\app')
  })
})
