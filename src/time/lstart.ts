const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * The time of `ps -o lstart=` under LC_ALL=C (`Fri Nov  6 08:16:05 2026`), in milliseconds since the epoch if its zone is UTC. The text does not
 * name the zone.
 */
export function parseLstart(text: string): number | undefined {
  const match = /^[A-Z][a-z]{2} +([A-Z][a-z]{2}) +(\d{1,2}) +(\d\d):(\d\d):(\d\d) +(\d{4})$/.exec(text.trim())
  const month = MONTHS.indexOf(match?.[1] ?? '')
  if (match === null || month === -1) return undefined
  const [day, hour, minute, second, year] = match.slice(2).map(Number) as [number, number, number, number, number]
  const instant = new Date(Date.UTC(year, month, day, hour, minute, second))
  // Date.UTC rolls 31 February over without a word.
  return instant.getUTCDate() === day && instant.getUTCHours() === hour && minute < 60 && second < 60 ? instant.getTime() : undefined
}
