import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectStated } from '../stated.ts'
import { excerptOf, mayHoldSecret, redactSecrets } from '../../src/text/redact.ts'
import { RULES } from '../../src/text/secret-rules.ts'

/** Synthetic secrets are put together at run time: no scanner may find one in this file. */
const word = (length: number, alphabet = 'aB3dE6gH9jK2mN5pQ8sT1vW4xY7zC0fR') => {
  let out = ''
  for (let index = 0; out.length < length; index += 7) out += alphabet[index % alphabet.length]
  return out
}
const join = (...parts: readonly string[]) => parts.join('')
const HEX = '0123456789abcdef'
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ234567'

const AWS_ID = join('AK', 'IA', word(16, UPPER))
const GITHUB = join('gh', 'p_', word(36))
const ANTHROPIC = join('sk', '-ant-', 'api03-', word(80))
const JWT = join('ey', 'J', word(30), '.', 'ey', 'J', word(60), '.', word(43))
const PASSWORD = join('hun', 'ter', '2!x')
const pem = (body: string) => join('-----BEGIN ', 'RSA PRIVATE', ' KEY-----', body, '-----END ', 'RSA PRIVATE', ' KEY-----')

const SECRETS: readonly (readonly [rule: string, secret: string])[] = [
  ['private-key', pem(`\n${word(64)}\n${word(64)}\n`)],
  ['age-secret-key', join('AGE-SECRET', '-KEY-1', word(58, UPPER))],
  ['anthropic-api-key', ANTHROPIC],
  ['openai-api-key', join('sk', '-', word(48))],
  ['openai-api-key', join('sk', '-proj-', word(20), '-', word(20), '_', word(20))],
  ['stripe-access-token', join('sk', '_live_', word(24))],
  ['stripe-access-token', join('rk', '_test_', word(24))],
  ['aws-access-token', AWS_ID],
  ['aws-access-token', join('AS', 'IA', word(16, UPPER))],
  ['github-token', GITHUB],
  ['github-token', join('gh', 'o_', word(36))],
  ['github-fine-grained-pat', join('github', '_pat_', word(22), '_', word(59))],
  ['gitlab-token', join('gl', 'pat-', word(20))],
  ['slack-token', join('xo', 'xb-', '123456789012-', word(24))],
  ['npm-access-token', join('np', 'm_', word(36))],
  ['pypi-upload-token', join('py', 'pi-AgE', word(60))],
  ['huggingface-access-token', join('h', 'f_', word(34))],
  ['gcp-api-key', join('AI', 'za', word(35))],
  ['google-oauth', join('ya', '29.', word(60))],
  ['docker-token', join('dck', 'r_pat_', word(27))],
  ['digitalocean-token', join('do', 'p_v1_', word(64, HEX))],
  ['vault-token', join('hv', 's.', word(40))],
  ['sendgrid-api-token', join('S', 'G.', word(22), '.', word(43))],
  ['telegram-bot-token', join('1234567890', ':AA', word(33))],
  ['vendor-token', join('gl', 'sa_', word(32))],
  ['jwt', JWT],
]

/** A text around a secret: `<>` marks where it stands. */
const PLACES: readonly (readonly [rule: string, text: string, secret: string])[] = [
  ['url-userinfo', 'https://<>@github.com/o/r.git', join('user:', PASSWORD)],
  ['url-userinfo', 'https://<>@github.com/o/r.git', word(24)],
  ['url-userinfo', 'postgres://<>@db.internal:5432/app', join('admin:', PASSWORD)],
  ['url-userinfo', 'mongodb+srv://<>@c0.example.net/?w=1', join('admin:p@', PASSWORD)],
  ['slack-webhook', 'https://hooks.slack.com/services/<>', join('T', word(9, UPPER), '/B', word(9, UPPER), '/', word(24))],
  ['discord-webhook', 'https://discord.com/api/webhooks/<>', join('123456789012345678', '/', word(60))],
  ['authorization', 'Authorization: Basic <>', word(24)],
  ['authorization', "-H 'authorization: Bearer <>'", word(24)],
  ['authorization', '{"Authorization":"token <>"}', word(24)],
  ['bearer-token', 'sent bearer <> along', word(24)],
  ['cookie', 'Cookie: <>', join('session=', word(24))],
  ['assigned-secret', 'AWS_SECRET_ACCESS_KEY=<> aws s3 ls', word(40)],
  ['assigned-secret', 'export DB_PASSWORD="<>"', 'correct horse battery'],
  ['assigned-secret', "my_token = '<>'", word(12)],
  ['assigned-secret', '{"clientSecret": "<>"}', word(12)],
  ['assigned-secret', String.raw`{\"password\": \"<>\"}`, word(12)],
  ['assigned-secret', 'AccountKey=<>;EndpointSuffix=core', word(40)],
  ['assigned-secret', 'password: <>', PASSWORD],
  ['secret-option', 'mysql --password <> -h db', PASSWORD],
  ['secret-option', 'deploy --api-key "<>"', word(12)],
]

/** What parts a secret without being seen. */
const JOINTS = [
  ['ESC alone', '\u001b'],
  ['a colour', '\u001b[31m'],
  ['a C1 colour', '\u009b0m'],
  ['zero width space', '\u200b'],
  ['zero width joiner', '\u200d'],
  ['BOM', '\ufeff'],
  ['soft hyphen', '\u00ad'],
  ['a tag character', '\u{e0041}'],
  ['a variation selector', '\ufe0f'],
  ['NUL', '\u0000'],
  ['a JSON escape of an invisible', '\\u200b'],
  ['a JSON escape of a colour', '\\u001b[31m'],
  ['our own escape', '\\u{200b}'],
  ['our own escape of a colour', '\\u{1b}[31m'],
] as const
/** Where it stands. */
const cutsOf = (secret: string): readonly number[] => [1, 3, 7, secret.length - 4]

const fill = (text: string, secret: string) => text.replace('<>', () => secret)

describe('redactSecrets', () => {
  it.each(SECRETS)('R01 %s', (rule, secret) => {
    for (const [before, after] of [
      ['', ''],
      ['git push ', ' failed'],
      ['("', '")'],
      ['x\n', '\n'],
      ['говорить ', '。'],
    ] as const) {
      expect(redactSecrets(`${before}${secret}${after}`)).toBe(`${before}[redacted:${rule}]${after}`)
    }
  })

  it.each(PLACES)('R01 %s in %s', (rule, text, secret) => {
    expect(redactSecrets(fill(text, secret))).toBe(fill(text, `[redacted:${rule}]`))
  })

  it('names the exact form, not the place, where both are known', () => {
    expect(redactSecrets(`GITHUB_TOKEN=${GITHUB}`)).toBe('GITHUB_TOKEN=[redacted:github-token]')
    expect(redactSecrets(`Authorization: Bearer ${JWT}`)).toBe('Authorization: Bearer [redacted:jwt]')
  })

  it('redacts a private key that has no end', () => {
    expect(redactSecrets(join('a ', '-----BEGIN OPENSSH PRIVATE', ' KEY-----\n', word(200)))).toBe('a [redacted:private-key]')
  })

  it('R02: no word in the text switches it off', () => {
    expect(redactSecrets(`secretlint-disable gitleaks:allow ${GITHUB}`)).toBe('secretlint-disable gitleaks:allow [redacted:github-token]')
  })

  it.each(JOINTS)('R03: finds a secret split by %s', (_name, joint) => {
    for (const [rule, secret] of SECRETS) {
      for (const at of cutsOf(secret)) {
        const redacted = redactSecrets(`a ${secret.slice(0, at)}${joint}${secret.slice(at)} b`)
        // A private key whose end is split reaches to the end of the text.
        expect(rule === 'private-key' ? `${redacted.replace(/ b$/, '')} b` : redacted).toBe(`a [redacted:${rule}] b`)
      }
    }
  })

  it('is as many split secrets as docs/internals/reliability.md says', () => {
    expectStated('split secrets', JOINTS.length * SECRETS.reduce((sum, [, secret]) => sum + cutsOf(secret).length, 0))
  })

  it('R03: finds a secret behind a JSON escape, in one, and right behind an introducer', () => {
    expect(redactSecrets(String.raw`"x\n${GITHUB}\n"`)).toBe(String.raw`"x\n[redacted:github-token]\n"`)
    expect(redactSecrets(String.raw`\u0067${GITHUB.slice(1)}`)).toBe('[redacted:github-token]')
    expect(redactSecrets(`\u001b[${GITHUB}`)).toBe('\u001b[[redacted:github-token]')
    expect(redactSecrets(`\u001b]0;${GITHUB}\u0007`)).toBe('\u001b]0;[redacted:github-token]\u0007')
  })

  it('R04: secrets in a folder, a branch and a remote', () => {
    expect(redactSecrets(`/home/dev/${ANTHROPIC}/app`)).toBe('/home/dev/[redacted:anthropic-api-key]/app')
    expect(redactSecrets(`feature/${GITHUB}`)).toBe('feature/[redacted:github-token]')
    expect(redactSecrets(`https://user:${PASSWORD}@example.com/r.git`)).toBe('https://[redacted:url-userinfo]@example.com/r.git')
  })

  it.each([
    'https://github.com/owner/repo.git',
    'ssh://git@github.com/owner/repo.git',
    'git@github.com:owner/repo.git',
    'http://localhost:8080/a:b@c',
    "You've hit your session limit · resets 3pm (Europe/Kyiv) (error type rate_limit, HTTP 429, request id req_011CabcDEF, model sent to the API: claude-opus-5)",
    'max_tokens: 32000, output_tokens=1200, tokens: 48213',
    'SyntaxError: Unexpected token } in JSON at position 4',
    'the bearer of this letter, bearer responsibilities',
    'risk-assessment-of-the-task-list and sk-circle-fade-animation',
    'agent-a1b2c3d4e5f60718 toolu_01ABCdefGHIjklMNOpqrSTU 3f2b8c1e-4d5a-6b7c-8d9e-0f1a2b3c4d5e',
    'commit 9fceb02d0ae598e95dc970b74767f19372d61af8',
    'monkey=banana, keyboard: qwerty',
    'the password is wrong',
    '',
  ])('leaves alone: %s', (text) => {
    expect(redactSecrets(text)).toBe(text)
  })

  it('leaves alone what it already redacted', () => {
    const key = SECRETS.find(([rule]) => rule === 'private-key')?.[1]
    expect(redactSecrets(`[redacted:private-key] :*--0 ${key}: x4hunter22`)).toBe(
      '[redacted:private-key] :*--0 [redacted:private-key]: x4hunter22',
    )
    const texts = fc.array(
      fc.oneof(
        fc.constantFrom(...SECRETS.map(([, secret]) => secret), ...PLACES.map(([, text, secret]) => fill(text, secret))),
        fc.string(),
      ),
    )
    fc.assert(
      fc.property(texts, (parts) => {
        const once = redactSecrets(parts.join(' '))
        expect(redactSecrets(once)).toBe(once)
      }),
    )
  })

  it('R05: takes time in proportion to the length', () => {
    const pieces = [
      'a',
      ' ',
      '-',
      '.',
      ':',
      '@',
      '\\',
      '"',
      'eyJ',
      'eyJ-',
      '-eyJaaaaaaaa.',
      'a://',
      'a.a+',
      'https://a',
      'https://a:b',
      'sk-',
      'sk-ant-',
      '-----BEGIN PRIVATE KEY-----',
      '-----BEGIN ',
      'token',
      'token=',
      'token="',
      "key='",
      'password : ',
      'bearer ',
      'bearer a',
      'authorization:',
      'cookie:',
      '--api-key ',
      '\u001b[',
      '\u001b[0m',
      '\u200b',
      '\\u200b',
      '\\u{',
      '\\u001b[',
      'SG.',
      'SG.aaaaaaaaaaaaaaaaaaaa.',
      'xoxb-',
      '1234567890:AA',
      'AKIA',
      'gh',
      'hooks.slack.com/services/',
    ]
    redactSecrets('warm-up'.repeat(1000))
    for (const piece of pieces) {
      // Anything but linear would take minutes, and the test would end by its timeout.
      const text = piece.repeat(Math.ceil(500_000 / piece.length))
      expect(redactSecrets(text).length).toBeGreaterThan(0)
    }
  })
})

describe('excerptOf', () => {
  it('is one line, without control characters, without secrets', () => {
    expect(excerptOf(` a\r\n\t b \u001b[31m${GITHUB}\u202e\u0007`)).toBe('a b \\u{1b}[31m[redacted:github-token]\\u{202e}\\u{7}')
  })

  it('redacts before it clips', () => {
    for (let at = 150; at < 210; at += 1) {
      const excerpt = excerptOf(`${'x '.repeat(at / 2)}${GITHUB} and more ${'y '.repeat(200)}`)
      expect(excerpt).not.toContain(GITHUB.slice(0, 6))
      expect(excerpt.length).toBeLessThanOrEqual(200)
    }
  })

  it('shows no secret that the end of what it reads cuts in two', () => {
    const gap = ' '.repeat(65_536 - 10)
    expect(excerptOf(`${gap}${GITHUB} tail`)).toBe('')
    expect(excerptOf(`x${gap}${GITHUB} tail`)).toBe('x')
  })

  it('takes any length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 50 }), (text, max) => excerptOf(text, max).length <= max),
    )
    expect(excerptOf(`${ANTHROPIC} `.repeat(200_000)).length).toBeLessThanOrEqual(200)
  })
})

describe('the pattern of all rules', () => {
  const pieces = [
    ...SECRETS.map(([, secret]) => secret),
    'authorization: ',
    'Bearer ',
    'set-cookie: ',
    'api_key=',
    '"password": "',
    '--token ',
    'https://',
    'user:',
    '@host',
    '://',
    '"',
    "'",
    '=',
    ':',
    ' ',
    '\n',
    '-',
    '_',
    '.',
    'x',
    '1',
    '\\',
    '\u200b',
    'basic ',
    'key',
    'ı',
    'ſ',
    '\u212a',
  ]
  /** Whole pieces, and what is left of them when they are cut or change their case. */
  const piece = fc
    .tuple(fc.constantFrom(...pieces), fc.nat(100), fc.nat(100), fc.constantFrom('as it is', 'upper', 'lower'))
    .map(([text, from, less, letters]) => {
      const part = from % 4 === 0 ? text.slice(from % 9, text.length - (less % 9)) : text
      return letters === 'upper' ? part.toUpperCase() : letters === 'lower' ? part.toLowerCase() : part
    })
  const text = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  )

  it('matches wherever a rule does', () => {
    for (const [, secret] of SECRETS) expect(mayHoldSecret(secret), secret.slice(0, 8)).toBe(true)
    fc.assert(
      fc.property(text, (each) => {
        const found = RULES.filter(({ pattern }) => each.match(pattern) !== null).map(({ name }) => name)
        expect([mayHoldSecret(each) || found.length === 0, found]).toEqual([true, found])
      }),
      { numRuns: 3_000 },
    )
  })

  it('says no to what a report is made of', () => {
    for (const plain of ['completed', 'claude-opus-4-1', '2.1.329', '/home/dev/app', 'a0000000000000001', 'the last turn ended its work'])
      expect(mayHoldSecret(plain)).toBe(false)
  })
})
