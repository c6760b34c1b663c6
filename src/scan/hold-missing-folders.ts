import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { FOLDER_EXISTS } from '../plan/strategies/places.ts'
import { type Files, FileUnavailable } from '../ports/host.ts'
import { folderAbove, isWindowsPath } from '../text/path.ts'

/**
 * The actions; a start in a folder that was removed is held, and so is one in a folder that another machine has: it is said where to recover.
 * What an action adds again itself counts as there. `root`: where the transcripts are, on this machine; `files` null: nothing is looked up,
 * and only a path of another system is known for what it is.
 */
export async function holdMissingFolders(actions: readonly Action[], root: string, files: Files | null): Promise<readonly Action[]> {
  const asked = new Map<string, Promise<'here' | 'removed' | 'elsewhere'>>()
  const find = (folder: string): Promise<'here' | 'removed' | 'elsewhere'> => {
    const known = asked.get(folder) ?? findFolder(folder, root, files)
    asked.set(folder, known)
    return known
  }
  return await Promise.all(
    actions.map(async (action) => {
      if (!RECOVERY_KINDS.has(action.kind)) return action
      const added = action.commands.flatMap(({ argv }) => (argv.slice(0, 3).join(' ') === 'git worktree add' ? (argv.at(-2) ?? []) : []))
      for (const folder of new Set(action.commands.map(({ cwd }) => cwd))) {
        const found = folder === '/' || added.includes(folder) ? 'here' : await find(folder)
        if (found === 'here') continue
        const agent = action.agents.length === 1 ? ` --agent ${action.agents[0]}` : ''
        return {
          ...action,
          commands: [],
          preconditions: [
            ...(found === 'removed'
              ? [`Its project folder is gone: ${folder}`]
              : [`Its folder belongs to another machine: ${folder}`, `Recover it there: agent-forensics recover${agent}`]),
            ...action.preconditions.filter((each) => !each.startsWith(FOLDER_EXISTS)),
          ],
        }
      }
      return action
    }),
  )
}

/** Where a folder is: a path whose first folder is not here, or that is written as another system does, is another machine's. */
async function findFolder(folder: string, root: string, files: Files | null): Promise<'here' | 'removed' | 'elsewhere'> {
  if (isWindowsPath(folder) !== isWindowsPath(root)) return 'elsewhere'
  if (files === null || (await isThere(folder, files))) return 'here'
  for (let below = folder, above = folderAbove(folder); above !== below && above !== '/'; below = above, above = folderAbove(above)) {
    // A home of somebody who is not known here may be of another machine, or not be there yet.
    if (await isThere(above, files)) return below === folder || ![above, '/'].includes(folderAbove(above)) ? 'removed' : 'here'
  }
  return isWindowsPath(folder) ? 'here' : 'elsewhere'
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
