import { findCacheFolder, findDemoRoot } from '../demo/place.ts'
import { createFiles } from '../node/files.ts'
import { findSurroundings } from '../node/home.ts'
import { createProcesses } from '../node/processes.ts'
import type { Ports } from '../node/program-host.ts'
import { findToolWords } from '../node/tool-words.ts'

/** Everything of this machine that a port stands for; what most runs do not need is loaded at its first use. `started`: the environment. */
export function createMachine(started: NodeJS.ProcessEnv): Required<Ports> {
  const surroundings = findSurroundings()
  const processes = createProcesses()
  const git = lazily(async () => (await import('../node/git.ts')).createGit())
  const demos = lazily(async () => {
    const [{ createDemos }, { createJournals }] = await Promise.all([import('../demo/demos.ts'), import('../node/journal-file.ts')])
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
    gitWriter: lazily(async () => (await import('../node/git-writer.ts')).createGitWriter(git)),
    forge: lazily(async () => (await import('../node/forge.ts')).createForgeTools()),
    client: lazily(async () => (await import('../node/client.ts')).createClient()),
    recovery: async () => (await import('../node/recovery-ports.ts')).createRecoveryPorts(processes),
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
