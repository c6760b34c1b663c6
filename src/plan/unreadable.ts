import type { Client } from '../clients/client.ts'
import { compare } from '../text/order.ts'
import { markOf } from '../text/word.ts'
import { draft, type Draft } from './draft.ts'
import { type Project, projectOfPath } from './projects.ts'
import { isAbsolutePath } from '../text/path.ts'

/** What git could not read. `path`: a folder, or `git` where git itself is the trouble; `detail`: a code and git's own text. */
export interface Unreadable {
  readonly path: string
  readonly detail: string
}

/** A question about what could not be read, and the project that waits for it. */
export interface UnreadableDraft {
  readonly draft: Draft
  readonly project: Project
}

/** What a person can do, by the code that the detail begins with. */
const ADVICE: Readonly<Record<string, string>> = {
  no_git: 'Install git 2.36 or newer, then run this again.',
  too_old: 'Install git 2.36 or newer, then run this again.',
  dubious_ownership:
    'It belongs to another user, and git trusts no repository of others: its settings could run programs as you. Save the work as its owner. ' +
    'Git’s setting safe.directory lists exceptions: each one trusts everybody who can write there.',
  not_a_repository:
    'Its repository is broken or gone: bring its .git folder back, or copy the files that are wanted and move the folder away.',
  vanished: 'Its repository is gone: bring it back, or copy the files that are wanted and move the folder away.',
  timeout: 'Git gave no answer in time: run this again, with a longer --git-timeout.',
  name_not_utf8: 'Rename it (git worktree move), then run this again.',
  unreadable: 'Make it a folder that you may read, then run this again.',
  unreadable_file: 'Make it a plain file that you may read, or take it away, then run this again.',
  untrusted_gitdir: 'Its .git does not lead to its own repository: look at it by hand.',
  worktree_mismatch: 'Its configuration moves its work tree elsewhere: look at it by hand.',
}

/**
 * One question for each path that git could not read: what lies there may be the only copy, so no client is started in its project before
 * a person has looked. `programs`: the clients.
 */
export function askAboutUnreadable(
  unreadable: readonly Unreadable[],
  clients: readonly Client[],
  programs: string,
): readonly UnreadableDraft[] {
  const byPath = new Map<string, string[]>()
  for (const { path, detail } of unreadable) byPath.set(path, [...(byPath.get(path) ?? []), detail])
  return [...byPath]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([path, details]) => {
      // Git itself, or a list that was too long: nothing tells whose work it is.
      const isAnyones = !isAbsolutePath(path) || details.some((detail) => /^\d+ folders were not looked at/.test(detail))
      const advice = [...new Set(details.map((detail) => ADVICE[/^\w+(?=:)/.exec(detail)?.[0] ?? ''] ?? 'Look at it by hand.'))]
      return {
        project: isAnyones ? [] : projectOfPath(path, clients),
        draft: draft({
          step: 'preserve',
          id: `inspect-unreadable-${path === 'git' ? 'git' : markOf(path)}`,
          kind: 'inspect',
          title: path === 'git' ? 'Git cannot be used' : `Git cannot read ${path}`,
          why: `${path === 'git' ? '' : `${path}: `}${details.toSorted(compare).join('; ')}. Local-only work there is unknown. ${advice.join(' ')}`,
          preconditions: [
            `No ${programs} command runs ${isAnyones ? 'anywhere' : 'in this project'} before this is dealt with: starting one may sweep worktrees.`,
          ],
          risk: 'starting a client may sweep what git could not read',
          cost: 'your time',
        }),
      }
    })
}
