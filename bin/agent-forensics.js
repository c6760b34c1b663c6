#!/usr/bin/env node
// No static import: it would be loaded before the version check, and an older Node fail on it with a stack instead of a sentence.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const words = process.argv.slice(2)
// A client takes any code but 0 for an answer: what it does must not depend on how we are.
const isHook = words[0] === 'hook'

if (major < 20 || (major === 20 && minor < 12)) {
  process.stderr.write(`agent-forensics: needs Node 20.12 or newer, this is ${process.versions.node}\n`)
  process.exitCode = isHook ? 0 : 3
} else if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  // A reader that has gone away is told nothing.
  process.stdout.on('error', () => {})
  // Scripts ask before every run, and nothing else has to be loaded to answer.
  load('version').then(({ TOOL_VERSION }) => process.stdout.write(`${TOOL_VERSION}\n`), fail)
} else {
  // At once, wherever it is: what is not finished is taken away on the way out.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(signal, () => {
      // What a client is told, or has us save, is over in seconds; a terminal that closes ends its processes before that.
      if (isHook) return
      // The line that says how far the work is must not stand before the next prompt of the shell.
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
      process.exit(code)
    })
  }
  // Node would end with 1, which means that --fail-on or --check matched.
  process.on('uncaughtException', (error) => {
    const stack = String(error?.stack ?? error).replace(/[^\n\x20-\x7e]/g, '?')
    process.stderr.write(`agent-forensics: this is a bug, please report it:\n${stack}\n`)
    process.exit(isHook ? 0 : 70)
  })
  const cwd = currentFolder()
  load('program').then(({ run }) => run(words, cwd).then(finish), fail)
}

function load(name) {
  return import(`../dist/bundle/${name}.js`)
}

/** @param {number} code */
function finish(code) {
  // What is still waited for is no use to a client any more.
  if (isHook) process.exit(0)
  process.exitCode = code
}

/** @param {Error} error */
function fail(error) {
  process.stderr.write(`agent-forensics: it is not installed completely, install it again: ${error.message.split('\n')[0]}\n`)
  process.exitCode = isHook ? 0 : 3
}

/** Null where it has been deleted, and Node would throw whoever asks for it. */
function currentFolder() {
  try {
    return process.cwd()
  } catch {
    process.chdir('/')
    return null
  }
}
