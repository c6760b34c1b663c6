/** What hooks have told and done, over all processes. Every method throws the system's error where nothing can be kept. */
export interface HookMemory {
  /** Those that nobody claimed before: whoever asks first has them, and nobody after. */
  claim(names: readonly string[]): Promise<ReadonlySet<string>>
  /** Those that somebody has claimed. */
  listClaimed(names: readonly string[]): Promise<ReadonlySet<string>>
  /** When it was claimed or noted last, in milliseconds since the epoch; null: never. */
  lastNoted(name: string): Promise<number | null>
  note(name: string): Promise<void>
}

/** What a hook needs beyond looking. */
export interface HookPorts {
  readonly memory: HookMemory
  /**
   * Starts this program with these words, and gives it the text to read. It outlives this process and whoever started it. Resolves when it
   * has begun; `ended` when it has ended.
   */
  startAgain(words: readonly string[], input: string): Promise<{ readonly ended: Promise<void> }>
  /** Starts a command line of the person's in their shell, with these variables beside its own. Nothing waits for its end. */
  startCommand(
    command: string,
    how: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly without: readonly string[] },
  ): Promise<void>
  sleep(ms: number): Promise<void>
  /** Milliseconds since this process was started. */
  age(): number
}
