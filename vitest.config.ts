import { defineConfig } from 'vitest/config'

// The time zone is left as the machine has it: what a test says about zones it must name itself.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What only a hang reaches, however busy the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // .ci/run counts its last line from the JSON.
    reporters: ['default', 'json'],
    outputFile: { json: '.vitest-report.json' },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // It runs as WebAssembly, which test/reading/ compares with a parser.
      exclude: ['src/clients/*/skim/**'],
      reporter: ['text-summary', 'html'],
      // What is left uncovered are platforms other than this one and races that no test can force.
      thresholds: { lines: 97, branches: 90, functions: 96, 'src/reasons/**': { lines: 97 }, 'src/time/**': { lines: 97 } },
    },
  },
})
