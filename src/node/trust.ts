import { lstat } from 'node:fs/promises'

/** Why what lies at a path may be somebody else’s doing, in words; null: it is not there, or nobody else can write it. */
export async function whyUntrusted(path: string): Promise<string | null> {
  const stats = await lstat(path).catch(() => null)
  if (stats === null) return null
  if (stats.isSymbolicLink()) return 'it is a link'
  // Windows has neither owners nor modes of this kind.
  if (process.getuid === undefined) return null
  if (stats.uid !== process.getuid()) return 'it belongs to another user'
  return (stats.mode & 0o022) === 0 ? null : 'others may write to it'
}
