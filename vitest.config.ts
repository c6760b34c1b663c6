import { defineConfig } from 'vitest/config'

/** Tests that start git, shells or the program hundreds of times. */
const STARTING = [
  'test/start.test.ts',
  'test/{git,preserve,worktree}/**/*.test.ts',
  'test/{cli/completion,hook/hostile,node/git,plan/recovery,recover/kill}.test.ts',
]

// The time zone is left as the machine has it: what a test says about zones it must name itself.
export default defineConfig({
  test: {
    // To start a program costs more the more memory a process has, so these share no process with tests that need much.
    projects: [
      { extends: true, test: { name: 'starting', include: STARTING, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'reading', include: ['test/**/*.test.ts'], exclude: STARTING, sequence: { groupOrder: 1 } } },
    ],
    globalSetup: 'test/originals.ts',
    setupFiles: 'test/seed.ts',
    // Every core works, and a process goes on with the next file: to load the program anew for each costs a second.
    maxWorkers: '100%',
    isolate: false,
    unstubEnvs: true,
    unstubGlobals: true,
    restoreMocks: true,
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
      thresholds: { lines: 97, branches: 88, functions: 96, 'src/reasons/**': { lines: 97 }, 'src/time/**': { lines: 97 } },
    },
  },
})
