import { main } from '../cli/main.ts'
import { createFiles } from '../node/files.ts'
import { createProcesses } from '../node/processes.ts'
import { createProgramHost } from '../node/program-host.ts'
import { trustOwnPath } from '../node/programs.ts'

/** The program as it is on this machine: from the words of the command line to an exit code. `cwd` null: it has been deleted. */
export function run(words: readonly string[], cwd: string | null): Promise<number> {
  trustOwnPath()
  const processes = createProcesses()
  const git = lazily(async () => (await import('../node/git.ts')).createGit())
  const host = createProgramHost(
    {
      files: createFiles(),
      processes,
      git,
      gitWriter: lazily(async () => (await import('../node/git-writer.ts')).createGitWriter(git)),
      forge: lazily(async () => (await import('../node/forge.ts')).createForgeTools()),
      client: lazily(async () => (await import('../node/client.ts')).createClient()),
      recovery: async () => (await import('../node/recovery-ports.ts')).createRecoveryPorts(processes),
      demo: async (now) => (await import('../demo/demo.ts')).createDemo(now),
    },
    cwd,
  )
  return main(words, host)
}

/** A port whose methods are all asynchronous, loaded at its first use: most runs need none of them. */
function lazily<Port extends object>(load: () => Promise<Port>): Port {
  let port: Promise<Port> | undefined
  const method =
    (name: PropertyKey) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      port ??= load()
      const loaded = (await port) as Record<PropertyKey, (...args: readonly unknown[]) => unknown>
      return loaded[name]?.(...args)
    }
  return new Proxy({}, { get: (_, name) => method(name) }) as Port
}
