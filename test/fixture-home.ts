import { type Files, FileUnavailable } from '../src/ports/host.ts'

/** The home that the fixtures were written in. */
const HOME = '/home/dev'

/** The files of a machine that has this home, and nothing in it: few have it, and what they have in it is their own. */
export function withFixtureHome(files: Files): Files {
  return {
    ...files,
    facts: async (path) => {
      if (path.startsWith(`${HOME}/`)) throw new FileUnavailable(path, 'ENOENT')
      return await files.facts(path === HOME ? '/' : path)
    },
  }
}
