// Runs commands and measures them: wall time, processor time, peak memory of the largest process.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Certificates that a machine adds to Node's take 40 ms of every start, an empty one's too: a ratio to that would look better than it is. */
delete process.env.NODE_EXTRA_CA_CERTS
const hasGnuTime = spawnSync('/usr/bin/time', ['-f', '%e', 'true']).status === 0

/**
 * Runs `{ argv, env, cwd, input, counts, tells }` once, its output thrown away: into a file for `counts`, since grep stops at the first
 * match when it sees that it writes to /dev/null. `tells`: it prints its own time. Milliseconds and bytes; null where this machine does not tell.
 * GNU time knows children that are gone; without it the process itself is polled in /proc, so `xargs` has no figures there.
 */
async function run({ argv, env = {}, cwd, input, counts = false, tells = false }, scratch) {
  const report = join(scratch, 'time.txt')
  const timed = hasGnuTime ? ['/usr/bin/time', '-f', '%U %S %M', '-o', report, ...argv] : argv
  const stdin = input === undefined ? 'ignore' : openSync(input, 'r')
  const output = join(scratch, 'output.txt')
  const stdout = counts || tells ? openSync(output, 'w') : 'ignore'
  const from = process.hrtime.bigint()
  const child = spawn(timed[0], timed.slice(1), { cwd, env: { ...process.env, ...env }, stdio: [stdin, stdout, 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (data) => (complaint = `${complaint}${data}`.slice(-2_000)))
  const polled = hasGnuTime ? null : poll(child.pid)
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  const took = Number(process.hrtime.bigint() - from) / 1e6
  for (const file of [stdin, stdout]) if (file !== 'ignore') closeSync(file)
  if (code !== 0) throw new Error(`${argv.slice(0, 6).join(' ')} ended with ${code}: ${complaint.trim()}`)
  const wall = tells ? Number(readFileSync(output, 'utf8')) : took
  if (polled !== null) return { wall, ...polled.stop() }
  const [user, system, kilobytes] = readFileSync(report, 'utf8').trim().split('\n').at(-1).split(' ').map(Number)
  return { wall, cpu: (user + system) * 1_000, peak: kilobytes * 1_024 }
}

function poll(pid) {
  const seen = { cpu: null, peak: null }
  const look = () => {
    try {
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      if (peak !== undefined) seen.peak = Number(peak) * 1_024
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
      seen.cpu = (Number(fields[11]) + Number(fields[12])) * 10
    } catch {
      // It is gone, or this is no Linux.
    }
  }
  const timer = setInterval(look, 5)
  return {
    stop() {
      clearInterval(timer)
      return seen
    },
  }
}

/**
 * Every command `runs` times after one warm-up, in turn, each round beginning with another one: what drifts meets all alike.
 * Medians by name, with the least and the largest wall time.
 */
export async function compare(commands, runs, scratch, told = () => {}) {
  const names = Object.keys(commands)
  const all = new Map(names.map((name) => [name, []]))
  for (let round = -1; round < runs; round += 1) {
    for (let index = 0; index < names.length; index += 1) {
      const name = names[(index + Math.max(0, round)) % names.length]
      const measured = await run(commands[name], scratch)
      if (round >= 0) all.get(name).push(measured)
      told(`${name} ${round < 0 ? 'warm-up' : `${round + 1}/${runs}`} ${Math.round(measured.wall)} ms`)
    }
  }
  return Object.fromEntries(
    [...all].map(([name, each]) => {
      const walls = each.map(({ wall }) => wall)
      const of = (key) => median(each.map((one) => one[key]).filter((value) => value !== null))
      return [name, { wall: median(walls), least: Math.min(...walls), most: Math.max(...walls), cpu: of('cpu'), peak: of('peak') }]
    }),
  )
}

function median(values) {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
