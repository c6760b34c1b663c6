import type { JudgedSession } from '../reasons/judged.ts'
import type { BuiltOn } from './work-item.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { GitCommand, Run } from '../facts/run.ts'
import type { SourceLocation } from '../facts/source.ts'
import { oneLine } from '../text/one-line.ts'
import { compare } from '../text/order.ts'
import { excerptOf } from '../text/redact.ts'
import { formatInstant } from '../time/instant.ts'
import { reportedWord } from './client-word.ts'
import { ownBranch, wordsIn } from './join-attempts.ts'
import type { Thread } from './thread.ts'
import { pathBelow } from '../text/path.ts'

/** What of a dead agent a later text may name; the first kind that it names is told. */
const NAMES = ['branch', 'worktree', 'file', 'id', 'result'] as const satisfies readonly BuiltOn['names'][]

/** Something that a dead agent left behind. */
interface Trace {
  readonly of: Thread
  readonly names: BuiltOn['names']
  readonly what: string
}

/** A bound for the hints of one death. */
const MOST_HINTS = 50
/** A shorter sentence may be said twice by chance. Characters. */
const SHORTEST_SENTENCE = 40
const MOST_SENTENCES = 50
const LONGEST_NAME = 200
/** Folders of a path that are looked through. */
const MOST_SEGMENTS = 40
/** The git commands that take over what stands somewhere. */
const COMMITS = /\bgit\b[^\n;|&]{0,400}\s(?:commit|merge|cherry-pick|am|revert|rebase|pull)\b(?![^\n;|&]{0,200}\s--(?:abort|quit|skip)\b)/
/** The text of a result that says itself that the agent did not finish. */
const SAYS_SO = /^Agent (?:terminated|stalled|was stopped)/

/**
 * Agents that were sent and commits that were made after a death which the parent took for success, and that name what the dead
 * agent left. A name is no proof that they rest on it: whoever came later may have looked, and found nothing.
 */
export function builtOn(
  threads: readonly Thread[],
  sessions: readonly JudgedSession[],
  isSameWork: (dead: Thread, later: Run) => boolean,
  worktrees: readonly WorktreeReport[],
  excerpts: boolean,
): ReadonlyMap<Run, readonly BuiltOn[]> {
  const found = new Map<Run, BuiltOn[]>()
  const traces = new Traces(threads.filter(wasTakenForSuccess), worktrees)
  const tell = (trace: Trace, at: number | null, later: Run, hint: () => BuiltOn): void => {
    const { of } = trace
    if (at === null || of.end === null || at <= of.end || of.run === later || isSameWork(of, later)) return
    const hints = found.get(of.run) ?? []
    found.set(of.run, hints)
    if (hints.length < MOST_HINTS) hints.push(hint())
  }
  for (const later of threads) {
    for (const trace of traces.in(later.run.firstPrompt ?? '', later.project, later.start)) {
      tell(trace, later.start, later.run, () => agentHint(trace, later, excerpts))
    }
  }
  const projects = new Map(threads.map(({ session, project }) => [session, project]))
  for (const session of sessions) {
    const project = projects.get(session) ?? session.main?.run.cwd ?? null
    for (const run of [...(session.main === null ? [] : [session.main]), ...session.agents].map((judged) => judged.run)) {
      if (run.kind === 'internal') continue
      for (const command of run.gitCommands) {
        if (command.failed === true || !traces.isAfterOne(project, command.at) || !COMMITS.test(command.command)) continue
        for (const trace of traces.in(command.command, project, command.at))
          tell(trace, command.at, run, () => commitHint(trace, run, command, excerpts))
      }
    }
  }
  return found
}

/** It died, and the client called that a success, or said nothing while the session went on. */
function wasTakenForSuccess({ judged, outcome, end, session }: Thread): boolean {
  if (outcome !== 'died') return false
  const word = reportedWord(judged.run, judged.context)
  if (word !== undefined) return word.outcome === 'finished' && !SAYS_SO.test(word.text)
  const last = session.session.activity.at(-1)
  return last !== undefined && end !== null && last.to > end
}

/** What dead agents of one project left, by the words that name it. */
interface Left {
  readonly byWord: Map<string, Trace[]>
  /** When the first of them died; texts from before can name none of it. */
  since: number
}

/** What dead agents left: texts are many, and each is read once, if at all. */
class Traces {
  readonly #byProject = new Map<string | null, Left>()

  constructor(dead: readonly Thread[], worktrees: readonly WorktreeReport[]) {
    const branches = new Map(worktrees.flatMap(({ path, branch }) => (branch === null ? [] : [[path, branch] as const])))
    for (const of of dead) {
      const { run } = of
      if (run.path !== null) this.#add(of, 'id', of.id)
      const branch = ownBranch(of) ?? branches.get(run.worktreePath ?? '') ?? null
      if (branch !== null) this.#add(of, 'branch', branch)
      if (run.worktreePath !== null) this.#add(of, 'worktree', run.worktreePath)
      for (const file of run.writtenFiles) this.#add(of, 'file', relativeTo(file, run))
      for (const sentence of sentencesIn(run.lastText ?? '')) this.#add(of, 'result', sentence)
    }
  }

  #add(of: Thread, names: BuiltOn['names'], what: string): void {
    // The bare name of a file stands in every other prompt.
    if (what === '' || (names === 'file' && !what.includes('/'))) return
    if (of.end === null) return
    const left = this.#byProject.get(of.project) ?? { byWord: new Map<string, Trace[]>(), since: of.end }
    this.#byProject.set(of.project, left)
    left.since = Math.min(left.since, of.end)
    const known = left.byWord.get(what)
    if (known === undefined) left.byWord.set(what, [{ of, names, what }])
    else known.push({ of, names, what })
  }

  /** Whether anybody had died in a project, and left something, by then. */
  isAfterOne(project: string | null, at: number | null): boolean {
    const left = this.#byProject.get(project)
    return left !== undefined && at !== null && at > left.since
  }

  /** What a text of some moment names, each dead agent once. */
  in(text: string, project: string | null, at: number | null): readonly Trace[] {
    const left = this.#byProject.get(project)
    if (left === undefined || text === '' || !this.isAfterOne(project, at)) return []
    const named = new Map<Thread, Trace>()
    const look = (word: string): void => {
      for (const trace of left.byWord.get(word) ?? []) {
        const before = named.get(trace.of)
        if (before === undefined || NAMES.indexOf(trace.names) < NAMES.indexOf(before.names)) named.set(trace.of, trace)
      }
    }
    for (const word of wordsIn(text)) for (const place of placesIn(word)) look(place)
    for (const sentence of sentencesIn(text)) look(sentence)
    return [...named.values()].toSorted((a, b) => compare(a.of.id, b.of.id))
  }
}

/** A word, and where it is a path the folders above it and the paths below its beginning. */
function placesIn(word: string): readonly string[] {
  if (!word.includes('/')) return [word]
  const parts = word.split('/').slice(0, MOST_SEGMENTS)
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  const below = parts.map((_, index) => parts.slice(index).join('/'))
  return [...above, ...below]
}

/** A file as it is called within the project, wherever the agent had it. */
function relativeTo(file: string, { worktreePath, cwd, folders }: Run): string {
  const places = [worktreePath, cwd, ...folders].filter((place) => place !== null).toSorted((a, b) => b.length - a.length)
  for (const place of places) {
    const below = pathBelow(file, place)
    if (below !== null) return below
  }
  return file.replace(/^\.\//, '')
}

function sentencesIn(text: string): readonly string[] {
  const sentences: string[] = []
  for (const part of text.split(/\n+|(?<=[.!?])\s+/)) {
    if (part.length < SHORTEST_SENTENCE) continue
    const sentence = oneLine(part)
    if (sentence.length >= SHORTEST_SENTENCE) sentences.push(sentence)
    if (sentences.length === MOST_SENTENCES) break
  }
  return sentences
}

const WORDS: Readonly<Record<BuiltOn['names'], string>> = {
  branch: 'the branch',
  worktree: 'the worktree',
  file: 'a file',
  id: 'the id',
  result: 'words of the result',
}

function agentHint({ of, names, what }: Trace, later: Thread, excerpts: boolean): BuiltOn {
  const shows = `its prompt names ${WORDS[names]} of a dead agent`
  const where = later.run.launchedAt?.where ?? later.run.latest.where
  return {
    ...hintOf(of, names, what, excerpts),
    kind: 'agent',
    id: later.id,
    by: later.id,
    sessionId: later.run.sessionId,
    at: later.start === null ? null : formatInstant(later.start),
    summary: shows,
    evidence:
      where === null
        ? { kind: 'absence', shows, path: later.run.path, line: null, byteOffset: null }
        : recordAt(where, shows, excerpts ? (later.run.firstPrompt ?? '') : null),
  }
}

function commitHint({ of, names, what }: Trace, by: Run, command: GitCommand, excerpts: boolean): BuiltOn {
  const shows = `a git command that makes commits names ${WORDS[names]} of a dead agent`
  return {
    ...hintOf(of, names, what, excerpts),
    kind: 'commit',
    id: command.commits[0] ?? command.movedTo,
    by: by.agentId ?? by.sessionId,
    sessionId: by.sessionId,
    at: command.at === null ? null : formatInstant(command.at),
    summary: shows,
    evidence: recordAt(command.where, shows, excerpts ? command.command : null),
  }
}

function hintOf(of: Thread, names: BuiltOn['names'], what: string, excerpts: boolean): Pick<BuiltOn, 'on' | 'names' | 'what'> {
  return { on: of.id, names, what: names === 'result' && !excerpts ? null : excerptOf(what, LONGEST_NAME) }
}

function recordAt(where: SourceLocation, shows: string, excerpt: string | null): BuiltOn['evidence'] {
  return { kind: 'record', shows, ...where, excerpt: excerpt === null ? null : excerptOf(excerpt) }
}
