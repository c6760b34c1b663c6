import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { command } from '../../src/report/html/markup.ts'
import { followable, html, line, quote, scriptJson } from '../../src/report/html/safe-text.ts'
import { HOSTILE } from './reports.ts'

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: fc.constantFrom('<', '/', '!', '-', '>', '&', ']', 's', '\u2028', '\u2029', '\\', '"') }),
)

describe('JSON for a script of data', () => {
  it('parses back unchanged, and holds nothing that ends or opens an element', () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.jsonValue()), (value) => {
        const json = scriptJson({ value, list: [value] })
        expect(json).not.toMatch(/[<>&\u2028\u2029]/)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, list: [value] })))
      }),
    )
  })
})

describe('text for HTML', () => {
  it('reads back as itself, and holds no markup', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const safe = html(text)
        expect(safe).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/)
        const back = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }
        expect(safe.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => back[entity as keyof typeof back])).toBe(text)
      }),
    )
  })

  it('is bounded, on one line, and shows what is invisible', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(line(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/)
        expect(line(text).length).toBeLessThan(10_000)
        expect(quote(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/)
        expect(quote(text).length).toBeLessThan(40_000)
      }),
    )
    expect(quote('one\r\n\ttwo')).toBe('one\n\ttwo')
  })
})

describe('an address to follow', () => {
  it.each([
    ['https://github.com/olena/shop/pull/12', true],
    ['https://github.com/olena/shop/compare/main...a?expand=1&x=%3C', true],
    ['http://github.com/olena', false],
    ['javascript:alert(1)', false],
    ['JavaScript:alert(1)', false],
    [' https://github.com', false],
    ['https://a b', false],
    ['https://x/"onclick=', false],
    ['https://x/\u202e', false],
    ['data:text/html,x', false],
    [`https://x/${'y'.repeat(2000)}`, false],
  ])('%s: %s', (url, may) => {
    expect(followable(url)).toBe(may ? url : null)
  })
})

describe('a command on the page', () => {
  const button = '<button type="button" class="copy" hidden>Copy</button>'

  it('can be copied as it stands', () => {
    expect(command("git commit -m 'a < b && c'")).toBe(
      `<div class="command"><code>git commit -m &#39;a &lt; b &amp;&amp; c&#39;</code>${button}</div>`,
    )
  })

  it.each(['\n', '\u001b[2J', '\u202e', '\u200b', '\0', '\ud800', '\t', '::error::', 'x'.repeat(2000)])(
    'cannot be copied when something in it is not seen',
    (hidden) => {
      expect(command(`git ${hidden}`)).not.toContain('Copy')
    },
  )

  it('cannot be copied when it was made of words that hide something', () => {
    expect(command('git \\u{202e}', false)).not.toContain('Copy')
  })
})
