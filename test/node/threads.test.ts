import { expect, it } from 'vitest'
import { createThreads } from '../../src/node/threads.ts'

const program = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

async function said(code: string, message: unknown): Promise<readonly unknown[]> {
  const thread = await createThreads(program(code), 2).start()
  const heard: unknown[] = []
  const over = new Promise<void>((done) => thread.listen((each) => heard.push(each), done))
  thread.post(message)
  await over
  return heard
}
const ANSWER = "import { parentPort } from 'node:worker_threads'; parentPort.once('message', (each) => parentPort.postMessage(each + 1))"

it('a thread hears and answers, and is over when it has nothing more to do', async () => {
  expect(await said(ANSWER, 1)).toEqual([2])
})

it('a thread that fails is over, whether it had begun or not', async () => {
  expect(await said(ANSWER.replace('each + 1', '(() => { throw new Error("no") })()'), 1)).toEqual([])
  expect(await said('this is no program', 1)).toEqual([])
})

it('a machine with one core has none to spare, and a large one a few', () => {
  expect([1, 2, 4, 64].map((cores) => createThreads(program(''), cores).spare)).toEqual([0, 1, 3, 3])
})
