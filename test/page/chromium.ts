import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * Where a Chromium is; null: the tests in a browser are left out, because there is none or somebody said so. With `CI` set, a
 * missing one is an error: nothing untested passes for tested there.
 */
export function chromiumPath(
  env: Readonly<Record<string, string | undefined>>,
  isThere: (path: string) => boolean = existsSync,
): string | null {
  if (env['SKIP_BROWSER_TESTS'] === '1') return null
  const found = PLACES.find(isThere) ?? null
  if (found === null && (env['CI'] ?? '') !== '') {
    throw new Error('no Chromium: install it (Debian: apt-get install chromium), or set SKIP_BROWSER_TESTS=1 to leave these tests out')
  }
  return found
}
