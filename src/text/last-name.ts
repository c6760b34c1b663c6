/** The last part of a path of any system. */
export function lastName(path: string): string {
  return /([^\\/]+)[\\/]*$/.exec(path)?.[1] ?? path
}
