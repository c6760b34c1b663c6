/** Where an arrow key leads in a list; null: it is none that moves. */
export function nextListIndex(key: string, at: number, length: number, page: number): number | null {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: length - 1 }[key]
  return to === undefined || length === 0 ? null : Math.min(Math.max(to, 0), length - 1)
}
