import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { SCRIPT, SCRIPT_HASH, STYLE, STYLE_HASH } from '#generated/page'
import { pageTexts } from '../../scripts/build/page.mjs'
import { fullReport, pageOf } from './reports.ts'

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`

it('is not older than its sources: npm run build', async () => {
  expect({ SCRIPT, SCRIPT_HASH, STYLE, STYLE_HASH }).toEqual(await pageTexts())
})

it('is let through by the policy, and nothing else is', () => {
  const page = pageOf(fullReport())
  const [policy = ''] = /(?<=Content-Security-Policy" content=")[^"]*/.exec(page) ?? []
  const read = policy.replaceAll('&#39;', "'")
  expect(read.split('; ')).toEqual([
    "default-src 'none'",
    `script-src '${hashOf(SCRIPT)}'`,
    `style-src '${hashOf(STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ])
  expect([SCRIPT_HASH, STYLE_HASH]).toEqual([hashOf(SCRIPT), hashOf(STYLE)])
  expect(page).toContain(`<style>${STYLE}</style>`)
  expect(page).toContain(`<script>${SCRIPT}</script>`)
  // Its own policy comes before anything that it governs.
  expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'))
})

it('builds its document from text nodes, and asks no network', () => {
  expect(SCRIPT).not.toMatch(
    /innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|\beval\b|new Function|fetch\(|XMLHttpRequest|WebSocket|import\(|sendBeacon/,
  )
  expect(STYLE).not.toMatch(/@import|url\(|expression/)
  const page = pageOf(fullReport())
  const [markup = ''] = page.replace(STYLE, '').split('<script')
  expect(markup).not.toMatch(/\s(?:on\w+|style|src)=/)
  expect([...markup.matchAll(/href="([^#"][^"]*)"/g)].map(([, href]) => new URL(href ?? '').protocol)).toEqual(
    expect.arrayContaining(['https:']),
  )
})
