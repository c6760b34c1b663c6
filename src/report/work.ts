import type { AgentReport, Report, SessionReport } from './report.ts'
import type { AtRisk, WorktreeReport } from '../worktree/worktree-report.ts'
import { count, GLUE, size } from './words.ts'
import { lastName } from '../text/last-name.ts'
import { shortRef } from '../text/short-ref.ts'
import { isSamePath } from '../text/path.ts'

/** Something of it is on no remote. */
export function isAtRisk({ atRisk }: WorktreeReport): boolean {
  return atRisk.length > 0
}

/** Something of it is in no reference but its own: a sweep of the worktree could take it. */
export function isUnsaved({ atRisk, saved }: WorktreeReport): boolean {
  return atRisk.some(({ what }) => !saved.some(({ holds }) => holds.includes(what)))
}

/** All of it is on a remote, as far as is known. */
export function isSafe(row: WorktreeReport): boolean {
  return !isAtRisk(row) && (isRescued(row) || (row.delivery !== 'none' && row.delivery !== 'local'))
}

/** Nothing is at risk only because a remote has a rescue reference of it. */
export function isRescued({ atRisk, delivery, saved }: WorktreeReport): boolean {
  return atRisk.length === 0 && (delivery === 'local' || saved.some(({ onRemote }) => onRemote))
}

/** What a row has that is on no remote, and whether a sweep could take it: `local only: 2 files`, `saved on this machine: 2 files`. */
export function riskWords(row: WorktreeReport): string {
  return `${isUnsaved(row) ? 'local only' : 'saved on this machine'}: ${describeLocalWork(row)}`
}

/** As much of what some rows have on no remote as fits into a narrow cell: `1 commit, 2 files…`, `saved: 1 commit`. */
export function fitLocalWork(rows: readonly WorktreeReport[], columns: number): string {
  const unsaved = rows.filter(isUnsaved)
  const [beginning, parts] = unsaved.length > 0 || rows.length === 0 ? ['', localParts(...unsaved)] : ['saved: ', localParts(...rows)]
  let text = ''
  for (const [index, part] of parts.entries()) {
    const longer = index === 0 ? `${beginning}${part}` : `${text}, ${part}`
    if (index > 0 && longer.length + Number(index < parts.length - 1) > columns) return `${text}…`
    text = longer
  }
  return text
}

/** The rescue references that hold some of what exists only here, as people type them. */
export function rescuesOf({ saved }: WorktreeReport): readonly string[] {
  return saved.filter(({ onRemote }) => !onRemote).map(({ ref }) => shortRef(ref))
}

/** A branch that no worktree holds: its path is that of the repository. */
export function isBareBranch({ exists, path, repo, branch }: WorktreeReport): boolean {
  return !exists && path === repo && branch !== null
}

/** How many worktrees and branches some rows are. */
export function countPlaces(rows: readonly WorktreeReport[]): string {
  const branches = rows.filter(isBareBranch).length
  const trees = rows.length - branches
  return [trees > 0 && count(trees, 'worktree'), branches > 0 && count(branches, 'branch', 'branches')]
    .filter((part) => part !== false)
    .join(' and ')
}

/** Neither the worktree nor its repository is on this machine: what became of them is not known. */
export function isNotHere({ exists, repo }: WorktreeReport): boolean {
  return !exists && repo === null
}

/** How far the work of a row got, in a word or two: `local, dirty`, `PR #12 open`, `merged by squash`, `gone`, `not on this machine`. */
export function stageOf(row: WorktreeReport): string {
  const { delivery, dirty, exists } = row
  const isDirty = dirty.staged + dirty.modified + dirty.untracked + dirty.ignored + dirty.conflicted > 0 || dirty.operation !== null
  if (exists) return delivery === 'none' ? (isDirty ? 'uncommitted' : 'no changes') : `${describeDelivery(row)}${isDirty ? ', dirty' : ''}`
  if (isNotHere(row)) return 'not on this machine'
  if (isBareBranch(row)) return delivery === 'none' ? 'no changes' : describeDelivery(row)
  return delivery === 'none' ? 'gone' : `gone, ${describeDelivery(row)}`
}

function describeDelivery({ delivery, mergedBy, pullRequest }: WorktreeReport): string {
  if (delivery === 'merged') return mergedBy === null || mergedBy === 'merge' ? 'merged' : `merged by ${mergedBy}`
  return delivery === 'pull_request' ? requestWord(pullRequest) : delivery
}

/** `PR #12 open`; without a state where only a signed-in person could know it. */
export function requestWord(request: WorktreeReport['pullRequest']): string {
  if (request === null) return 'in a PR'
  return `PR${GLUE}#${request.number}${request.state === 'unknown' ? '' : ` ${request.state}`}`
}

const UNVERIFIED: Readonly<Record<string, string>> = {
  offline_requested: '--offline',
  timeout: 'no answer in time',
  auth: 'login needed',
  offline: 'no network',
  not_found: 'not found',
  too_large: 'answer too large',
  refused_scheme: 'address refused',
  failed: 'asking failed',
}

/** Why what is said of a row’s commits is only as of the last fetch; null: its remote answered, or there was nothing to ask. */
export function unverifiedReason(row: WorktreeReport): string | null {
  if (row.remote === null || !('unverified' in row.remote)) return null
  if (row.delivery === 'none' && !row.atRisk.some(({ what }) => what === 'commits')) return null
  return UNVERIFIED[row.remote.unverified] ?? row.remote.unverified
}

/** Whether the remote was really asked. */
export function originOf(row: WorktreeReport): string {
  const reason = unverifiedReason(row)
  if (reason !== null) return `unverified: ${reason}`
  if (row.remote !== null) return 'checkedAt' in row.remote ? 'origin checked' : ''
  return row.repo !== null && row.head !== null && row.remoteUrl === null ? 'no remote' : ''
}

/** What exists only in one row, in parts: `1 commit`, `3 files`, `12 lines, 4 kB`. */
export function onlyHereParts(row: WorktreeReport): readonly string[] {
  const { commits, files, measures, others } = amountsOf(row.atRisk)
  return [...commits.map((amount) => `${amount}${doubt(row)}`), ...files, ...(measures.length > 0 ? [measures.join(', ')] : []), ...others]
}

/** What exists only in some rows, as a phrase: `2 commits, 3 files (12 lines, 4 kB)`. */
export function describeLocalWork(...rows: readonly WorktreeReport[]): string {
  const { commits, files, measures, others } = amountsOf(rows.flatMap(({ atRisk }) => atRisk))
  const [row] = rows
  const isOne = row !== undefined && rows.length === 1
  const whole = files.length > 0 && measures.length > 0 ? [`${files.join(', ')} (${measures.join(', ')})`] : files
  return [...commits.map((amount) => `${amount}${isOne ? doubt(row) : ''}`), ...whole, ...others].join(', ')
}

/** The same in parts, without measures: `2 commits`, `3 files`. */
export function localParts(...rows: readonly WorktreeReport[]): readonly string[] {
  const { commits, files, others } = amountsOf(rows.flatMap(({ atRisk }) => atRisk))
  return [...commits, ...files, ...others]
}

function doubt(row: WorktreeReport): string {
  return unverifiedReason(row) === null ? '' : ' (unverified)'
}

interface Amounts {
  readonly commits: readonly string[]
  readonly files: readonly string[]
  readonly measures: readonly string[]
  readonly others: readonly string[]
}

function amountsOf(all: readonly AtRisk[]): Amounts {
  const sum = (what: AtRisk['what']): number => all.reduce((total, thing) => total + (thing.what === what ? thing.count : 0), 0)
  const files = all.filter(({ what }) => !NO_FILES.has(what))
  const folders = files.flatMap(({ paths }) => paths).filter((path) => path.endsWith('/')).length
  const lines = sumKnown(files.map((thing) => thing.lines))
  const bytes = sumKnown(files.map((thing) => thing.bytes))
  return {
    commits: some(sum('commits'), 'commit'),
    files: [...some(files.reduce((total, thing) => total + thing.count, 0) - folders, 'file'), ...some(folders, 'folder')],
    measures: [...(lines === null ? [] : some(lines, 'line')), ...(bytes === null ? [] : [keepTogether(size(bytes))])],
    others: [
      ...some(sum('submodule'), 'dirty submodule'),
      ...some(sum('stash'), 'stash', 'stashes'),
      ...some(sum('reflog'), 'lost commit'),
    ],
  }
}

function some(amount: number, one: string, many = `${one}s`): readonly string[] {
  return amount > 0 ? [keepTogether(count(amount, one, many))] : []
}

const NO_FILES: ReadonlySet<AtRisk['what']> = new Set<AtRisk['what']>(['commits', 'submodule', 'stash', 'reflog'])

function sumKnown(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null)
  return known.length === 0 ? null : known.reduce((sum, amount) => sum + amount, 0)
}

function keepTogether(text: string): string {
  return text.replaceAll(' ', GLUE)
}

/** What is not committed, and what is under way: `2 modified`, `in a rebase`. */
export function dirtyParts({ dirty }: WorktreeReport): readonly string[] {
  const { operation, ...counts } = dirty
  const parts = (['conflicted', 'staged', 'modified', 'untracked', 'ignored'] as const).flatMap((kind) =>
    counts[kind] > 0 ? [`${counts[kind]} ${kind}`] : [],
  )
  return operation === null ? parts : [`in a ${operation.replaceAll('_', '-')}`, ...parts]
}

/** How a row stands to its base: `2 ahead`, `5 behind`, or `even`. */
export function baseParts({ ahead, behind }: WorktreeReport): readonly string[] {
  if (ahead === null || behind === null) return []
  const parts = [ahead > 0 && `${ahead} ahead`, behind > 0 && `${behind} behind`].filter((part) => part !== false)
  return parts.length === 0 ? ['even'] : parts
}

/** What an agent was to do. */
export function titleOfAgent({ description, label, agentType, host }: AgentReport): string {
  return onHost(host, description ?? label ?? agentType ?? '(no description)')
}

/** What is of one of several machines bears its name. */
export function onHost(host: string | undefined, title: string): string {
  return host === undefined ? title : `${host}: ${title}`
}

/** The agents of the report that worked in a row. */
export function agentsOf(row: WorktreeReport, report: Report): readonly AgentReport[] {
  const ids = new Set(row.agents)
  return ids.size === 0 ? [] : report.agents.filter(({ agentId }) => ids.has(agentId))
}

/** A row as people call it: by what its agent was to do, else by its branch or its worktree. */
export function titleOf(row: WorktreeReport, report: Report): string {
  const [first, ...others] = agentsOf(row, report)
  if (first !== undefined) return `${titleOfAgent(first)}${others.length > 0 ? ` and ${count(others.length, 'other agent')}` : ''}`
  return onHost(row.host, isBareBranch(row) ? `branch ${row.branch ?? ''}` : lastName(row.path))
}

/** The main threads of the report that worked in a row. */
export function sessionsOf(row: WorktreeReport, { sessions }: Pick<Report, 'sessions'>): readonly SessionReport[] {
  return sessions.filter(({ sessionId }) => row.sessions.includes(sessionId))
}

const STAGES: readonly WorktreeReport['delivery'][] = ['local', 'pushed', 'pull_request', 'merged', 'none']

/** What is at risk first, as the report has it; then what has the longest way to go. */
export function worstFirst(rows: readonly WorktreeReport[]): readonly WorktreeReport[] {
  return rows.toSorted((a, b) => rank(a) - rank(b))
}

function rank(row: WorktreeReport): number {
  return isAtRisk(row) ? -1 : STAGES.indexOf(row.delivery)
}

/** What a person must know before touching a row, and the page of its pull request. */
export function detailsOf(row: WorktreeReport): readonly string[] {
  const { pullRequest, newPullRequestUrl, delivery, notes, saved } = row
  const names = (isThere: boolean): string => saved.flatMap(({ ref, onRemote }) => (onRemote === isThere ? [shortRef(ref)] : [])).join(', ')
  const request = pullRequest === null ? '' : `PR${GLUE}#${pullRequest.number}`
  const isOpenUnknown = delivery === 'pull_request' && pullRequest?.state === 'unknown'
  const here = names(false)
  const there = names(true)
  return [
    ...(here === '' ? [] : [`${isUnsaved(row) ? 'partly saved' : 'saved'} in ${here}, on this machine only`]),
    ...(there === '' ? [] : [`saved on the remote in ${there}`]),
    ...(pullRequest === null || pullRequest.url === null ? [] : [`${request}: ${pullRequest.url}`]),
    ...(isOpenUnknown ? [`the state of ${request} needs gh or glab, signed in`] : []),
    ...(newPullRequestUrl === null ? [] : [`no PR yet, open one: ${newPullRequestUrl}`]),
    ...notes,
  ]
}

/** How many pieces of work these agents were at: every try at one counts for the same. */
export function countWorkItems(ids: Iterable<string>, { workItems }: Pick<Report, 'workItems'>): number {
  const itemOf = new Map(workItems.flatMap(({ id, attempts }) => attempts.map((attempt) => [attempt, id] as const)))
  return new Set([...ids].map((id) => itemOf.get(id) ?? id)).size
}

/** Finds the row that tells what became of an agent’s work: that of its own worktree, else of the first place it worked in. */
export function workByAgent({
  worktrees,
}: Pick<Report, 'worktrees'>): (agent: Pick<AgentReport, 'agentId' | 'worktreePath'>) => WorktreeReport | null {
  const rows = new Map<string, WorktreeReport[]>()
  for (const row of worktrees) for (const id of row.agents) rows.set(id, [...(rows.get(id) ?? []), row])
  return ({ agentId, worktreePath }) => {
    const own = rows.get(agentId) ?? []
    return (
      own.find(({ path }) => worktreePath !== null && isSamePath(path, worktreePath)) ??
      own.find(({ path, repo }) => path !== repo) ??
      own[0] ??
      null
    )
  }
}
