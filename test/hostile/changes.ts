import type { Json } from '../lacking.ts'

/** One of each type that JSON has. */
const ODD: readonly Json[] = [null, 7, 'x', true, [], {}]

/** Every copy of a value in which one thing is left out or is of another type, with what was done. */
export function* changesOf(value: Json, place = ''): Iterable<readonly [string, Json]> {
  for (const [key, each, put, without] of partsOf(value)) {
    const at = `${place}.${key}`
    yield [`${at} left out`, without()]
    for (const [done, other] of changesOf(each, at)) yield [done, put(other)]
  }
  for (const odd of ODD) if (typeOf(odd) !== typeOf(value)) yield [`${place} is ${JSON.stringify(odd)}`, odd]
}

type Part = readonly [key: string | number, value: Json, put: (other: Json) => Json, without: () => Json]

function* partsOf(value: Json): Iterable<Part> {
  if (isList(value)) {
    for (const [at, each] of value.entries()) yield [at, each, (other) => value.with(at, other), () => value.toSpliced(at, 1)]
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    for (const [at, [key, each]] of entries.entries())
      yield [key, each, (other) => ({ ...value, [key]: other }), () => Object.fromEntries(entries.toSpliced(at, 1))]
  }
}

function typeOf(value: Json): string {
  return value === null ? 'null' : isList(value) ? 'list' : typeof value
}

// `Array.isArray` alone leaves readonly lists in what is not a list.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
