import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeControl } from '../../src/text/escape.ts'
import { commandLine } from '../../src/report/html/command-line.ts'
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

describe.skipIf(process.platform === 'win32')('a command to copy', () => {
  it('means to a shell what its words say', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "it's -a $(folder) ")))
    const word = fc.string({
      unit: fc.constantFrom('a', '-', ' ', "'", '"', '$', '`', '\\', '!', '*', '~', '#', '=', ';', '&', '|', '<', '(', '{', 'é', '%', ':'),
    })
    try {
      fc.assert(
        fc.property(fc.array(word, { maxLength: 4 }), (words) => {
          const argv = [process.execPath, '-e', 'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(1)]))', '--', ...words]
          const command = commandLine(argv, folder)
          // What a CI log would take for a command of its own is in none.
          fc.pre(words.every((each) => escapeControl(each) === each))
          if (command === null) throw new Error('nothing in it is hidden')
          expect(JSON.parse(execFileSync('sh', ['-c', command], { encoding: 'utf8' }))).toEqual([folder, ...words])
        }),
        { numRuns: 25 },
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each(['\n', '\u001b[2J', '\u202e', '\u200b', '\0', '\ud800', '\t'])('is none when something in it cannot be seen', (hidden) => {
    expect(commandLine(['git', `x${hidden}`], '/')).toBeNull()
    expect(commandLine(['git'], `/x${hidden}`)).toBeNull()
  })

  it('stays as it is where nothing needs quotes', () => {
    expect(commandLine(['git', '-C', '/home/olena/shop', 'status'], '/home/olena')).toBe(
      'cd -- /home/olena && git -C /home/olena/shop status',
    )
    expect(commandLine(['PATH=x', ''], '')).toBe("'PATH=x' ''")
  })
})
