import type { Commit, DiffStat, ReflogEntry, Stash, StatusEntry, StatusKind, TreeFile, Worktree } from '../ports/git.ts'

/** A full object id. */
export const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** The fields of an output that ends each with NUL; names that are not UTF-8 with their bytes beyond ASCII as `\xNN`. */
export function fieldsOf(output: Buffer): string[] {
  const text = output.toString('utf8')
  const fields = text.includes('\uFFFD') ? splitBytes(output).map(decode) : text.split('\0')
  if (fields.at(-1) === '') fields.pop()
  return fields
}

function splitBytes(output: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let start = 0
  for (let end = output.indexOf(0); end !== -1; end = output.indexOf(0, start)) {
    parts.push(output.subarray(start, end))
    start = end + 1
  }
  return [...parts, output.subarray(start)]
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes)
}

function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  return bytes.toString('latin1').replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`)
}

/** `git worktree list --porcelain -z`. */
export function parseWorktrees(output: Buffer): Worktree[] {
  const worktrees: Worktree[] = []
  const undecodable = new Set(splitBytes(output).flatMap((bytes) => (isUtf8(bytes) ? [] : [decode(bytes)])))
  let values = new Map<string, string>()
  for (const field of [...fieldsOf(output), '']) {
    if (field !== '') {
      const blank = field.indexOf(' ')
      values.set(blank === -1 ? field : field.slice(0, blank), blank === -1 ? '' : field.slice(blank + 1))
      continue
    }
    const path = values.get('worktree')
    if (path !== undefined) {
      const head = values.get('HEAD')
      worktrees.push({
        path,
        ...(undecodable.has(`worktree ${path}`) && { undecodable: true as const }),
        // All zeros: a branch without commits.
        head: head === undefined || /^0+$/.test(head) ? null : head,
        branch: values.get('branch') ?? null,
        detached: values.has('detached'),
        bare: values.has('bare'),
        locked: values.get('locked') ?? null,
        prunable: values.get('prunable') ?? null,
      })
    }
    values = new Map()
  }
  return worktrees
}

// Type, two letters, submodule state, then modes and object ids: five fields of a changed path, seven of a conflicted one.
const CHANGED = /^(1) (..) (\S{4}) (?:\S+ ){5}(.*)$/s
const UNMERGED = /^(u) (..) (\S{4}) (?:\S+ ){7}(.*)$/s

export interface ParsedStatus {
  readonly head: string | null
  /** As git prints it: a short name, or `(detached)`. */
  readonly branchName: string
  readonly upstream: string | null
  readonly ahead: number | null
  readonly behind: number | null
  readonly stashes: number
  readonly entries: readonly StatusEntry[]
}

/** `git status --porcelain=v2 -z --branch --show-stash --no-renames`. */
export function parseStatus(output: Buffer): ParsedStatus {
  const headers = new Map<string, string>()
  const entries: StatusEntry[] = []
  for (const field of fieldsOf(output)) {
    if (field.startsWith('# ')) {
      const [, key, value] = /^# (\S+) (.*)$/s.exec(field) ?? []
      if (key !== undefined) headers.set(key, value ?? '')
    } else if (field.startsWith('? ')) entries.push({ kind: 'untracked', path: field.slice(2), xy: '??' })
    else if (field.startsWith('! ')) entries.push({ kind: 'ignored', path: field.slice(2), xy: '!!' })
    else {
      const [, type, xy, sub, path] = (field.startsWith('u') ? UNMERGED : CHANGED).exec(field) ?? []
      if (xy !== undefined && sub !== undefined && path !== undefined) entries.push({ kind: kindOf(type, xy, sub), path, xy })
    }
  }
  const [, ahead, behind] = /^\+(\d+) -(\d+)$/.exec(headers.get('branch.ab') ?? '') ?? []
  const head = headers.get('branch.oid') ?? ''
  return {
    head: OID.test(head) ? head : null,
    branchName: headers.get('branch.head') ?? '(detached)',
    upstream: headers.get('branch.upstream') ?? null,
    ahead: ahead === undefined ? null : Number(ahead),
    behind: behind === undefined ? null : Number(behind),
    stashes: Number(headers.get('stash') ?? 0),
    entries,
  }
}

function kindOf(type: string | undefined, xy: string, sub: string): StatusKind {
  if (type === 'u') return 'conflicted'
  if (sub.startsWith('S')) return 'submodule'
  if (xy.startsWith('.')) return 'modified'
  return xy.endsWith('.') ? 'staged' : 'both'
}

/** An entry of the index with what `git ls-files -v` says of it. */
export interface IndexEntry {
  /** `H`, `S` (skip-worktree), `M` (unmerged); lower case: assume-unchanged. */
  readonly tag: string
  readonly mode: string
  readonly oid: string
  readonly path: string
}

/** `git ls-files -v --stage -z`. */
export function parseIndex(output: Buffer): IndexEntry[] {
  return fieldsOf(output).flatMap((field) => {
    const [, tag, mode, oid, path] = /^(\S) (\d+) (\S+) \d\t(.*)$/s.exec(field) ?? []
    return tag === undefined || mode === undefined || oid === undefined || path === undefined ? [] : [{ tag, mode, oid, path }]
  })
}

/** Entries of `git config --list -z --show-scope`: keys in git's spelling (section and name in lower case). */
export interface ConfigEntry {
  readonly scope: string
  readonly key: string
  /** A key without an equals sign is true. */
  readonly value: string
}

/** `git config --list -z`, with or without `--show-scope`. */
export function parseConfig(output: Buffer, hasScopes: boolean): ConfigEntry[] {
  const fields = fieldsOf(output)
  const entries: ConfigEntry[] = []
  for (let at = 0; at < fields.length; at += hasScopes ? 2 : 1) {
    const scope = hasScopes ? (fields[at] ?? '') : ''
    const entry = fields[hasScopes ? at + 1 : at] ?? ''
    const end = entry.indexOf('\n')
    entries.push(end === -1 ? { scope, key: entry, value: 'true' } : { scope, key: entry.slice(0, end), value: entry.slice(end + 1) })
  }
  return entries
}

/** The parts of a configuration key: `section.name` or `section.sub.section.name`. */
export function splitKey(key: string): { readonly section: string; readonly subsection: string; readonly name: string } {
  const first = key.indexOf('.')
  const last = key.lastIndexOf('.')
  return { section: key.slice(0, first), subsection: first === last ? '' : key.slice(first + 1, last), name: key.slice(last + 1) }
}

/** What `parseCommits` reads: six fields, each ended by NUL. */
export const COMMIT_FORMAT = '%H%x00%P%x00%at%x00%ct%x00%an%x00%s%x00'

/** `git rev-list --no-commit-header --format=COMMIT_FORMAT`. */
export function parseCommits(output: Buffer): Commit[] {
  const fields = fieldsOf(output)
  const commits: Commit[] = []
  for (let at = 0; at + 5 < fields.length; at += 6) {
    const [oid = '', parents = '', authored, committed, author = '', subject = ''] = fields.slice(at, at + 6)
    commits.push({
      // Between two commits stands the newline that ends the first.
      oid: oid.trimStart(),
      parents: parents === '' ? [] : parents.split(' '),
      authoredAt: Number(authored) * 1000,
      committedAt: Number(committed) * 1000,
      author,
      subject,
    })
  }
  return commits
}

/** `git diff-index --numstat -z --no-renames`. */
export function parseNumstat(output: Buffer): DiffStat[] {
  return fieldsOf(output).flatMap((field) => {
    const [, added, deleted, path] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(field) ?? []
    if (added === undefined || deleted === undefined || path === undefined) return []
    return [{ path, added: added === '-' ? null : Number(added), deleted: deleted === '-' ? null : Number(deleted) }]
  })
}

/** A path that differs between two sides; null: that side has nothing there. */
export interface Change {
  readonly path: string
  /** `A`, `D`, `M`, `T`; `U` of a conflict, beside the line that tells its sides. */
  readonly status: string
  readonly before: TreeFile | null
  readonly after: TreeFile | null
}

/** `--raw -z --no-renames --no-abbrev` of `git diff-tree` and `git diff-index`. */
export function parseChanges(output: Buffer): Change[] {
  const fields = fieldsOf(output)
  return fields.flatMap((field, at) => {
    const [, oldMode, newMode, oldOid, newOid, status = ''] =
      /^:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\w)$/.exec(field) ?? []
    // Lines and names take turns: a name may look like a line.
    return at % 2 === 1 ? [] : [{ path: fields[at + 1] ?? '', status, before: sideOf(oldMode, oldOid), after: sideOf(newMode, newOid) }]
  })
}

function sideOf(mode = '', oid = ''): TreeFile | null {
  return /^0+$/.test(mode) ? null : { mode, oid }
}

/** `git ls-files --unmerged -z`: the sides of conflicts, by the names under which they are kept beside each other. */
export function parseUnmerged(output: Buffer): { readonly paths: ReadonlySet<string>; readonly sides: ReadonlyMap<string, TreeFile> } {
  const paths = new Set<string>()
  const sides = new Map<string, TreeFile>()
  for (const field of fieldsOf(output)) {
    const [, mode, oid, stage, path] = /^(\d{6}) ([0-9a-f]{40,64}) ([123])\t(.*)$/s.exec(field) ?? []
    if (mode === undefined || oid === undefined || stage === undefined || path === undefined) continue
    paths.add(path)
    sides.set(`${path}.${['BASE', 'OURS', 'THEIRS'][Number(stage) - 1] ?? ''}`, { mode, oid })
  }
  return { paths, sides }
}

/** A file below `logs/`, newest entry first. */
export function parseReflog(text: string): ReflogEntry[] {
  const entries = text.split('\n').flatMap((line) => {
    const [, previous, oid, seconds, message] = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) .*?> (\d+) [+-]\d{4}(?:\t(.*))?$/.exec(line) ?? []
    if (previous === undefined || oid === undefined) return []
    return [{ oid, previous: /^0+$/.test(previous) ? null : previous, at: Number(seconds) * 1000, message: message ?? '' }]
  })
  return entries.toReversed()
}

/** The stash of an entry of the log of `refs/stash`. */
export function stashOf({ oid, at, message }: ReflogEntry): Stash {
  const branch = /^(?:WIP on|On) (.+?): /.exec(message)?.[1]
  return { oid, at, subject: message, branch: branch === undefined || branch === '(no branch)' ? null : branch }
}

/** An entry of a tree, from `git ls-tree -z`. */
export interface TreeEntry {
  readonly mode: string
  readonly type: string
  readonly oid: string
  readonly path: string
}

/** `git ls-tree -z`. */
export function parseTree(output: Buffer): TreeEntry[] {
  return fieldsOf(output).flatMap((field) => {
    const [, mode, type, oid, path] = /^(\d{6}) (\w+) ([0-9a-f]{40,64})\t(.*)$/s.exec(field) ?? []
    return mode === undefined || type === undefined || oid === undefined || path === undefined ? [] : [{ mode, type, oid, path }]
  })
}

/** `git cat-file --batch-check='%(objectname) %(objectsize)'`: sizes by object id; objects that are missing are left out. */
export function parseSizes(output: Buffer): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const line of output.toString('latin1').split('\n')) {
    const [, oid, size] = /^([0-9a-f]{40,64}) (\d+)$/.exec(line) ?? []
    if (oid !== undefined) sizes.set(oid, Number(size))
  }
  return sizes
}

/** `git cat-file --batch`: the contents of blobs by their ids; objects that are missing are left out. */
export function parseBatch(output: Buffer): [string, Uint8Array][] {
  const contents: [string, Uint8Array][] = []
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at)
    if (end < 0) break
    const [, oid, type, size] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(output.toString('latin1', at, end)) ?? []
    at = end + 1
    if (oid === undefined || size === undefined) continue
    if (type === 'blob') contents.push([oid, Uint8Array.from(output.subarray(at, at + Number(size)))])
    at += Number(size) + 1
  }
  return contents
}
