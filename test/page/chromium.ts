import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where a Chromium is; null: there is none, and the tests in a browser are left out. In CI there has to be one. */
export function chromiumPath(): string | null {
  const found = PLACES.find((path) => existsSync(path)) ?? null
  if (found !== null || process.env['SKIP_BROWSER_TESTS'] === '1') return process.env['SKIP_BROWSER_TESTS'] === '1' ? null : found
  if ((process.env['CI'] ?? '') !== '') {
    throw new Error('no Chromium: install it (Debian: apt-get install chromium), or set SKIP_BROWSER_TESTS=1 to leave these tests out')
  }
  return null
}
