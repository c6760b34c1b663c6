import type { Command } from 'commander'
import type { CompletionShell } from './shells.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { powershellScript } from './powershell.ts'
import { listOffers, type OfferedCommand } from './words.ts'
import { zshScript } from './zsh.ts'

const SCRIPTS: Readonly<Record<CompletionShell, (commands: readonly OfferedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
}

/** What a person's shell reads at its start, so that it completes these commands. */
export function completionScript(shell: CompletionShell, commands: readonly Command[]): string {
  return SCRIPTS[shell](listOffers(commands))
}
