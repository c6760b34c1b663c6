import { resolve } from 'node:path'
import { GitUnavailable } from '../ports/git.ts'
import { isRelativePath } from './git.ts'
import { type AskOptions, destinationOf, detailOf, runRemote } from './git-remote.ts'
import { readConfigFile } from './git-repository.ts'
import type { PrivateGit } from './private-git.ts'

/** Pushes from our own git directory: of the repository's configuration only the address is used. */
export async function pushCommit(commit: string, reference: string, inside: PrivateGit, options: AskOptions): Promise<void> {
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
  const args = ['push', '--no-verify', '--quiet', ...withoutHooks, '--', url, `${commit}:${reference}`]
  const end = await runRemote(args, { protocol: destination.protocol, env }, options, () => {})
  if ('unverified' in end) throw new GitUnavailable(end.unverified === 'timeout' ? 'timeout' : 'failed', end.detail)
  if (end.exitCode === 0) return
  const isThere = /\[rejected\]|non-fast-forward|fetch first/.test(end.errors)
  throw new GitUnavailable('failed', isThere ? `origin has other work at ${reference}` : detailOf(end.errors, url))
}
