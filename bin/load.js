// Runs what `npm run build` joined in dist/bundle/, and spares V8 compiling what the build has compiled for this very V8 in dist/compiled/.
'use strict'
const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { Script } = require('node:vm')

const BUNDLE = join(__dirname, '..', 'dist', 'bundle')
/** For each file of the bundle its seal, then what this V8 made of it; scripts/build-compiled.mjs writes them. */
const COMPILED = join(__dirname, '..', 'dist', 'compiled', `${process.versions.v8}-${process.platform}-${process.arch}`)
/** How this V8 was built. It refuses by itself what another version compiled, or the same with other flags; this it does not look at. */
const BUILT_WITH = JSON.stringify(Object.entries(process.config.variables).filter(([name]) => name.startsWith('v8_')))
const SEAL_BYTES = 32

/**
 * What has been loaded, by the names of the files without `.js`.
 * @type {Map<string, { exports: any, script: Script }>}
 */
const loaded = new Map()

/**
 * What a file of the bundle exports.
 * @param {string} name without `.js`
 * @returns {any}
 */
function load(name) {
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const filename = join(BUNDLE, `${name}.js`)
  const code = readFileSync(filename)
  const text = `(function (exports, require, module, __filename, __dirname) {${code.toString()}\n})`
  const module = { exports: {}, script: new Script(text, { filename, cachedData: compiledOf(name, code) }) }
  // Before it runs: files may need each other.
  loaded.set(name, module)
  const requireOutside = createRequire(filename)
  /** @type {(id: string) => any} */
  const require = (id) => (id.startsWith('./') ? load(id.slice('./'.length, -'.js'.length)) : requireOutside(id))
  module.script.runInThisContext().call(module.exports, module.exports, require, module, filename, BUNDLE)
  return module.exports
}

/**
 * @param {string} name
 * @param {Buffer} code
 */
function compiledOf(name, code) {
  let file
  try {
    file = readFileSync(join(COMPILED, name))
  } catch {
    // Another V8 than any that built this package, or a file that was not loaded meanwhile.
    return undefined
  }
  const compiled = file.subarray(SEAL_BYTES)
  return sealOf(code, compiled).equals(file.subarray(0, SEAL_BYTES)) ? compiled : undefined
}

/**
 * V8 crashes on damaged data, runs what was compiled of another text of the same length, and may do either where it was built otherwise.
 * @param {Buffer} code
 * @param {Buffer} compiled
 */
function sealOf(code, compiled) {
  return createHash('sha256').update(BUILT_WITH).update(code).update(compiled).digest()
}

module.exports = { COMPILED, load, loaded, sealOf }
