import { execFile } from 'node:child_process'
import type { ClientProgram, VersionQuery } from '../ports/host.ts'
import { createPrivateFolder } from './private-folder.ts'
import { type Disk, type Env, findRunnable, trustedEnvironment } from './programs.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/** The clients of the person’s PATH; one is asked from an empty folder, so that no project configures it. */
export function createClient(env: Env = process.env, platform: NodeJS.Platform = process.platform, disk?: Disk): ClientProgram {
  return {
    async version(query) {
      const text = await ask(query, env, platform, disk)
      return text === null ? null : query.read(text)
    },
  }
}

async function ask(
  { argv: [name, ...words], env: own }: VersionQuery,
  env: Env,
  platform: NodeJS.Platform,
  disk?: Disk,
): Promise<string | null> {
  const program = findRunnable(name, env, platform, disk)
  // The package beside a launcher tells it without a start.
  if (program !== null && program.version !== null) return program.version
  // Where no folder can be made it is not asked, as where there is none: what is not known of it, the transcripts tell.
  const folder = program === null ? null : await createPrivateFolder('agent-forensics-client-').catch(() => null)
  if (program === null || folder === null) return null
  try {
    return await new Promise((resolve) => {
      const child = execFile(
        program.file,
        [...program.words, ...words],
        {
          cwd: folder.path,
          env: trustedEnvironment({ ...env, ...own }),
          timeout: TIMEOUT_MS,
          maxBuffer: MAX_BYTES,
          killSignal: 'SIGKILL',
          windowsHide: true,
        },
        (error, stdout) => resolve(error === null ? stdout : null),
      )
      child.stdin?.end()
    })
  } finally {
    await folder.remove()
  }
}
