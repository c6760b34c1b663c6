import { IS_LONG, sample, variant } from '../long.ts'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeAction, groupsOf } from '../../src/report/plan-words.ts'
import type { Report } from '../../src/report/report.ts'
import { readReport } from '../../src/report/read-report.ts'
import { statementsAbove, statementsBelow } from '../../src/report/statements.ts'
import { goodNews } from '../cli/fake-host.ts'
import { chromiumPath } from './chromium.ts'
import { alikeAgents, fullReport, hostileReport, HOSTILE, manyAgents, pageOf, timed, trimmed, VIEW } from './reports.ts'

const executablePath = chromiumPath(process.env)
if (executablePath === null)
  process.stderr.write('\nNo Chromium here: the page is NOT tested in a browser (Debian: apt-get install chromium).\n\n')

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

interface Look {
  readonly viewport?: typeof SIZE
  readonly colorScheme?: 'light' | 'dark'
}

const SIZE = { width: 1400, height: 900 }

interface Tab {
  readonly page: Page
  /** Errors, console lines, requests and breaches of the page's own policy: all of them unwanted. */
  readonly unwanted: string[]
}

describe.skipIf(executablePath === null)('the page in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'))
  const path = join(folder, 'page.html')
  const address = pathToFileURL(path).href
  let browser: Browser
  // One for all tests: to open one takes longer than most of them.
  let tab: Tab
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: FLAGS })
    tab = await openTab({ permissions: ['clipboard-read', 'clipboard-write'] })
  })
  // Nothing that a test does may bring any of these about.
  afterEach(() => expect(tab.unwanted.splice(0)).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  async function openTab(options: BrowserContextOptions): Promise<Tab> {
    const context = await browser.newContext(options)
    const unwanted: string[] = []
    await context.route('**/*', async (route) => {
      if (route.request().url() === address) return await route.continue()
      unwanted.push(`request: ${route.request().url()}`)
      return await route.abort()
    })
    const page = await context.newPage()
    page.on('console', (message) => unwanted.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => unwanted.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => unwanted.push(`dialog: ${dialog.message()}`))
    page.on('framenavigated', (frame) => {
      if (frame.url().split('#')[0] !== address && frame.url() !== 'about:blank') unwanted.push(`went to ${frame.url()}`)
    })
    await page.exposeFunction('policyBroken', (what: string) => unwanted.push(`policy: ${what}`))
    await page.addInitScript(() => {
      const { policyBroken } = window as unknown as { policyBroken: (what: string) => void }
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => policyBroken(`${violatedDirective} ${blockedURI}`))
    })
    return { page, unwanted }
  }

  /** Shows a report in the tab, as if it had shown none before. */
  async function open(report: Report, { viewport = SIZE, colorScheme = 'light' }: Look = {}): Promise<Page> {
    const { page } = tab
    // From the same address the browser would go back to where it was scrolled.
    await page.goto('about:blank')
    await page.setViewportSize(viewport)
    await page.emulateMedia({ media: null, colorScheme })
    await page.mouse.move(0, 0)
    await visit(page, report)
    return page
  }

  async function visit(page: Page, report: Report): Promise<void> {
    writeFileSync(path, pageOf(report))
    await page.goto(address)
  }

  const lines = (page: Page) => page.locator('#timeline .row')
  const rows = (page: Page) => page.locator('#table .row')
  const names = (page: Page) => page.locator('#table .row .c-name .first').allTextContents()

  it('says what the screen says, and shows a bar for each agent and main thread', async () => {
    const report = fullReport()
    const page = await open(report)
    const said = [...statementsAbove(report, VIEW), ...statementsBelow(report, VIEW)]
    const first = said.find(({ topic }) => topic === 'Agents')
    expect(await page.locator('h1').textContent()).toBe(first?.text)
    const labels = said.filter((one) => one !== first && one.topic !== '').map(({ topic }) => topic)
    expect(labels.length).toBeGreaterThan(3)
    expect(await page.locator('.essentials dt').allTextContents()).toEqual(labels)
    await page.locator('#ranges select').selectOption('0')
    // 15 agents, 3 main threads, 1 workflow run; the internal helper has no bar.
    expect(await page.locator('#timeline').getAttribute('aria-rowcount')).toBe('19')
    expect(await lines(page).count()).toBe(19)
    expect(await page.locator('#timeline .bar.group-killed.pattern-solid').count()).toBe(1)
    // The main thread that finished has no row.
    expect(await page.locator('#table').getAttribute('aria-rowcount')).toBe('18')
    expect(await page.getByRole('status').textContent()).toBe('15 agents')
    expect(await page.locator('.window').count()).toBe(1)
    expect(await page.locator('.refusals').first().textContent()).toMatch(/^\d+ refusals$/)
    expect(await page.locator('#timeline .silence').count()).toBeGreaterThan(0)
    expect(await page.locator('.now').count()).toBe(1)
  })

  it('puts nested agents below their parent, and folds them', async () => {
    const page = await open(manyAgents(80))
    await page.locator('#ranges select').selectOption('0')
    const levels = await lines(page).evaluateAll((all) => all.slice(0, 7).map((row) => Number(row.getAttribute('aria-level'))))
    expect(levels).toEqual([1, 2, 2, 2, 2, 3, 2])
    const before = Number(await page.locator('#timeline').getAttribute('aria-rowcount'))
    await lines(page).first().locator('.fold').click()
    expect(await lines(page).first().getAttribute('aria-expanded')).toBe('false')
    expect(Number(await page.locator('#timeline').getAttribute('aria-rowcount'))).toBe(before - 41)
    // How those ended that are folded into it can still be seen.
    expect(await lines(page).first().locator('.death').count()).toBeGreaterThan(5)
    await lines(page).first().locator('.fold').click()
    expect(Number(await page.locator('#timeline').getAttribute('aria-rowcount'))).toBe(before)
  })

  variant('sorts by every column, both ways', async () => {
    const page = await open(fullReport())
    const asTheScreen = await names(page)
    expect(await page.locator('#table .row').first().locator('.risk').count()).toBe(1)
    const heads = page.locator('#table [role=columnheader]')
    const byName = heads.filter({ hasText: 'agent' })
    await byName.getByRole('button').click()
    expect(await byName.getAttribute('aria-sort')).toBe('ascending')
    const ascending = await names(page)
    expect(ascending).toEqual(ascending.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))
    await byName.getByRole('button').click()
    expect(await byName.getAttribute('aria-sort')).toBe('descending')
    expect((await names(page))[0]).toBe(ascending.at(-1))
    await byName.getByRole('button').click()
    expect(await byName.getAttribute('aria-sort')).toBe('none')
    expect(await names(page)).toEqual(asTheScreen)
    for (const head of await heads.all()) {
      await head.getByRole('button').click()
      expect(await head.getAttribute('aria-sort')).not.toBe('none')
      expect(await rows(page).count()).toBe(17)
    }
  })

  it('filters by words, reason, session, death and risk; the timeline follows', async () => {
    const page = await open(fullReport())
    await page.getByRole('searchbox').fill('MIGRATION tests')
    expect(await names(page)).toEqual(['Write the migration tests'])
    expect(await page.getByRole('status').textContent()).toBe('1 of 15 agents match')
    // Its session stays, faint, to say where it belongs.
    expect(await lines(page).count()).toBe(2)
    expect(await page.locator('#timeline .faint').count()).toBe(1)
    await page.getByRole('button', { name: 'Clear all filters' }).click()
    expect(await rows(page).count()).toBe(17)
    await page.getByRole('button', { name: /retry_storm/ }).click()
    expect(await rows(page).count()).toBe(2)
    await page.getByRole('button', { name: /billing/ }).click()
    expect(await rows(page).count()).toBe(3)
    await page.getByRole('button', { name: 'Clear all filters' }).click()
    await page.getByRole('button', { name: 'Died or unknown' }).click()
    expect(await page.getByRole('status').textContent()).toBe('12 of 15 agents match')
    expect(await page.locator('#table .row .c-reason').allTextContents()).not.toContain('completed')
    await page.getByRole('button', { name: 'Local only' }).click()
    expect(await rows(page).count()).toBe(await page.locator('#table .risk').count())
    expect(await rows(page).count()).toBeGreaterThan(2)
    await page.getByRole('button', { name: 'Clear all filters' }).click()
    await page.getByLabel('Session').selectOption({ label: 'Session e2c90715' })
    expect(await page.getByRole('status').textContent()).toBe('3 of 15 agents match')
    await page.getByRole('searchbox').fill('nothing is called like this')
    expect(await rows(page).count()).toBe(0)
    expect(await page.locator('.rest').allTextContents()).toEqual(['nothing to show', 'nothing to show'])
  })

  it('opens details by click: evidence with its place, receipt, work, attempts; a link leads to the next', async () => {
    const page = await open(fullReport())
    await rows(page).filter({ hasText: 'Move the order service' }).click()
    const panel = page.getByRole('complementary')
    await expect.poll(() => panel.getByRole('heading', { level: 2 }).textContent()).toBe('Move the order service to the new schema')
    const words = (await panel.textContent()) ?? ''
    for (const one of ['Evidence', 'line ', 'byte ', 'Now the migration', 'src/orders.ts', 'git commit -m wip', 'Worktree', 'attempt 2']) {
      expect(words).toContain(one)
    }
    expect(await page.locator('#timeline .selected').count()).toBe(1)
    await panel.getByRole('button', { name: 'Write the migration tests' }).first().click()
    expect(await panel.getByRole('heading', { level: 2 }).textContent()).toBe('Write the migration tests')
    await panel.getByRole('button', { name: 'Close' }).click()
    expect(await panel.count()).toBe(0)
  })

  it('is operated by keys alone, and gives the focus back', async () => {
    const page = await open(fullReport())
    await page.locator('#ranges select').selectOption('0')
    await page.locator('#timeline').focus()
    const current = () => page.locator('#timeline').getAttribute('aria-activedescendant')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    const second = await current()
    expect(second).not.toBeNull()
    expect(await page.locator(`#${second ?? ''}`).evaluate((row) => getComputedStyle(row).outlineStyle)).toBe('solid')
    await page.keyboard.press('Enter')
    const head = page.locator('#details-head')
    expect(await head.evaluate((one) => one === document.activeElement)).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.locator('#details').isHidden()).toBe(true)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('timeline')
    // Left goes to the session, and folds it; right unfolds it.
    const all = await page.locator('#timeline').getAttribute('aria-rowcount')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    expect(await page.locator('#timeline').getAttribute('aria-rowcount')).not.toBe(all)
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#timeline').getAttribute('aria-rowcount')).toBe(all)
    // The axis answers to plus, minus, shift and 0.
    const axis = () => page.locator('.tick').allTextContents()
    const whole = await axis()
    await page.keyboard.press('+')
    await page.keyboard.press('+')
    const close = await axis()
    expect(close).not.toEqual(whole)
    await page.keyboard.press('Shift+ArrowRight')
    expect(await axis()).not.toEqual(close)
    await page.keyboard.press('0')
    expect(await axis()).toEqual(whole)
    await page.locator('#table').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    expect(await page.locator('#details').isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('table')
    // Every control can be reached by Tab.
    const reached = new Set<string>()
    await page.locator('body').click({ position: { x: 1, y: 1 } })
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab')
      reached.add(
        await page.evaluate(
          () =>
            document.activeElement?.id || document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent || '',
        ),
      )
    }
    for (const name of ['filter-text', 'Session', 'Died or unknown', 'Time shown', 'Zoom in', 'timeline', 'table', 'what happened'])
      expect([...reached]).toContain(name)
  })

  variant('zooms with the wheel and moves when dragged, without opening anything', async () => {
    const page = await open(fullReport())
    const ticks = () => page.locator('.tick').allTextContents()
    const before = await ticks()
    await page.locator('#timeline').scrollIntoViewIfNeeded()
    const lane = await page.locator('#timeline .lane').nth(3).boundingBox()
    if (lane === null) throw new Error('the lane is in sight')
    await page.mouse.move(lane.x + 200, lane.y + 5)
    await page.mouse.down()
    await page.mouse.move(lane.x + 400, lane.y + 5, { steps: 4 })
    await page.mouse.up()
    const moved = await ticks()
    expect(moved).not.toEqual(before)
    expect(await page.locator('#details').isHidden()).toBe(true)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -400)
    await page.keyboard.up('Control')
    await expect.poll(ticks).not.toEqual(moved)
    const strip = await page.locator('#overview').boundingBox()
    if (strip === null) throw new Error('the overview is in sight')
    await page.mouse.move(strip.x + 10, strip.y + 9)
    await page.mouse.down()
    await page.mouse.move(strip.x + strip.width - 10, strip.y + 9, { steps: 4 })
    await page.mouse.up()
    expect(Number.parseFloat(await page.locator('#overview .view').evaluate((one) => one.style.width))).toBeGreaterThan(95)
    expect(await page.locator('#ranges select').inputValue()).toBe('own')
  })

  it('shows the plan in order, and copies only what hides nothing', async () => {
    const report = fullReport()
    const page = await open(report)
    const steps = groupsOf(report.plan.actions, VIEW.now).flatMap((group) => group.steps)
    expect(await page.locator('.plan summary').allTextContents()).toEqual(
      steps.map(({ action }) => describeAction(action, report, VIEW).replaceAll('\u00a0', ' ')),
    )
    const [save, resume] = [page.locator('.plan > li').first(), page.locator('.plan > li').last()]
    // What is folded is not on the way of those who go by Tab.
    expect(await save.getByRole('button').count()).toBe(0)
    await save.locator('summary').click()
    await save.getByRole('button').last().click()
    await expect.poll(() => save.getByRole('button').last().textContent()).toBe('Copied')
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("git stash create '$(rm -rf ~)'")
    await resume.locator('summary').click()
    expect(await resume.textContent()).toContain('\\u{202e}')
    expect(await resume.getByRole('button').count()).toBe(0)
  })

  variant('comes to the essentials and the filter first, and slash comes to the filter from anywhere', async () => {
    const page = await open(fullReport())
    const reached: string[] = []
    while (reached.at(-1) !== 'filter-text' && reached.length < 20) {
      await page.keyboard.press('Tab')
      reached.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.closest('.essentials')?.className || ''))
    }
    expect(new Set(reached)).toEqual(new Set(['essentials', 'filter-text']))
    expect(await page.getByRole('button', { name: /^Copy .*preserve/ }).count()).toBeGreaterThan(0)
    await page.locator('#table').focus()
    await page.keyboard.press('/')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('filter-text')
    await page.keyboard.type('a/b')
    expect(await page.getByRole('searchbox').inputValue()).toBe('a/b')
    await page.keyboard.press('Escape')
    expect(await page.getByRole('searchbox').inputValue()).toBe('')
    expect(await page.getByRole('status').textContent()).toBe('15 agents')
  })

  variant('leads from the timeline to the table and back: by click, by key and by link', async () => {
    const page = await open(manyAgents(400))
    // What is opened in the table is in sight in the timeline, out of what it was folded into, with its bar.
    await page.locator('#table').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    const place = Number((await page.locator('#table').getAttribute('aria-activedescendant'))?.replace('row', ''))
    const line = page.locator(`#line${place}`)
    expect(await page.locator('#timeline .selected').getAttribute('id')).toBe(`line${place}`)
    // Rows are drawn with the next frame.
    await expect.poll(() => line.locator('.bar').count()).toBe(1)
    const isInSight = async (): Promise<boolean> => {
      const [box, list] = [await line.boundingBox(), await page.locator('#timeline').boundingBox()]
      return box !== null && list !== null && box.y > list.y && box.y + box.height <= list.y + list.height
    }
    await expect.poll(isInSight).toBe(true)
    await page.getByRole('button', { name: 'Show in the timeline' }).click()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('timeline')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('t')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('table')
    await page.keyboard.press('t')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('timeline')
    await page.getByRole('link', { name: 'Table' }).click()
    expect(page.url()).toContain('#table-head')
  })

  const trees: readonly (readonly [string, () => Report])[] = [
    ['one agent', () => trimmed(1)],
    ['none dead', goodNews],
    ['many', () => manyAgents(400)],
    ['like agents', alikeAgents],
    ['no times', () => timed(null)],
    ['one instant', () => timed('2026-05-31T19:00:00.000Z')],
    ['old sessions', () => timed('2025-01-31T19:00:00.000Z')],
    [
      'an incident of agents that are not here',
      () => fullReport(({ incidents }) => incidents.forEach((one) => Object.assign(one, { agents: [] }))),
    ],
  ]
  it.each(sample(trees, 2))('shows a bar, or why there is none, in the first view: %s', async (_, make) => {
    const page = await open(make())
    const shown = await page.locator('#timeline').evaluate((one) => {
      const { bottom } = one.getBoundingClientRect()
      const isSeen = (part: Element) => part.getBoundingClientRect().top < Math.min(innerHeight, bottom)
      return [...one.querySelectorAll('.agent .bar, .alike .bar, .no-time')].filter(isSeen).length
    })
    expect(shown).toBeGreaterThan(0)
  })

  it.each(sample([['all there is', fullReport] as const, ...trees], 1))(
    'has no two labels on top of each other at any width: %s',
    async (_, make) => {
      const page = await open(make())
      for (const width of [320, 400, 640, 900, 1400, 2000]) {
        await page.setViewportSize({ width, height: 900 })
        for (const range of ['1', '0'].slice((await page.locator('#ranges option[value="1"]').count()) === 1 ? 0 : 1)) {
          await page.locator('#ranges select').selectOption(range)
          expect([width, await page.evaluate(findOverlaps)]).toEqual([width, []])
        }
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
      }
    },
  )

  const looks = [
    ['light', 400],
    ['light', 1400],
    ['dark', 1400],
  ] as const
  it.each(sample(looks, 1))('has no fault that axe knows of: %s, %i pixels', async (colorScheme, width) => {
    const { page, unwanted } = await openTab({ bypassCSP: true, colorScheme, reducedMotion: 'reduce', viewport: { width, height: 900 } })
    await visit(page, fullReport())
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    const faults = async () => {
      const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof import('axe-core') }).axe.run())
      return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])
    }
    if (IS_LONG) expect(await faults()).toEqual([])
    await page.getByRole('searchbox').fill('nothing is called like this')
    expect(await page.locator('.rest').count()).toBe(2)
    if (IS_LONG) expect(await faults()).toEqual([])
    await page.getByRole('searchbox').fill('')
    for (const part of await page.locator('summary').all()) await part.click()
    await rows(page).first().click()
    expect(await faults()).toEqual([])
    await page.context().close()
    expect(unwanted).toEqual([])
  })

  it('executes nothing of a hostile report, wherever its text stands', async () => {
    const report = readReport(JSON.stringify(hostileReport()))
    const page = await open(report)
    const amount = await lines(page).count()
    expect(amount).toBeGreaterThan(10)
    for (let index = 0; index < amount; index += 1) {
      await lines(page).nth(index).dispatchEvent('click')
      expect(await page.locator('#details').isVisible()).toBe(true)
    }
    await page.locator('#details').press('Escape')
    await page.getByRole('searchbox').fill('<script>')
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
    const found = await page.evaluate(() => {
      const all = [...document.querySelectorAll('*')]
      return {
        taken: 'taken' in window,
        scripts: document.scripts.length,
        strange: all.filter((one) => /^(img|iframe|link|base|object|embed|form)$/i.test(one.tagName)).length,
        svgs: all.filter((one) => one.tagName === 'svg' && one.closest('#overview') === null).length,
        metas: document.querySelectorAll('meta').length,
        handlers: all.filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).map((one) => one.tagName),
        links: [...document.querySelectorAll('a')]
          .filter(({ protocol, hash }) => protocol !== 'https:' && hash === '')
          .map(({ href }) => href),
        hidden: /[\u200b\u202a-\u202e\u2066-\u2069\u2028\u2029\u001b]/.test(document.body.textContent),
        longest: Math.max(
          ...all
            .filter((one) => one.childElementCount === 0 && one.tagName !== 'SCRIPT' && one.tagName !== 'STYLE')
            .map((one) => one.textContent.length),
        ),
      }
    })
    expect(found).toEqual({
      taken: false,
      scripts: 3,
      strange: 0,
      svgs: 0,
      metas: 7,
      handlers: [],
      links: [],
      hidden: false,
      longest: expect.any(Number),
    })
    expect(found.longest).toBeLessThan(40_000)
  })

  variant('executes nothing when hostile text stands in every field of an agent', async () => {
    const bearing = (text: string) =>
      fullReport((report) => {
        for (const agent of report.agents)
          Object.assign(agent, {
            description: text,
            agentType: text,
            summary: text,
            reportedAs: text,
            cwd: text,
            gitBranch: text,
            label: text,
          })
        for (const row of report.worktrees) Object.assign(row, { branch: text, notes: [text], newPullRequestUrl: text })
        report.options.roots = [text]
        report.tool.version = text
      })
    const page = await open(fullReport())
    const { unwanted } = tab
    for (const [index, text] of HOSTILE.entries()) {
      await visit(page, bearing(text))
      await lines(page).nth(1).dispatchEvent('click')
      const found = await page.evaluate(() => [
        'taken' in window,
        document.scripts.length,
        document.querySelectorAll('img,iframe,link,base').length,
      ])
      expect([index, ...found, ...unwanted]).toEqual([index, false, 3, 0])
    }
  })

  it('would refuse a script that got in all the same, and text that becomes HTML', async () => {
    const page = await open(fullReport())
    const { unwanted } = tab
    await page.evaluate(() => {
      const script = document.createElement('script')
      try {
        script.text = 'window.taken = 1'
      } catch {
        script.append('window.taken = 1')
      }
      document.body.append(script)
      const style = document.createElement('style')
      style.textContent = 'h1 { display: none }'
      document.head.append(style)
      const link = document.createElement('a')
      try {
        link.setAttribute('onclick', 'window.taken = 1')
      } catch {
        link.href = 'javascript:window.taken=1'
      }
      document.body.append(link)
      link.click()
    })
    await expect(page.evaluate(() => (document.body.innerHTML = '<p>'))).rejects.toThrow(/TrustedHTML/)
    await expect(page.evaluate(() => fetch('https://elsewhere.example/'))).rejects.toThrow()
    expect(await page.evaluate(() => 'taken' in window)).toBe(false)
    expect(await page.locator('h1').isVisible()).toBe(true)
    const refused = unwanted.splice(0).join('\n')
    for (const directive of ['style-src', 'connect-src', 'require-trusted-types-for']) expect(refused).toContain(directive)
    expect(refused).not.toContain('request:')
  })

  variant('stays small with 2,000 agents: what is out of sight is not in the document', async () => {
    const page = await open(manyAgents(2000))
    const nodes = () => page.evaluate(() => document.querySelectorAll('*').length)
    expect(await page.getByRole('status').textContent()).toBe('2000 agents')
    expect(await nodes()).toBeLessThan(2500)
    await page.locator('#ranges select').selectOption('0')
    await page.locator('#timeline').evaluate((one) => one.scrollTo(0, 20_000))
    await page.locator('#table').evaluate((one) => one.scrollTo(0, 50_000))
    await expect.poll(() => rows(page).first().getAttribute('aria-rowindex').then(Number)).toBeGreaterThan(900)
    expect(await nodes()).toBeLessThan(2500)
    await page.getByRole('searchbox').fill('piece 1999')
    expect(await names(page)).toEqual(['Piece 1999 of the work'])
    expect(await nodes()).toBeLessThan(2500)
    await page.getByRole('searchbox').fill('')
    await page.locator('#table').focus()
    await page.keyboard.press('End')
    expect(await page.locator('#table').getAttribute('aria-activedescendant')).not.toBeNull()
    expect(await page.locator('#table .current').count()).toBe(1)
    expect(await nodes()).toBeLessThan(2500)
  })

  it.each(sample(['light', 'dark'] as const, 1))('is readable in %s: text stands out from its ground', async (colorScheme) => {
    const page = await open(fullReport(), { colorScheme })
    await lines(page).nth(1).click()
    const contrasts = await page.evaluate(() => {
      const numbers = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
      const light = (color: string) => {
        const [r = 0, g = 0, b = 0] = numbers(color).map((part) =>
          part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
        )
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
      }
      const ground = light(getComputedStyle(document.body).backgroundColor)
      return [
        ...document.querySelectorAll('h1, p, dt, dd, li, button, td, th, .first, .second, .tick, .mark, .window-label, .refusals'),
      ].map((one) => {
        const text = light(getComputedStyle(one).color)
        return {
          text: `${one.className} ${one.textContent.slice(0, 30)}`,
          ratio: (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05),
        }
      })
    })
    expect(contrasts.length).toBeGreaterThan(100)
    expect(contrasts.filter(({ ratio }) => ratio < 4.5)).toEqual([])
  })

  it('fits a screen of 400 pixels; the details cover it, and leave nothing reachable behind', async () => {
    const page = await open(fullReport(), { viewport: { width: 400, height: 800 } })
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(await overflow()).toBe(0)
    await rows(page).first().click()
    expect(await overflow()).toBe(0)
    expect(await page.locator('#details').evaluate((one) => one.getBoundingClientRect().width)).toBe(400)
    expect(await page.locator('#page').evaluate((one) => (one as HTMLElement).inert)).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('table')
  })

  variant('prints every row, and no controls', async () => {
    const page = await open(manyAgents(120))
    await page.emulateMedia({ media: 'print' })
    await expect.poll(() => rows(page).count()).toBe(123)
    expect(await lines(page).count()).toBe(Number(await page.locator('#timeline').getAttribute('aria-rowcount')))
    expect(await page.locator('#filters').isVisible()).toBe(false)
    expect(await page.locator('#overview').isVisible()).toBe(false)
    const [first, second] = await lines(page).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top))
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY)
    await page.emulateMedia({ media: 'screen' })
    await expect.poll(() => rows(page).count()).toBeLessThan(60)
  })

  it('says so when nothing died, and when nothing was found at all', async () => {
    const page = await open(goodNews())
    expect(await page.locator('h1').textContent()).toBe(statementsAbove(goodNews(), VIEW).find(({ topic }) => topic === 'Agents')?.text)
    expect(await rows(page).count()).toBeGreaterThan(1)
    const nothing = goodNews()
    Object.assign(nothing, { agents: [], sessions: [], counts: { ...nothing.counts, agents: 0, finished: 0, sessions: 0 } })
    await open(nothing)
    expect(await page.getByRole('status').textContent()).toBe('0 agents')
    expect(await page.locator('.rest').allTextContents()).toEqual(['nothing to show', 'nothing to show'])
  })

  variant('is readable without its script', async () => {
    const { page, unwanted } = await openTab({ javaScriptEnabled: false })
    await visit(page, fullReport())
    expect(await page.locator('h1').isVisible()).toBe(true)
    expect(await page.locator('.plan li').count()).toBeGreaterThan(1)
    expect(await page.locator('#filters').isVisible()).toBe(false)
    expect(await page.locator('#timeline').isVisible()).toBe(false)
    // Each agent leads from the timeline to its row, and back.
    const bars = page.locator('.static a')
    expect(await bars.count()).toBe(17)
    await bars.filter({ hasText: 'Write the migration tests' }).click()
    expect(page.url()).toMatch(/#r\d+$/)
    await page.locator('tr:target a').click()
    expect(page.url()).toMatch(/#b\d+$/)
    expect(await page.locator('li:target').textContent()).toContain('Write the migration tests')
    await page.context().close()
    expect(unwanted).toEqual([])
  })
})

/** Labels of the timeline that touch each other, or stick out of it. */
function findOverlaps(): readonly string[] {
  const faults: string[] = []
  for (const room of document.querySelectorAll('.axis, .bars')) {
    const bounds = room.getBoundingClientRect()
    const labels = [...room.children]
      .filter((one) => one.textContent !== '' && !one.classList.contains('beyond'))
      .map((one) => ({ text: one.textContent, box: one.getBoundingClientRect() }))
    labels.forEach(({ text, box }, index) => {
      if (box.left < bounds.left - 1 || box.right > bounds.right + 1) faults.push(`${text} sticks out`)
      for (const other of labels.slice(index + 1)) {
        if (box.left < other.box.right && other.box.left < box.right && box.top < other.box.bottom - 1 && other.box.top < box.bottom - 1)
          faults.push(`${text} over ${other.text}`)
      }
    })
  }
  return faults
}
