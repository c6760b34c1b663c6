// Apart from the schemas of the report: a scan needs the number, and half of its start would go to loading zod.

/**
 * Version of the JSON. A minor version only adds (consumers ignore keys they do not know); a major version breaks, and
 * `render` refuses it. It stays below 1 until every list is filled.
 */
export const FORMAT_VERSION = '0.1'
