import { rmSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeOld, untilFinished } from './leftovers.ts'

/** A temporary folder that only its owner may enter. */
export interface PrivateFolder {
  readonly path: string
  remove(): Promise<void>
}

const IS_OURS = /^agent-forensics-(?:save|client|forge|demo)-[A-Za-z0-9]{6}$/
let swept: Promise<void> | undefined

/** Makes one. It is removed when the process ends; what a kill leaves behind, a later run removes. */
export async function createPrivateFolder(prefix: string): Promise<PrivateFolder> {
  const parent = await realpath(tmpdir())
  await (swept ??= removeOld(parent, (name) => IS_OURS.test(name), 'folder'))
  const path = await mkdtemp(join(parent, prefix))
  const finish = untilFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
      finish()
    },
  }
}
