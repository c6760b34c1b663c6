import { diagnose } from '../reasons/diagnose.ts'
import type { FileFacts, Files, OpenFile, Processes } from '../ports/host.ts'
import { FileUnavailable } from '../ports/host.ts'
import type { Run } from '../facts/run.ts'
import { outcomeOf, type TerminalReason, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { conventionsOf } from '../clients/worktree-conventions.ts'
import { sessionLines, surveyTranscript, type Tally } from './rewrite.ts'
import { openTranscript } from '../transcript/open-transcript.ts'
import { discoverSources } from '../transcript/discover-sources.ts'
import type { Source, Client } from '../clients/client.ts'
import { clients } from '../clients/index.ts'
import { link } from '../transcript/link.ts'
import { readOwners } from '../transcript/read-owners.ts'
import { readTree } from '../transcript/read-tree.ts'
import { isSamePath, isWithin } from '../text/path.ts'

/** Which agent to promote, and how. */
export interface PromoteOptions {
  readonly roots: readonly string[]
  /** Its id, or the beginning of one. */
  readonly agent: string
  /** False: nothing is written. */
  readonly write: boolean
  /** The id that the session must get; null: whatever it is. */
  readonly expect: string | null
  /** Where the session is to be opened; null: where the agent worked. */
  readonly folder: string | null
  readonly now: number
  readonly timeZone: string
}

/** What a promotion needs of the world. `writeNewFile` answers false, and changes nothing, where the file is there already. */
export interface PromoteHost {
  readonly files: Files
  readonly processes: Processes
  writeNewFile(path: string, chunks: AsyncIterable<string>): Promise<boolean>
}

/** A promoted session, written or not. */
export interface Promotion {
  readonly agentId: string
  readonly reason: TerminalReason
  readonly transcript: string
  readonly sessionId: string
  readonly path: string
  /** `planned`: nothing was written. `exists`: it was promoted before, and what stands there was left alone. */
  readonly state: 'written' | 'exists' | 'planned'
  readonly folder: string
  readonly isOwnFolder: boolean
  readonly command: { readonly cwd: string; readonly argv: readonly string[] }
  readonly records: number
  readonly bytes: number
  readonly leftOut: {
    readonly errors: number
    readonly markers: number
    readonly thoughts: number
    /** Names of the tools it had called and got no answer from. */
    readonly openCalls: readonly string[]
    /** How many calls were lost whose answers are there. */
    readonly lostCalls: number
    readonly damagedLines: number
  }
  readonly notes: readonly string[]
}

/** Why an agent cannot be promoted, in a sentence for a person. */
export class CannotPromote extends Error {}

const NO_FORK = 'a fork has its parent’s context, which is not in its own transcript'

/** Turns the transcript of an agent into a session of its own. The transcript itself is only read. */
export async function promote(options: PromoteOptions, host: PromoteHost): Promise<Promotion> {
  const { files } = host
  const { run, reason, source, sessions } = await findAgent(options, host)
  const path = run.path
  if (path === null || run.agentId === null) throw new CannotPromote('nothing was ever written of this agent: there is nothing to promote')
  refuse(run, reason)
  const { client } = source
  const { recovery } = client
  if (recovery === null) throw new CannotPromote(`nothing is known of how sessions of ${client.name} are opened`)
  const { createPromotion } = recovery
  if (createPromotion === null) {
    const refusal = recovery.refusePromotion({ version: run.clientVersion, source: 'transcript' })
    throw new CannotPromote(refusal ?? `agents of ${client.name} are sessions already: open it with ${recovery.openInWords} ${run.agentId}`)
  }
  const sessionId = recovery.promotedSessionId(run)
  if (sessionId === null) throw new CannotPromote('its records have no uuids, by which the client joins them: it cannot be promoted')
  if (options.expect !== null && options.expect !== sessionId) {
    throw new CannotPromote(`the transcript is not what it was: the session would be ${sessionId}. Plan again.`)
  }
  const { folder, isOwn } = await folderOf(run, client, options.folder, files)
  // The root that was named may be one project, or a folder around them all: the client looks beside the projects.
  const root = recovery.rootOf(path)
  const target = recovery.transcriptOf(root, folder, sessionId)
  if (target === null) throw new CannotPromote(`the path ${folder} is so long that the client’s name for it cannot be told`)
  if (!isWithin(root, source.root)) {
    throw new CannotPromote(`its session would have to lie below ${root}: name that folder with --root`)
  }
  const before = sessions.find(({ of, path: other }) => of.role === 'main' && of.sessionId === sessionId && !isSamePath(other, target))
  if (before !== undefined) throw new CannotPromote(`it was promoted before, to be opened in another folder: ${before.path}`)

  const file = await openOrRefuse(source, files)
  try {
    const transcript = { file, client, promotion: createPromotion() }
    const { isFork, openCalls, lostCalls, errors, markers, thoughts, damagedLines } = await surveyTranscript(transcript)
    if (isFork) throw new CannotPromote(NO_FORK)
    const tally: Tally = { records: 0, bytes: 0 }
    const lines = sessionLines(transcript, sessionId, tally)
    const state = options.write ? await writeSession(target, lines, tally, host) : await countSession(target, lines, files)
    return {
      agentId: run.agentId,
      reason,
      transcript: path,
      sessionId,
      path: target,
      state,
      folder,
      isOwnFolder: isOwn,
      command: { cwd: folder, argv: recovery.openSession(sessionId) },
      ...tally,
      leftOut: { errors, markers, thoughts, openCalls: [...openCalls.values()], lostCalls: lostCalls.size, damagedLines },
      notes: notesOf(run, reason, isOwn, folder),
    }
  } finally {
    await file.close()
  }
}

/** An agent, the transcript that it is judged by, and everything that lies below the roots. */
interface FoundAgent {
  readonly run: Run
  readonly reason: TerminalReason
  readonly source: Source
  readonly sessions: readonly Source[]
}

async function findAgent({ roots, agent, now, timeZone }: PromoteOptions, { files, processes }: PromoteHost): Promise<FoundAgent> {
  const found = await discoverSources(roots, clients, files)
  if (found.roots.length === 0) throw new CannotPromote(`no transcripts at ${roots.join(' or ')}; name the folder with --root <dir>`)
  const named = found.sources.filter(({ of }) => of.role === 'agent' && of.agentId.startsWith(agent))
  const ids = [...new Set(named.flatMap(({ of }) => (of.role === 'agent' ? [of.agentId] : [])))]
  const whole = ids.includes(agent) ? agent : ids.length === 1 ? ids[0] : undefined
  if (whole === undefined) {
    throw new CannotPromote(
      ids.length === 0 ? `no agent ${agent} at ${roots.join(' or ')}` : `${agent} names several agents: ${ids.slice(0, 8).join(', ')}`,
    )
  }
  const own = named.filter(({ of }) => of.role === 'agent' && of.agentId === whole)
  const tree = await readTree(withCompany(own, found.sources), files, timeZone)
  const owners = await readOwners(tree, found.roots, { files, processes })
  const { contexts } = link(tree, owners, now)
  for (const [run, context] of contexts) {
    const source = run.agentId === whole ? own.find(({ path }) => path === run.path) : undefined
    if (source !== undefined) return { run, reason: diagnose(run, context).reason, source, sessions: found.sources }
  }
  throw new CannotPromote(`the transcript of agent ${whole} could not be read`)
}

/** The agent’s transcripts, their sidecars, and the main threads of their sessions, which say whether it still runs. */
function withCompany(own: readonly Source[], all: readonly Source[]): readonly Source[] {
  const sessions = new Set(own.map(({ of }) => ('sessionId' in of ? of.sessionId : null)))
  const transcripts = new Set(own.map(({ path }) => path))
  const beside = all.filter(({ client, of, path }) =>
    of.role === 'main'
      ? of.sessionId !== null && sessions.has(of.sessionId)
      : of.role === 'sidecar' && transcripts.has(client.transcriptBeside(path)),
  )
  return [...own, ...beside]
}

function refuse(run: Run, reason: TerminalReason): void {
  if (run.kind === 'internal') throw new CannotPromote('it is a helper of the client’s own, not launched by an agent')
  if (outcomeOf(reason) === 'running') throw new CannotPromote('it is still running: two sessions would do the same work')
  if (run.kind === 'fork') throw new CannotPromote(NO_FORK)
  // 2.0.60 keeps no prompts in the transcripts of agents.
  if (run.firstPrompt === null) throw new CannotPromote('its transcript does not hold its task')
}

/** Where the agent worked, or where else its session can be opened. */
async function folderOf(
  run: Run,
  { worktrees }: Client,
  asked: string | null,
  files: Files,
): Promise<{ readonly folder: string; readonly isOwn: boolean }> {
  const own = run.worktreePath ?? run.cwd
  const repository = own === null ? null : conventionsOf(worktrees).repositoryOf(own)
  for (const candidate of asked === null ? [own, repository] : [asked]) {
    const real = candidate === null ? null : await realFolder(candidate, files)
    if (real !== null) return { folder: real, isOwn: candidate === own }
  }
  if (asked !== null) throw new CannotPromote(`${asked} is not a folder`)
  throw new CannotPromote(`the folder that it worked in is gone${own === null ? '' : ` (${own})`}; name another with --folder <dir>`)
}

/** The client names its folders by the real path. */
async function realFolder(path: string, files: Files): Promise<string | null> {
  try {
    const facts: FileFacts = await files.facts(path)
    return facts.kind === 'directory' ? (await files.realPath(path)).normalize('NFC') : null
  } catch (error) {
    if (error instanceof FileUnavailable) return null
    throw error
  }
}

async function openOrRefuse(source: Source, files: Files): Promise<OpenFile> {
  try {
    return await openTranscript(source, files)
  } catch (error) {
    if (error instanceof FileUnavailable) throw new CannotPromote(`cannot read ${source.path}: ${error.code}`)
    throw error
  }
}

async function writeSession(target: string, lines: AsyncIterable<string>, tally: Tally, host: PromoteHost): Promise<Promotion['state']> {
  const isNew = await host.writeNewFile(target, lines)
  if (isNew) return 'written'
  if (tally.records === 0) for await (const _line of lines);
  return 'exists'
}

async function countSession(target: string, lines: AsyncIterable<string>, files: Files): Promise<Promotion['state']> {
  for await (const _line of lines);
  try {
    await files.facts(target)
    return 'exists'
  } catch (error) {
    if (error instanceof FileUnavailable) return 'planned'
    throw error
  }
}

function notesOf(run: Run, reason: TerminalReason, isOwn: boolean, folder: string): readonly string[] {
  return [
    ...(isOwn
      ? []
      : [`The folder that it worked in is gone (${run.worktreePath ?? run.cwd ?? 'not recorded'}): the session opens in ${folder}.`]),
    ...(outcomeOf(reason) === 'finished' ? ['It finished: there is nothing to continue, only to ask.'] : []),
    ...(run.workflowRunId === null ? [] : ['It was a call of a workflow: its answers no longer reach its run.']),
    ...(TERMINAL_REASONS[reason].plan.contextFault === null
      ? []
      : ['Its own context caused its end: the session may be refused again at once.']),
    ...(run.grewWhileRead ? ['The transcript grew while it was read: is it really dead?'] : []),
  ]
}
