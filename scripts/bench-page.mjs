#!/usr/bin/env node
// What a page of 10,000 agents costs to write and to open: npm run build && node scripts/bench-page.mjs [agents] [runs]
// Exit 1: writing it takes more than 200 MiB, or opening it more than two seconds. CHROMIUM names another browser than /usr/bin/chromium.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { compare } from './bench/measure.mjs'
import { smallFiles } from './bench/tree.mjs'

const MIB = 2 ** 20
const [agents = 10_000, runs = 5] = process.argv.slice(2).map(Number)
if (!(agents >= 1 && runs >= 1)) throw new Error('usage: bench-page.mjs [agents] [runs]')
const program = fileURLToPath(new URL('../bin/agent-forensics.js', import.meta.url))
const now = '2026-10-20T00:00:00Z'
const folder = mkdtempSync(join(tmpdir(), 'bench-page-'))
const page = join(folder, 'page.html')
try {
  // Nineteen agents for each main transcript.
  smallFiles(folder, { count: agents + Math.ceil(agents / 19), seed: 6, now: Date.parse(now) })
  const scan = [process.execPath, program, 'scan', '--root', join(folder, 'projects'), '--since', 'all', '--no-git', '--now', now]
  const written = await compare(
    {
      html: { argv: [...scan, '--format', 'html', '--output', page], counts: true },
      json: { argv: [...scan, '--format', 'json', '--output', join(folder, 'report.json')], counts: true },
    },
    runs,
    folder,
  )
  const opened = await openings(pathToFileURL(page).href)
  const median = (key) => opened.map((one) => one[key]).toSorted((a, b) => a - b)[runs >> 1]
  const mebibytes = (bytes) => `${Math.round(bytes / MIB)} MiB`
  const [cpu] = cpus()
  console.log(`${agents} agents, ${mebibytes(statSync(page).size)}, ${median('nodes')} elements
written  ${Math.round(written.html.wall)} ms, ${mebibytes(written.html.peak)} at most (as JSON ${Math.round(written.json.wall)} ms, ${mebibytes(written.json.peak)})
opened   ${median('shown')} ms to the timeline, ${median('loaded')} ms to the last detail; ${median('busy')} ms of the browser's main thread
${cpus().length} x ${cpu?.model.trim()}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}; medians of ${runs}`)
  if (written.html.peak > 200 * MIB || median('shown') > 2000) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}

/** Opens the page several times, each time in a tab that has seen nothing. */
async function openings(address) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const all = []
  for (let run = 0; run < runs; run += 1) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
    const tab = await context.newPage()
    const session = await context.newCDPSession(tab)
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    const from = performance.now()
    await tab.goto(address, { waitUntil: 'commit' })
    await tab.locator('#timeline .row').first().waitFor()
    const shown = Math.round(performance.now() - from)
    await tab.waitForLoadState('load')
    const loaded = Math.round(performance.now() - from)
    const { metrics } = await session.send('Performance.getMetrics')
    const busy = Math.round((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000)
    const nodes = await tab.evaluate(() => document.querySelectorAll('*').length)
    all.push({ shown, loaded, busy, nodes })
    await context.close()
  }
  await browser.close()
  return all
}
