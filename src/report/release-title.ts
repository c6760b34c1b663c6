/** How the title of a `release` action ends. */
const SINCE = /(?:, since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z))?(, running)?$/

/** What the title of a `release` action says: the thing, since when (the plan speaks of instants), and whether it is known to run. */
export function readReleaseTitle(title: string): { readonly name: string; readonly since: string | null; readonly isRunning: boolean } {
  const match = SINCE.exec(title)
  return { name: title.slice(0, match?.index), since: match?.[1] ?? null, isRunning: match?.[2] !== undefined }
}
