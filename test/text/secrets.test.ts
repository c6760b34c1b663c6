import { describe, expect, it } from 'vitest'
import { redactSecrets } from '../../src/text/redact.ts'
import { expectStated } from '../stated.ts'
import { exampleOf, HARMLESS, type Kind, KINDS } from './secrets.ts'

/** Parts of a secret that tell it: its lines, and its end, which is cut off last. */
function leftOf({ secret }: Kind, redacted: string): readonly string[] {
  return [...secret.split('\n'), secret.slice(-8)].filter((part) => part.length > 3 && redacted.includes(part))
}

/** What other tools take for permission, and our own mark. */
const SWITCHES = ['secretlint-disable', 'gitleaks:allow', 'noqa', '[redacted:']

/** Pieces of text that lead patterns astray. */
const ASTRAY = [
  'curl ',
  'curl -u a:',
  'curl & ',
  'mysql -h ',
  'docker login ',
  'htpasswd -b a ',
  'htpasswd -b ',
  'openssl -passin ',
  'machine a login b ',
  'machine a password ',
  'a:5432:a:a:',
  'a:',
  '"auth":"',
  '"auth":"aaaaaaaaaaaa',
  '_auth=aaaa',
  'MIIEpAIBAAAAAAAAAA',
  'MIIEpAIBAAAAAAAAAA\n',
  'aaaaaaaaaaaaaaaaaaaa\n',
  'aaaaaaaaaaaaaaaaaaaa\n-----END PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  'sig=aaaaaaaaaaaaaaaaaaaaa',
  '?key=aaaaaaaaaaaaaaaaaaaa',
  'token = await ',
  'token: token: ',
  'password="token=',
  `password="key='`,
  'cache-key: aaaa1aaaaaaaaaaaaaaa ',
  'authorization: a ',
  'cookie: a=',
  'sk-a-',
  'sk-',
  'M-',
  'a.',
  'pat.',
  'xai-',
  'key-',
  '0123456789abcdef',
  '://a:b',
  'https://a',
]

describe('secrets', () => {
  it.each(KINDS.map((kind) => [kind.kind, kind] as const))('catches: %s', (_name, kind) => {
    const redacted = redactSecrets(exampleOf(kind))
    expect(leftOf(kind, redacted)).toEqual([])
    expect(redacted).toContain('[redacted:')
    // What was redacted once stays as it is.
    expect(redactSecrets(redacted)).toBe(redacted)
  })

  it.each(KINDS.map(({ kind, harmless }) => [kind, harmless]))('has nothing against what looks like: %s', (_name, harmless) => {
    expect(redactSecrets(harmless)).toBe(harmless)
  })

  it.each(HARMLESS)('leaves alone: %s', (line) => {
    expect(redactSecrets(line)).toBe(line)
  })

  it('catches every kind in the middle of other text, in a log and in JSON', () => {
    for (const kind of KINDS) {
      if (/^\W*</.test(kind.text)) {
        const text = `12:04 INFO got ${exampleOf(kind)} from the user`
        expect([kind.kind, leftOf(kind, redactSecrets(text))]).toEqual([kind.kind, []])
      }
      expect([kind.kind, leftOf(kind, redactSecrets(JSON.stringify({ command: exampleOf(kind) })))]).toEqual([kind.kind, []])
    }
  })

  it('is as many kinds and harmless lines as docs/internals/reliability.md says', () => {
    expect(new Set(KINDS.map(({ kind }) => kind)).size).toBe(KINDS.length)
    expectStated('secrets', KINDS.length)
    expectStated('false alarms', KINDS.length + HARMLESS.length)
    expectStated('time of redaction', ASTRAY.length)
    expectStated('switching it off', KINDS.length * SWITCHES.length)
  })

  it('is not switched off by the word for it', () => {
    for (const kind of KINDS) for (const word of SWITCHES) expect(leftOf(kind, redactSecrets(`${word} ${exampleOf(kind)}`))).toEqual([])
  })

  // Anything but linear would take minutes, and the test would end by its timeout.
  it.each(ASTRAY)('takes time in proportion to the length: %s', (piece) => {
    const text = piece.repeat(Math.ceil(400_000 / piece.length))
    expect(redactSecrets(text).length).toBeGreaterThan(0)
  })
})
