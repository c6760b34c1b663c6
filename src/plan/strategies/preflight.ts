import type { ClientRecovery, HostSdk, Start, StartCommand } from '../../clients/recovery.ts'
import type { HostLanguage } from '../../facts/record.ts'
import type { Run } from '../../facts/run.ts'
import { TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import { compare } from '../../text/order.ts'
import { isPlainId, isSessionId } from '../../text/plain.ts'
import type { Candidate } from '../candidate.ts'
import type { Prose, ProsePart } from '../draft.ts'
import { restoreOf } from './places.ts'
import type { ChosenStrategy } from './strategy.ts'

/** Why an agent's old context is of no use; null: it is. */
export function findContextFault({ judged }: Candidate): string | null {
  return TERMINAL_REASONS[judged.diagnosis.reason].plan.contextFault
}

/** Why an agent of its type cannot be continued; null: it can. */
export function findOneShotReason({ judged: { run }, client: { recovery } }: Candidate): string | null {
  return run.agentType !== null && recovery?.isOneShot(run.agentType) === true
    ? `${run.agentType} agents are one-shot: the client continues none`
    : null
}

/** Whether the client has it as stopped by a person: then it lets no parent continue it, whatever is true. */
export function isCalledStopped({ judged: { run, context } }: Candidate): boolean {
  return run.sidecar?.stoppedByUser === true || context.words.some((word) => word.tells === 'stopped_by_person')
}

/** What the client says of who stopped it, as its word: one that a person did stop is asked about, and never comes here. */
export function listStopNotes(candidate: Candidate): readonly string[] {
  const { agentId } = candidate.judged.run
  // A client whose budget is spent notes of its agents that the user stopped them (2.1.332).
  if (candidate.judged.diagnosis.reason === 'max_turns') return []
  return isCalledStopped(candidate)
    ? [`The client says that agent ${agentId} was stopped by the user: continue it only if its work is wanted.`]
    : []
}

/** A parent session that can be resumed, and the folder to do it in. */
export interface Parent {
  readonly run: Run
  readonly sessionId: string
  readonly folder: string
  /** What adds that folder again; null: it is there. */
  readonly restore: StartCommand | null
}

/** The agent's parent session, or why it cannot be resumed. */
export function parentOf({
  session: { session, main },
  judged: { run },
  client: { recovery },
  sessionWorktree,
}: Candidate): Parent | string {
  if (run.sessionId === null || !isSessionId(run.sessionId)) return 'its session is unknown'
  if (main === null || main.run.path === null) return 'the transcript of its parent session is missing'
  const { contextFault } = TERMINAL_REASONS[main.diagnosis.reason].plan
  if (contextFault !== null) return `its parent session cannot continue either: ${contextFault}`
  if (run.transcripts.length > 1)
    return 'its session was forked or moved: transcripts of it lie in several sessions, and only one is continued'
  const folder = recovery?.folderOfSession(main.run) ?? null
  if (folder === null) return 'its parent session was moved: its transcript does not lie where the client looks for it'
  const restore = sessionWorktree === null ? null : restoreOf(sessionWorktree)
  if (sessionWorktree !== null && !sessionWorktree.exists && restore === null) return 'the worktree of its parent session is gone'
  return { run: main.run, sessionId: session.sessionId ?? run.sessionId, folder, restore }
}

/** An entry that a client wrote within this time is taken for that of a client that lives. */
const FRESH_MS = 3_600_000

/** How a session is gone on with, and what must be true before. `open`: the start of one that nobody has open. */
export function continueSession(
  { session: { session, main } }: Pick<Candidate, 'session'>,
  start: Start & { readonly session: string },
  recovery: ClientRecovery,
  open: StartCommand,
  restores: readonly StartCommand[] = [],
): Pick<ChosenStrategy, 'commands' | 'preconditions' | 'session'> {
  const { session: id, cwd, prompt } = start
  const paste = prompt === null ? [] : [['The prompt to paste: ', { verbatim: prompt }]]
  const before = restores.map((restore): Prose => [
    'Its worktree is gone, and its branch is there; this adds it again: ',
    { argv: restore.argv },
  ])
  const owners = session.owners.filter(({ source }) => source === 'registry')
  const owner = owners.find(({ state }) => state === 'alive')
  const hasEnded = owner === undefined && owners.some(({ state }) => state === 'gone')
  const job = owner?.jobId ?? (hasEnded ? null : session.job)
  if (job !== null)
    return {
      session: id,
      commands: [...restores, { cwd, argv: recovery.attachTo(job) }],
      preconditions: [
        ...before,
        `Session ${id} is open in the background: attach to it and paste the prompt there. The client refuses to resume it until then.`,
        ...paste,
        ['Or stop it first, which keeps its conversation, and plan again: ', { argv: recovery.stopJob(job) }],
      ],
    }
  const isWaiting = main?.diagnosis.waitingOn?.on === 'limit'
  // Whether a process of another machine or container lives nobody here can ask; what it wrote lately, it wrote alive.
  const unasked = owners.filter(({ state }) => state === 'elsewhere' || state === 'unknown')
  const now = main?.context.now ?? 0
  if (owner === undefined && unasked.some(({ updatedAt }) => updatedAt != null && updatedAt > now - FRESH_MS))
    return {
      session: id,
      commands: [],
      preconditions: [
        ...before,
        `An entry of another machine or container says that it has session ${id} open: close it there, then plan again.`,
        ...paste,
      ],
    }
  if (owner === undefined && !isWaiting) {
    const isFree =
      unasked.length === 0
        ? `No other process has session ${id} open.`
        : `An old entry names session ${id}, and its process cannot be checked: make sure that it is not open elsewhere.`
    return { session: id, commands: [...restores, open], preconditions: [...before, isFree] }
  }
  return {
    session: id,
    // Two processes on one transcript would spoil it.
    commands: [],
    preconditions: [
      ...before,
      `${owner === undefined ? 'A client that continues after the reset may have' : `Process ${owner.pid} has`} session ${id} open: paste the prompt there, or leave that process first and plan again.`,
      ...paste,
    ],
  }
}

/**
 * What a session loses that a host program drove: it is opened by the client's command line here, which has none of that program's
 * own tools; and how that program goes on with it. `agents`: whose calls tell which tools those are.
 */
export function listHostNotes(
  { session: { main } }: Pick<Candidate, 'session'>,
  agents: readonly Run[],
  recovery: ClientRecovery,
): readonly Prose[] {
  const language = main?.run.hostedBy ?? null
  const { sessionId = null } = main?.run ?? {}
  const { sdk } = recovery
  if (main === null || sdk === null || language === null || sessionId === null || !isSessionId(sessionId)) return []
  const tools = [...new Set([main.run, ...agents].flatMap(({ extensionTools }) => extensionTools))].filter(isPlainId).toSorted(compare)
  const used =
    tools.length === 0
      ? 'no call of such a tool was seen'
      : `seen: ${tools.slice(0, 8).join(', ')}${tools.length > 8 ? ` and ${tools.length - 8} more` : ''}`
  const hosted = { sessionId, cwd: recovery.folderOfSession(main.run) }
  const { fileCheckpoint } = main.run
  return [
    `A program started session ${sessionId} through the SDK (${language === 'python' ? 'Python' : 'TypeScript'}). ${recovery.program} on the command line has none of that program's own tools, hooks or system prompt (${used}). To keep them, continue it from that program.`,
    ...inBothLanguages('resume', (each) => sdk.resume(each, hosted, { fork: false })),
    sdk.forkLacks,
    ...inBothLanguages('fork', (each) => sdk.resume(each, hosted, { fork: true })),
    listInputs(main.run, sdk, language),
    ...(fileCheckpoint === null
      ? []
      : [
          `Copies of its files were kept at one of its prompts. Putting them back undoes later edits: save the work first. ${sdk.rewindLeaves}`,
          ...inBothLanguages('rewind', (each) => sdk.rewind(each, hosted, fileCheckpoint)),
        ]),
  ]
}

/** A call in both languages, each on a line that ends with it (`splitCondition` of the report looks for these words). */
function inBothLanguages(what: 'resume' | 'fork' | 'rewind', callIn: (language: HostLanguage) => string): readonly Prose[] {
  const sought = { resume: 'resume it', fork: 'fork it', rewind: 'rewind its files' }[what]
  return SDK_LANGUAGES.map(([each, name]): Prose => [`To ${sought} in ${name}: `, { verbatim: callIn(each) }])
}

const SDK_LANGUAGES: readonly (readonly [HostLanguage, string])[] = [
  ['python', 'Python'],
  ['typescript', 'TypeScript'],
]

/** The inputs from which its work can be run again: its first prompt is named by where it stands, since nothing quotes prompts here. */
function listInputs({ cwd, model, permissionMode, path, firstPrompt }: Run, sdk: HostSdk, language: HostLanguage): Prose {
  const named = Object.entries({ cwd, model, 'permission mode': permissionMode }).map(([name, value]): readonly ProsePart[] =>
    value === null ? [`${name} not recorded`] : [`${name} `, { verbatim: sdk.quote(language, value) }],
  )
  const prompt =
    firstPrompt === null || path === null
      ? ['its first prompt is not recorded']
      : ['its first prompt is the first one in ', { verbatim: sdk.quote(language, path) }]
  return ['To run its work again from the start: ', ...named.flatMap((parts) => [...parts, ', ']), ...prompt, '.']
}
