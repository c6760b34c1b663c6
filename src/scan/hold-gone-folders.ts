import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { FOLDER_EXISTS } from '../plan/strategies/places.ts'
import { type Files, FileUnavailable } from '../ports/host.ts'
import { isWindowsPath } from '../text/path.ts'

/**
 * The actions; a start in a folder that only another system can have is held, and what to run there is said. `root`: where the transcripts are,
 * on this machine.
 */
export function holdForeignFolders(actions: readonly Action[], root: string): readonly Action[] {
  return actions.map((action) => {
    const folders = RECOVERY_KINDS.has(action.kind) ? action.commands.map(({ cwd }) => cwd) : []
    const foreign = folders.find((folder) => folder !== '/' && isWindowsPath(folder) !== isWindowsPath(root))
    if (foreign === undefined) return action
    const agent = action.agents.length === 1 ? ` --agent ${action.agents[0]}` : ''
    return {
      ...action,
      commands: [],
      preconditions: [
        `Its folder belongs to another machine: ${foreign}`,
        `Recover it there: agent-forensics recover${agent}`,
        ...action.preconditions.filter((each) => !each.startsWith(FOLDER_EXISTS)),
      ],
    }
  })
}

/** The actions; a start in a folder that was removed is held. What an action adds again itself counts as there. */
export async function holdGoneFolders(actions: readonly Action[], files: Files): Promise<readonly Action[]> {
  const asked = new Map<string, Promise<boolean>>()
  const isRemoved = (folder: string): Promise<boolean> => {
    const known = asked.get(folder) ?? wasRemoved(folder, files)
    asked.set(folder, known)
    return known
  }
  return await Promise.all(
    actions.map(async (action) => {
      if (!RECOVERY_KINDS.has(action.kind)) return action
      const added = action.commands.flatMap(({ argv }) => (argv.slice(0, 3).join(' ') === 'git worktree add' ? (argv.at(-2) ?? []) : []))
      for (const folder of new Set(action.commands.map(({ cwd }) => cwd))) {
        if (folder === '/' || added.includes(folder) || !(await isRemoved(folder))) continue
        return {
          ...action,
          commands: [],
          preconditions: [
            `Its project folder is gone: ${folder}`,
            ...action.preconditions.filter((each) => !each.startsWith(FOLDER_EXISTS)),
          ],
        }
      }
      return action
    }),
  )
}

/** Whether a folder is gone from where its project was. Of a machine that has no such place at all, the transcripts are copies. */
async function wasRemoved(folder: string, files: Files): Promise<boolean> {
  if (await isThere(folder, files)) return false
  for (let above = parentOf(folder), depth = 1; above !== ''; above = parentOf(above), depth += 1) {
    if (await isThere(above, files)) return depth === 1 || parentOf(above) !== ''
  }
  return false
}

function parentOf(path: string): string {
  const above = path.replace(/[\\/]+[^\\/]*[\\/]*$/, '')
  // A drive has nothing above it.
  return above === path ? '' : above
}

async function isThere(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.facts(path)).kind === 'directory'
  } catch (error) {
    // What cannot be looked at may be there.
    if (error instanceof FileUnavailable) return error.code !== 'ENOENT' && error.code !== 'ENOTDIR'
    throw error
  }
}
