import type { ClientVersion } from './client-version.ts'
import type { HostLanguage } from '../facts/record.ts'
import type { DeniedCall, Run } from '../facts/run.ts'
import type { LimitKind } from '../facts/limit.ts'
import type { VersionQuery } from '../ports/host.ts'

/** How the person wants clients to be started. */
export interface StartSettings {
  readonly client: ClientVersion
  /** So that a script can run it; else interactive. */
  readonly headless: boolean
  /** What one continued agent may spend, in US dollars; null: no bound. */
  readonly budget: number | null
  /** The permission mode that it is started in (`refuseMode`); null: what its settings say. */
  readonly permissionMode: string | null
}

/** What one start of the client is for. */
export interface Start {
  readonly cwd: string
  /** The session to resume; null: a new one. */
  readonly session: string | null
  /** null: none, a person types it. */
  readonly prompt: string | null
  /** The type of the agent that the session is of, which keeps its tools and its instructions. */
  readonly agentType?: string
  /** Work items that it pays for: the budget is per agent. */
  readonly agents: number
  /** It has to stay until its background agents are done. */
  readonly waits?: boolean
  /** Permission rules without which the command itself cannot work. */
  readonly allow?: readonly string[]
}

/** One process to start: a program with its arguments, in a folder. */
export interface StartCommand {
  readonly cwd: string
  readonly argv: readonly string[]
}

/** What a person is told to do with the client, in words that end a sentence. */
export interface ClientAdvice {
  readonly logIn: string
  /** Where more of a limit is to be had. `limit`: what the limit is called. */
  pay(limit: string, kind: LimitKind | null): string
  /** Where it is said when a limit resets. */
  seeReset(limit: string): string
}

/** What keeps a transcript from being opened as a session, by lines; found in a first pass. */
export interface PromotionSurvey {
  /** A fork's history stands elsewhere. */
  readonly isFork: boolean
  /** Calls that nothing answered: their tools, by id. */
  readonly openCalls: ReadonlyMap<string, string>
  /** Calls that were answered and stand nowhere, by id: on a line that cannot be read. */
  readonly lostCalls: ReadonlySet<string>
  /** Records that are left out whole: errors, interrupt markers at the end, thoughts that led to nothing. */
  readonly errors: number
  readonly markers: number
  readonly thoughts: number
}

/** A line of a transcript, parsed. `line` counts from 1. */
export interface RawRecord {
  readonly line: number
  readonly raw: Readonly<Record<string, unknown>>
}

/** An agent's transcript on its way to be a session of its own: surveyed whole, then rewritten record by record. */
export interface Promotion {
  /** What tells a record from every other; null: nothing does. */
  idOf(raw: RawRecord['raw']): string | null
  survey(record: RawRecord): void
  /** Call it once all was surveyed. */
  finish(): PromotionSurvey
  /** The record as a line of the session, without a line end; null: it is left out. */
  rewrite(record: RawRecord, sessionId: string): string | null
}

/** A session that a host program drove, as far as calls of the SDK name it. */
export interface HostedSession {
  readonly sessionId: string
  readonly cwd: string | null
}

/** The calls by which a host program takes a session of its own up again, whole and on one line. Values in them are quoted as data. */
export interface HostSdk {
  /** Goes on with a session: in its own transcript, or as a fork, which is a session of its own. */
  resume(language: HostLanguage, session: HostedSession, how: { readonly fork: boolean }): string
  /** Puts files back to how they were at a prompt of the session. */
  rewind(language: HostLanguage, session: HostedSession, promptId: string): string
  /** A text as a string of the language that says the same, on one line of plain ASCII. */
  quote(language: HostLanguage, text: string): string
  /** What a fork lacks. A sentence. */
  readonly forkLacks: string
  /** What putting files back leaves as it is. A sentence. */
  readonly rewindLeaves: string
}

/** How the agents of a client are taken up again. Refusals are sentences for a person, without a full stop; null: nothing stands against it. */
export interface ClientRecovery {
  /** The program that people start. */
  readonly program: string
  readonly version: VersionQuery
  readonly advice: ClientAdvice
  /** Variables that a client sets for what it starts, and that another client must not inherit. */
  readonly notInherited: readonly string[]
  /** Whether a command starts the client. */
  isStart(argv: readonly string[]): boolean
  /** Whether such a command runs without a person. */
  isHeadless(argv: readonly string[]): boolean
  /** The client in words: `client 2.1.220`, with a doubt where it was not measured or is not installed. */
  describeVersion(version: ClientVersion): string
  /** What a person should know of the version before anything is run with it. */
  explainDoubt(version: ClientVersion): string | null
  /** Throws for a permission mode that `refuseMode` refuses. */
  buildStart(start: Start, settings: StartSettings): StartCommand
  /** Why clients are not started in a permission mode; null: they are. */
  refuseMode(mode: string): string | null
  /** How people open a session, as help says it. */
  readonly openInWords: string
  /** The words that open a session, and nothing else. */
  openSession(sessionId: string): readonly string[]
  /** The words that open a background job in a terminal, and those that end it. */
  attachTo(jobId: string): readonly string[]
  stopJob(jobId: string): readonly string[]
  /** Whether a command only opens what runs already: that is for a person. */
  isAttach(argv: readonly string[]): boolean
  /** The session that a command resumes; null: a new one. */
  sessionOf(argv: readonly string[]): string | null
  /** What must be said of permissions and budget. `recordedMode`: that of the session's last prompt. */
  listNotes(recordedMode: string | null, settings: StartSettings): readonly string[]
  /** The permission rule that lets a file be read. */
  ruleToRead(path: string): string

  /** Whether a permission rule of the settings allows a call, as far as its words tell. */
  isAllowedBy(rule: string, call: DeniedCall): boolean
  /** The narrowest permission rules that allow calls. */
  rulesFor(denied: readonly DeniedCall[]): readonly string[]
  /** Rules as they stand in the settings, and where those are. */
  readonly settingsInWords: string
  settingsLine(rules: readonly string[]): string
  /** How a host program goes on with a session of its own; null: no program drives it. */
  readonly sdk: HostSdk | null

  /** The tool by which a parent goes on with its agent. */
  readonly messageTool: string
  /** The tool that runs workflows. */
  readonly workflowTool: string
  /** Why no parent can go on with an agent: the version, or where its transcript lies. */
  refuseMessages(run: Run, version: ClientVersion): string | null
  /** Why this agent cannot be gone on with: its size, or that the person stopped it. */
  refuseMessageTo(run: Run, isCalledStopped: boolean, version: ClientVersion): string | null
  refuseWorkflows(version: ClientVersion): string | null
  refusePromotion(version: ClientVersion): string | null
  /** Whether agents of a type are run once and never continued. */
  isOneShot(agentType: string): boolean
  /** Whether a session can be opened as an agent of a type of a person's own, which keeps its tools and its instructions. */
  keepsType(agentType: string, version: ClientVersion): boolean
  /** The prompt of a resumed parent session that shall continue its agents. */
  messagePrompt(agentIds: readonly string[]): string
  /** The same for a person to paste, with the words that each agent is sent. */
  messageRequest(agentIds: readonly string[], words: string): string
  /** The prompt of a resumed session that shall continue one of its workflow runs. */
  workflowPrompt(runId: string, scriptPath: string): string
  /** The same for a person to paste. */
  workflowRequest(runId: string, scriptPath: string): string
  /** Whether a script is the one that the client keeps of a run, beside the session's transcript. */
  isOwnScript(scriptPath: string, runId: string, mainPath: string): boolean

  /** The folder in which a session is found when it is resumed; null: none of those that it ran in, so it was moved. */
  folderOfSession(main: Run): string | null
  /** The folder of transcripts that a transcript lies under: a root that holds it. */
  rootOf(transcript: string): string
  /** Where the transcript of a session lies that is opened in a folder; null: the path is too long to tell. */
  transcriptOf(root: string, folder: string, sessionId: string): string | null
  /** The id of the session that an agent is promoted to; null: its transcript has nothing to make one of. */
  promotedSessionId(run: Pick<Run, 'agentId' | 'firstUuid' | 'lastUuid'>): string | null
  /** null: its agents are sessions already, and opened by their own ids. */
  readonly createPromotion: (() => Promotion) | null
}
