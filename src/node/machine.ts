import type { ProgramHost } from '../ports/host.ts'
import { createFiles } from './files.ts'
import { homeFolder } from './home.ts'
import { trustOwnPath } from './programs.ts'
import { createProcesses } from './processes.ts'
import { hostZone, type Ports } from './program-host.ts'

/** Everything of this machine that a port stands for. What most runs do not need is loaded at its first use. */
export function createMachine(): Ports & Required<Pick<Ports, 'forge' | 'client' | 'recovery' | 'hooks'>> {
  trustOwnPath()
  const processes = createProcesses()
  const git = lazily(async () => (await import('./git.ts')).createGit())
  return {
    files: createFiles(),
    processes,
    git,
    gitWriter: lazily(async () => (await import('./git-writer.ts')).createGitWriter(git)),
    forge: lazily(async () => (await import('./forge.ts')).createForgeTools()),
    client: lazily(async () => (await import('./client.ts')).createClient()),
    recovery: async () => (await import('./recovery-ports.ts')).createRecoveryPorts(processes),
    hooks: async () => (await import('./hook-ports.ts')).createHookPorts(),
    demo: async (now) => (await import('../demo/demo.ts')).createDemo(now),
  }
}

/** Where this process stands. `cwd` null: the folder has been deleted. */
export function findSurroundings(): Pick<ProgramHost, 'env' | 'home' | 'cwd' | 'timeZone'> {
  return { env: process.env, home: homeFolder(), cwd: currentFolder(), timeZone: hostZone() }
}

function currentFolder(): string | null {
  try {
    return process.cwd()
  } catch {
    return null
  }
}

/** A port whose methods are all asynchronous, loaded at its first use. */
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
