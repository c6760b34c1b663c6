import { createHash } from 'node:crypto'
import { type OutputFolder, OutputRefused } from '../ports/host.ts'

/** Bounds on what is written below one output folder. */
export interface StoreLimits {
  readonly files: number
  readonly bytes: number
}

/** More is told, and not written: a transcript is no place from which a disk should be filled. */
export const LIMITS: StoreLimits = { files: 20_000, bytes: 512 * 2 ** 20 }

/** What became of one content. */
export interface Stored {
  readonly stored: string | null
  readonly notStored: string | null
  readonly bytes: number
  readonly sha256: string
}

/** Writes contents below a fresh folder, within bounds; what cannot be written is told, and ends nothing. */
export class Store {
  readonly #folder: OutputFolder
  readonly #limits: StoreLimits
  #files = 0
  #bytes = 0
  /** The code of an error after which nothing more is tried: a full disk stays full. */
  #stopped: string | null = null

  constructor(folder: OutputFolder, limits: StoreLimits = LIMITS) {
    this.#folder = folder
    this.#limits = limits
  }

  /** `parts`: names of folders and of the file, given its hash. */
  async put(text: string, parts: (sha256: string) => readonly string[]): Promise<Stored> {
    const bytes = new TextEncoder().encode(text)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const told = { bytes: bytes.length, sha256 }
    const refused = (notStored: string): Stored => ({ stored: null, notStored, ...told })
    if (this.#stopped !== null) return refused(this.#stopped)
    if (this.#files >= this.#limits.files) return refused(`more than ${this.#limits.files} files`)
    if (this.#bytes + bytes.length > this.#limits.bytes) return refused(`more than ${this.#limits.bytes} bytes in all`)
    const place = parts(sha256)
    try {
      await this.#folder.write(place, bytes)
    } catch (error) {
      if (!(error instanceof OutputRefused)) throw error
      if (['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(error.code)) this.#stopped = error.code
      return refused(error.code)
    }
    this.#files += 1
    this.#bytes += bytes.length
    return { stored: place.join('/'), notStored: null, ...told }
  }
}
