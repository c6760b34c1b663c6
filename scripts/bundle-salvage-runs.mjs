// node scripts/bundle-salvage-runs.mjs <lab>/out <version>/<scenario>...: writes fixtures/salvage/<version>-<scenario>.json, labelled runs of
// the real client in which agents write and edit files, trimmed to what a salvage reads, with the files as they lay on the disk.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const [, , out, ...runs] = process.argv
const TARGET = new URL('../fixtures/salvage/', import.meta.url)
const KEPT = new Set(['user', 'assistant', 'file-history-snapshot', 'file-history-delta'])
/** Too large for a fixture, and no other case than smaller ones. */
const LEFT_OUT = /\/(?:rows|longline)\.txt|seq 1 \d{5}/
const FIELDS = ['type', 'uuid', 'timestamp', 'sessionId', 'agentId', 'isSidechain', 'cwd', 'version', 'snapshot', 'trackingPath', 'backup']

function walk(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile())
}

function trimmed(line, dropped) {
  const record = JSON.parse(line)
  if (!KEPT.has(record.type)) return null
  const kept = Object.fromEntries(FIELDS.flatMap((field) => (field in record ? [[field, record[field]]] : [])))
  if (kept.uuid !== undefined) kept.uuid = kept.uuid.slice(0, 8)
  if (record.message === undefined) return kept
  let { content } = record.message
  if (Array.isArray(content)) {
    content = content.filter((block) => {
      if (block.type === 'thinking') return false
      if (block.type === 'tool_use' && LEFT_OUT.test(JSON.stringify(block.input))) dropped.add(block.id)
      return !dropped.has(block.id) && !dropped.has(block.tool_use_id)
    })
    if (content.length === 0) return null
    content = content.map((block) =>
      typeof block.content === 'string'
        ? {
            ...block,
            content: block.content.replace(
              /<system-reminder>\s*Whenever[^]*?<\/system-reminder>/g,
              '<system-reminder>\nCut.\n</system-reminder>',
            ),
          }
        : block,
    )
  }
  kept.message = { role: record.message.role, ...(record.message.id && { id: record.message.id }), content }
  if (record.toolUseResult?.status === undefined && record.toolUseResult !== undefined) kept.toolUseResult = record.toolUseResult
  return kept
}

const neutral = (text) => text.replaceAll('sk-ant-abcdefghijk', 'not-a-real-token')

for (const run of runs) {
  const home = join(out, run)
  const projects = join(home, '.claude', 'projects')
  const files = {}
  for (const path of walk(projects)) {
    if (!path.endsWith('.jsonl') && !path.endsWith('.meta.json')) continue
    const text = readFileSync(join(projects, path), 'utf8')
    const dropped = new Set()
    files[`projects/${path}`] = path.endsWith('.json')
      ? text
      : text
          .split('\n')
          .flatMap((line) =>
            line === '' ? [] : [trimmed(line, dropped)].flatMap((record) => (record === null ? [] : [neutral(JSON.stringify(record))])),
          )
    if (files[`projects/${path}`].some?.((line) => line.includes('"Warmup"'))) delete files[`projects/${path}`]
  }
  const history = join(home, '.claude', 'file-history')
  const copies = {}
  try {
    for (const path of walk(history)) copies[`file-history/${path}`] = readFileSync(join(history, path)).toString('base64')
  } catch {}
  const app = join(home, 'app')
  const base = {}
  const git = (...args) => execFileSync('git', ['-c', 'safe.directory=*', '-C', app, ...args], { maxBuffer: 2 ** 26 })
  const [first] = git('rev-list', '--max-parents=0', 'HEAD').toString().trim().split('\n')
  for (const path of git('ls-tree', '-r', '-z', '--name-only', first).toString().split('\0').filter(Boolean)) {
    if (LEFT_OUT.test(`/${path}`) || path === 'link.txt') continue
    base[path] = git('cat-file', 'blob', `${first}:${path}`).toString('base64')
  }
  const disk = {}
  const put = (folder, prefix) => {
    for (const path of walk(folder)) {
      if (/(?:^|\/)\.git(?:$|\/)|^\.claude\//.test(path) || LEFT_OUT.test(`/${path}`) || path === 'link.txt') continue
      disk[prefix + path] = Buffer.from(neutral(readFileSync(join(folder, path), 'latin1')), 'latin1').toString('base64')
    }
  }
  put(app, '')
  const worktrees = join(app, '.claude', 'worktrees')
  try {
    for (const name of readdirSync(worktrees)) put(join(worktrees, name), `.claude/worktrees/${name}/`)
  } catch {}
  // Of the disk only what differs from the base: the rest is the base.
  for (const [path, bytes] of Object.entries(disk)) if (base[path.replace(/^\.claude\/worktrees\/[^/]+\//, '')] === bytes) delete disk[path]
  mkdirSync(TARGET, { recursive: true })
  const name = run.replace('/', '-')
  writeFileSync(
    new URL(`${name}.json`, TARGET),
    `${JSON.stringify({ version: run.split('/')[0], scenario: basename(run), base, files, copies, disk }, null, 1)}\n`,
  )
  process.stdout.write(`${name}: ${statSync(new URL(`${name}.json`, TARGET)).size} bytes\n`)
}
