import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { GONE_ANOTHER_WAY } from '../worktree/notes.ts'
import { lastName } from '../text/last-name.ts'
import { compare } from '../text/order.ts'
import { isPlainId } from '../text/plain.ts'
import { plural } from '../text/plural.ts'
import { draft, type Draft } from './draft.ts'
import { nameRows } from '../preserve/rows.ts'
import { markOf, wordOf } from '../text/word.ts'
import { findFolderHazard, findCommandHazard } from './names.ts'

/** What is known of the agents of a row. */
export interface RowAgents {
  /** All agents of the row finished, and there is at least one. */
  readonly finished: boolean
  /** Somebody is still to go on there. */
  readonly wanted: boolean
  /** A main thread that was read ran there: removing it would take the folder from under its session. */
  readonly isSessionFolder: boolean
}

/** What was done but not delivered: branches to push, requests to open, and what a person has to look at. */
export function deliver(
  rows: readonly WorktreeReport[],
  doersOf: (row: WorktreeReport) => RowAgents,
  keptBy: ReadonlyMap<WorktreeReport, string>,
): readonly Draft[] {
  return [...nameRows(rows).flatMap(({ row, name }) => deliveryOf(row, name, doersOf(row), keptBy.get(row))), ...draftRemoteChecks(rows)]
}

function deliveryOf(row: WorktreeReport, name: string, { finished, wanted }: RowAgents, kept: string | undefined): readonly Draft[] {
  if (wanted || row.delivery === 'merged' || row.delivery === 'pull_request') return []
  const title = row.branch ?? lastName(row.path)
  const common = { dependsOn: kept === undefined ? [] : [kept], agents: row.agents.filter(isPlainId) }
  const look = (why: string): readonly Draft[] => [
    draft({
      ...common,
      step: 'decide',
      id: `inspect-work-${name}`,
      kind: 'inspect',
      title: `Decide about the work in ${title}`,
      why,
      risk: 'none: acts only when asked',
      cost: 'your time',
    }),
  ]
  const { staged, modified, untracked, ignored, conflicted, operation } = row.dirty
  const isDirty = staged + modified + untracked + ignored + conflicted > 0 || operation !== null
  if (!finished) {
    const isOfSession = row.agents.length === 0 && row.sessions.length > 0
    if (!(row.orphan || isOfSession) || (row.delivery === 'none' && !isDirty)) return []
    const who = isOfSession ? 'A main thread worked there' : 'No transcript of its agent was read'
    return look(`${who}, and it is not merged: only a person can tell whether it is done.`)
  }
  if (isDirty) return look('Its agent finished and left uncommitted changes.')
  if (row.delivery === 'none') return []
  const place = row.exists ? row.path : row.repo
  const remote = /^([\w.-]+)\//.exec(row.base ?? '')?.[1]
  if (row.branch === null || place === null || remote === undefined || row.remoteUrl === null)
    return look('It is finished and on no remote branch; there is no branch or no remote to push to.')
  // Of a fork the remote that is counted against is not the one that is pushed to.
  if (remote === 'upstream') return look('It is finished; only a person can tell which remote it belongs on.')
  if (row.remote === null || 'unverified' in row.remote) return []
  if (findFolderHazard(place) !== null || findCommandHazard(row.branch) !== null) return look('Its path or branch is unsafe in a command.')
  if (row.delivery === 'local') {
    if (row.notes.some((note) => note.endsWith(GONE_ANOTHER_WAY)))
      return look('It is finished, and the branch on the remote has other commits.')
    const branch = `refs/heads/${row.branch}`
    return [
      draft({
        ...common,
        step: 'deliver',
        id: `push-${name}`,
        kind: 'push',
        title: `Push ${title}`,
        why: `Its agent finished; ${row.ahead === null ? 'its commits are' : `${plural(row.ahead, 'commit')} ahead of ${row.base ?? ''},`} ${row.atRisk.some(({ what }) => what === 'commits') ? 'on no remote' : 'on the remote as a rescue branch only'}.`,
        commands: [{ cwd: place, argv: ['git', 'push', remote, `${branch}:${branch}`] }],
        preconditions: ['the branch on the remote has no other commits: git refuses otherwise, and nothing is forced'],
        risk: 'others can see it, and CI starts',
        cost: 'nothing here',
      }),
    ]
  }
  if (row.newPullRequestUrl === null) return []
  return [
    draft({
      ...common,
      step: 'deliver',
      id: `open_pr-${name}`,
      kind: 'open_pr',
      title: `Open a pull request for ${title}: ${row.newPullRequestUrl}`,
      why: 'Its agent finished, the branch is pushed, and no request has it.',
      preconditions: ['somebody has read what the agent wrote'],
      risk: 'others can see it',
      cost: 'nothing here',
    }),
  ]
}

/** One action for each repository whose remote did not say what it has. */
function draftRemoteChecks(rows: readonly WorktreeReport[]): readonly Draft[] {
  const silent = new Map<string, WorktreeReport[]>()
  for (const row of rows) {
    if (row.remote === null || !('unverified' in row.remote) || row.delivery === 'merged' || row.repo === null) continue
    if (row.delivery === 'none' && (row.ahead ?? 0) === 0) continue
    silent.set(row.repo, [...(silent.get(row.repo) ?? []), row])
  }
  const names = [...silent.keys()].map(lastName)
  return [...silent]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([repo, unknown]) => {
      const isAlone = names.filter((name) => name === lastName(repo)).length === 1
      const reasons = new Set(unknown.map(({ remote }) => (remote !== null && 'unverified' in remote ? remote.unverified : '')))
      return draft({
        step: 'decide',
        id: `inspect-remote-${wordOf(lastName(repo))}${isAlone ? '' : `-${markOf(repo)}`}`,
        kind: 'inspect',
        title: `Find out what the remote of ${lastName(repo)} has`,
        why: `It was skipped or did not answer (${[...reasons].toSorted(compare).join(', ')}): what is pushed or merged of ${plural(unknown.length, 'branch', 'branches')} is as of the last fetch, so nothing is pushed, opened or removed there.`,
        risk: 'none',
        cost: 'your time',
        agents: unknown.flatMap(({ agents }) => agents.filter(isPlainId)),
      })
    })
}

/**
 * Worktrees that provably hold nothing any more: merged or untouched, clean, of nobody who is still to go on. They go after all
 * that saves work of their project or recovers agents there (`before`), and after what `delivered` pushes of the same agents.
 */
export function cleanUp(
  rows: readonly WorktreeReport[],
  doersOf: (row: WorktreeReport) => RowAgents,
  before: (row: WorktreeReport) => readonly string[],
  delivered: readonly Draft[],
): readonly Draft[] {
  return nameRows(rows).flatMap(({ row, name }) => {
    const { path, repo, branch, dirty, lock, remote } = row
    const { wanted, finished, isSessionFolder } = doersOf(row)
    const isEmpty = row.delivery === 'none' && row.ahead === 0
    const { staged, modified, untracked, ignored, conflicted, operation } = dirty
    const isClean = staged + modified + untracked + ignored + conflicted === 0 && operation === null && row.stashes === 0
    if (!row.exists || repo === null || path === repo || wanted || isSessionFolder || !(finished || row.orphan)) return []
    if (row.atRisk.length > 0 || !isClean || !(row.delivery === 'merged' || isEmpty)) return []
    if (remote !== null && 'unverified' in remote) return []
    if (lock !== null && lock.alive !== false) return []
    if (findFolderHazard(path) !== null || findFolderHazard(repo) !== null || (branch !== null && findCommandHazard(branch) !== null))
      return []
    // `branch -d` refuses what a squash or a rebase merged: git cannot see that it is the same.
    const isDeletable = branch !== null && (isEmpty || row.mergedBy === 'merge')
    const git = (...argv: readonly string[]) => ({ cwd: repo, argv: ['git', ...argv] })
    const pushes = delivered.filter(({ kind, agents }) => kind === 'push' && agents.some((id) => row.agents.includes(id)))
    return [
      draft({
        step: 'clean_up',
        id: `clean_up-${name}`,
        kind: 'clean_up',
        title: `Remove the worktree ${lastName(path)}`,
        why: isEmpty ? 'It was never used.' : `Its work is merged (${row.mergedBy ?? 'merge'}).${isDeletable ? '' : ' Its branch stays.'}`,
        commands: [
          ...(lock === null ? [] : [git('worktree', 'unlock', '--', path)]),
          git('worktree', 'remove', '--', path),
          ...(isDeletable ? [git('branch', '-d', '--', branch)] : []),
        ],
        preconditions: ['no session uses it', 'nobody needs its ignored files: git removes them with it'],
        dependsOn: [...before(row), ...pushes.map(({ id }) => id)],
        risk: 'git refuses if anything is changed or new there; nothing is forced',
        cost: 'nothing',
        agents: row.agents.filter(isPlainId),
      }),
    ]
  })
}
