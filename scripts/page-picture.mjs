// Makes docs/page.png, the page of the sample incident as a browser shows it first: npm run build && node scripts/page-picture.mjs [file]
// It needs Chromium (CHROMIUM names another one than /usr/bin/chromium) and looks best with the font Inter (Debian: fonts-inter).
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const project = fileURLToPath(new URL('..', import.meta.url))
const [picture = join(project, 'docs', 'page.png')] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'page-picture-'))
const page = join(folder, 'page.html')
const program = join(project, 'bin', 'agent-forensics.js')
try {
  execFileSync(process.execPath, [program, 'scan', '--demo', '--format', 'html', '--output', page, '--time-zone', 'UTC', '--quiet'])
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'] })
  const tab = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: 'light', reducedMotion: 'reduce' })
  await tab.goto(pathToFileURL(page).href)
  await tab.locator('#timeline .row').first().waitFor()
  await tab.screenshot({ path: picture })
  await browser.close()
  console.log(`wrote ${picture}`)
} finally {
  rmSync(folder, { recursive: true })
}
