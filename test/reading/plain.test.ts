import fc from 'fast-check'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/scan/scan.ts'
import type { AnalyzeOptions } from '../../src/scan/analyze-options.ts'
import type { Files } from '../../src/ports/host.ts'
import { createFiles } from '../../src/node/files.ts'
import { bundlePaths, readBundle, unpack } from '../lab/bundle.ts'
import { IS_LONG, sample } from '../long.ts'
import { noGit } from '../no-git.ts'
import { AGENT_FILE, AGENTS, HOME, MAIN_FILE, memoryFiles, noProcesses, optionsFor } from '../hostile/world.ts'
import { clientLine } from './client-lines.ts'

const SEED = 20_260_531
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url))

/** The report as it is printed: byte by byte is the promise. */
async function printed(root: string, files: Files, plain: boolean, change: Partial<AnalyzeOptions> = {}): Promise<string> {
  const host = { files, processes: noProcesses, git: noGit }
  return JSON.stringify(await analyze(optionsFor(root, change), host, { plain }))
}

async function same(root: string, files: Files): Promise<void> {
  const plain = await printed(root, files, true)
  expect(await printed(root, files, false)).toBe(plain)
}

/** As a disk gives files: in pieces, each in the memory of the one before. */
function inPieces(files: Files, size: number): Files {
  return {
    ...files,
    open: async (path) => {
      const file = await files.open(path)
      return {
        ...file,
        async *chunks() {
          const memory = new Uint8Array(size)
          for await (const chunk of file.chunks()) {
            for (let at = 0; at < chunk.length; at += size) {
              const piece = chunk.subarray(at, at + size)
              memory.fill(0x22)
              memory.set(piece)
              yield memory.subarray(0, piece.length)
            }
          }
        },
      }
    },
  }
}

describe('skimming and parsing every line give the same report, byte by byte', () => {
  const lines = fc.array(clientLine, { maxLength: 10 }).map((each) => Buffer.concat(each.flatMap((line) => [line, Buffer.from('\n')])))
  const end = fc.constantFrom('', '{"type":"user"', '{"parentUuid":null,"type":"user","message":{"content":"Go"}}', '\r\n', '\u0000\u0000')
  const transcript = fc
    .tuple(fc.constantFrom('', '\ufeff'), lines, end)
    .map(([mark, body, rest]) => Buffer.concat([Buffer.from(mark), body, Buffer.from(rest)]))

  it('over trees that nobody wrote', async () => {
    await fc.assert(
      fc.asyncProperty(transcript, transcript, transcript, fc.constantFrom(1 << 20, 1_000, 61), async (main, one, two, size) => {
        const contents = new Map([
          [MAIN_FILE, main],
          [AGENT_FILE, one],
          [`${AGENTS}/agent-a0000000000000002.jsonl`, two],
        ])
        await same(HOME, inPieces(memoryFiles(contents), size))
      }),
      { seed: SEED, numRuns: IS_LONG ? 250 : 20 },
    )
  })

  const roots = ['cases', 'near-misses'].flatMap((folder) =>
    readdirSync(join(FIXTURES, folder))
      .map((name) => join(FIXTURES, folder, name, 'root'))
      .filter((root) => existsSync(root)),
  )
  it(`over the ${roots.length} handmade fixtures`, async () => {
    expect(roots.length).toBeGreaterThan(20)
    for (const root of sample(roots, 60)) await same(root, createFiles())
  })

  it('over runs of the real client', async () => {
    const paths = bundlePaths()
    expect(paths.length).toBeGreaterThan(50)
    for (const path of sample(paths, 36)) {
      const folder = mkdtempSync(join(tmpdir(), `plain-${basename(path, '.json')}-`))
      try {
        await same(unpack(readBundle(path), folder), createFiles())
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  })
})
