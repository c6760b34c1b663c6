import type { ActionResult, FileCall, FileChange, TextEdit } from '../facts/file-action.ts'
import type { Certainty, Doubt } from './manifest.ts'
import type { SourceLocation } from '../facts/source.ts'
import { applyEdits } from './apply-edit.ts'
import { applyHunks } from './apply-hunks.ts'
import { applyNotebook, insertedId } from './apply-notebook.ts'
import type { FileRules } from '../facts/file-rules.ts'
import { readingOf, type Shown } from './numbered.ts'
import { Pieces } from './pieces.ts'
import { hasMark, isCrlf, isMixed, linesOf, shown, withCrlf, withLf, withMark, withoutMark } from './text.ts'

/** What a file may have been before the agent touched it, from elsewhere than its transcript. */
export interface KnownBase {
  /** `exact`: nobody else had written there before. `likely`: the working file may have been another. */
  readonly git: { readonly text: string; readonly isExact: boolean; readonly isFiltered: boolean } | null
  /** The file is not in the base commit, of a folder that held nothing else. */
  readonly isNew: boolean
  /** git has it, and it is not UTF-8: what the agent was shown is another spelling of its bytes. */
  readonly isForeign: boolean
  /** Copies of the file that are exact, from some time: good for what a reading does not show. */
  readonly copies: readonly string[]
  /** What a version of the client does with a text on its way to the disk. */
  rulesOf(version: string | null): FileRules
}

/** One thing that happened to a file, in the order of its effect. */
export type FileEvent =
  | {
      readonly kind: 'call'
      readonly call: FileCall
      readonly where: SourceLocation
      readonly version: string | null
      readonly result: ActionResult | null
    }
  | { readonly kind: 'copy'; readonly text: string | null; readonly where: SourceLocation }
  /** `printed`: all of it, but for newlines at its end. */
  | { readonly kind: 'printed'; readonly text: string; readonly where: SourceLocation }
  | { readonly kind: 'command'; readonly where: SourceLocation }
  /** It is another file now, and what it holds is not known. */
  | { readonly kind: 'changed'; readonly where: SourceLocation }

/** Where the replay began. */
interface ReplayBase {
  readonly kind: 'none' | 'git' | 'read' | 'recorded' | 'file_history' | 'unknown'
  readonly where: SourceLocation | null
}

/** An edit that could not be put into a known text. */
interface LooseEdit {
  readonly where: SourceLocation
  readonly tool: string
  readonly edits: readonly TextEdit[]
  readonly state: 'applied' | 'unanswered'
}

/** Another content that the file may have, with the doubts that it has of its own. */
interface Alternative {
  readonly why: 'unanswered' | 'before_mismatch' | 'client_version'
  readonly text: string
  readonly doubts: readonly Doubt[]
}

/** What became of a file. `text` null: it is not known whole, or was never there. */
export interface Replayed {
  readonly certainty: Certainty
  readonly text: string | null
  readonly doubts: readonly Doubt[]
  readonly base: ReplayBase
  /** The text before the agent's first change; null: it did not exist; undefined: not known. */
  readonly before: string | null | undefined
  readonly alternatives: readonly Alternative[]
  readonly pieces: Pieces
  readonly loose: readonly LooseEdit[]
  readonly commands: readonly SourceLocation[]
  readonly notDone: readonly string[]
  readonly outcomes: ReadonlyMap<string, 'applied' | 'failed' | 'unanswered' | 'not_replayed'>
}

/** One content that the file may have; `text` null: there is no file. */
interface State {
  readonly text: string | null
  readonly doubts: ReadonlySet<Doubt>
  /** Calls without an answer that it holds. */
  readonly unanswered: number
  /** It follows from what some clients do, and others do not. */
  readonly isGuess: boolean
}

/** More contents than this are not followed: every unanswered call doubles them. */
const MAX_STATES = 8

/**
 * Replays what the agent's tools did to one file. Nothing is believed longer than it fits: an edit whose old text is not there, or
 * a reading that shows something else, ends the replay until the file is seen whole again.
 */
export function replay(events: readonly FileEvent[], known: KnownBase): Replayed {
  const run = new Replay(known)
  for (const event of events) run.add(event)
  return run.finish()
}

class Replay {
  readonly #known: KnownBase
  #states: readonly State[] | null = null
  #base: ReplayBase = { kind: 'unknown', where: null }
  #before: string | null | undefined
  /** Whether the agent changed something: what the file was before that is its base. */
  #hasChanged = false
  #isWritten = false
  readonly #pieces = new Pieces()
  #loose: LooseEdit[] = []
  #commands: SourceLocation[] = []
  #lastGood: string | null = null
  /** It became another file, and was not seen since. */
  #isStale = false
  readonly #notDone: string[] = []
  readonly #outcomes = new Map<string, 'applied' | 'failed' | 'unanswered' | 'not_replayed'>()

  constructor(known: KnownBase) {
    this.#known = known
  }

  add(event: FileEvent): void {
    switch (event.kind) {
      case 'command':
        this.#commands.push(event.where)
        this.#doubt('command')
        return
      case 'changed':
        this.#pieces.clear()
        this.#lose(`line ${event.where.line}: the client noticed that the file had changed; what it held then is not recorded`)
        return
      case 'copy':
        this.#seeExact(event.text, event.where)
        return
      case 'printed':
        this.#seePrinted(event.text, event.where)
        return
      case 'call':
        this.#call(event)
    }
  }

  #call({ call, where, version, result }: Extract<FileEvent, { kind: 'call' }>): void {
    const { change } = call
    if (change.kind === 'read') {
      if (result !== null && !result.isError) this.#read(result, change.offset, change.limit, where)
      return
    }
    if (result?.isError === true) {
      this.#outcomes.set(call.id, 'failed')
      if (/modified since read|unexpectedly modified/i.test(result.text)) this.#doubt('changed_outside')
      return
    }
    const isBegun =
      change.kind === 'write' ? isCreated(result) : change.kind === 'edit' && result !== null && change.edits[0]?.oldText === ''
    const states = this.#statesBefore(result, where, isBegun)
    const outcome = result === null ? 'unanswered' : 'applied'
    if (change.kind === 'write') this.#write(states, call, change.content, version, result, where)
    else if (change.kind === 'delete') this.#delete(states, result)
    else if (!this.#edit(states, call, where, version, result)) {
      this.#outcomes.set(call.id, 'not_replayed')
      return
    }
    this.#outcomes.set(call.id, outcome)
    if (result?.answer?.userModified === true) this.#doubt('user_modified')
  }

  /** What the file may hold at this moment, with all that is known of its base; null: nothing is known. */
  #statesBefore(result: ActionResult | null, where: SourceLocation, isBegun: boolean): readonly State[] | null {
    const recorded = result?.answer?.before ?? null
    if (recorded !== null) this.#seeText(recorded, true, { kind: 'recorded', where })
    // An edit of nothing is only let through where there is nothing, or no file.
    if (this.#states === null && isBegun) this.#begin([stateOf(null)], { kind: 'none', where: null })
    if (this.#states === null && !this.#isStale && !this.#hasChanged) this.#useGit()
    if (!this.#hasChanged) {
      const [state] = this.#states ?? []
      this.#before = this.#states === null ? undefined : state?.text
    }
    this.#hasChanged = true
    return this.#states
  }

  #useGit(): void {
    const { git, isNew } = this.#known
    // A command may have made it in the meantime.
    if (isNew && this.#commands.length === 0) this.#begin([stateOf(null)], { kind: 'none', where: null })
    else if (
      git !== null &&
      this.#pieces.known.every(({ from, lines }) => from === null || fits(git.text, { from, lines, isEnd: false, showsMark: false }))
    )
      this.#begin([stateOf(git.text, this.#gitDoubts(git))], { kind: 'git', where: null })
  }

  #gitDoubts({ isExact, isFiltered }: NonNullable<KnownBase['git']>): readonly Doubt[] {
    return [
      ...(isExact ? [] : (['base'] as const)),
      ...(isFiltered ? (['filter'] as const) : []),
      ...(this.#commands.length > 0 ? (['command'] as const) : []),
    ]
  }

  #write(
    before: readonly State[] | null,
    { tool }: FileCall,
    content: string,
    version: string | null,
    result: ActionResult | null,
    where: SourceLocation,
  ): void {
    const rules = this.#known.rulesOf(version)
    const written = (before ?? [UNKNOWN]).flatMap((either) => {
      const state = either === UNKNOWN ? null : either
      let texts: readonly { readonly text: string; readonly isGuess: boolean }[] = [{ text: content, isGuess: false }]
      const doubts: Doubt[] = []
      const vary = (answer: 'yes' | 'no' | 'either', change: (text: string) => string): void => {
        if (answer === 'no') return
        const changed = texts.map(({ text, isGuess }) => ({ text: change(text), isGuess }))
        texts =
          answer === 'yes'
            ? changed
            : [...texts, ...changed.filter(({ text }) => text !== content).map((each) => ({ ...each, isGuess: true }))]
      }
      if (state === null) {
        // It may have replaced a file, of which nothing is known.
        if (rules.writeKeepsLineEnds !== 'no' && content.includes('\n')) doubts.push('line_ends')
        if (rules.writeKeepsMark !== 'no' && !hasMark(content)) doubts.push('byte_order_mark')
      } else if (state.text !== null) {
        // What is not sure of the file is not sure of what it hands on.
        const isVague = state.doubts.size > 0
        if (rules.writeKeepsLineEnds !== 'no' && content.includes('\n')) {
          if (isVague) doubts.push('line_ends')
          if (isCrlf(state.text)) vary(rules.writeKeepsLineEnds, withCrlf)
        }
        if (rules.writeKeepsMark !== 'no' && !hasMark(content)) {
          if (isVague) doubts.push('byte_order_mark')
          if (hasMark(state.text)) vary(rules.writeKeepsMark, withMark)
        }
      }
      const unanswered = state?.unanswered ?? 0
      return texts.map(({ text, isGuess }): State => ({
        text,
        isGuess,
        unanswered: unanswered + (result === null ? 1 : 0),
        doubts: new Set(doubts),
      }))
    })
    if (result === null) {
      // Nothing is said of the file without it: what it was stays the first choice.
      this.#loose.push({ where, tool, edits: [], state: 'unanswered' })
      this.#states = distinct([...(before ?? [UNKNOWN]), ...written])
      return
    }
    // What calls without an answer did before is overwritten.
    this.#begin(
      written.map((state) => ({ ...state, unanswered: 0 })),
      { kind: 'none', where: null },
    )
    this.#isWritten = true
    this.#commands = []
  }

  #delete(before: readonly State[] | null, result: ActionResult | null): void {
    const gone: State = { ...stateOf(null), unanswered: result === null ? 1 : 0 }
    if (result === null) {
      this.#states = distinct([...(before ?? [UNKNOWN]), gone])
      return
    }
    this.#begin([gone], { kind: 'none', where: null })
    this.#commands = []
  }

  /** False: it could not be put into any text that the file may hold. */
  #edit(
    before: readonly State[] | null,
    call: FileCall,
    where: SourceLocation,
    version: string | null,
    result: ActionResult | null,
  ): boolean {
    const { change } = call
    const rules = this.#known.rulesOf(version)
    const after = result?.answer?.after ?? null
    const apply = (state: State): readonly State[] => {
      if (state === UNKNOWN) return []
      const unanswered = state.unanswered + (result === null ? 1 : 0)
      if (change.kind === 'notebook') {
        const text = state.text === null ? null : applyNotebook(state.text, change, insertedId(result?.text ?? ''), rules)
        return (text ?? []).map((each, at) => ({ ...state, text: each, unanswered, isGuess: state.isGuess || at > 0 }))
      }
      if (change.kind === 'patch') {
        const text = state.text === null ? null : applyHunks(state.text, change.hunks)
        return text === null ? [] : [{ ...state, text, unanswered }]
      }
      if (change.kind !== 'edit') return []
      const edited = applyEdits(state.text ?? '', change.edits, rules)
      if (!('texts' in edited)) return []
      const doubts = new Set(state.doubts)
      if (state.text !== null && areLineEndsDoubtful(state.text, change.edits)) doubts.add('line_ends')
      return edited.texts.map((text, at) => ({ text, unanswered, doubts, isGuess: state.isGuess || at > 0 }))
    }
    const results = (before ?? []).flatMap(apply)
    const edits = editsOf(change)
    if (result === null) {
      if (results.length === 0) {
        this.#loose.push({ where, tool: call.tool, edits, state: 'unanswered' })
        // It would fail, unless the file is not quite what it is taken for.
        if (before?.some(({ doubts }) => doubts.size > 0) === true) this.#doubt('unanswered')
        return before === null || before.includes(UNKNOWN)
      }
      this.#states = distinct([...(before ?? []), ...results])
      return true
    }
    if (after !== null && !results.some(({ text }) => text !== null && shown(text) === shown(after))) {
      this.#begin([stateOf(after, lineEndDoubt(after))], { kind: 'recorded', where })
      return true
    }
    if (results.length > 0) {
      const isOpen = before?.includes(UNKNOWN) === true
      this.#states = distinct(isOpen ? [UNKNOWN, ...results] : results)
      if (isOpen) this.#loose.push({ where, tool: call.tool, edits, state: 'applied' })
      return true
    }
    if (before !== null && !before.includes(UNKNOWN))
      this.#lose(`line ${where.line}: the old text of this ${call.tool} does not stand in the file, or not once`)
    else this.#states = null
    const placed = change.kind === 'edit' && change.edits.every((edit) => this.#pieces.edit(edit))
    if (!placed) this.#loose.push({ where, tool: call.tool, edits, state: 'applied' })
    for (const { newStart, lines } of result.answer?.hunks ?? []) this.#pieces.see(newStart, newSide(lines), false)
    this.#usePieces(where)
    return true
  }

  #read(result: ActionResult, offset: number | null, limit: number | null, where: SourceLocation): void {
    const reading = readingOf(result, offset, limit)
    if (reading === null) return
    if (reading.from === 1 && reading.isEnd) {
      this.#seeText(reading.lines.join('\n'), reading.showsMark, { kind: 'read', where })
      return
    }
    const fitting = this.#states?.filter(({ text }) => text !== null && fits(text, reading)) ?? []
    if (fitting.length > 0) {
      this.#states = fitting
      return
    }
    if (this.#states !== null && !this.#states.includes(UNKNOWN)) {
      this.#lose(`line ${where.line}: a reading shows other lines than the replay`)
      this.#pieces.clear()
    }
    this.#pieces.see(reading.from, reading.lines, reading.isEnd)
    this.#usePieces(where)
  }

  #usePieces(where: SourceLocation): void {
    const whole = this.#pieces.whole()
    if (whole === null) return
    // The pieces were not seen at one time.
    const commands = this.#commands
    this.#seeText(whole, false, { kind: 'read', where })
    if (commands.length === 0) return
    this.#commands = commands
    this.#doubt('command')
  }

  /** All of the file as text with LF; what it does not show is taken from elsewhere where that fits. */
  #seeText(text: string, showsMark: boolean, base: ReplayBase): void {
    const view = showsMark ? text : withoutMark(text)
    // What a client records before a `Write` has its line ends (2.0.76), all else has LF.
    const isRaw = text.includes('\r\n')
    const isSeen = (candidate: string | null): candidate is string =>
      candidate !== null && (isRaw ? candidate : showsMark ? withLf(candidate) : shown(candidate)) === view
    // What a reading does not show, a command may have changed.
    const unseen: readonly Doubt[] = [...(isRaw ? [] : lineEndDoubt(text)), ...(showsMark ? [] : (['byte_order_mark'] as const))]
    const fitting = this.#states?.filter((state) => isSeen(state.text)) ?? []
    if (fitting.length > 0) {
      this.#states = fitting.map((state) => {
        const isTouched = state.doubts.has('command') || state.doubts.has('changed_outside')
        const doubts = without(state.doubts, ['base', 'command', 'changed_outside', 'filter', 'final_newline'])
        return { ...state, unanswered: 0, doubts: isTouched ? new Set([...doubts, ...unseen]) : doubts }
      })
      this.#settled()
      return
    }
    const [previous] = this.#states ?? []
    const hadStates = this.#states !== null && !this.#states.includes(UNKNOWN)
    const copy = [...(this.#known.git === null ? [] : [this.#known.git.text]), ...this.#known.copies].find(isSeen)
    if (hadStates && this.#hasChanged)
      this.#notDone.push(`line ${base.where?.line ?? 0}: the file is another one than the replay had; the replay continues from there`)
    if (copy !== undefined && this.#known.git?.isFiltered !== true) {
      this.#begin(
        [stateOf(copy, this.#hasChanged || this.#isStale || this.#commands.length > 0 ? unseen : [])],
        copy === this.#known.git?.text ? { kind: 'git', where: base.where } : { kind: 'file_history', where: base.where },
      )
    } else {
      const doubts: readonly Doubt[] = [...unseen, ...(this.#known.isForeign ? (['encoding'] as const) : [])]
      // A command that changed it is likelier to have kept its line ends than not.
      const hint = previous?.text ?? this.#lastGood ?? ''
      const crlf = !isRaw && isCrlf(hint)
      const marked = !showsMark && hasMark(hint)
      this.#begin([stateOf((marked ? withMark : (same: string) => same)(crlf ? withCrlf(text) : text), doubts)], base)
    }
    this.#settled()
  }

  #settled(): void {
    this.#commands = []
    this.#loose = []
    this.#lastGood = null
    this.#pieces.clear()
  }

  #seeExact(text: string | null, where: SourceLocation): void {
    if (this.#states?.some((state) => state.text === text) === true) {
      this.#states = this.#states.filter((state) => state.text === text).map((state) => ({ ...state, unanswered: 0, doubts: new Set() }))
    } else {
      if (this.#hasChanged && this.#states !== null)
        this.#notDone.push(`line ${where.line}: the client's copy is another file than the replay had; the replay continues from there`)
      this.#begin([stateOf(text)], text === null ? { kind: 'none', where: null } : { kind: 'file_history', where })
    }
    this.#settled()
  }

  /** A shell drops newlines at the end of what it prints. */
  #seePrinted(text: string, where: SourceLocation): void {
    const isSeen = (candidate: string | null): boolean => candidate !== null && shown(candidate).trimEnd() === shown(text).trimEnd()
    if (this.#states?.some((state) => isSeen(state.text)) === true) {
      this.#states = this.#states
        .filter((state) => isSeen(state.text))
        .map((state) => ({ ...state, unanswered: 0, doubts: without(state.doubts, ['base', 'command', 'changed_outside', 'filter']) }))
      this.#commands = []
      return
    }
    if (this.#states !== null && !this.#states.includes(UNKNOWN)) return
    const copy = [...(this.#known.git === null ? [] : [this.#known.git.text]), ...this.#known.copies].find(isSeen)
    if (copy === undefined)
      this.#begin([stateOf(`${text.trimEnd()}\n`, ['line_ends', 'byte_order_mark', 'final_newline'])], { kind: 'read', where })
    else this.#begin([stateOf(copy)], copy === this.#known.git?.text ? { kind: 'git', where } : { kind: 'file_history', where })
    this.#settled()
  }

  #begin(states: readonly State[], base: ReplayBase): void {
    this.#states = distinct(states)
    this.#base = base
    this.#isWritten = base.kind === 'none'
    this.#pieces.clear()
    this.#loose = []
    this.#lastGood = null
    this.#isStale = false
  }

  /** Nothing is known of the file any more but what it was last. */
  #lose(why: string): void {
    const [state] = this.#states ?? []
    if (state?.text != null) {
      this.#lastGood = state.text
      this.#pieces.clear()
    }
    this.#states = null
    this.#isStale = true
    this.#notDone.push(why)
  }

  #doubt(doubt: Doubt): void {
    this.#states =
      this.#states?.map((state) => (state === UNKNOWN ? state : { ...state, doubts: new Set([...state.doubts, doubt]) })) ?? null
  }

  finish(): Replayed {
    const states = this.#states?.filter((state) => state !== UNKNOWN) ?? []
    const isUnknown = this.#states === null || this.#states.includes(UNKNOWN)
    const ordered = states.toSorted((a, b) => a.unanswered - b.unanswered || Number(a.isGuess) - Number(b.isGuess))
    const first = isUnknown ? undefined : ordered[0]
    const others = isUnknown ? ordered : ordered.slice(1)
    const doubts = new Set(first?.doubts)
    if (ordered.some(({ unanswered }) => unanswered > 0)) doubts.add('unanswered')
    for (const other of others) {
      if (other.unanswered === (first?.unanswered ?? 0))
        for (const doubt of differenceOf(first?.text ?? '', other.text ?? '')) doubts.add(doubt)
    }
    const alternatives: Alternative[] = others.flatMap(({ text, unanswered, doubts: own }) =>
      text === null ? [] : [{ why: unanswered > 0 ? ('unanswered' as const) : ('client_version' as const), text, doubts: [...own] }],
    )
    if (isUnknown && this.#lastGood !== null) alternatives.push({ why: 'before_mismatch', text: this.#lastGood, doubts: [] })
    const isPartlyKnown = this.#pieces.known.length > 0 || this.#lastGood !== null
    return {
      certainty:
        first === undefined
          ? isPartlyKnown
            ? 'partial'
            : 'unknown_base'
          : this.#isWritten && first.text !== null
            ? 'whole'
            : first.text === null
              ? 'unknown_base'
              : 'replayed',
      text: first?.text ?? null,
      doubts: [...doubts],
      base: first === undefined ? { kind: 'unknown', where: null } : this.#base,
      before: this.#before,
      alternatives,
      pieces: this.#pieces,
      loose: this.#loose,
      commands: this.#commands,
      notDone: this.#notDone,
      outcomes: this.#outcomes,
    }
  }
}

/** Stands for whatever the file holds, where nothing but a call without an answer is known of it. */
const UNKNOWN: State = { text: null, doubts: new Set(), unanswered: 0, isGuess: false }

function stateOf(text: string | null, doubts: readonly Doubt[] = []): State {
  return { text, doubts: new Set(doubts), unanswered: 0, isGuess: false }
}

function distinct(states: readonly State[]): readonly State[] {
  const byText = new Map<string, State>()
  for (const state of states) {
    const key = state === UNKNOWN ? 'unknown' : state.text === null ? 'absent' : `=${state.text}`
    if (!byText.has(key) && byText.size < MAX_STATES) byText.set(key, state)
  }
  return [...byText.values()]
}

/** A change as edits that a person reads, where it cannot be replayed. */
function editsOf(change: FileChange): readonly TextEdit[] {
  if (change.kind === 'edit') return change.edits
  if (change.kind === 'notebook') return [{ oldText: '', newText: change.source, all: false }]
  if (change.kind !== 'patch') return []
  return change.hunks.map(({ oldLines, newLines }) => ({ oldText: oldLines.join('\n'), newText: newLines.join('\n'), all: false }))
}

function isCreated(result: ActionResult | null): boolean {
  return result !== null && (result.answer?.created === true || result.text.startsWith('File created successfully'))
}

function lineEndDoubt(text: string): readonly Doubt[] {
  return text.includes('\n') ? ['line_ends'] : []
}

/**
 * Of mixed line ends the client makes one kind, by what the first 4 KiB have more of (2.0.60 to 2.1.329). That is replayed; where the
 * beginning does not speak for the whole, or an edit brings CRLF along, nobody has looked.
 */
function areLineEndsDoubtful(text: string, edits: readonly TextEdit[]): boolean {
  if (!text.includes('\r\n')) return false
  if (edits.some(({ newText }) => newText.includes('\r'))) return true
  return text.length > 1_024 && (isMixed(text) || !isCrlf(text))
}

function without(doubts: ReadonlySet<Doubt>, gone: readonly Doubt[]): ReadonlySet<Doubt> {
  return new Set([...doubts].filter((doubt) => !gone.includes(doubt)))
}

function newSide(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith(' ') || line.startsWith('+')).map((line) => line.slice(1))
}

function fits(text: string, { from, lines, isEnd }: Shown): boolean {
  const all = linesOf(shown(text))
  const part = all.slice(from - 1, from - 1 + lines.length)
  return part.length === lines.length && part.every((line, at) => line === lines[at]) && (!isEnd || from - 1 + lines.length === all.length)
}

function differenceOf(a: string, b: string): readonly Doubt[] {
  const doubts: Doubt[] = []
  if (hasMark(a) !== hasMark(b)) doubts.push('byte_order_mark')
  if (a.trimEnd() === b.trimEnd() && a !== b) doubts.push('final_newline')
  else if (withoutMark(a) !== withoutMark(b)) doubts.push(withLf(withoutMark(a)) === withLf(withoutMark(b)) ? 'line_ends' : 'quotes')
  return doubts
}
