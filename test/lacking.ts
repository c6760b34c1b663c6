export type Json = null | string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

/** Every copy of a value in which one thing is missing: a field is null, a list is empty. Of long lists the first entries only. */
export function* lacking(value: Json): Iterable<Json> {
  if (isList(value)) {
    if (value.length > 0) yield []
    for (const [index, each] of value.slice(0, 3).entries()) {
      for (const less of lacking(each)) yield value.with(index, less)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      if (each !== null) yield { ...value, [key]: null }
      for (const less of lacking(each)) yield { ...value, [key]: less }
    }
  }
}

// `Array.isArray` alone leaves readonly lists in what is not a list.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
