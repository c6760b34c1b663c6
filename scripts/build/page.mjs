// The page's own script, joined to one text, and its style sheet, each with the hash by which the page's policy lets it run.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const project = fileURLToPath(new URL('../..', import.meta.url))

/** What `#generated/page` exports. */
export async function pageTexts() {
  const bundle = await rolldown({
    cwd: project,
    input: 'web/script.ts',
    platform: 'browser',
    tsconfig: false,
    transform: { target: 'es2022' },
  })
  const { output } = await bundle.generate({ format: 'iife', comments: false })
  await bundle.close()
  // No tabs: a page that ends up on a terminal should hold no control character but line breaks.
  const script = output[0].code.replaceAll(/^\t+/gm, (tabs) => ' '.repeat(tabs.length))
  // What comments say is for whoever reads web/.
  const style = (await readFile(new URL('../../web/style.css', import.meta.url), 'utf8'))
    .replaceAll('\r\n', '\n')
    .replaceAll(/^ *\/\*[^*]*\*\/\n/gm, '')
    .replaceAll(/^ +/gm, (indent) => ' '.repeat(indent.length / 2))
    .replaceAll(/^( +[\w-]+): /gm, '$1:')
  for (const text of [script, style])
    if (/<\/|<!--|<script|[^\n -\u{10ffff}]/iu.test(text))
      throw new Error('this text would end its own element, or holds a control character')
  return { SCRIPT: script, SCRIPT_HASH: hashOf(script), STYLE: style, STYLE_HASH: hashOf(style) }
}

function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
