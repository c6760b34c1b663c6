/** What a command may have done to files, read from its text: a hint, since no shell is asked. */
export interface CommandEffect {
  /** `any`: whatever lies below its folder; `named`: what it names. */
  readonly touches: 'named' | 'any'
  /** Plain words of it that are paths of files it may change. */
  readonly names: readonly string[]
}

const MAX_NAMES = 20
/** How much of a command is looked at. Longer ones are programs of their own; their beginning says enough. Characters. */
export const MAX_LOOKED_AT = 20_000

/** What may change files that it does not name: switches of git, formatters, generators, archives, patches. */
const SWEEPING =
  /(?:^|[\s;&|(])(?:git\s+(?:-\S+\s+(?:[^-\s]\S*\s+)?)*(?:checkout|restore|reset|stash|apply|am|merge|rebase|pull|cherry-pick|revert|clean|switch|rm|mv)\b|patch\s|prettier\b[^;&|]*(?:--write|-w\b)|eslint\b[^;&|]*--fix|biome\b[^;&|]*(?:--write|--fix|--apply)|(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?\S*(?:fix|format|fmt|codegen|generate)\S*|(?:black|isort|oxfmt|rustfmt|gofumpt|dprint\s+fmt|terraform\s+fmt|swiftformat|clang-format\s+-i)\b|gofmt\s+-\S*w|ruff\s+(?:format|check\b[^;&|]*--fix)|cargo\s+(?:fmt|fix)|go\s+(?:fmt|generate)|xargs\b[^;&|]*\b(?:sed|perl|rm|mv)\b|find\b[^;&|]*-(?:delete|exec)|(?:unzip|tar\s+-?\w*x\w*|rsync)\b)/
/** What changes the files that it names. */
const CHANGING =
  /(?:^|[\s;&|(])(?:sed\s+(?:-\S+\s+)*-{1,2}i|sed\s+-\S*i|perl\s+(?:-\S+\s+)*-\S*i|tee\b|mv\b|cp\b|rm\b|rmdir\b|unlink\b|truncate\b|dd\b|install\b|ln\b|touch\b|shred\b|split\b|sponge\b|(?:python3?|node|ruby|php|deno|bun)\b[^;&|]*\s-[ce]\b|Set-Content\b|Out-File\b|Add-Content\b|Remove-Item\b|Move-Item\b|Copy-Item\b|Rename-Item\b)|(?:^|[^\d<>&=-])>{1,2}(?![&>=])/

/** What a command may have changed; null: nothing that its text tells of. */
export function effectOf(command: string): CommandEffect | null {
  const text = command.slice(0, MAX_LOOKED_AT)
  const isSweeping = SWEEPING.test(text)
  const isChanging = CHANGING.test(text.replace(/\d*>{1,2}\s*\/dev\/null/g, ''))
  if (!isSweeping && !isChanging) return null
  return { touches: isSweeping ? 'any' : 'named', names: namesIn(text) }
}

function namesIn(text: string): readonly string[] {
  const names = new Set<string>()
  for (const [, quoted, single, bare] of text.matchAll(/"([^"\n$`]{1,300})"|'([^'\n]{1,300})'|([^\s;&|()<>"'`$]{2,300})/g)) {
    const word = quoted ?? single ?? bare ?? ''
    // A word with a dot or a slash in it is likelier a file than an option, a program or an expression of sed.
    if (/^[\w@%+~,.\\/ :-]+$/.test(word) && /[./]/.test(word) && !word.startsWith('-') && !/^s\/|\/[gip]*$|^\.+$|:\/\//.test(word))
      names.add(word)
    if (names.size >= MAX_NAMES) break
  }
  return [...names]
}

/** Files that the client says a command changed (2.1.329), by their names. */
export function changedByWordsOf(answer: string): readonly string[] {
  const list = /\[This command modified \d+ files? you've previously read: (.{1,2000}?)\. Call Read before editing\.\]/s.exec(answer)?.[1]
  return list === undefined ? [] : list.split(', ')
}

/** The file that a command does nothing but print; null: it does something else. */
export function printedBy(command: string): string | null {
  const [, quoted, single, bare] =
    /^\s*cat\s+(?:--\s+)?(?:"([^"\n$`\\]+)"|'([^'\n]+)'|([^\s;&|()<>"'`$*?[\]{}\\-][^\s;&|()<>"'`$*?[\]{}\\]*))\s*$/.exec(command) ?? []
  return quoted ?? single ?? bare ?? null
}
