import { FileUnavailable } from '../ports/host.ts'

/** The sample incident cannot be built on this machine: no git, or no place for it. */
export class DemoUnavailable extends FileUnavailable {
  constructor(what: string, code: string, detail: string) {
    super(what, code)
    this.message = `cannot build the sample incident: ${detail}`
  }
}

/** Something else stands where the sample incident is kept, and is left alone. */
export class DemoRefused extends FileUnavailable {
  constructor(path: string, why: string) {
    super(path, 'EFOREIGN')
    this.message = `cannot use the sample incident: ${path} ${why}; move it away, or name another cache folder with XDG_CACHE_HOME`
  }
}
