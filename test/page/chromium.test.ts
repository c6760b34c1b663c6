import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { chromiumPath } from './chromium.ts'

const nowhere = () => false

it('leaves the browser tests out where there is no browser, but never in CI', () => {
  expect(chromiumPath({}, nowhere)).toBeNull()
  expect(() => chromiumPath({ CI: '1' }, nowhere)).toThrow(/^no Chromium: install it/)
  expect(chromiumPath({ CI: '1' }, (path) => path === '/usr/bin/chromium-browser')).toBe('/usr/bin/chromium-browser')
  expect(chromiumPath({ SKIP_BROWSER_TESTS: '1' }, () => true)).toBeNull()
})

it('.ci/run installs Chromium and never leaves these tests out', () => {
  const script = readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8')
  expect(script).toMatch(/missing\+=\(chromium\)/)
  expect(script).toMatch(/apt-get install [^\n]*"\$\{missing\[@\]\}"/)
  expect(script).toContain('export CI=1')
  expect(script).not.toMatch(/export SKIP_BROWSER_TESTS|SKIP_BROWSER_TESTS=/)
})
