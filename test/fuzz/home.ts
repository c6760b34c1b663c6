import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file by its bytes, or a link by where it leads. */
export type Entry = { readonly bytes: Buffer } | { readonly link: string }

/** What lies below a client's home, by path. */
export type Home = ReadonlyMap<string, Entry>

/** Stands for a secret in what is kept on disk: a secret that is put together when it is needed is found by nobody else's scanner. */
export const SECRET_MARK = 'SECRET-STANDS-HERE'

export function readHome(folder: string): Home {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return new Map(
    paths.flatMap((path): (readonly [string, Entry])[] => {
      const whole = join(folder, path)
      const facts = lstatSync(whole)
      if (facts.isSymbolicLink()) return [[path, { link: readlinkSync(whole) }]]
      return facts.isFile() ? [[path, { bytes: readFileSync(whole) }]] : []
    }),
  )
}

/** Writes a home below a folder, with a secret where its mark stands. */
export function plant(home: Home, folder: string, secret: string): void {
  mkdirSync(join(folder, 'projects'), { recursive: true })
  for (const [path, entry] of home) {
    const whole = join(folder, path)
    mkdirSync(dirname(whole), { recursive: true })
    if ('link' in entry) symlinkSync(entry.link, whole)
    else writeFileSync(whole, withSecret(entry.bytes, secret))
  }
}

function withSecret(bytes: Buffer, secret: string): Buffer {
  return bytes.includes(SECRET_MARK) ? Buffer.from(bytes.toString('latin1').replaceAll(SECRET_MARK, secret), 'latin1') : bytes
}

/** The files that every home of a kind has, such as those of a fixture's folder. */
export function copyHome(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}
