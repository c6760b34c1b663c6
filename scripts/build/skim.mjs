// What finds the values of a line: src/clients/claude-code/skim/, compiled to WebAssembly.

import asc from 'assemblyscript/asc'
import { readFile } from 'node:fs/promises'

const folder = new URL('../../src/clients/claude-code/skim/', import.meta.url)

/** What `#generated/skim` exports. */
export async function skimTexts() {
  let code
  const { error, stderr } = await asc.main(
    ['record.ts', '-O2', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--outFile', 'skim.wasm'],
    {
      readFile: (name) => readFile(new URL(name, folder), 'utf8').catch(() => null),
      writeFile: (_, contents) => {
        code = contents
      },
      listFiles: () => [],
    },
  )
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`)
  return { SKIM_CODE: Buffer.from(code).toString('base64') }
}
