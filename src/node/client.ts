import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientProgram } from '../ports/host.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

/** The `claude` of the person’s PATH; it is asked from an empty folder, so that no project configures it. */
export function createClient(env: Readonly<Record<string, string | undefined>> = process.env): ClientProgram {
  return {
    async version() {
      const text = await ask(env)
      return text === null ? null : versionIn(text)
    },
  }
}

async function ask(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const cwd = await mkdtemp(join(tmpdir(), 'agent-forensics-client-'))
  try {
    return await new Promise((resolve) => {
      const child = execFile(
        'claude',
        ['--version'],
        {
          cwd,
          env: { ...env, DISABLE_AUTOUPDATER: '1', DISABLE_TELEMETRY: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
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

/** `2.1.329 (Claude Code)`; null for anything else. */
export function versionIn(text: string): string | null {
  return /^(\d{1,4}\.\d{1,4}\.\d{1,6})(?:\s|$)/.exec(text.trimStart())?.[1] ?? null
}
