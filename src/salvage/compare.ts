import { createHash } from 'node:crypto'
import { type Files, FileUnavailable } from '../ports/host.ts'
import type { Comparison } from './manifest.ts'
import { mayHoldSecret, redactSecrets } from '../text/redact.ts'
import { readBytes } from './beside.ts'
import { isOurs, nameOf, plainPath } from './place.ts'
import { pathBelow } from '../text/path.ts'

const MAX_COMPARED_BYTES = 64 * 2 ** 20
/** A name that usually holds secrets. */
const SECRET_NAME =
  /^\.env(?:$|[._-])|\.(?:pem|key|p12|pfx|jks|keystore|kdbx)$|^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.npmrc|\.pypirc|\.netrc|\.htpasswd|\.git-credentials|credentials(?:\.\w+)?|secrets?\.\w+)$/i
const MAX_LOOKED_FOR_SECRETS = 262_144

/** A folder in its plain form, and where it really is; null: it is gone. */
export type FolderOfAgent = { readonly path: string; readonly real: string | null } | null

/** The folder that an agent worked in, if it is one of this machine. */
export async function folderOf(root: string | null, files: Files): Promise<FolderOfAgent> {
  if (root === null || !isOurs(root)) return null
  const path = plainPath(root, null)
  try {
    const { kind } = await files.facts(path)
    return { path, real: kind === 'directory' ? plainPath(await files.realPath(path), null) : null }
  } catch (error) {
    if (error instanceof FileUnavailable) return { path, real: null }
    throw error
  }
}

/** What lies where the agent wrote; only below the folder that was its own, since a transcript may name any path. */
export async function onDisk(path: string, root: FolderOfAgent, files: Files): Promise<Comparison | { readonly sha256: string }> {
  if (root === null || !isOurs(path) || pathBelow(path, root.path) === null) return 'not_looked'
  if (root.real === null) return 'missing'
  try {
    const real = await files.realPath(path)
    if (pathBelow(plainPath(real, null), root.real) === null) return 'not_looked'
    const facts = await files.facts(real)
    if (facts.kind !== 'file') return 'differs'
    const bytes = await readBytes(real, MAX_COMPARED_BYTES, files)
    return bytes === null ? 'not_looked' : { sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 'missing' : 'not_looked'
  }
}

/** How a rebuilt file compares with what lies on the disk. */
export function comparisonOf(sha256: string | null, disk: Awaited<ReturnType<typeof onDisk>>): Comparison {
  if (typeof disk === 'string') return disk
  return disk.sha256 === sha256 ? 'same' : 'differs'
}

/** How it compares with the tip in git; undefined: that was not looked at. */
export function inGitOf(text: string | null, tip: string | null | undefined): Comparison {
  if (tip === undefined) return 'not_looked'
  return tip === null ? 'missing' : tip === text ? 'same' : 'differs'
}

/** Whether a file looks like one of secrets. */
export function secretsOf(path: string, text: string | null): 'name' | 'content' | null {
  if (SECRET_NAME.test(nameOf(path))) return 'name'
  const head = text?.slice(0, MAX_LOOKED_FOR_SECRETS) ?? ''
  return mayHoldSecret(head) && redactSecrets(head) !== head ? 'content' : null
}
