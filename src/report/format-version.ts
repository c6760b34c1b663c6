// Apart from the schemas of the report: a scan needs the number, and half of its start would go to loading zod.

/**
 * Version of the JSON. A minor version only adds (consumers ignore keys they do not know); a major version breaks, and
 * `render` refuses it. Before 1.0 some lists were never filled.
 */
export const FORMAT_VERSION = '1.2'
