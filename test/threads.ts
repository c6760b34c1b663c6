import type { Files, Threads } from '../src/ports/host.ts'
import { serveReading } from '../src/transcript/read-aside.ts'

/** Threads that are none: the other side runs in this one, in turns. What is said is cloned, as between real threads. */
export function threadsHere(files: Files, how: Partial<Threads> = { asked: 3 }): Threads {
  return {
    spare: 2,
    async start() {
      let tell: (message: unknown) => void = () => {}
      let end: () => void = () => {}
      return {
        post: (message) =>
          void serveReading(structuredClone(message), files, (answer) => tell(structuredClone(answer))).finally(() => end()),
        listen(heard, over) {
          tell = heard
          end = over
        },
      }
    },
    ...how,
  }
}
