import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSpeller, folderAbove, isAbsolutePath, isSamePath, isWithin, keyOfPath, pathAbove, pathBelow } from '../../src/text/path.ts'

const NFC = 'caf\u00e9'
const NFD = 'cafe\u0301'

describe('one key for all spellings', () => {
  it.each([
    ['separators', 'C:\\Users\\John Smith\\app', 'C:/Users/John Smith/app'],
    ['both separators in one', 'C:\\Users/ines\\app', 'C:/Users\\ines/app'],
    ['the letter of the drive', 'c:\\Users\\ines', 'C:\\Users\\ines'],
    ['the letter case of Windows', 'C:\\Users\\Ines\\App', 'c:/users/ines/app'],
    ['a separator at the end', 'C:\\app\\', 'C:\\app'],
    ['a separator at the end', '/home/dev/app/', '/home/dev/app'],
    ['doubled separators', '/home//dev/app', '/home/dev/app'],
    ['a long path of Windows', '\\\\?\\C:\\app', 'C:\\app'],
    ['a share', '\\\\server\\share\\App', '//server/share/app'],
    ['/private/tmp', '/private/tmp/app', '/tmp/app'],
    ['/private/var', '/private/var/folders/x/T/app', '/var/folders/x/T/app'],
    ['accents', `/home/dev/${NFC}`, `/home/dev/${NFD}`],
    ['accents on Windows', `C:\\${NFC}`, `c:/${NFD}`],
  ])('%s: %s', (_, path, other) => {
    expect(keyOfPath(path)).toBe(keyOfPath(other))
    expect([isSamePath(path, other), isWithin(`${path}/x`, other), isWithin(`${other}/x`, path)]).toEqual([true, true, true])
  })

  it.each([
    ['letter case elsewhere', '/home/dev/App', '/home/dev/app'],
    ['another drive', 'C:\\app', 'D:\\app'],
    ['a longer name', '/home/dev/app', '/home/dev/app2'],
    ['/private of another kind', '/private/home/app', '/home/app'],
    ['a name that begins like it', '/private/tmpx', '/tmpx'],
    ['a backslash in a name', '/home/dev/a\\b', '/home/dev/a/b'],
    ['the root', '/', '/x'],
  ])('not %s', (_, path, other) => {
    expect(isSamePath(path, other)).toBe(false)
    expect(isWithin(path, other)).toBe(false)
  })

  it('law: the key of a key is the key', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '\\', 'C:', 'a', 'B', '\u00e9', 'e\u0301', 'private', 'tmp', '.') }), (path) => {
        // prettier-ignore
        expect(keyOfPath(keyOfPath(path))).toBe(keyOfPath(path))
        expect(isWithin(path, path)).toBe(true)
      }),
    )
  })
})

it('what lies in a folder', () => {
  expect(isWithin('/a/b', '/a')).toBe(true)
  expect(isWithin('/a', '/a/')).toBe(true)
  expect(isWithin('/a', '/')).toBe(true)
  expect(isWithin('/ab', '/a')).toBe(false)
  expect(isWithin('C:\\ab', 'C:\\a')).toBe(false)
})

it('what of a path stands behind a folder, spelled as the path spells it', () => {
  expect(pathBelow('c:\\App\\Src\\Main.ts', 'C:/app')).toBe('Src/Main.ts')
  expect(pathBelow('/private/tmp/a/b', '/tmp/a')).toBe('b')
  expect(pathBelow(`/x/${NFD}/b`, `/x/${NFC}`)).toBe('b')
  expect(pathBelow('/a/b\\c', '/a')).toBe('b\\c')
  expect([pathBelow('/a', '/a'), pathBelow('/ab', '/a')]).toEqual([null, null])
})

it('a path without the names that it ends with', () => {
  expect(pathAbove('/tmp/link/src/a', 'src/a')).toBe('/tmp/link')
  expect(pathAbove('C:\\App\\SRC', 'src')).toBe('C:\\App')
  expect([pathAbove('/tmp/xsrc', 'src'), pathAbove('/tmp/SRC', 'src')]).toEqual([null, null])
})

it('the first spelling stands for all', () => {
  const spell = createSpeller(['C:/app'])
  expect([spell('c:\\APP'), spell('D:\\x'), spell('d:/X')]).toEqual(['C:/app', 'D:\\x', 'D:\\x'])
})

it.each([
  ['/a', true],
  ['C:\\a', true],
  ['c:/a', true],
  ['\\\\server\\share', true],
  ['C:a', false],
  ['a/b', false],
  ['~/a', false],
  ['', false],
])('%s: absolute %s', (path, is) => expect(isAbsolutePath(path)).toBe(is))

it.each([
  ['/home/dev/app', '/home/dev'],
  ['/home/dev/', '/home'],
  ['/home', '/'],
  ['/', '/'],
  ['C:\\Users\\ines', 'C:\\Users'],
  ['C:\\Users', 'C:'],
  ['C:', 'C:'],
])('%s lies in %s', (path, folder) => {
  expect(folderAbove(path)).toBe(folder)
})
