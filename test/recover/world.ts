import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A folder with programs that only note that they were called, and a clock that only `sleep` moves. */
export class World {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'emit-')))
  readonly bin = join(this.root, 'bin')
  readonly work = join(this.root, 'work')
  readonly printer = join(this.bin, 'printer')

  constructor() {
    mkdirSync(this.bin)
    mkdirSync(this.work)
    // Every word behind a NUL; what is emitted holds no control character, so that nothing can be mistaken.
    this.program(
      'printer',
      `{ printf 'CALL\\0%s\\0' "$PWD"; for word do printf '%s\\0' "$word"; done; printf '\\001\\0'; } >>"$WORLD/printed"`,
    )
    this.program('noted', 'printf "%s\\n" "noted $*" >>"$WORLD/log"')
    this.program('failing', 'printf "%s\\n" "failing $*" >>"$WORLD/log"; exit 7')
    this.program('claude', 'printf "%s\\n" "claude in $PWD: $*" >>"$WORLD/log"; exit "$(cat "$WORLD/claude" 2>/dev/null || echo 0)"')
    // `--check` answers what the file of that agent says, or that it is still open until claude ran.
    this.program(
      'agent-forensics',
      `printf '%s\\n' "tool $*" >>"$WORLD/log"
case $1 in
  plan) if [ -f "$WORLD/agent-$3" ]; then exit "$(cat "$WORLD/agent-$3")"; fi; grep -q '^claude' "$WORLD/log" && exit 0; echo 'left: x' >&2; exit 1 ;;
esac`,
    )
    this.program('date', 'case $1 in +%s) cat "$WORLD/clock" ;; *) echo 12:00:00 ;; esac')
    this.program('sleep', 'printf "%s\\n" "sleep $1" >>"$WORLD/log"; echo $(($(cat "$WORLD/clock") + $1)) >"$WORLD/clock"')
    this.set('clock', '1780000000')
  }

  program(name: string, text: string): void {
    const path = join(this.bin, name)
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
  }

  set(name: string, text: string): void {
    writeFileSync(join(this.root, name), text)
  }

  run(
    argv: readonly string[],
    text: string,
    { env = {}, input = '' }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
  ): Ran {
    const file = join(this.root, 'recover')
    writeFileSync(file, text)
    const [program = '', ...words] = argv
    const done = spawnSync(program, input === '' ? [...words, file] : words, {
      cwd: this.root,
      input,
      encoding: 'utf8',
      env: { PATH: `${this.bin}:/usr/local/bin:/usr/bin:/bin`, HOME: this.root, LC_ALL: 'C.UTF-8', WORLD: this.root, ...env },
      maxBuffer: 2 ** 26,
    })
    return { code: done.status, out: done.stdout, err: done.stderr }
  }

  /** What the programs noted, and forgets it. */
  log(): readonly string[] {
    return this.#taken('log')
      .split('\n')
      .filter((line) => line !== '')
  }

  /** What the printer was given: the folder, then the words. */
  printed(): readonly (readonly string[])[] {
    return this.#taken('printed')
      .split('\u0001\0')
      .filter((each) => each !== '')
      .map((each) => each.split('\0').slice(1, -1))
  }

  #taken(name: string): string {
    const path = join(this.root, name)
    if (!existsSync(path)) return ''
    const text = readFileSync(path, 'utf8')
    rmSync(path)
    return text
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
