#!/usr/bin/env node
// Damages transcripts at random and looks at what the program says of them: npm run build && npm run fuzz -- --minutes 10 [--seed 7]
// What breaks a law is made small and kept in fixtures/fuzz/, where `npx vitest run test/hostile/kept.test.ts` runs it. Exit 1: something did.
import { fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    from: { type: 'string', default: '0' },
    only: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
})
const [minutes, seed, from] = [Number(values.minutes), Number(values.seed), Number(values.from)]
if (!(minutes > 0) || !Number.isSafeInteger(seed) || !Number.isSafeInteger(from))
  throw new Error('--minutes is above 0, --seed and --from are whole numbers')

/** A round that is silent for so long hangs. Milliseconds. */
const SILENT_MS = 120_000
/** Enough of one kind: a fault that every round meets is kept once or twice, and not a thousand times. */
const MOST_OF_A_LAW = 3

if (values.worker) await work()
else await lead()

/** Starts workers, each where the last one ended, and tells what became of them. */
async function lead() {
  process.stdout.write(`seed ${seed}\n`)
  const until = performance.now() + minutes * 60_000
  let [next, rounds, faults] = [from, 0, 0]
  const byLaw = new Map()
  do {
    const { last, end } = await start(next, (until - performance.now()) / 60_000, (message) => {
      rounds += 1
      if (message.fault === null) return
      faults += 1
      byLaw.set(message.fault.law, (byLaw.get(message.fault.law) ?? 0) + 1)
      process.stdout.write(`round ${message.number}: ${message.fault.law}: ${message.fault.told}\n  ${message.steps.join('\n  ')}\n`)
      if (message.kept !== null) process.stdout.write(`  kept in ${message.kept}\n`)
    })
    if (end !== null) {
      faults += 1
      process.stdout.write(`round ${last}: the process ${end}; again with --seed ${seed} --from ${last} --only\n`)
    }
    next = last + 1
  } while (performance.now() < until && !values.only)
  process.stdout.write(
    `seed ${seed}: ${rounds} rounds, ${faults} faults ${[...byLaw].map(([law, count]) => `(${law}: ${count})`).join(' ')}\n`,
  )
  process.exitCode = faults > 0 ? 1 : 0
}

/** One worker until time is up, or until it hangs or dies: the number of its last round, and how it ended. */
function start(first, left, tell) {
  return new Promise((done) => {
    const words = [
      '--worker',
      '--seed',
      String(seed),
      '--from',
      String(first),
      '--minutes',
      String(left),
      ...(values.only ? ['--only'] : []),
    ]
    const child = fork(fileURLToPath(import.meta.url), words, { execArgv: ['--max-old-space-size=1024'] })
    let last = first
    let end = null
    let silence
    const listen = () => {
      clearTimeout(silence)
      silence = setTimeout(() => {
        end = `said nothing for ${SILENT_MS / 1_000} s`
        child.kill('SIGKILL')
      }, SILENT_MS)
    }
    listen()
    child.on('message', (message) => {
      listen()
      last = message.number
      if ('fault' in message) tell(message)
    })
    child.on('exit', (code, signal) => {
      clearTimeout(silence)
      if (end === null && code !== 0) end = `ended with ${signal ?? code}`
      done({ last, end })
    })
  })
}

/** Rounds, one after the other, until time is up. */
async function work() {
  const { createServer } = await import('vite')
  const server = await createServer({
    configFile: false,
    server: { middlewareMode: true, ws: false, watch: null },
    logLevel: 'error',
    appType: 'custom',
  })
  const { roundOf, tryRound, keepRound } = await server.ssrLoadModule('/test/fuzz/run.ts')
  const until = performance.now() + minutes * 60_000
  const kept = new Map()
  let number = from
  do {
    process.send({ number })
    const round = roundOf(seed, number)
    const fault = await tryRound(round)
    let folder = null
    if (fault !== null && (kept.get(fault.law) ?? 0) < MOST_OF_A_LAW) {
      kept.set(fault.law, (kept.get(fault.law) ?? 0) + 1)
      folder = await keepRound(seed, round, fault)
    }
    const steps = [round.subject.name, ...round.steps.map(({ done }) => done), round.commands.map((words) => words.join(' ')).join(' | ')]
    await new Promise((sent) => process.send({ number, fault, steps, kept: folder }, sent))
    number += 1
  } while (performance.now() < until && !values.only)
  await server.close()
  process.disconnect()
}
