import { defineConfig } from 'vitest/config'

// Real clients, minutes long: not part of `npm test`. One file at a time, since every world has its own processes.
export default defineConfig({
  test: {
    include: ['test/client/**/*.spec.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    reporters: ['verbose'],
  },
})
