import { FileUnavailable } from '../ports/host.ts'

/** The sample incident cannot be built on this machine: no git, or no place for it. */
export class DemoUnavailable extends FileUnavailable {
  constructor(what: string, code: string, detail: string) {
    super(what, code)
    this.message = `cannot build the sample incident: ${detail}`
  }
}
