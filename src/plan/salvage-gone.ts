import { folderAbove } from '../text/path.ts'
import { type Client, clientOf } from '../clients/client.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { Run } from '../facts/run.ts'
import { isPlainId } from '../text/plain.ts'
import { plural } from '../text/plural.ts'
import { listSessionWords } from './own-command.ts'
import { draft, type Draft } from './draft.ts'
import { findCommandHazard, findFolderHazard, titleOf } from './names.ts'

/** The id of the action that rebuilds files of a run. */
function nameSalvage({ role, agentId, sessionId }: Pick<Run, 'role' | 'agentId' | 'sessionId'>): string {
  return `inspect-gone-${(role === 'main' ? sessionId : agentId) ?? ''}`
}

/** What has to be known of the files that are gone. */
export interface GoneFacts {
  readonly sessions: readonly JudgedSession[]
  readonly chosen: ReadonlySet<Judged>
  readonly clients: readonly Client[]
  /** By the agent or session that wrote them. */
  readonly goneFiles: ReadonlyMap<string, readonly string[]>
}

/** One action for each agent and main thread that wrote files which are not there any more: how to rebuild them. */
export function salvageGoneFiles({ sessions, chosen, clients, goneFiles }: GoneFacts): readonly Draft[] {
  if (goneFiles.size === 0) return []
  return sessions.flatMap(({ main, agents }) => {
    const runs = [...(main === null ? [] : [main]), ...agents].filter((judged) => chosen.has(judged)).map(({ run }) => run)
    return runs.flatMap((run) => {
      const id = run.role === 'main' ? run.sessionId : run.agentId
      const gone = id === null ? [] : (goneFiles.get(id) ?? [])
      const { recovery, fileActions } = clientOf(clients, run.format)
      if (
        fileActions === null ||
        id === null ||
        !isPlainId(id) ||
        gone.length === 0 ||
        run.path === null ||
        recovery === null ||
        run.kind === 'internal'
      )
        return []
      const folder = folderAbove(run.path)
      const argv = [
        'agent-forensics',
        'salvage',
        id,
        ...listSessionWords(run.role === 'main' ? null : id, run.sessionId),
        `--root=${recovery.rootOf(run.path)}`,
        `--out=${folder}/${run.role === 'main' ? '' : 'agent-'}${id}.salvage`,
      ]
      const isPrintable = findFolderHazard(folder) === null && argv.every((word) => findCommandHazard(word) === null)
      const files = plural(gone.length, 'file')
      const them = gone.length === 1 ? 'it' : 'them'
      return [
        draft({
          step: 'deliver',
          id: nameSalvage(run),
          kind: 'inspect',
          title: `Rebuild ${files} of “${titleOf(run)}” that ${gone.length === 1 ? 'is' : 'are'} gone`,
          why: `${run.role === 'main' ? 'The main thread' : `Agent ${id}`} wrote ${them}, and ${them} ${gone.length === 1 ? 'is' : 'are'} gone from disk: ${gone.slice(0, 3).join(', ')}${gone.length > 3 ? ', …' : ''}. The transcript holds what was written.`,
          commands: isPrintable ? [{ cwd: folder, argv }] : [],
          preconditions: ['the rebuilt files are reviewed before they are put back'],
          risk: 'none: it writes into a folder of its own',
          cost: 'your time',
          agents: run.role === 'main' ? [] : [id],
          session: run.role === 'main' ? id : null,
        }),
      ]
    })
  })
}
