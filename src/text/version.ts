/** Whether a version (`2.1.63`) is another one or later; false where it is none. */
export function isVersionAtLeast(version: string | null, least: readonly [number, number, number]): boolean {
  const parts = /^(\d{1,4})\.(\d{1,4})\.(\d{1,6})/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number)
  if (parts === undefined) return false
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part > wanted
  }
  return true
}
