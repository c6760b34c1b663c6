import { execFile } from 'node:child_process'
import type { ClientProgram, VersionQuery } from '../ports/host.ts'
import { createPrivateFolder } from './private-folder.ts'
import { type Env, findProgram, trustedEnvironment } from './programs.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/** The clients of the person’s PATH; one is asked from an empty folder, so that no project configures it. */
export function createClient(env: Env = process.env): ClientProgram {
  return {
    async version(query) {
      const text = await ask(query, env)
      return text === null ? null : query.read(text)
    },
  }
}

async function ask({ argv: [name, ...words], env: own }: VersionQuery, env: Env): Promise<string | null> {
  const program = findProgram(name, env)
  // Where no folder can be made it is not asked, as where there is none: what is not known of it, the transcripts tell.
  const folder = program === null ? null : await createPrivateFolder('agent-forensics-client-').catch(() => null)
  if (program === null || folder === null) return null
  try {
    return await new Promise((resolve) => {
      const child = execFile(
        program,
        words,
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
