// Which texts a Claude Code release writes as errors, and which reason each gets: docs/internals/new-client-version.md.
// node scripts/client-texts.mjs CLIENT [OLDER-CLIENT]; with an older one, only what it does not write.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The function that makes every error record: the only one that takes these two fields of its argument first. */
const FACTORY = /function ([\w$]+)\(\{content:[\w$]+,apiError:[\w$]+,/
/** The values of `error` and of `apiError`, which the client lists in the schema of its output. */
const CODE_LISTS = [/\["authentication_failed",[^\]]*\]/, /\[(?:"[a-z_]+",)*"autocompact_thrashing",[^\]]*\]/]
/** The program lies around that function; the rest of the binary is the engine. */
const NEIGHBOURHOOD = 30_000_000
const LONGEST_CALL = 6_000
/** How far in front of a call the variables that it uses are looked for. */
const REACH = 4_000
const DEEPEST = 3
const LONGEST_FUNCTION = 3_000

/** Ends of the value that begins at `from`: strings, templates and brackets are skipped as a whole. */
function skipValue(code, from, stops) {
  let depth = 0
  for (let at = from; at < Math.min(code.length, from + LONGEST_CALL); at += 1) {
    const character = code[at]
    if (character === '"' || character === "'") at = skipString(code, at)
    else if (character === '`') at = skipTemplate(code, at)
    else if ('([{'.includes(character)) depth += 1
    else if (depth === 0 && stops.includes(character)) return at
    else if (')]}'.includes(character)) depth -= 1
    if (depth < 0) return at
  }
  return from
}

function skipString(code, from) {
  let at = from + 1
  while (at < code.length && code[at] !== code[from]) at += code[at] === '\\' ? 2 : 1
  return at
}

function skipTemplate(code, from) {
  let at = from + 1
  while (at < code.length && code[at] !== '`') {
    if (code[at] === '$' && code[at + 1] === '{') at = skipValue(code, at + 2, '}')
    at += code[at] === '\\' ? 2 : 1
  }
  return at
}

/** The values of an object literal's own properties, as code. */
function readProperties(code, from) {
  const found = new Map()
  let at = from
  while (at < code.length && code[at] !== '}') {
    const name = /^(?:"([^"]+)"|([\w$]+)):/.exec(code.slice(at, at + 80))
    const begin = at + (name?.[0].length ?? 0)
    const end = skipValue(code, begin, ',}')
    if (end <= begin) break
    if (name !== null) found.set(name[1] ?? name[2], { code: code.slice(begin, end), at: begin })
    at = code[end] === ',' ? end + 1 : end
  }
  return found
}

/** Where each name of the program is given a string, a template or a function's body: minified names come again in many places. */
function indexDefinitions(code) {
  const index = new Map()
  for (const match of code.matchAll(/function ([\w$]+)\(|[ ,;]([\w$]{2,})=(?=["`])/g)) {
    const name = match[1] ?? match[2]
    const places = index.get(name)
    const place = { at: match.index + match[0].length, isFunction: match[1] !== undefined }
    if (places === undefined) index.set(name, [place])
    else places.push(place)
  }
  return index
}

/** The code that gives a name its value: a variable just in front of the use, else the nearest definition in the program. */
function findDefinition({ code, index }, name, usedAt) {
  const from = Math.max(0, usedAt - REACH)
  const local = [...code.slice(from, usedAt).matchAll(new RegExp(`[,;{( ]${name.replaceAll('$', '\\$')}=(?![=>])`, 'g'))].at(-1)
  // Names of one or two letters belong to functions; a longer one is the program's.
  if (name.length < 3 && local !== undefined) {
    const at = from + local.index + local[0].length
    return { code: code.slice(at, skipValue(code, at, ',;')), at }
  }
  const places = index.get(name)?.filter(({ isFunction }) => name.length > 2 || !isFunction) ?? []
  const nearest = places.reduce(
    (best, each) => (Math.abs(each.at - usedAt) < Math.abs((best?.at ?? Infinity) - usedAt) ? each : best),
    undefined,
  )
  if (nearest === undefined) return undefined
  if (!nearest.isFunction) return { code: code.slice(nearest.at, skipValue(code, nearest.at, ',;')), at: nearest.at }
  const body = code.indexOf('{', skipValue(code, nearest.at, ')'))
  const end = skipValue(code, body + 1, '}')
  return end - body > LONGEST_FUNCTION ? undefined : { code: code.slice(body, end), at: body }
}

/** Every text that an expression may yield, its variable parts as far as they are fixed strings, else `…`. */
function listTexts(program, expression, depth = 0, seen = new Set()) {
  const texts = []
  for (let at = 0; at < expression.code.length; at += 1) {
    const character = expression.code[at]
    if (character === '"' || character === "'") {
      const end = skipString(expression.code, at)
      texts.push(unescape(expression.code.slice(at + 1, end)))
      at = end
    } else if (character === '`') {
      const end = skipTemplate(expression.code, at)
      texts.push(fillTemplate(program, expression.code.slice(at + 1, end), expression.at))
      at = end
    } else {
      const name = /^[A-Za-z_$][\w$]*/.exec(expression.code.slice(at, at + 60))?.[0]
      if (name === undefined) continue
      if (depth < DEEPEST && !seen.has(name) && yieldsValue(expression.code, at, name)) {
        seen.add(name)
        const definition = findDefinition(program, name, expression.at)
        if (definition !== undefined) texts.push(...listTexts(program, definition, depth + 1, seen))
      }
      at += name.length - 1
    }
  }
  return texts
}

/** Whether a name stands for a value, and not for a condition or a property. */
function yieldsValue(code, at, name) {
  if (code[at - 1] === '.' || code[at - 1] === '!') return false
  let behind = at + name.length
  if (code[behind] === '(') behind = skipValue(code, behind + 1, ')') + 1
  return !/^(?:\?(?!\?)|&&|[=!]==|[.<>:[]|=>)/.test(code.slice(behind, behind + 3))
}

function fillTemplate(program, template, usedAt) {
  let text = ''
  for (let at = 0; at < template.length; at += 1) {
    if (template[at] !== '$' || template[at + 1] !== '{') {
      text += template[at]
      continue
    }
    const end = skipValue(template, at + 2, '}')
    const definition = findDefinition(program, template.slice(at + 2, end), usedAt)
    text += /^"[^"]*"$/.test(definition?.code ?? '') ? definition.code.slice(1, -1) : '…'
    at = end
  }
  return unescape(text)
}

function unescape(text) {
  return text
    .replace(/\\u([\da-fA-F]{4})|\\x([\da-fA-F]{2})/g, (_, long, short) => String.fromCodePoint(Number.parseInt(long ?? short, 16)))
    .replace(/\\n/g, '\n')
    .replace(/\\(.)/g, '$1')
}

/** All errors of a client: `{ error, apiError, text }`, without doubles. */
function listErrors(path) {
  // One byte is one character, so that places stay places; the fixed texts are ASCII with escapes.
  const whole = readFileSync(path).toString('latin1')
  const factory = FACTORY.exec(whole)
  if (factory === null) throw new Error(`${path}: no function that makes error records was found`)
  const code = whole.slice(Math.max(0, factory.index - NEIGHBOURHOOD), factory.index + NEIGHBOURHOOD)
  const program = { code, index: indexDefinitions(code) }
  const errors = new Map()
  const add = (error, apiError, text) => errors.set(JSON.stringify([error, apiError, text]), { error, apiError, text })
  const [codes, finerCodes] = CODE_LISTS.map((list) => list.exec(code)?.[0].match(/[a-z_]+/g) ?? [])
  for (const each of codes) add(each, null, 'x')
  for (const each of finerCodes) add('unknown', each, 'x')
  for (const { index, 0: match } of code.matchAll(new RegExp(`(?<![\\w$])${factory[1].replaceAll('$', '\\$')}\\(\\{`, 'g'))) {
    const properties = readProperties(code, index + match.length)
    const content = properties.get('content')
    if (content === undefined || content.code.length < 2) continue
    const valuesOf = (name, known) => {
      const property = properties.get(name)
      const values = property === undefined ? [] : listTexts(program, property).filter((value) => known.includes(value))
      return values.length === 0 ? [null] : values
    }
    for (const text of listTexts(program, content)) {
      if (text.length < 12 || !/[a-z] [a-z]/i.test(text)) continue
      for (const error of valuesOf('error', codes)) for (const apiError of valuesOf('apiError', finerCodes)) add(error, apiError, text)
    }
  }
  return errors
}

/** The reason that this build gives to each, by a transcript for each and one scan of them all. */
function judgeErrors(errors) {
  const root = mkdtempSync(join(tmpdir(), 'client-texts-'))
  try {
    const session = '00000000-0000-4000-8000-000000000000'
    const agents = join(root, '-p', session, 'subagents')
    mkdirSync(agents, { recursive: true })
    const line = (agentId, second, rest) =>
      JSON.stringify({ sessionId: session, agentId, isSidechain: true, timestamp: `2026-01-01T00:00:0${second}.000Z`, ...rest })
    errors.forEach(({ error, apiError, text }, index) => {
      const agentId = `a${String(index).padStart(16, '0')}`
      const message = {
        id: `m${index}`,
        model: '<synthetic>',
        role: 'assistant',
        content: [{ type: 'text', text }],
        stop_reason: 'stop_sequence',
      }
      const record = { type: 'assistant', uuid: '2', parentUuid: '1', isApiErrorMessage: true, error, apiError, message }
      const prompt = { type: 'user', uuid: '1', parentUuid: null, message: { role: 'user', content: 'Go' } }
      writeFileSync(join(agents, `agent-${agentId}.jsonl`), `${line(agentId, 0, prompt)}\n${line(agentId, 1, record)}\n`)
    })
    const program = fileURLToPath(new URL('../bin/agent-forensics.js', import.meta.url))
    const options = ['scan', '--json', '--root', root, '--since', 'all', '--no-git', '--now', '2026-02-01T00:00:00Z']
    const report = JSON.parse(execFileSync(process.execPath, [program, ...options], { maxBuffer: 1 << 28, encoding: 'utf8' }))
    return new Map(report.agents.map(({ agentId, reason, confidence }) => [Number(agentId.slice(1)), `${reason} ${confidence}`]))
  } finally {
    rmSync(root, { recursive: true })
  }
}

const [client, older] = process.argv.slice(2)
if (client === undefined) throw new Error('usage: node scripts/client-texts.mjs CLIENT [OLDER-CLIENT]')
const known = older === undefined ? new Map() : listErrors(older)
const fresh = [...listErrors(client)].filter(([key]) => !known.has(key)).map(([, error]) => error)
const reasons = judgeErrors(fresh)
const rows = fresh.map(
  ({ error, apiError, text }, index) => `${reasons.get(index)}\t${error ?? '-'}\t${apiError ?? '-'}\t${JSON.stringify(text)}`,
)
process.stdout.write(`${rows.toSorted().join('\n')}\n`)
