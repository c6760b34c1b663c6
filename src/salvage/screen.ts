import type { SalvagedAgent, SalvagedFile, SalvageManifest } from './manifest.ts'
import type { View } from '../report/reporter.ts'
import type { Column } from '../report/screen.ts'
import { oneLine, Screen } from '../report/screen.ts'
import type { Item, Statement } from '../report/statement.ts'
import { quoteWord } from '../report/typed.ts'
import { count, firstOf, size } from '../report/words.ts'
import { fitPath, wrap } from '../report/wrap.ts'
import { escapeControl } from '../text/escape.ts'

const CERTAINTY_WORDS = { whole: 'whole', replayed: 'replayed', partial: 'only parts', unknown_base: 'only edits' } as const
const DISK_WORDS = { same: 'the same', differs: 'differs', missing: 'gone', not_looked: 'not looked' } as const
const DOUBT_WORDS = {
  line_ends: 'line ends not known',
  byte_order_mark: 'byte-order mark not known',
  encoding: 'in another encoding than it had',
  final_newline: 'final newline not known',
  quotes: 'kind of quotes not known',
  base: 'base not confirmed',
  filter: 'git converts it',
  command: 'a later command may have changed it',
  unanswered: 'a call got no answer',
  user_modified: 'changed by a person',
  changed_outside: 'changed by something else',
} as const
const MOST_LISTED = 10

/** The screen of `salvage`: what was rebuilt and how sure it is, where it is, what to type next. */
export function* salvageScreen(manifest: SalvageManifest, view: View): Iterable<string> {
  const screen = new Screen(view)
  for (const [at, agent] of manifest.agents.entries()) {
    if (at > 0) yield '\n'
    yield screen.statements(above(agent))
    if (agent.files.length > 0) yield '\n'
    yield* screen.table(COLUMNS, agent.files)
    yield '\n'
    yield screen.statements(below(agent, manifest, view.verbose ? Number.POSITIVE_INFINITY : MOST_LISTED))
  }
}

const COLUMNS: readonly Column<SalvagedFile>[] = [
  {
    head: 'sure',
    width: 10,
    lines: ({ certainty, storedAs }) => [storedAs === 'nothing' ? 'nothing' : CERTAINTY_WORDS[certainty]],
    paint: ({ sure, storedAs }, chalk) => (sure ? chalk.green : storedAs === 'file' ? chalk.yellow : chalk.red),
  },
  {
    head: 'on disk',
    width: 10,
    lines: ({ onDisk }) => [DISK_WORDS[onDisk]],
    paint: ({ onDisk }, chalk) => (onDisk === 'missing' || onDisk === 'differs' ? chalk.yellow : (same) => same),
  },
  { head: 'file', lines: fileLines },
]

function fileLines(file: SalvagedFile, width: number): readonly string[] {
  const details = [
    `${file.storedAs === 'file' ? size(file.bytes) : 'not the file'}, ${count(file.writes, 'write')}, ${count(file.edits, 'edit')}${baseOf(file)}`,
    ...(file.doubts.length === 0 ? [] : [file.doubts.map((doubt) => DOUBT_WORDS[doubt]).join('; ')]),
    ...(file.refused === null ? [] : [`not in the tree: ${file.refused}`]),
    ...(file.notStored === null ? [] : [`not written: ${file.notStored}`]),
    ...(file.secrets === null ? [] : ['looks like secrets']),
    ...file.notDone.slice(0, 3),
  ]
  return [fitPath(oneLine(nameIn(file)), width), ...details.flatMap((line) => wrap(oneLine(line), width, 3))]
}

function nameIn({ relative, path }: SalvagedFile): string {
  return relative ?? path
}

function baseOf({ base, certainty }: SalvagedFile): string {
  if (certainty !== 'replayed') return ''
  const words = {
    none: '',
    unknown: '',
    git: ` on commit ${base.commit?.slice(0, 12) ?? ''}`,
    read: ' on what it read',
    recorded: ' on what the client recorded',
    file_history: ' on a copy of the client',
  }
  return words[base.kind]
}

function above(agent: SalvagedAgent): readonly Statement[] {
  const who =
    agent.agentId === null
      ? `main thread of session ${agent.sessionId?.slice(0, 8) ?? ''}`
      : `agent ${agent.agentId}${agent.description === null ? '' : `: ${agent.description}`}`
  if (agent.files.length === 0) return [{ topic: 'Salvage', tone: 'plain', text: `${who}. It wrote no file.` }]
  const { files } = agent
  const sure = files.filter((file) => file.sure).length
  const rest = files.filter((file) => !file.sure && file.storedAs === 'file').length
  const parts = files.filter(({ storedAs }) => storedAs === 'parts').length
  const nothing = files.filter(({ storedAs }) => storedAs === 'nothing').length
  const words = [
    `${sure} for certain`,
    ...(rest > 0 ? [`${rest} with a doubt`] : []),
    ...(parts > 0 ? [`${parts} of which only parts or edits are known`] : []),
    ...(nothing > 0 ? [`${nothing} deleted, or perhaps never written`] : []),
  ]
  return [{ topic: 'Salvage', tone: 'plain', text: `${who}. ${count(agent.files.length, 'file')}: ${words.join(', ')}.` }]
}

function below(agent: SalvagedAgent, manifest: SalvageManifest, most: number): readonly Statement[] {
  const { files, commands, root, readIssues, unreadCalls } = agent
  const statements: Statement[] = []
  const folder = agent.folder === '' ? manifest.out : `${manifest.out}/${agent.folder}`
  statements.push({
    topic: 'Written',
    tone: 'plain',
    text:
      agent.patch === null ? 'To this folder, nowhere else:' : 'To this folder, nowhere else; salvage.patch has all that git can apply:',
    items: [{ text: '', path: folder }],
  })
  const open = files.filter(({ alternatives }) => alternatives.length > 0)
  if (open.length > 0) {
    const text = `${count(open.length, 'file')} may be in another state than the one that was written; the others are in alternatives/:`
    statements.push({
      topic: 'Open',
      tone: 'warning',
      text,
      items: firstOf(
        open.map((file) => `${nameIn(file)}: ${file.alternatives.map(({ why }) => why).join(', ')}`),
        most,
        '-v lists them',
      ),
    })
  }
  const doubtful = commands.filter(({ names }) => names.length > 0)
  if (doubtful.length > 0) {
    const items = firstOf(
      doubtful.map(({ line, command }) => `line ${line}: ${command}`),
      most,
      '-v lists them',
    )
    statements.push({
      topic: 'Commands',
      tone: 'warning',
      text: `${count(commands.length, 'command')} may have changed files, too; that cannot be replayed:`,
      items,
    })
  }
  const secrets = files.filter((file) => file.secrets !== null)
  if (secrets.length > 0) {
    const text = `${count(secrets.length, 'file looks', 'files look')} like secrets, and ${secrets.length === 1 ? 'is' : 'are'} given back as it was:`
    statements.push({
      topic: 'Secrets',
      tone: 'warning',
      text: secrets.length === 1 ? text : text.replace('as it was', 'as they were'),
      items: firstOf(secrets.map(nameIn), most, '-v lists them'),
    })
  }
  const issues = readIssues.length + unreadCalls.length
  if (issues > 0)
    statements.push({
      topic: 'Not read',
      tone: 'warning',
      text: `${count(issues, 'thing')} in its transcript could not be read: a write may be missing here (readIssues of the manifest).`,
    })
  if (root !== null && files.length > 0) statements.push(...next(agent, folder))
  return statements
}

function next(agent: SalvagedAgent, folder: string): readonly Statement[] {
  const { root, rootExists, files, git, patch } = agent
  const kept = files.filter(({ storedAs }) => storedAs === 'file')
  if (rootExists) {
    const other = kept.filter(({ onDisk }) => onDisk === 'differs' || onDisk === 'missing')
    if (other.length === 0 && kept.length > 0)
      return [
        {
          topic: 'Next',
          tone: 'good',
          text: 'Its folder is still there and holds what was rebuilt: nothing needs to be copied.',
          items: [{ text: '', path: root ?? '' }],
        },
      ]
    return [
      {
        topic: 'Next',
        tone: 'plain',
        text: `Its folder is still there; ${count(other.length, 'file differs', 'files differ')} or ${other.length === 1 ? 'is' : 'are'} gone. Compare before you copy:`,
        items: [{ text: '', path: root ?? '' }],
      },
    ]
  }
  const gone = 'Its folder is gone.'
  const repository = git.repository?.replace(/[\\/]\.git$/, '') ?? null
  if (repository !== null && git.base !== null && patch !== null && isTypeable(repository) && isTypeable(folder)) {
    const rescue = `${repository}-rescue`
    return [
      {
        topic: 'Next',
        tone: 'command',
        text: '',
        command: typeGit('-C', repository, 'worktree', 'add', '--detach', rescue, git.base.slice(0, 12)),
      },
      {
        topic: '',
        tone: 'command',
        text: '',
        command: typeGit('-C', rescue, 'apply', `${folder}/salvage.patch`),
        items: [`${gone} This makes a new worktree at the commit that it began with, and puts its files there.`],
      },
    ]
  }
  const items: readonly Item[] = [
    `${gone} Copy the files to where they belong${patch === null ? '' : ', or put salvage.patch on a checkout with git apply'}; manifest.json says which is which.`,
  ]
  return [{ topic: 'Next', tone: 'plain', text: 'Copy what you need.', items }]
}

function typeGit(...words: readonly string[]): string {
  return ['git', ...words].map(quoteWord).join(' ')
}

/** Whether a path stands in a command as it is: what a terminal would obey does not. */
function isTypeable(path: string): boolean {
  return escapeControl(path, { logCommands: 'keep' }) === path
}
