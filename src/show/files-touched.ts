import type { SourceLocation } from '../facts/source.ts'

/** How often a file was read or written. */
export interface RawTouch {
  readonly file: string
  times: number
  uncertain: number
  lastAt: number | null
  where: SourceLocation
}

const MAX_FILES = 5_000

/** The files that calls name, in the order of their last call. */
export class FilesTouched {
  readonly #files = new Map<string, RawTouch>()
  #leftOut = 0

  /** `isSure`: the call succeeded. */
  touch(file: string, isSure: boolean, at: number | null, where: SourceLocation): void {
    const known = this.#files.get(file)
    if (known === undefined && this.#files.size >= MAX_FILES) {
      this.#leftOut += 1
      return
    }
    const touched = known ?? { file: file.slice(0, 4_000), times: 0, uncertain: 0, lastAt: at, where }
    if (isSure) touched.times += 1
    else touched.uncertain += 1
    touched.lastAt = at ?? touched.lastAt
    touched.where = where
    this.#files.delete(file)
    this.#files.set(file, touched)
  }

  get items(): readonly RawTouch[] {
    return [...this.#files.values()]
  }

  get leftOut(): number {
    return this.#leftOut
  }
}
