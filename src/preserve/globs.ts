import picomatch from 'picomatch'
import type { RawPath } from '../ports/git-writer.ts'
import { shownPath } from './shown-path.ts'

/** Whether a path of a worktree is meant by one of the globs; one without a slash means any name, and a folder all that is in it. */
export function createMatcher(globs: readonly string[]): (path: RawPath) => boolean {
  if (globs.length === 0) return () => false
  const matchers = globs.flatMap((glob) => {
    const plain = glob.replace(/^\.?\/+/, '').replace(/\/+$/, '')
    const anywhere = plain.includes('/') ? plain : `**/${plain}`
    return [anywhere, `${anywhere}/**`].map((each) => picomatch(each, { dot: true }))
  })
  return (path) => {
    const shown = shownPath(path).replace(/\/+$/, '')
    return matchers.some((isMatch) => isMatch(shown))
  }
}
