import { isAssignedSecret, isCredential, isEncodedPair, isKeptSecret, isNoWord, isOptionSecret, looksRandom } from './secret-value.ts'

/** A value that a pattern found, and where it stands. */
export interface Found {
  readonly text: string
  readonly value: string
  /** Where the match begins: what the value is called stands from here on. */
  readonly from: number
  readonly start: number
  readonly end: number
}

/** A form of secrets. */
export interface Rule {
  readonly name: string
  /**
   * What it matches is secret, or only its group `secret…` where it has one. Linear: no unbounded run that a later part can fail.
   */
  readonly pattern: RegExp
  /** Stands in whatever matches a pattern that ignores case, or that looks far ahead: a pattern itself, in lower case. */
  readonly hint?: string
  /** Whether what was found is a secret; without it, it always is. */
  readonly isSecret?: (found: Found) => boolean
}

/** A value behind `=` or `:`, in quotes (escaped ones too, as in JSON within JSON) or up to the next blank or delimiter. */
const VALUE = String.raw`(?:\\{0,3}"(?<secret>[^"\\\n[][^"\\\n]{3,})|\\{0,3}'(?<secretInSingleQuotes>[^'\\\n[][^'\\\n]{3,})|(?<secretInNone>[^\s"'\x60,;&<>()[\]{}\\][^\s"'\x60,;&<>()[\]{}\\]{3,}))`
const SEPARATOR = String.raw`\\{0,3}["']?\]?\s{0,3}(?:=>?|:=?)\s{0,3}`
const NAMES = String.raw`token|secret(?:_key_base)?|passw(?:or)?d|passphrase|passcode|pass|pwd|[_-]pw|[_-]pat|_auth|credentials?|creds|(?:[_-]|api|access|secret|private|auth|account|shared|signing|encryption|master)key`

/** As much of a command as may stand before an option of it; `&` stands in addresses, too. */
const WORDS = String.raw`(?:[^\n|;&]|&(?!&)){0,400}?`
/** A word that a shell reads as a secret. */
const WORD = String.raw`\\?["']?(?<secret>[^\s"'\\|;-][^\s"'\\|;]{2,})`
const USER = String.raw`\s{0,3}\\?["']?[^\s:"'\\/]{1,64}`

/** Programs that take a secret as an argument, and the option behind which it stands. Case counts: `-p` and `-P` are two things. */
const COMMANDS: readonly (readonly [programs: string, option: string])[] = [
  ['curl', String.raw`(?:-[A-Za-z]{0,8}u|--(?:proxy-)?user\b=?)${USER}:(?<secret>[^\s"'\\]{3,})`],
  ['https?', String.raw`(?:-a|--auth=?)${USER}:(?<secret>[^\s"'\\]{3,})`],
  ['smbclient', String.raw`(?:-U|--user=?)${USER.replace(':', '%')}%(?<secret>[^\s"'\\]{3,})`],
  // What follows a blank is the database.
  ['(?:mysql|mariadb)[a-z-]{0,9}|mycli|7za?|7zz', `-p${WORD}`],
  ['sshpass', String.raw`-p\s{0,3}${WORD}`],
  ['redis-cli', String.raw`(?:-a|--pass\b)\s{0,3}${WORD}`],
  ['mongo[a-z]{0,8}', String.raw`-p\s{0,3}${WORD}`],
  ['ldap[a-z]{3,8}', String.raw`-w\s{0,3}${WORD}`],
  ['sqlcmd|osql|bcp|unzip|zip', String.raw`-P\s{0,3}${WORD}`],
  [
    String.raw`(?:docker|podman|buildah|skopeo|nerdctl|oras|crane|helm|az|oc|cf)\s(?:registry\s|auth\s)?login`,
    String.raw`-p\s{0,3}${WORD}`,
  ],
  ['lftp', String.raw`(?:-u|--user)${USER.replace(':', ',')},(?<secret>[^\s"'\\]{3,})`],
  ['openssl', String.raw`-[kK]\s{1,3}${WORD}`],
  ['rclone', String.raw`obscure\s{1,3}${WORD}`],
  ['openssl|keytool|jarsigner', String.raw`-[a-z]{1,9}\s{1,3}["']?pass:(?<secret>[^\s"'\\]{3,})`],
  ['htpasswd', String.raw`-[A-Za-z]{0,6}b[A-Za-z]{0,6}(?:\s{1,3}[^\s-]\S{0,200})?\s{1,3}[^\s-]\S{0,200}\s{1,3}${WORD}`],
]

/** Tokens of services that tell by their form what they are: prefix, alphabet, length. Mostly those of gitleaks (MIT), of 2026. */
const VENDOR_TOKENS = [
  // Code, packages and builds.
  String.raw`AT(?:ATT3|CTT3)[\w=-]{20,}`,
  'ATBB[A-Za-z0-9]{28,}',
  'rubygems_[0-9a-f]{48}',
  String.raw`cio(?=[A-Za-z]{0,31}\d)[A-Za-z0-9]{32}\b`,
  'CLOJARS_[a-z0-9]{60}',
  String.raw`oy2[a-z0-9]{43}\b`,
  'AKCp[A-Za-z0-9]{60,}',
  'cmVmdGtu[A-Za-z0-9]{50,}',
  'CCIPAT_[A-Za-z0-9]{20,}_[0-9a-f]{40}',
  'bkua_[0-9a-f]{40}',
  'sq[uap]_[0-9a-f]{40}',
  'sgp_(?:[0-9a-z]{16}_)?[0-9a-f]{40}',
  'pnu_[a-z0-9]{36}',
  'PMAK-[0-9a-f]{24}-[0-9a-f]{34}',
  String.raw`API-[A-Z0-9]{26}\b`,
  String.raw`(?:pat|sat)\.[\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}`,
  'rdme_[a-z0-9]{70}',
  'ico-[A-Za-z0-9]{32}',
  // Clouds and where things run.
  String.raw`LTAI[A-Za-z0-9]{16,24}\b`,
  'ABSK[A-Za-z0-9+/]{100,}={0,2}',
  'bedrock-api-key-[A-Za-z0-9+/=]{20,}',
  String.raw`v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}`,
  String.raw`sha256~[\w-]{43}`,
  String.raw`fo1_[\w-]{43}`,
  String.raw`fm[12][ar]?_[\w+/=-]{60,}`,
  String.raw`HRKU-AA[\w-]{40,}`,
  'nfp_[A-Za-z0-9]{36}',
  'rnd_[A-Za-z0-9]{28,}',
  'vc[pk]_[A-Za-z0-9]{24,}',
  String.raw`sb(?:p|_secret)_\w{20,}`,
  String.raw`pscale_(?:tkn|oauth|pw)_[\w=.-]{32,}`,
  String.raw`dapi\w{20,}`,
  String.raw`4b1d[A-Za-z0-9]{38}\b`,
  String.raw`pul-[0-9a-f]{40}`,
  String.raw`tskey-[a-z]{1,10}-(?:[A-Za-z0-9]{6,}-)?[A-Za-z0-9]{16,}`,
  String.raw`tk-us-[\w-]{48}`,
  String.raw`AQVN[\w-]{35,}`,
  String.raw`dnkey-[\w=-]{26}-[\w=-]{52}`,
  // Watching.
  String.raw`gl(?:sa|c)_\w{20,}`,
  String.raw`NR(?:AK|II|RA|AA|JS|SP)-[\w-]{19,}`,
  String.raw`dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}`,
  String.raw`sntry[su]_\w{20,}`,
  'phx_[A-Za-z0-9]{40,}',
  // Models.
  String.raw`(?:gsk_|xai-|pplx-|r8_)[A-Za-z0-9]{20,}`,
  String.raw`nvapi-[\w-]{40,}`,
  'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}',
  String.raw`pcsk_\w{40,}`,
  'tvly-(?:dev-|prod-)?[A-Za-z0-9]{24,}',
  'jina_[A-Za-z0-9]{50,}',
  // Secrets kept elsewhere.
  String.raw`dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{20,}`,
  String.raw`ops_eyJ[\w+/=-]{60,}`,
  'A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}',
  // Money and mail.
  String.raw`sq0[a-z]{3}-[\w-]{22,}`,
  String.raw`EAA[A-Za-z0-9][\w-]{60,}`,
  String.raw`shp(?:at|ca|pa|ss)_\w{20,}`,
  'shippo_(?:live|test)_[0-9a-f]{40}',
  String.raw`(?:live|test)_[0-9a-f]{35}\b`,
  String.raw`duffel_(?:live|test)_[\w=-]{43}`,
  String.raw`EZ[AT]K[A-Za-z0-9]{54}`,
  'FLWSECK(?:_TEST)?-[0-9a-f]{12,}-X',
  'access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  String.raw`(?:pub)?key-[0-9a-f]{32}\b`,
  String.raw`xkeysib-[0-9a-f]{64}-\w{16}`,
  String.raw`re_(?=[A-Za-z_]{0,32}\d)[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}`,
  String.raw`SK[0-9a-f]{32}\b`,
  // Work together.
  String.raw`fig[do]_[\w-]{36,}`,
  String.raw`pat[A-Za-z0-9]{14}\.[0-9a-f]{64}`,
  String.raw`ntn_[A-Za-z0-9]{20,}`,
  String.raw`secret_[A-Za-z0-9]{43}\b`,
  String.raw`lin_(?:api|oauth)_\w{20,}`,
  String.raw`2/\d{16}/\d{16}:[0-9a-f]{32}`,
  String.raw`CFPAT-[\w-]{43}`,
  String.raw`fio-u-[\w=-]{64}`,
  String.raw`aio_[A-Za-z0-9]{28}\b`,
  String.raw`sl\.[\w-]{120,}`,
  String.raw`sm_(?:pat|aat|sat)_\w{16,}`,
]

/** Tokens that begin in any way, and what stands in each of them: it is looked for first. */
const UNPREFIXED_TOKENS = [
  [String.raw`[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}`, String.raw`\.atlasv1\.`],
  [String.raw`[0-9a-f]{36}NRAL\b`, 'nral'],
  [String.raw`[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b`, '_mmk'],
  [String.raw`[0-9a-f]{32}-us\d{1,2}\b`, String.raw`-us\d`],
  // Discord.
  [String.raw`[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}`, String.raw`\.[\w-]{6}\.[\w-]{27}`],
] as const

/**
 * Known forms of secrets; where two overlap, the one that stands first gives its name. Names follow gitleaks where it has one.
 * Prefixes are matched exactly, so that words of prose are left alone.
 */
const ALL: readonly Rule[] = [
  { name: 'private-key', pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|$)/g },
  // Its beginning was cut off: read backwards from its end, which is found first.
  {
    name: 'private-key',
    pattern:
      /(?=-----END [A-Z0-9 ]{0,40}PRIVATE KEY)(?<=(?<![A-Za-z0-9+/=])(?<secret>[A-Za-z0-9+/=]{1,80}(?:\s{1,4}[A-Za-z0-9+/=]{1,80}){0,200})\s{1,4})/g,
    hint: '-----end ',
  },
  // Its lines alone, known by how the encoding of a private key begins, and that of no certificate or public key.
  {
    name: 'private-key',
    pattern:
      /(?<![A-Za-z0-9+/=])(?:MII[A-J][A-Za-z0-9+/][AQgw]IBA[AD]|MI(?:GH|GE|G2|HuA|HtA|H3A)AgEAM|MHcCAQEE|MIGkAgEB|MIHcAgEB|MC4CAQAwBQYDK2V|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/]{8,}={0,2}(?:\s{1,4}[A-Za-z0-9+/]{16,80}={0,2}(?![\w+/=-]))*/g,
  },
  { name: 'age-secret-key', pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g },
  {
    name: 'url-userinfo',
    pattern: /\b[a-z][a-z0-9+.-]{1,24}:\/\/(?<secret>[^\s/?#"'`<>@:]{0,256}:[^\s/?#"'`<>]{1,1024})@/gi,
    hint: String.raw`:\/\/`,
    isSecret: ({ value }) => isKeptSecret(value.slice(value.indexOf(':') + 1)),
  },
  {
    name: 'url-userinfo',
    pattern: /\b(?:https?|wss?|ftps?):\/\/(?<secret>[^\s/?#"'`<>@:]{1,1024})@/gi,
    hint: String.raw`:\/\/`,
    // Most names before an `@` are those of people and teams.
    isSecret: ({ value }) => looksRandom(value),
  },
  { name: 'slack-webhook', pattern: /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[\w/+-]{10,})/g },
  { name: 'discord-webhook', pattern: /\bdiscord(?:app)?\.com\/api\/webhooks\/(?<secret>\d{5,25}\/[\w-]{20,})/g },
  { name: 'teams-webhook', pattern: /\bwebhook\.office\.com\/webhookb2\/(?<secret>[\w@/-]{36,})/g },
  { name: 'anthropic-api-key', pattern: /\bsk-ant-[\w-]{8,}/g },
  {
    name: 'openai-api-key',
    pattern: /\bsk-(?:(?:proj|svcacct|admin|None)-[\w-]{20,}|(?:[a-z0-9]{1,10}-){0,3}(?=[A-Za-z]{0,40}\d)\w{20,}[\w-]*)/g,
  },
  { name: 'stripe-access-token', pattern: /\b(?:[sr]k_(?:live|test|prod)_|whsec_)\w{10,}/g },
  { name: 'aws-access-token', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g },
  { name: 'github-fine-grained-pat', pattern: /\bgithub_pat_\w{20,}/g },
  { name: 'github-token', pattern: /\bgh[pousr]_\w{20,}/g },
  { name: 'gitlab-token', pattern: /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w.-]{16,}/g },
  { name: 'slack-token', pattern: /\bxox[a-z]-[\w-]{8,}|\bxapp-\d-[\w-]{8,}|\bxoxe\.xox[bp]-[\w-]{8,}/g },
  { name: 'npm-access-token', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { name: 'pypi-upload-token', pattern: /\bpypi-AgE[\w-]{20,}/g },
  { name: 'huggingface-access-token', pattern: /\b(?:hf|api_org)_[A-Za-z0-9]{24,}/g },
  { name: 'gcp-api-key', pattern: /\bAIza[\w-]{30,}/g },
  { name: 'google-oauth', pattern: /\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}/g },
  { name: 'docker-token', pattern: /\bdckr_(?:pat|oat)_[\w-]{20,}/g },
  { name: 'digitalocean-token', pattern: /\bdo[opr]_v1_[a-f0-9]{32,}/g },
  { name: 'vault-token', pattern: /\bhv[sbr]\.[\w-]{20,}/g },
  { name: 'sendgrid-api-token', pattern: /\bSG\.[\w-]{16,64}\.[\w-]{16,}/g },
  { name: 'telegram-bot-token', pattern: /\b\d{8,10}:AA[\w-]{33}/g },
  { name: 'azure-ad-client-secret', pattern: /(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}/g },
  { name: 'vendor-token', pattern: new RegExp(String.raw`\b(?:${VENDOR_TOKENS.join('|')})`, 'g') },
  ...UNPREFIXED_TOKENS.map(([source, hint]) => ({ name: 'vendor-token', pattern: new RegExp(String.raw`\b${source}`, 'g'), hint })),
  // Not behind a word or a dash, so that every run of these characters is tried only once.
  { name: 'jwt', pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g },
  {
    name: 'command-password',
    pattern: new RegExp(
      COMMANDS.map(([programs, option], at) => named(String.raw`\b(?:${programs})\s(?:${WORDS}\s)??${option}`, at)).join('|'),
      'g',
    ),
    hint: String.raw`\b(?:curl|https?|smbclient|(?:mysql|mariadb)[\w-]{0,9}|mycli|7za?|7zz|sshpass|redis-cli|mongo\w{0,8}|ldap\w{3,8}|sqlcmd|osql|bcp|unzip|zip|login|lftp|rclone|openssl|keytool|jarsigner|htpasswd)\s`,
    isSecret: ({ value }) => isKeptSecret(value),
  },
  {
    name: 'command-password',
    pattern: new RegExp(
      String.raw`\b(?:echo|printf)\s{1,3}(?:-n\s{1,3})?\\?["']?(?<secret>[^\s"'\\|;$][^\s"'\\|;]{2,})\\?["']?\s{0,3}\|[^\n|;]{0,200}\s(?:--password-stdin|--with-token|--passphrase-fd|sudo\s{1,3}-[A-Za-z]{0,4}S)\b`,
      'g',
    ),
    hint: '-stdin|-with-token|-passphrase-fd|sudo',
    isSecret: ({ value }) => isKeptSecret(value),
  },
  {
    name: 'command-password',
    pattern: /\bnet\s{1,3}use\s{1,3}(?:\S{1,2}\s{1,3})?\\\\\S{1,200}\s{1,3}(?<secret>[^\s/]\S{2,})\s{1,3}\/user:/g,
  },
  {
    name: 'set-secret',
    pattern: new RegExp(
      String.raw`\b(?:setx|setenv|set\s{1,3}-[a-z]{1,4}|config(?:ure)?\s{1,3}set)\s{1,3}[^\s=]{0,120}?(?:token|secret|passw(?:or)?d|passphrase|[_-]pass|[_-]pw|(?:access|api|secret|private)[_-]?key)\s{1,3}${VALUE}`,
      'gi',
    ),
    hint: String.raw`set(?:x|env)?\s`,
    isSecret: isOptionSecret,
  },
  { name: 'redis-password', pattern: /\b(?:requirepass|masterauth)\s{1,4}["']?(?<secret>[^\s"'[]{3,})/g, isSecret: isNoWord },
  {
    name: 'xml-password',
    pattern: /<(?:password|passphrase|privateKey|clientSecret|apiKey|accessToken)>(?<secret>[^\s<>[]{3,})(?=<\/)/g,
    isSecret: isNoWord,
  },
  {
    name: 'netrc-password',
    pattern:
      /\bmachine\s{1,20}\S{1,200}\s{1,20}(?:login\s{1,20}\S{1,200}\s{1,20})?(?:account\s{1,20}\S{1,200}\s{1,20})?password\s{1,20}(?<secret>[^\s[]\S{2,})/g,
  },
  {
    name: 'pgpass-password',
    pattern: /(?<![\w.:/-])[\w.*-]{1,200}:(?:543\d|6432|\*):[\w*-]{1,64}:[\w*.-]{1,64}:(?<secret>[^\s:"'[][^\s:"']{2,})/g,
    hint: String.raw`:(?:543\d|6432|\*):`,
  },
  {
    name: 'basic-auth',
    pattern: /(?:\\?"auth\\?"\s{0,3}:\s{0,3}\\?"|(?<![\w-])_auth\s{0,3}=\s{0,3}"?)(?<secret>[A-Za-z0-9+/]{12,4096}={0,2})(?![\w+/=.-])/g,
    isSecret: ({ value }) => isEncodedPair(value),
  },
  { name: 'kubernetes-client-key', pattern: /\bclient-key-data\\?["']?:\s{0,3}\\?["']?(?<secret>[A-Za-z0-9+/=]{20,})/g },
  { name: 'nuget-config-password', pattern: /\bkey="(?:ClearText)?Password"\s{1,9}value="(?<secret>[^"\n[][^"\n]{2,})/g },
  { name: 'bundler-credential', pattern: /\bBUNDLE_[A-Z_]{2,80}=["']?(?<secret>[0-9a-f]{8}:[0-9a-f]{8})\b/g },
  {
    name: 'signature',
    pattern: /(?<![\w-])(?:x-(?:amz|goog)-(?:signature|security-token)|signature|sig)=(?<secret>[\w%+/~-]{20,}={0,2})/gi,
    hint: '(?:sig|signature|token)=',
    isSecret: ({ value }) => looksRandom(value),
  },
  {
    name: 'session-cookie',
    pattern: /(?<![\w-])(?:_\w{1,30}_session|connect\.sid|phpsessid|jsessionid|sessionid)=(?<secret>[\w%.+/-]{16,})/gi,
    hint: '(?:session|sid|sessid|sessionid)=',
    isSecret: ({ value }) => looksRandom(value),
  },
  {
    name: 'key-in-url',
    pattern: /[?&](?:key|apikey|code|client_secret)=(?<secret>[\w%.~-]{16,})/gi,
    hint: '[?&](?:key|apikey|code|client_secret)=',
    isSecret: ({ value }) => looksRandom(value),
  },
  {
    name: 'authorization',
    pattern:
      /\b(?:proxy-)?authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["'`]?(?:[a-z][\w-]{2,20}\s{1,4})?(?<secret>[^\s"'`\\,;<{][^\s"'`\\,;]{3,})/gi,
    hint: 'authorization',
    isSecret: isCredential,
  },
  { name: 'bearer-token', pattern: /\bbearer\s{1,4}(?=[\w.~+/=-]{0,200}\d)(?<secret>[\w.~+/=-]{12,})/gi, hint: String.raw`bearer\s` },
  { name: 'cookie', pattern: /\b(?:set-)?cookie:\s{0,4}(?<secret>[\w.-]{1,80}=[^\n"'\\]{3,})/gi, hint: 'cookie:' },
  {
    name: 'assigned-secret',
    // What stands for another secret names none.
    pattern: new RegExp(String.raw`(?:${NAMES})(?<!\[redacted:[a-z-]{1,40})${SEPARATOR}${VALUE}`, 'gi'),
    hint: `(?:token|secret(?:_key_base)?|passw(?:or)?d|passphrase|passcode|pass|pwd|pw|pat|_auth|credentials?|creds|key)${SEPARATOR}`,
    isSecret: isAssignedSecret,
  },
  {
    name: 'secret-option',
    pattern: new RegExp(String.raw`(?<![\w-])--?(?:[a-z]{1,20}-){0,3}(?:token|secret|password|passphrase|key)\s{1,4}(?!-)${VALUE}`, 'gi'),
    hint: String.raw`-(?:token|secret|password|passphrase|key)\s`,
    isSecret: isOptionSecret,
  },
]

/** The rules; their patterns say where each group stands. */
export const RULES: readonly Rule[] = ALL.map(({ pattern, ...rule }) => ({ ...rule, pattern: new RegExp(pattern, `${pattern.flags}d`) }))

/** A group may have its name only once in a pattern. */
function named(source: string, at: number): string {
  return source.replaceAll('(?<secret>', `(?<secret${String.fromCharCode(65 + at)}>`)
}
