import { rmSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary folder that only its owner may enter. */
export interface PrivateFolder {
  readonly path: string
  remove(): Promise<void>
}

const open = new Set<string>()
const onExit = (): void => open.forEach((path) => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
// Exit listeners run in `process.exit` alone, never when a signal ends the process.
const ENDS = { exit: onExit, SIGTERM: () => process.exit(143), SIGHUP: () => process.exit(129) } as const

/** Makes one. It is removed when the process ends, by SIGTERM too; what SIGKILL leaves behind means nothing to anybody. */
export async function createPrivateFolder(prefix: string): Promise<PrivateFolder> {
  const path = await mkdtemp(join(await realpath(tmpdir()), prefix))
  if (open.size === 0) for (const [end, listener] of Object.entries(ENDS)) process.on(end, listener)
  open.add(path)
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
      open.delete(path)
      if (open.size === 0) for (const [end, listener] of Object.entries(ENDS)) process.off(end, listener)
    },
  }
}
