#!/usr/bin/env node
// Nothing is imported before the version check: an older Node would fail on it with a stack instead of a sentence.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const words = process.argv.slice(2)

if (major < 20 || (major === 20 && minor < 12)) {
  process.stderr.write(`agent-forensics: needs Node 20.12 or newer, this is ${process.versions.node}\n`)
  process.exitCode = 3
} else if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  // Scripts ask before every run, and nothing else has to be loaded to answer.
  const { TOOL_VERSION } = await import('../dist/cli/version.js')
  // A reader that has gone away is told nothing.
  process.stdout.on('error', () => {})
  process.stdout.write(`${TOOL_VERSION}\n`)
} else {
  // At once, wherever it is: at worst a draft of `--output` or the folder of `--demo` stays behind, never half a report.
  process.on('SIGINT', () => {
    // The line that says how far the work is must not stand before the next prompt of the shell.
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    process.exit(130)
  })
  const [{ main }, { createProgramHost }, { createThreads }] = await Promise.all([
    import('../dist/cli/main.js'),
    import('../dist/node/program-host.js'),
    import('../dist/node/threads.js'),
  ])
  const host = createProgramHost({
    files: lazily(async () => (await import('../dist/node/files.js')).createFiles()),
    processes: lazily(async () => (await import('../dist/node/processes.js')).createProcesses()),
    git: lazily(async () => (await import('../dist/node/git.js')).createGit()),
    forge: lazily(async () => (await import('../dist/node/forge.js')).createForgeTools()),
    client: lazily(async () => (await import('../dist/node/client.js')).createClient()),
    threads: createThreads(new URL('./reader-thread.js', import.meta.url)),
    demo: async (now) => (await import('../dist/demo/demo.js')).createDemo(now),
  })
  process.exitCode = await main(words, host)
}

/** A port whose methods are all asynchronous, loaded at its first use: `--help` needs none of them. */
function lazily(load) {
  let port
  return new Proxy(
    {},
    {
      get:
        (_, method) =>
        async (...args) =>
          (await (port ??= load()))[method](...args),
    },
  )
}
