import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientProgram, VersionQuery } from '../ports/host.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/** The clients of the person’s PATH; one is asked from an empty folder, so that no project configures it. */
export function createClient(env: Readonly<Record<string, string | undefined>> = process.env): ClientProgram {
  return {
    async version(query) {
      const text = await ask(query, env)
      return text === null ? null : query.read(text)
    },
  }
}

async function ask(
  { argv: [program, ...words], env: own }: VersionQuery,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const cwd = await mkdtemp(join(tmpdir(), 'agent-forensics-client-'))
  try {
    return await new Promise((resolve) => {
      const child = execFile(
        program,
        words,
        {
          cwd,
          env: { ...env, ...own },
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
    await rm(cwd, { recursive: true, force: true })
  }
}
