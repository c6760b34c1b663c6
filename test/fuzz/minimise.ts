import type { Home } from './home.ts'

/** A smaller home that is still wrong in the same way: without the files, and then the lines, that it does not take. */
export async function minimise(home: Home, isWrong: (home: Home) => Promise<boolean>): Promise<Home> {
  let smallest = home
  for (const path of home.keys()) {
    const without = new Map(smallest)
    without.delete(path)
    if (await isWrong(without)) smallest = without
  }
  for (const path of smallest.keys()) smallest = await minimiseFile(smallest, path, isWrong)
  return smallest
}

/** Leaves out halves of the lines, then quarters, and so on, down to single ones. */
async function minimiseFile(home: Home, path: string, isWrong: (home: Home) => Promise<boolean>): Promise<Home> {
  const entry = home.get(path)
  if (entry === undefined || 'link' in entry) return home
  const homeOf = (kept: readonly string[]): Home => new Map(home).set(path, { bytes: Buffer.from(kept.join('\n'), 'latin1') })
  let lines: readonly string[] = entry.bytes.toString('latin1').split('\n')
  for (let size = lines.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < lines.length;) {
      const fewer = lines.toSpliced(at, size)
      if (fewer.length > 0 && (await isWrong(homeOf(fewer)))) lines = fewer
      else at += size
    }
  }
  return homeOf(lines)
}
