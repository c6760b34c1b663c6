import type { Terminal } from '../ports/host.ts'

/** A stream of the process as a terminal: it waits while the reader is slow, and tells when the reader is gone. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  let gone = false
  // Every failure reaches the callback of its write as well; without a listener it would end the process with a stack.
  stream.on('error', () => {
    gone = true
  })
  return {
    write(text) {
      if (gone) return Promise.resolve(false)
      return new Promise((resolve, reject) => {
        stream.write(text, (error: NodeJS.ErrnoException | null | undefined) => {
          if (error == null) resolve(true)
          else if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') resolve(false)
          else reject(error)
        })
      })
    },
    get isTTY() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.columns ?? 0
    },
  }
}
