/** The version of this package; a test holds it to package.json, which no layer but src/node/ may read. */
export const TOOL_VERSION = '0.1.0'
