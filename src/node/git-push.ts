import { resolve } from 'node:path'
import { GitUnavailable } from '../ports/git.ts'
import { isRelativePath } from './git.ts'
import { type AskOptions, destinationOf, detailOf, reasonOf, type RemoteEnd, runRemote } from './git-remote.ts'
import { readConfigFile } from './git-repository.ts'
import type { Hosts } from './hosts.ts'
import type { PrivateGit } from './private-git.ts'

/** How pushes ask, and what is known of the hosts that they go to. */
export interface PushOptions extends AskOptions {
  readonly hosts: Hosts<RemoteEnd>
}

/** Pushes from our own git directory: of the repository's configuration only the address is used. */
export async function pushCommit(commit: string, reference: string, inside: PrivateGit, options: PushOptions): Promise<void> {
  const { repository, run, env } = inside
  const entries = await readConfigFile(run, `${repository.commonDir}/config`)
  const first = (key: string): string | undefined => entries.find((entry) => entry.key === key)?.value
  const told = first('remote.origin.pushurl') ?? first('remote.origin.url')
  if (told === undefined) throw new GitUnavailable('failed', 'the repository has no origin')
  const url = isRelativePath(told) ? resolve(repository.mainWorktree ?? repository.commonDir, told) : told
  const destination = destinationOf(url, false)
  if ('refused' in destination) throw new GitUnavailable('failed', destination.refused)
  // The hooks of a remote that is a folder of this machine would run here.
  const withoutHooks =
    destination.localPath === null ? [] : ['--receive-pack=git -c core.hooksPath=/dev/null -c core.fsmonitor=false receive-pack']
  // Its progress is the sign that the other side lives.
  const args = ['push', '--no-verify', '--progress', ...withoutHooks, '--', url, `${commit}:${reference}`]
  const push = (): Promise<RemoteEnd> => runRemote(args, { protocol: destination.protocol, env }, options, () => {})
  const end = await (destination.host === null
    ? push()
    : options.hosts.ask(destination.host, (onSilence) => push().then(noteSilence(onSilence))))
  if ('unverified' in end) throw new GitUnavailable(end.unverified === 'timeout' ? 'timeout' : 'failed', end.detail)
  if (end.exitCode === 0) return
  const isThere = /\[rejected\]|non-fast-forward|fetch first/.test(end.errors)
  throw new GitUnavailable('failed', isThere ? `origin has other work at ${reference}` : detailOf(end.errors, url))
}

/** Whoever is out of reach for one push is so for all. */
function noteSilence(onSilence: () => void): (end: RemoteEnd) => RemoteEnd {
  return (end) => {
    const reason = 'unverified' in end ? end.unverified : end.exitCode === 0 ? null : reasonOf(end.errors)
    if (reason === 'timeout' || reason === 'offline') onSilence()
    return end
  }
}
