import type { DetailSection } from '../src/report/html/page-data.ts'

/** The details of all threads: megabytes, of which nothing is parsed before somebody asks for it. */
export class DetailsData {
  readonly #text: () => string
  #lines: ReadonlyMap<string, string> | null = null

  constructor(text: () => string) {
    this.#text = text
  }

  /** What is known of one thread; null: it was left out to keep the page small. */
  of(place: number): readonly DetailSection[] | null {
    return this.#parse(String(place)) as readonly DetailSection[] | null
  }

  /** The paths that details name by their place. */
  paths(): readonly string[] {
    return (this.#parse('paths') ?? []) as readonly string[]
  }

  #parse(name: string): unknown {
    this.#lines ??= new Map(
      this.#text()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    )
    return JSON.parse(this.#lines.get(name) ?? 'null')
  }
}
