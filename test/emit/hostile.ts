/** Q01 to Q23, and more: what a shell might read something into. All of them come out as they are. */
export const HOSTILE: Readonly<Record<string, string>> = {
  Q01: 'two  words ',
  Q02: "it's",
  Q03: '"quoted"',
  Q04: String.raw`a\'; touch PWN #`,
  Q05: '$(touch PWN)',
  Q06: '`touch PWN`',
  Q07: '; touch PWN;',
  Q08: '&& touch PWN &',
  Q09: '| touch PWN > PWN',
  Q10: '$HOME ${HOME} $0 $@ (touch PWN)',
  Q11: '* ? [a-z]*',
  Q12: '~ ~root',
  Q13: '!! !1 !touch',
  Q14: '-rf',
  Q15: 'a\\',
  Q16: String.raw`%s %n %PATH% \n \x41 \\`,
  Q17: '{a,b} {1..3}',
  Q18: '=ls',
  Q19: '# x',
  Q20: '^a^b',
  Q21: '',
  Q22: 'é 日本 🦀 ‘a’ ‚b‛ “c”',
  Q23: `'"\\$\`;|&<>(){}[]*?~!#=^%@,:.+-_`.repeat(500),
  'a command of fish': '(touch PWN)',
  'a command of zsh': '=(touch PWN)',
  'an assignment': 'PATH=/x',
  'a keyword': 'end',
  'quotes of all kinds': `'''"""\`\`\`\\'\\'`,
}

/** What stands in no text, with what it would do there. */
export const REFUSED: Readonly<Record<string, string>> = {
  'a line break': 'a\ntouch PWN',
  'a carriage return': 'a\rb',
  'a tabulator': 'a\tb',
  'Q26: NUL': 'a\0b',
  'an escape': '\u001b[31m',
  'a C1 control': '\u009b31m',
  'a delete': '\u007f',
  'text that runs backwards': '\u202Etxt.exe',
  'an isolate': '\u2066x',
  'a mark of order': '\u200Fx',
  'a line separator': 'a\u2028b',
  'half of a character': '\ud800',
  'the other half': 'a\udc00b',
  'a log command of GitHub': '::error::x',
  'a log command of Azure': 'a##vso[task.x]b',
}

/** The same told apart by the classes of Unicode, and the start of a command to a CI log. */
export const UNSPEAKABLE =
  /[\p{Control}\p{Surrogate}]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|(?<![\w[\])>])::|##[a-z]*\[/iu
