import type { View } from '../report/reporter.ts'
import { oneLine, Screen } from '../report/screen.ts'
import type { Statement } from '../report/statement.ts'
import { quoteWord } from '../report/typed.ts'
import { count } from '../report/words.ts'
import { lastName } from '../text/last-name.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { PreserveDocument } from './document.ts'
import { shortRef } from '../text/short-ref.ts'

type Saved = PreserveDocument['saved'][number]

/** Places that are listed of each kind; `--verbose` lists all. */
const MOST_LISTED = 10

/** The screen of `preserve`: what was saved and where, what was not and why, how to get it back. */
export function* preserveScreen(document: PreserveDocument, rows: readonly WorktreeReport[], view: View): Iterable<string> {
  const screen = new Screen(view)
  yield screen.statements([headline(document)])
  const { saved, failures, unreadable, leftOut, dryRun } = document
  const most = view.verbose ? Number.POSITIVE_INFINITY : MOST_LISTED
  const places = placesOf(saved)
  yield* listing(screen, dryRun ? 'Would save' : 'Saved', places.filter(isNew), most)
  yield* listing(
    screen,
    'Saved before',
    places.filter((works) => !isNew(works)),
    most,
  )
  for (const { path, reason } of failures) {
    yield screen.statements([{ topic: 'Not saved', tone: 'bad', text: `${lastName(path)}: ${reason}`, items: [{ text: '', path }] }])
  }
  for (const { path, detail } of unreadable) {
    yield screen.statements([{ topic: 'Not read', tone: 'bad', text: `${path}: ${detail}`, items: [`Local-only work there is unknown.`] }])
  }
  if (leftOut > 0) yield screen.statements([{ topic: 'Left out', tone: 'plain', text: `${count(leftOut, 'file')} (--exclude).` }])
  if (saved.length > 0 && !dryRun) yield* restoring(screen, places, rows)
}

function isNew(works: readonly Saved[]): boolean {
  return works.some((work) => work.isNew)
}

function headline({ saved, failures, unreadable, dryRun }: PreserveDocument): Statement {
  const places = placesOf(saved)
  const fresh = places.filter(isNew).length
  const before = places.length - fresh
  const open = new Set([...failures, ...unreadable].map(({ path }) => path)).size
  const isDone = open === 0
  const words = [
    ...(fresh > 0 ? [`${dryRun ? 'Would save' : 'Saved'} the local-only work of ${count(fresh, 'place')}.`] : []),
    ...(before > 0 ? [`${count(before, 'place')} had been saved before.`] : []),
    ...(fresh + before === 0 && isDone ? ['Nothing to save: no local-only work was found.'] : []),
    ...(isDone ? [] : [`${count(open, 'place')} could not be saved or read in full.`]),
  ]
  return { topic: 'Preserve', tone: isDone ? 'good' : 'bad', text: words.join(' ') }
}

/** References of one worktree are told together. */
function placesOf(saved: readonly Saved[]): readonly (readonly Saved[])[] {
  const byName = new Map<string, Saved[]>()
  for (const work of saved) byName.set(work.name, [...(byName.get(work.name) ?? []), work])
  return [...byName.values()]
}

function* listing(screen: Screen, topic: string, places: readonly (readonly Saved[])[], most: number): Iterable<string> {
  for (const works of places.slice(0, most)) {
    const [first] = works
    if (first === undefined) continue
    const items = [
      { text: '', path: first.path },
      ...works.map((work) => `${shortRef(work.ref)}: ${work.holds.join(', ')}${work.isPushed ? ' (on origin too)' : ''}`),
      ...(first.bundle === null ? [] : [{ text: '', path: first.bundle }]),
    ]
    yield screen.statements([
      { topic, tone: 'plain', text: first.agents.length === 1 ? `agent ${first.agents[0]}` : lastName(first.path), items },
    ])
  }
  if (places.length > most) yield screen.statements([{ topic, tone: 'plain', text: `${places.length - most} more (--verbose lists them)` }])
}

/** Commands that run as they stand: each on a line of its own, never wrapped. One of each kind is enough. */
function* restoring(screen: Screen, places: readonly (readonly Saved[])[], rows: readonly WorktreeReport[]): Iterable<string> {
  const find = (kind: RegExp, works: readonly Saved[]): string | undefined => works.find(({ ref }) => kind.test(ref))?.ref
  const examples = places.flatMap((works) => {
    const repo = rows.find(({ path }) => path === works[0]?.path)?.repo ?? null
    return repo === null ? [] : [{ repo, state: find(STATE, works), ignored: find(IGNORED, works), commits: find(COMMITS, works) }]
  })
  const whole = examples.find(({ state, ignored }) => state !== undefined && ignored !== undefined) ?? examples.find(({ state }) => state)
  if (whole?.state !== undefined) {
    const folder = `../restored-${lastName(whole.state)}`
    yield* command(screen, 'To restore', ['git', '-C', whole.repo, 'worktree', 'add', folder, shortRef(whole.state)])
    // Without `--overlay`, git would remove what the reference does not hold.
    if (whole.ignored !== undefined)
      yield* command(screen, 'and then', [
        'git',
        '-C',
        `${whole.repo}/${folder}`,
        'restore',
        '--overlay',
        `--source=${whole.ignored}`,
        '--',
        '.',
      ])
  }
  const other = examples.find(({ commits }) => commits !== undefined)
  if (other?.commits !== undefined) yield* command(screen, 'Commits', ['git', '-C', other.repo, 'log', other.commits])
}

const STATE = /^(?!refs\/not-pushed\/)/
const IGNORED = /^refs\/not-pushed\/.*\/ignored(?:-\d+)?$/
const COMMITS = /^refs\/not-pushed\/.*\/(?:stash|lost|within-\d+)(?:-\d+)?$/

function* command(screen: Screen, topic: string, argv: readonly string[]): Iterable<string> {
  const line = screen.paintLine('command', oneLine(argv.map(quoteWord).join(' ')))
  yield `${screen
    .statements([{ topic, tone: 'plain', text: '' }])
    .trimEnd()
    .padEnd(12)} ${line}\n`
}
