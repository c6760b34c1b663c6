/** The version of this package, as package.json says it. */
export { TOOL_VERSION } from '#generated/version'
