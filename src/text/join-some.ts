/** The first names and how many more there are; one more than `most` is named too, since counting it is no shorter. */
export function joinSome(names: readonly string[], most: number): string {
  return names.length <= most + 1 ? names.join('; ') : `${names.slice(0, most).join('; ')}; ${names.length - most} more`
}
