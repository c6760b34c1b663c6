import type { Found } from './secret-rules.ts'

/** Names of keys that open nothing. */
const PLAIN_KEY =
  /(?:^|[_-])(?:cache|restore|primary|foreign|sort|partition|public|pub|hash|row|range|group|lookup|unique|idempotency|object|index|dedupe|routing|shard|column|react|query|mutation|i18n|translation|storage|map|registry|compound|natural|surrogate|candidate|composite)[_-]?key$/i
/** Names of keys that do: what else is called a key has to look like one. */
const SECRET_KEY = /(?:api|access|secret|private|auth|account|shared|signing|encryption|master)[_-]?key$/i
const PASSWORD = /(?:pass(?:word|wd|phrase|code)?|pwd|pw)$/i
/** Names of variables that hold a folder. */
const FOLDER = /(?:^|[^A-Za-z0-9_])(?:OLD)?PWD$/i

/** What stands for a value: a variable, a template, a tag, stars. */
const REFERENCE =
  /^(?:\$(?:[{(]|[A-Za-z_][\w:]*$)|%\w+%$|\{\{|[<!]|\*{3,}$|\.{3}|[xX]{4,}$|\[redacted:[a-z-]+\]$|(?:process\.env|import\.meta|os\.environ|ENV|env|secrets|vars|config|settings|self|this)\b[.[])/
/** What people write where somebody else is to write a secret. */
const PLACEHOLDER = /^(?:your|my|some|the|insert|replace|enter|example|dummy|fake|todo)[-_ ]?[A-Za-z_ -]*$/i
/** Words of programming and of prose that stand behind such names. */
const WORDS: ReadonlySet<string> = new Set(
  'string number boolean bool bytes object unknown null none undefined void true false optional required invalid missing expired empty unset await async include omit same-origin basic bearer oauth2 base64 sha1 sha256 sha512 md5 utf8 write read admin'.split(
    ' ',
  ),
)
/** Nothing but letters, and what stands between names in code and prose. */
const ONLY_WORDS = /^[A-Za-z_$]*(?:[.:|?!/+*_-]+[A-Za-z_$]*)*$/
const ITSELF = /^[\W_]*(?:[a-z]{0,12}[_-]?)?(?:token|secret|passw(?:or)?d|pass|pwd|key|credentials?)[\W_\d]{0,2}$/i

/** Whether a text looks as no person would write it: long, with letters and digits in one piece. Linear. */
export function looksRandom(value: string): boolean {
  if (value.length < 16) return false
  return value.split(/[-_.:/%=~+]/).some((part) => part.length >= 10 && /\d/.test(part) && /[A-Za-z]/.test(part)) || isMixed(value)
}

/** Base64 without a digit, or that its own signs cut short. */
function isMixed(value: string): boolean {
  return value.length >= 24 && /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value) && !/[-_.:]/.test(value)
}

/** Whether a value is itself what has to be kept, and not the name of it. */
export function isKeptSecret(value: string): boolean {
  return !REFERENCE.test(value)
}

/** Whether a value is neither a word nor what stands for another. */
export function isNoWord({ value }: Found): boolean {
  return !ONLY_WORDS.test(value) && !isNothing(value)
}

/** Whether the encoding of a user and a password, which no word is. */
export function isEncodedPair(value: string): boolean {
  return value.endsWith('=') || (/[a-z]/.test(value) && /.[A-Z]/.test(value) && /\d/.test(value))
}

/** Whether what a header `Authorization` holds lets anybody in. */
export function isCredential({ text, value, from, start }: Found): boolean {
  if (REFERENCE.test(value) || value.startsWith('[')) return false
  const hasScheme = /[:=]\s*\\?["'`]?[a-z][\w-]*\s+$/i.test(text.slice(from, start))
  return !ONLY_WORDS.test(value) || (hasScheme && value.length >= 16)
}

/** Whether a value that was given to a secret's name is one: neither code, nor a type, nor prose, nor where it can be found. */
export function isAssignedSecret({ text, value, from, start, end }: Found): boolean {
  const before = text.slice(Math.max(0, from - 40), start)
  const [, name = '', sign = ''] = /([A-Za-z0-9_$-]*)\\{0,3}["']?\]?(\s*(?:=>?|:=?)\s*)\\{0,3}["']?$/.exec(before) ?? []
  if (PLAIN_KEY.test(name) || isNothing(value)) return false
  const isPassword = PASSWORD.test(name)
  // `pass` alone is a word of tests; `bypass` is none of ours.
  if (/pass$/i.test(name) && !/(?:^|[_-])(?:ssh)?pass$/i.test(name)) return false
  if (/_auth$/i.test(name) && (!/^[A-Z0-9_]+$/.test(name) || ONLY_WORDS.test(value))) return false
  if (/^(?:--)?pass$/i.test(name) && !/\d/.test(value)) return false
  if (FOLDER.test(` ${name}`) && isPath(value)) return false
  if (/key$/i.test(name) && !SECRET_KEY.test(name)) return looksRandom(value) && !isPath(value)
  if (isPath(value)) return false
  const isTight = sign === '='
  const isVariable = isTight && /^[A-Z0-9_]+$/.test(name)
  const isQuoted = /["']/.test(text.charAt(start - 1))
  if (isQuoted) {
    if (isVariable) return true
    if (/^\s*[+,.)]/.test(value)) return false
    // A sentence about it.
    if (/\s/.test(value)) return isPassword && !/^[A-Z][a-z]/.test(value)
    return isPassword || !ONLY_WORDS.test(value)
  }
  if (isVariable || (isTight && (name.startsWith('--') || /[;?&]$/.test(before.slice(0, before.lastIndexOf(name))))))
    return !/^\d{1,5}$/.test(value) || isPassword
  // Code: a call, or an element.
  if (/[([]/.test(text.charAt(end))) return false
  if (ONLY_WORDS.test(value)) return false
  if (isPassword) return true
  return !/^\d+$/.test(value) && (value.length >= 8 || /[^\w.-]/.test(value))
}

/** Whether what stands behind an option is a secret, and not the name of one, a file or a number. */
export function isOptionSecret({ text, value, from, start }: Found): boolean {
  if (isNothing(value) || isPath(value)) return false
  const option = /-([a-z-]+)\s/i.exec(text.slice(from, start))?.[1] ?? ''
  if (/key$/i.test(option) && !SECRET_KEY.test(option)) return looksRandom(value)
  if (/secret$/i.test(option)) return !ONLY_WORDS.test(value)
  return !/^\d{1,3}$/.test(value)
}

function isNothing(value: string): boolean {
  return (
    REFERENCE.test(value) ||
    PLACEHOLDER.test(value) ||
    /^0x[\da-f]+$/i.test(value) ||
    WORDS.has(value.toLowerCase().replace(/[.!?]$/, '')) ||
    ITSELF.test(value)
  )
}

/** A file or an address, none of whose names looks like a secret. */
function isPath(value: string): boolean {
  if (value.includes('://')) return true
  if (/^(?:[~.]{0,2}\/|[A-Za-z]:\\)/.test(value)) return !value.split(/[\\/]/).some((part) => part.length >= 16 && looksRandom(part))
  return /^[\w-]+\.(?:pem|key|crt|cer|pub|json|ya?ml|txt|p12|pfx|env|md|[jt]s|py)$/.test(value)
}
