import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createHookPorts } from '../../src/node/hook-ports.ts'

/** The processes whose words hold a text, each with its parent. */
function listProcesses(text: string): readonly { readonly pid: number; readonly parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)) return []
        const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'latin1')) ?? []
        return [{ pid: Number(name), parent: Number(parent) }]
      } catch {
        return []
      }
    })
}

it.skipIf(process.platform !== 'linux')('what goes on without the client is below none of its processes, and is waited for', async () => {
  const mark = `--run=true ${process.pid} ${Date.now()}`
  const { ended } = await createHookPorts().startAgain(['hook', 'stop-failure', '--detached', mark], '{}')
  const found = listProcesses(mark)
  expect(found).toHaveLength(1)
  expect(found.filter(({ parent }) => parent === process.pid)).toEqual([])
  await ended
  expect(listProcesses(mark)).toEqual([])
})
