/** A reference as git takes it and people type it: `main` for `refs/heads/main`, `not-pushed/a1` for `refs/not-pushed/a1`. */
export function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads\/)?/, '')
}
