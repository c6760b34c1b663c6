/** A field that holds no other: records begin with such, the type among them, and what was said comes behind. */
const FIELD = String.raw`"\w+":(?:"[^"\\\n]*"|null|true|false),`

/** Only what was said is sure to be of the session that it names. */
const START = new RegExp(String.raw`^\{(?:${FIELD})*?"sessionId":"([\w-]{1,128})",(?:${FIELD})*?"type":"(?:user|assistant)",`)

/** The session that the first record names, where it begins as nearly all do; null: it does not. */
export function sessionAtStart(beginning: string): string | null {
  return START.exec(beginning)?.[1] ?? null
}
