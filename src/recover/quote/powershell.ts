/** What PowerShell takes for a single quote; doubled, each stands for itself. */
const QUOTES = /['\u2018\u2019\u201a\u201b]/g

/** One word for PowerShell 7.3 and later. */
export function quotePowershell(word: string): string {
  return `'${word.replaceAll(QUOTES, '$&$&')}'`
}
