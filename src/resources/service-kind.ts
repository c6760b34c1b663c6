import { counts, ELSEWHERE, type Ended, endCounts, type Kind, type Line, type Started } from './kind.ts'
import { type Given, argumentsOf, type Service } from './service.ts'
import type { Word } from './simple-commands.ts'

/** More than anybody starts with one command. */
const MOST = 100
const CARRIED = /^[A-Za-z0-9][\w.:@/-]{0,200}$/

/** How the commands of one service are found. */
export function serviceKind(service: Service): Kind {
  const { provider, what } = service
  const kind = `${provider}: ${service.program}`
  return {
    started(line) {
      const begun = startsIn(line, service)
      const [first] = begun
      if (first === undefined) return []
      const text = line.shell.result?.text ?? ''
      if (service.unlessSaid?.test(text) === true) return []
      const found = foundIn(text, service)
      if (found.length === 0 && service.onlyFound === true) return []
      const rate = Number(service.rate?.exec(text)?.[1] ?? Number.NaN)
      const told = { ...ELSEWHERE, kind, provider, what, excerpt: null, ratePerHour: Number.isFinite(rate) ? rate : null }
      const make = (identifier: string | null, names: readonly string[], given: Given, index: number): Started => {
        const carried = carriedFrom(given, service)
        const isWhole = carried !== null && (service.required === undefined || service.required.some((name) => given.options.has(name)))
        const fill = (words: readonly string[]): readonly string[] =>
          words.flatMap((word) => (word === '{+}' ? (carried ?? []) : [word.replaceAll('{}', identifier ?? '')]))
        return {
          ...told,
          identifier,
          host: hostOf(given, service),
          aliases: [...names, ...(service.alsoKnown?.(given) ?? [])],
          check: carried === null ? null : fill(identifier === null || !isWhole ? service.list : service.check),
          end: identifier === null || !isWhole ? null : fill(service.finish),
          index,
        }
      }
      // The result names what came to be, however often the line ran the command.
      if (found.length > 0) {
        const [only] = found.length === 1 ? first.names : []
        return found.map((id) => make(id, only === undefined ? [] : [only], first.given, first.index))
      }
      return begun.flatMap(({ names, given, index }) =>
        names.length === 0 ? [make(null, [], given, index)] : names.map((name) => make(name, [], given, index)),
      )
    },
    ended(line) {
      return line.commands.flatMap((command, index): readonly Ended[] => {
        if (!endCounts(command, line)) return []
        const all = service.endAll === undefined ? null : argumentsOf(command, service, service.endAll)
        if (all !== null) return [{ kind, names: 'all', index }]
        const given = argumentsOf(command, service, service.end)
        if (given === null || service.ends?.(given) === false) return []
        const names = service.endedBy?.(given) ?? namesIn(given, service.endNamed)
        if (names === 'all' || command.repeated || service.endsAll?.(line.shell.command) === true) return [{ kind, names: 'all', index }]
        const known = names.filter((name) => name !== null)
        return [{ kind, names: known.length === 0 ? null : known, index }]
      })
    },
  }
}

interface Begun {
  readonly given: Given
  readonly names: readonly string[]
  readonly index: number
}

function startsIn(line: Line, service: Service): readonly Begun[] {
  const isShown = foundIn(line.shell.result?.text ?? '', service).length > 0
  return line.commands.flatMap((command, index): readonly Begun[] => {
    if (!counts(command, line, isShown)) return []
    const again = service.restart === undefined ? null : argumentsOf(command, service, service.restart)
    const given = again ?? argumentsOf(command, service, service.start)
    if (given === null || (again === null && service.starts?.(given) === false)) return []
    const names = namesIn(given, again === null ? service.named : service.endNamed)
    return [{ given, names: names.filter((name) => name !== null && service.id.test(name)) as string[], index }]
  })
}

function foundIn(text: string, { found, id }: Service): readonly string[] {
  if (found === undefined) return []
  const ids = [...text.matchAll(found)].slice(0, MOST).map((match) => match.slice(1).find((group) => group !== undefined) ?? '')
  return [...new Set(ids)].filter((each) => id.test(each))
}

function namesIn(given: Given, places: readonly string[]): readonly Word[] {
  const names: Word[] = []
  for (const place of places) {
    if (place === '*') names.push(...given.words)
    // Where an option names it, the first word is something else.
    else if (place === '') names.push(...(names.length === 0 ? given.words.slice(0, 1) : []))
    else names.push(...(given.options.get(place) ?? []))
  }
  return names
}

/** The options that say where the thing is; null: one of them is not known, so that a command could mean another thing. */
function carriedFrom(given: Given, { carried = [] }: Service): readonly string[] | null {
  const words: string[] = []
  for (const name of carried) {
    const value = given.options.get(name)?.at(-1)
    if (value === undefined) continue
    if (value === null || !CARRIED.test(value)) return null
    words.push(...(name.startsWith('--') ? [`${name}=${value}`] : [name, value]))
  }
  return words
}

function hostOf({ options }: Given, { hosts = [] }: Service): string | null {
  const [value] = hosts.flatMap((name) => options.get(name) ?? [])
  if (value === undefined) return null
  return value !== null && CARRIED.test(value) ? value.replace(/^[a-z]+:\/\//, '') : 'another machine'
}
