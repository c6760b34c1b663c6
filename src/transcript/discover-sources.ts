import { type FileFacts, type Files, FileUnavailable, type Listing } from '../ports/host.ts'
import type { ReadIssue } from '../facts/source.ts'
import type { Client, Source, SourcePlace, SourceRole } from '../clients/client.ts'
import { issueOf, unavailable } from './read-issues.ts'
import { isSettled, type ListedPlace, type ListedSource, settleRoles } from './settle-roles.ts'
import { type Bounds, mattersFrom, sessionAtStart, tellsAtStart } from './select-sources.ts'
import { compare } from '../text/order.ts'

export interface Discovery {
  readonly sources: readonly Source[]
  /** Files of a client of which it is enough to know that they are there. */
  readonly others: readonly SourcePlace[]
  readonly issues: readonly ReadIssue[]
  /** Roots that are folders. */
  readonly roots: readonly string[]
}

/**
 * Everything of the clients below the roots. A root may be a client's home, the folder of its transcripts or any folder below. Two names of one
 * file (links) count once, under the name that sorts first. What cannot matter within `bounds` is only listed, and not looked at, unless something that
 * matters has several names: another might be the better one. Without them all is looked at.
 */
export async function discoverSources(
  roots: readonly string[],
  clients: readonly Client[],
  files: Files,
  bounds?: Omit<Bounds, 'until'>,
): Promise<Discovery> {
  const finder = new SourceFinder(clients, files, bounds)
  for (const root of roots) await finder.addRoot(root)
  return await finder.finish()
}

/** Lists one root after the other, and keeps each file under its best name. */
class SourceFinder {
  readonly #clients: readonly Client[]
  readonly #narrowestFirst: readonly Client[]
  readonly #files: Files
  readonly #bounds: Omit<Bounds, 'until'> | undefined
  readonly #patterns: readonly string[]
  readonly #issues: ReadIssue[] = []
  readonly #found = new Map<string, ListedSource>()
  /** Where the files are that were found under the name of a link. */
  readonly #links = new Map<ListedSource, string>()
  readonly #others = new Map<string, SourcePlace>()
  /** Files of one name that were written before they would matter. */
  readonly #older: SourcePlace[] = []
  /** Agents of which only those of one session matter, and whose paths name none. */
  readonly #unnamed: SourcePlace[] = []
  readonly #roots: string[] = []
  /** Where roots really are. */
  readonly #realRoots = new Map<string, string>()
  /** Some file that matters has several names: another might be the better one. */
  #hasNames = false
  /** Files of several folders may be the same ones: all are looked at, that none counts twice. */
  #isOneFolder = true

  constructor(clients: readonly Client[], files: Files, bounds: Omit<Bounds, 'until'> | undefined) {
    this.#clients = clients
    this.#narrowestFirst = clients.toReversed()
    this.#files = files
    this.#bounds = bounds
    this.#patterns = [...new Set(clients.flatMap((client) => client.patterns))]
  }

  async addRoot(given: string): Promise<void> {
    const roots = await transcriptRoots(given, this.#clients, this.#files)
    this.#isOneFolder &&= roots.length <= 1
    if (roots.length === 0) this.#issues.push(issueOf(given, 'no_root', 'there is no such folder'))
    for (const root of roots) await this.#addFolder(root)
  }

  async #addFolder(root: string): Promise<void> {
    const places: (ListedPlace | undefined)[] = []
    let listing: Listing
    let real: string
    try {
      listing = await this.#files.list(root, this.#patterns, (path) => {
        const place = this.#placeOf(path, root)
        places.push(place)
        return place === undefined || this.#tellsAtStart(place) ? Number.POSITIVE_INFINITY : this.#fromWhen(place)
      })
      real = await this.#files.realPath(root)
    } catch (error) {
      if (!(error instanceof FileUnavailable)) throw error
      this.#issues.push(unavailable(root, error))
      return
    }
    this.#roots.push(root)
    this.#realRoots.set(root, real)
    for (const issue of listing.issues) this.#issues.push(issue)
    // A listing need not ask what matters.
    await this.#addListed(listing, places.length === 0 ? listing.paths.map((path) => this.#placeOf(path, root)) : places, real)
  }

  #fromWhen(place: ListedPlace): number {
    const from = isSettled(place) && this.#bounds !== undefined ? mattersFrom(place.of, this.#bounds) : Number.NEGATIVE_INFINITY
    return this.#isOneFolder || from === Number.POSITIVE_INFINITY ? from : Number.NEGATIVE_INFINITY
  }

  #tellsAtStart(place: ListedPlace): boolean {
    return this.#bounds !== undefined && this.#isOneFolder && isSettled(place) && tellsAtStart(place.of, this.#bounds)
  }

  /** The last client that knows a path says what it holds: its patterns are narrower. */
  #placeOf(path: string, root: string): ListedPlace | undefined {
    const below = relative(path, root)
    for (const client of this.#narrowestFirst) {
      const of = client.roleOf(below)
      if (of !== undefined) return { client, path, root, of }
    }
    return undefined
  }

  async #addListed({ facts: all }: Listing, places: readonly (ListedPlace | undefined)[], real: string): Promise<void> {
    const unknown: ListedPlace[] = []
    let index = -1
    for (const place of places) {
      index += 1
      const facts = all?.[index]
      if (place === undefined) continue
      if (facts === undefined) unknown.push(place)
      else if (facts === null) {
        if (!isSettled(place) || this.#bounds === undefined) continue
        if (this.#tellsAtStart(place)) this.#unnamed.push(place)
        else if (mattersFrom(place.of, this.#bounds) === Number.POSITIVE_INFINITY) this.#others.set(place.path, place)
        else this.#older.push(place)
      } else {
        this.#add(sourceOf(place, facts), null)
        if (facts.names !== undefined && facts.names > 1) this.#hasNames = true
      }
    }
    for (const place of unknown) await this.#lookAt(place, real)
  }

  /** `realRoot`: null where it is known to be a file that lies where it is listed. */
  async #lookAt(place: ListedPlace, realRoot: string | null): Promise<void> {
    const each = await lookAt(place, realRoot, this.#files)
    if (each === undefined) return
    if ('reason' in each) return void this.#issues.push(each)
    if (each.note !== null) this.#issues.push(each.note)
    const matters = realRoot === null || this.#fromWhen(each.source) <= each.source.modifiedAt
    if (matters && (each.linksTo !== null || each.hasNames)) this.#hasNames = true
    this.#add(each.source, each.linksTo)
  }

  #add(source: ListedSource, linksTo: string | null): void {
    const key = keyOf(source)
    const known = this.#found.get(key)
    if (linksTo !== null) this.#links.set(source, linksTo)
    if (known === undefined || this.#isBetterName(source, known)) this.#found.set(key, source)
  }

  /** A file is better named where it lies than where a link to it lies (a forked session links to agents of its parent). */
  #isBetterName(one: ListedSource, other: ListedSource): boolean {
    const isLink = this.#links.has(other)
    return this.#links.has(one) === isLink ? compare(one.path, other.path) < 0 : isLink
  }

  async finish(): Promise<Discovery> {
    if (this.#unnamed.length > 0) await this.#addUnnamed()
    if (this.#hasNames) await this.#lookAtOthers()
    this.#dropLinksToOlder()
    const sources = (await settleRoles([...this.#found.values()], this.#files, this.#issues)).toSorted((a, b) => compare(a.path, b.path))
    return { sources, others: [...this.#others.values(), ...this.#older], issues: this.#issues, roots: this.#roots }
  }

  #dropLinksToOlder(): void {
    if (this.#links.size === 0) return
    const older = new Set(this.#older.map(({ root, path }) => `${this.#realRoots.get(root)}${path.slice(root.length)}`))
    for (const [source, file] of this.#links)
      if (older.has(file) && this.#found.get(keyOf(source)) === source) this.#found.delete(keyOf(source))
  }

  async #lookAtOthers(): Promise<void> {
    for (const place of this.#others.values()) {
      // A sidecar is known by its name alone.
      if (place.of.role === 'sidecar') continue
      this.#others.delete(place.path)
      await this.#lookAt(place, null)
    }
  }

  /** Those whose beginnings name another session need not be looked at. A main thread without an id may be the parent of any. */
  async #addUnnamed(): Promise<void> {
    const session = this.#bounds?.session ?? ''
    const mayTell = ![...this.#found.values()].some(mayBeNameless)
    for (const place of this.#unnamed) {
      const told = mayTell ? await sessionAtStart(place, this.#files) : null
      if (told?.startsWith(session) !== false) await this.#lookAt(place, null)
      else this.#others.set(place.path, { ...place, of: { ...place.of, sessionId: told } as SourceRole })
    }
  }
}

/** Whether it may be a main thread of which no id is known. */
function mayBeNameless(place: ListedSource): boolean {
  return !isSettled(place) || (place.of.role === 'main' && place.of.sessionId === null)
}

/** A file under one of its names, and where it is when that name is a link to it. */
interface Named {
  readonly source: ListedSource
  readonly linksTo: string | null
  /** Whether it has others beside this one. */
  readonly hasNames: boolean
}

/** The folders of transcripts that a root stands for; none: there is no such folder. */
async function transcriptRoots(given: string, clients: readonly Client[], files: Files): Promise<readonly string[]> {
  // Listed paths carry no trailing slash of the root, and are cut off behind it.
  const plain = given.replace(/(?<=[^\\/])[\\/]+$/, '')
  const found: string[] = []
  // A folder that somebody worked in: the rest of it holds no transcripts, whatever its files are called.
  for (const place of new Set(clients.flatMap(({ places }) => places)))
    if (await isFolder(`${plain}/${place}`, files)) found.push(`${plain}/${place}`)
  const homes = clients.flatMap(({ folder, places }) => (places.includes(folder) ? [] : [folder]))
  for (const candidate of [...homes.map((folder) => `${plain}/${folder}`), ...(found.length === 0 ? [plain] : [])])
    if (await isFolder(candidate, files)) return [candidate, ...found]
  return found
}

async function isFolder(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.facts(path)).kind === 'directory'
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return false
  }
}

/** `realRoot`: null where it is known to be a file that lies where it is listed. */
async function lookAt(
  place: ListedPlace,
  realRoot: string | null,
  files: Files,
): Promise<(Named & { readonly note: ReadIssue | null }) | ReadIssue | undefined> {
  const { path, root } = place
  try {
    const facts = await files.facts(path)
    if (facts.kind === 'directory') return undefined
    if (facts.kind !== 'file') return issueOf(path, 'not_a_regular_file', 'a pipe, a socket or a device is not read')
    const source = sourceOf(place, facts)
    const hasNames = facts.names !== undefined && facts.names > 1
    if (realRoot === null) return { linksTo: null, source, hasNames, note: null }
    const real = await files.realPath(path)
    const isOutside = !real.startsWith(`${realRoot}/`) && !real.startsWith(`${realRoot}\\`)
    return {
      linksTo: real === `${realRoot}${path.slice(root.length)}` ? null : real,
      source,
      hasNames,
      note: isOutside ? issueOf(path, 'link_outside_root', 'the link leads out of the root; it was followed') : null,
    }
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return unavailable(path, error)
  }
}

function keyOf({ identity, path }: ListedSource): string {
  return identity ?? path
}

function relative(path: string, root: string): string {
  const below = path.slice(root.length + 1)
  return below.includes('\\') ? below.replaceAll('\\', '/') : below
}

function sourceOf({ client, path, root, of }: ListedPlace, { bytes, modifiedAt, identity, stamp }: FileFacts): ListedSource {
  return { client, path, root, of, bytes, modifiedAt, identity, stamp }
}
