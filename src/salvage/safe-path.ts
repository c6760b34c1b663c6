import type { Refusal } from './manifest.ts'

/** Names of devices on Windows, whatever stands behind a dot. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|clock\$)[ ]*(?:\..*)?$/i
/** What some file systems leave out of names: with it, `.git` can be spelled in many ways. */
const IGNORED = /\p{Default_Ignorable_Code_Point}|\p{Cf}/gu
const MAX_NAME_BYTES = 255
const MAX_DEPTH = 64

/** Why a path must not lie below an output folder; null: it may. `path` is relative, its parts are split at `/` and `\`. */
export function refusalOf(path: string): Refusal | null {
  if (/^[\\/]|^[A-Za-z]:[\\/]/.test(path)) return 'outside'
  const parts = partsOf(path)
  if (parts.length > MAX_DEPTH) return 'too_deep'
  for (const part of parts) {
    const refusal = refusalOfPart(part)
    if (refusal !== null) return refusal
  }
  return null
}

/** The parts of a relative path. */
export function partsOf(path: string): readonly string[] {
  return path.split(/[\\/]/)
}

function refusalOfPart(part: string): Refusal | null {
  if (part === '' || part === '.') return 'empty_name'
  if (part === '..') return 'dot_dot'
  if (part.includes('\0')) return 'nul'
  if (/\p{Surrogate}/u.test(part)) return 'not_unicode'
  if (/[\u0001-\u001f\u007f-\u009f]/.test(part)) return 'control_character'
  if (part.includes(':')) return 'colon'
  const plain = foldCase(part)
  if (/^\.{1,2}$/.test(part.replace(IGNORED, ''))) return 'dot_dot'
  if (plain === '.git' || /^git~\d+$/.test(plain)) return 'git_folder'
  if (/[. ]$/.test(part)) return 'trailing_dot_or_space'
  if (DEVICE.test(plain) || DEVICE.test(part)) return 'device_name'
  return new TextEncoder().encode(part).length > MAX_NAME_BYTES ? 'name_too_long' : null
}

/** Equal for names that some file system takes for the same. */
function foldCase(part: string): string {
  const plain = part.normalize('NFKC').replace(IGNORED, '')
  return (/^\.+$/.test(part) ? plain : withoutEnd(plain)).toUpperCase().toLowerCase().normalize('NFC')
}

/** Without dots and blanks at its end. Step by step: a pattern that looks for the end of a long run tries every place in it. */
function withoutEnd(name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name[end - 1] ?? '')) end -= 1
  return name.slice(0, end)
}

interface Folder {
  readonly byName: Map<string, Entry>
  /** The suffix that is tried next, by name: a hundred thousand equal names must not be tried one against all. */
  readonly next: Map<string, number>
}
interface Entry {
  readonly given: string
  readonly name: string
  readonly folder: Folder | null
}

/** Names below one folder that no two files share, on any file system: the second of two that differ in case gets a suffix. */
export class TreeNames {
  readonly #root: Folder = emptyFolder()

  /** Where a path that `refusalOf` lets pass is to lie. */
  place(path: string): readonly string[] {
    const parts = partsOf(path)
    const placed: string[] = []
    let folder = this.#root
    for (const [at, part] of parts.entries()) {
      const isFile = at === parts.length - 1
      const entry = enter(folder, part, isFile)
      placed.push(entry.name)
      if (entry.folder !== null) folder = entry.folder
    }
    return placed
  }
}

function emptyFolder(): Folder {
  return { byName: new Map(), next: new Map() }
}

function enter({ byName, next }: Folder, given: string, isFile: boolean): Entry {
  // Of a folder all spellings are tried, since one of them may be this very one.
  for (let number = isFile ? (next.get(foldCase(given)) ?? 1) : 1; ; number += 1) {
    const name = number === 1 ? given : suffixed(given, number)
    const key = foldCase(name)
    const known = byName.get(key)
    if (known === undefined) {
      const entry: Entry = { given, name, folder: isFile ? null : emptyFolder() }
      byName.set(key, entry)
      if (isFile) next.set(foldCase(given), number + 1)
      return entry
    }
    if (!isFile && known.folder !== null && known.given === given) return known
  }
}

/** Ends of a name that would make it too long give way to the suffix. */
function suffixed(name: string, number: number): string {
  const suffix = `~${number}`
  let stem = name
  while (new TextEncoder().encode(stem + suffix).length > MAX_NAME_BYTES) stem = stem.slice(0, -1).replace(/[\ud800-\udbff]$/, '')
  return stem + suffix
}
