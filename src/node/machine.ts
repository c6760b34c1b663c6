import { findCacheFolder, findDemoRoot } from '../demo/place.ts'
import { createFiles } from './files.ts'
import { findSurroundings } from './home.ts'
import { createProcesses } from './processes.ts'
import type { Ports } from './program-host.ts'
import { findToolWords } from './tool-words.ts'

/** Everything of this machine that a port stands for; what most runs do not need is loaded at its first use. `started`: the environment. */
export function createMachine(started: NodeJS.ProcessEnv): Required<Ports> {
  const surroundings = findSurroundings()
  const processes = createProcesses()
  const git = lazily(async () => (await import('./git.ts')).createGit())
  const demos = lazily(async () => {
    const [{ createDemos }, { createJournals }] = await Promise.all([import('../demo/demos.ts'), import('./journal-file.ts')])
    return createDemos({
      cache: findCacheFolder(surroundings),
      now: () => Date.now(),
      journalsIn: (folder) => createJournals(processes, { env: { XDG_STATE_HOME: folder, LOCALAPPDATA: folder }, home: '' }),
    })
  })
  return {
    files: createFiles(),
    processes,
    git,
    gitWriter: lazily(async () => (await import('./git-writer.ts')).createGitWriter(git)),
    forge: lazily(async () => (await import('./forge.ts')).createForgeTools()),
    client: lazily(async () => (await import('./client.ts')).createClient()),
    recovery: async () => (await import('./recovery-ports.ts')).createRecoveryPorts(processes),
    demo: {
      get root() {
        return findDemoRoot(surroundings)
      },
      open: (asOf) => demos.open(asOf),
      remove: () => demos.remove(),
    },
    findTool: () => findToolWords({ env: started }),
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
