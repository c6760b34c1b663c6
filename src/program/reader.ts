import { createFiles } from '../node/files.ts'
import { serveReading } from '../transcript/read-aside.ts'

/** The other side of `read-aside.ts`, in a thread of its own: reads what it is told to, and answers. */
export function read(order: unknown, answer: (message: unknown) => void): Promise<void> {
  return serveReading(order, createFiles(), answer)
}
