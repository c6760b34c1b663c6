import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A folder with programs that only record with which words, and in which folder, they were called. */
export class World {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'emit-')))
  readonly bin = join(this.root, 'bin')
  readonly work = join(this.root, 'work')

  constructor() {
    mkdirSync(this.bin)
    mkdirSync(this.work)
    for (const name of ['agent-forensics', 'git', 'claude', 'hcloud']) this.#program(name)
  }

  // Every word behind a NUL; what is emitted holds no control character, so that nothing can be mistaken.
  #program(name: string): void {
    const path = join(this.bin, name)
    const text = `{ printf '%s\\0%s\\0' ${name} "$PWD"; for word do printf '%s\\0' "$word"; done; printf '\\001\\0'; } >>"$WORLD/recorded"`
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
  }

  /** Runs a text as a file, or as what somebody typed. */
  run(
    argv: readonly string[],
    text: string,
    { env = {}, typed = false }: { readonly env?: NodeJS.ProcessEnv; readonly typed?: boolean } = {},
  ): Ran {
    const file = join(this.root, 'list')
    writeFileSync(file, text)
    const [program = '', ...words] = argv
    const done = spawnSync(program, typed ? words : [...words, file], {
      cwd: this.root,
      input: typed ? text : '',
      encoding: 'utf8',
      env: { PATH: `${this.bin}:/usr/local/bin:/usr/bin:/bin`, HOME: this.root, LC_ALL: 'C.UTF-8', WORLD: this.root, ...env },
      maxBuffer: 2 ** 26,
    })
    return { code: done.status, out: done.stdout, err: done.stderr }
  }

  /** What was called since the last time: the program, the folder, the words. */
  recorded(): readonly (readonly string[])[] {
    const path = join(this.root, 'recorded')
    if (!existsSync(path)) return []
    const text = readFileSync(path, 'utf8')
    rmSync(path)
    return text
      .split('\u0001\0')
      .filter((each) => each !== '')
      .map((each) => each.split('\0').slice(0, -1))
  }

  /** Files that nothing of ours has made. */
  strays(): readonly string[] {
    return [...readdirSync(this.root), ...readdirSync(this.work)].filter((name) => name.startsWith('PWN'))
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
