import { GitUnavailable } from '../ports/git.ts'
import { OID } from './git-parse.ts'

/** Options of every diff: nothing that a repository's configuration could run or change. */
export const DIFF = ['--no-ext-diff', '--no-textconv', '--no-renames']
/** A diff as a list of paths, modes and ids. */
export const RAW = ['--raw', '-z', '--no-abbrev', '--ignore-submodules=none', ...DIFF]
/** A diff as a text. */
export const PATCH = ['--patch', '--full-index', '--ignore-submodules=none', ...DIFF]

/** The id of the tree without an entry, by the length of an id. */
export const EMPTY_TREES = {
  20: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  32: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
}

/** Relative, and nothing that git could take for an expression. */
export function isPlainPath(path: string): boolean {
  return path !== '' && !/^[:/]|\0|(?:^|\/)\.{0,2}(?:\/|$)/.test(path) && path.length < 4_096
}

/** Relative, and leading nowhere else. */
export function isOwnPath(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.includes('\0') && !path.split('/').some((part) => ['', '.', '..'].includes(part))
}

/** An object id or a full name of a reference, and nothing that git could take for an option or an expression. */
export function checkRevision(text: string): string {
  const isName = /^(?:refs\/[^\u0000-\u0020\u007f~^:?*[\\]+|HEAD)$/.test(text) && !text.includes('..') && !text.includes('@{')
  if (!isName && !OID.test(text)) throw new GitUnavailable('failed', 'neither an object id nor a full name of a reference')
  return text
}
