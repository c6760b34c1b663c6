import { isPlainId, isPlainPath, pathInPrompt } from '../../text/plain.ts'
import { pathBelow } from '../../text/path.ts'
import { freshPrompt } from '../../text/prompts.ts'
import { freshCost } from './cost.ts'
import { listSessionWords } from '../own-command.ts'
import { describeOwnFolder, findWorkFolder } from './places.ts'
import { listHostNotes, listStopNotes } from './preflight.ts'
import type { ResumeStrategy } from './strategy.ts'

/** A fresh session with a brief of what is done and what remains: the way that is always there. */
export const redispatch: ResumeStrategy = {
  kind: 'redispatch',
  consider(candidate, settings) {
    const { run } = candidate.judged
    const { recovery, name } = candidate.client
    if (recovery === null) return `how ${name} is started is unknown`
    const id = run.agentId ?? run.toolUseId
    if (id === null || !isPlainId(id)) return 'unsafe id: kept out of prompts'
    const beside = run.path ?? candidate.session.main?.run.path ?? null
    if (beside === null) return 'no transcript holds its task'
    const place = findWorkFolder(candidate)
    if (place === null) return 'its folder is unknown'
    const brief = beside.replace(/[^\\/]+$/, `agent-${id}.brief.md`)
    // Below its own folder the client makes plain names; above it stands whatever a person calls a disk or a home.
    const root = recovery.rootOf(beside)
    const spoken = isPlainPath(`/${pathBelow(brief, root) ?? ''}`) ? pathInPrompt(brief) : null
    if (spoken === null) return 'unsafe path of its transcripts: kept out of prompts'
    const doubt = recovery.explainDoubt(settings.client)
    return {
      kind: 'redispatch',
      session: null,
      title: `Give the work of agent ${id} to a fresh session, with a brief`,
      why: 'A fresh session reads what the task was, what is done and what remains, and continues from there.',
      commands: [
        ...(place.restore === null ? [] : [place.restore]),
        {
          cwd: '/',
          argv: [
            'agent-forensics',
            'show',
            id,
            ...listSessionWords(id, candidate.session.session.sessionId),
            `--root=${root}`,
            '--since=all',
            '--format=markdown',
            `--output=${brief}`,
          ],
        },
        recovery.buildStart(
          {
            cwd: place.folder,
            session: null,
            prompt: freshPrompt(id, spoken, place.isOwn),
            agents: 1,
            // The brief lies outside of the folder that it works in: headless, nobody could be asked whether it may be read.
            allow: [recovery.ruleToRead(brief)],
          },
          settings,
        ),
      ],
      preconditions: [
        place.isOwn
          ? describeOwnFolder(place)
          : `Its worktree is gone; the fresh session works in ${place.folder}, and nobody else may use it in the meantime.`,
        'The brief says what remains: read it before it is acted on.',
        ...listStopNotes(candidate),
        ...listHostNotes(candidate, [run], recovery),
        ...recovery.listNotes(candidate.session.main?.run.permissionMode ?? null, settings),
        ...(doubt === null ? [] : [doubt]),
      ],
      risk: 'The fresh session knows only what the brief says: it may do again what it cannot see in git. The parent session does not learn of its result.',
      cost: freshCost(candidate),
    }
  },
}
