import { isObject, type JsonObject } from '../text/json.ts'

/** A field that is read where it has the expected type: a wrong type costs that field only. */
export function textIn(raw: JsonObject, key: string, max = 4_000): string | null {
  const value = raw[key]
  return typeof value === 'string' ? value.slice(0, max) : null
}

/** 1e999 is a number in JSON, and none that counts anything. */
export function numberIn(raw: JsonObject, key: string): number | null {
  const value = raw[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export function objectIn(raw: JsonObject, key: string): JsonObject | null {
  const value = raw[key]
  return isObject(value) ? value : null
}

export function listIn(raw: JsonObject, key: string): readonly unknown[] {
  const value = raw[key]
  return Array.isArray(value) ? value : []
}

/** A text that may be JSON itself, as the arguments of calls are; null: it is no object. */
export function parseObject(text: string): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}
