import type { SourceLocation } from '../facts/source.ts'

/** A shell command of a transcript that may have rented or ended something, and how it was answered. */
export interface ShellCommand {
  readonly toolUseId: string
  /** The command line, clipped at its end. */
  readonly command: string
  readonly clipped: boolean
  /** The client itself was to run it in the background. */
  readonly background: boolean
  /** The folder that its record names. */
  readonly cwd: string | null
  readonly at: number | null
  readonly where: SourceLocation
  /** The head of the result; null: nothing answered it. */
  readonly result: { readonly text: string; readonly isError: boolean } | null
}

/**
 * A cheap test of a command line: the programs that src/resources/ knows, in any place. It may take too much, since only what passes is
 * kept and parsed, and it must never take too little: a test holds it against the table.
 */
export const MAY_RENT =
  /\b(?:vast(?:ai|\.py)|runpodctl|cloud\.lambda(?:labs)?\.|aws|eksctl|gcloud|az|hcloud|doctl|fly(?:ctl)?|modal|kubectl|k3s|helm|terraform|tofu|docker(?:-compose)?|podman|nohup|setsid|disown|tmux|screen|p?kill|killall|ssh|sky|sbatch|salloc|srun|scancel|bsub|bkill|qsub|qdel|ray\s+job|hf(?:jobs)?|dstack|prime|pspace|paperspace|nebius|vultr|scw|openstack|codespace|gh\s+cs)\b|[^&>|]&\s*(?:$|[^&>\s])/m

/** A cheap test of a command line: it may delete or move files, or set them back. */
export const MAY_REMOVE = /\b(?:rm|mv|unlink|rmdir|trash|shred|clean|reset|stash|checkout|restore|find|worktree)\b/

/** A shell command that may have deleted or moved files. */
export interface RemovingCommand {
  readonly command: string
  /** The folder that its record names. */
  readonly cwd: string | null
  readonly at: number | null
}
