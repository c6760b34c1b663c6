import { createFiles } from './files.ts'

// Of the index format (gitformat-index(5)), versions 2 and 3.
const HEADER_BYTES = 12
const MODE_OFFSET = 24
const FIXED_BYTES = 40
const GITLINK = 0o160000
const ASSUME_UNCHANGED = 0x8000
const EXTENDED = 0x4000
const NAME_LENGTH = 0x0fff
const SKIP_WORKTREE = 0x4000

const MAX_BYTES = 32 * 2 ** 20

const files = createFiles()

/**
 * Whether an index is known to hold neither submodules nor entries that git was told not to look at, so that nobody needs to
 * list it: one process less for every worktree. False also means: too large, too new, or not understood.
 */
export async function isPlainIndex(path: string, oidBytes: 20 | 32): Promise<boolean> {
  try {
    const file = await files.open(path)
    try {
      if (file.facts.bytes > MAX_BYTES) return false
      const parts: Buffer[] = []
      for await (const chunk of file.chunks()) parts.push(Buffer.from(chunk))
      return isPlain(Buffer.concat(parts), oidBytes)
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

function isPlain(index: Buffer, oidBytes: number): boolean {
  const end = index.length - oidBytes
  const version = index.readUInt32BE(4)
  if (index.toString('latin1', 0, 4) !== 'DIRC' || (version !== 2 && version !== 3)) return false
  let at = HEADER_BYTES
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    const flags = index.readUInt16BE(at + FIXED_BYTES + oidBytes)
    if (index.readUInt32BE(at + MODE_OFFSET) === GITLINK || (flags & ASSUME_UNCHANGED) !== 0) return false
    let name = at + FIXED_BYTES + oidBytes + 2
    if ((flags & EXTENDED) !== 0) {
      if ((index.readUInt16BE(name) & SKIP_WORKTREE) !== 0) return false
      name += 2
    }
    const length = flags & NAME_LENGTH
    const nameEnd = length < NAME_LENGTH ? name + length : index.indexOf(0, name)
    // An entry is filled up with 1 to 8 NULs to a multiple of eight bytes.
    at += Math.floor((nameEnd - at + 8) / 8) * 8
    if (nameEnd < name || at > end) return false
  }
  while (at + 8 <= end) {
    // Half of the entries are in another file.
    if (index.toString('latin1', at, at + 4) === 'link') return false
    at += 8 + index.readUInt32BE(at + 4)
  }
  return at === end
}
