import type { Run } from '../../facts/run.ts'
import { isSamePath, isWindowsPath } from '../../text/path.ts'

/** The client's bound on the name of a project's folder; a longer path gets a hash that differs between its builds. */
const MAX_SLUG = 200

/**
 * The folder below a root in which the client looks for the sessions of a working folder, when it is started there; null:
 * the path is too long to tell. Seen in 2.0.60 to 2.1.329.
 */
export function slugOf(folder: string): string | null {
  const slug = folder.replace(/[^a-zA-Z0-9]/g, '-')
  return slug.length > MAX_SLUG ? null : slug
}

/**
 * Whether a folder of transcripts is named by a working folder. Windows spells drives and folders in any letter case; a path that a Mac's shell
 * tells lacks `/private`, and its accents are one character or two.
 */
export function isSlugOf(slug: string, folder: string): boolean {
  const spellings = [folder, folder.normalize('NFC'), folder.normalize('NFD')].flatMap((each) => [each, `/private${each}`])
  if (isWindowsPath(folder)) return spellings.some((each) => slugOf(each)?.toLowerCase() === slug.toLowerCase())
  return spellings.some((each) => slugOf(each) === slug && isSamePath(each, folder))
}

/** The folder of transcripts (`…/projects`) that a transcript lies under. */
export function projectsOf(path: string): string {
  const session = /^(.*)[\\/][^\\/]+[\\/][^\\/]+[\\/]subagents[\\/]/.exec(path)?.[1]
  return session ?? path.replace(/[\\/][^\\/]+[\\/][^\\/]+$/, '')
}

/**
 * The id of the session that an agent is promoted to: digits of the agent's id, then of the last record's uuid, in the shape
 * of a UUID of version 8 (made by own rules). The same transcript gives the same id, and one that grew another. null: the
 * transcript has no uuids to tell it by.
 */
export function promotedSessionId({ agentId, firstUuid, lastUuid }: Pick<Run, 'agentId' | 'firstUuid' | 'lastUuid'>): string | null {
  const [first, last] = [hexOf(firstUuid), hexOf(lastUuid)]
  if (agentId === null || first === '' || last.length < 32) return null
  // Ids of agents are `a` and 16 digits; those of 2.0.x have 7 or 8, which meet by chance, so that the first record tells them apart.
  const own = `${hexOf(agentId.length === 17 ? agentId.slice(1) : agentId)}${first}`.padEnd(15, '0')
  const digits = `${own.slice(0, 12)}8${own.slice(12, 15)}8${last.slice(-15)}`
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function hexOf(id: string | null): string {
  return (id ?? '').toLowerCase().replace(/[^0-9a-f]/g, '')
}
