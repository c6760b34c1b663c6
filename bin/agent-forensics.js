#!/usr/bin/env node
// No static import: it would be loaded before the version check, and an older Node fail on it with a stack instead of a sentence.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const words = process.argv.slice(2)

if (major < 20 || (major === 20 && minor < 12)) {
  process.stderr.write(`agent-forensics: needs Node 20.12 or newer, this is ${process.versions.node}\n`)
  process.exitCode = 3
} else if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  // A reader that has gone away is told nothing.
  process.stdout.on('error', () => {})
  // Scripts ask before every run, and nothing else has to be loaded to answer.
  void import('../dist/bundle/version.js').then(({ TOOL_VERSION }) => process.stdout.write(`${TOOL_VERSION}\n`))
} else {
  // At once, wherever it is: at worst a draft of `--output` or the folder of `--demo` stays behind, never half a report.
  process.on('SIGINT', () => {
    // The line that says how far the work is must not stand before the next prompt of the shell.
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    process.exit(130)
  })
  void import('../dist/bundle/program.js')
    .then(({ run }) => run(words))
    .then((code) => {
      process.exitCode = code
    })
}
