import type { ClientRecovery } from '../recovery.ts'
import type { ClientVersion } from '../client-version.ts'
import { sdk } from './sdk.ts'
import { isPlainPath, pathInPrompt } from '../../text/plain.ts'
import { describeVersion, explainDoubt, MAX_MESSAGED_BYTES, supportsAbility } from './abilities.ts'
import { buildStart, isStart, listNotes, PROGRAM, refuseMode, RESUME, ruleToRead } from './command.ts'
import { isAllowedBy, rulesFor } from './permissions.ts'
import { createPromotion } from './promotion.ts'
import { projectsOf, isSlugOf, promotedSessionId, slugOf } from './promoted-session.ts'
import { messagePrompt, messageRequest, workflowPrompt, workflowRequest } from './prompts.ts'
import { folderAbove, isSamePath, pathBelow } from '../../text/path.ts'

/** Agents that the client runs once and keeps no id of. */
const ONE_SHOT: ReadonlySet<string> = new Set(['Explore', 'Plan'])
/** Types that the client brings with it; other names are of a person's own types. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...ONE_SHOT,
  'agent',
  'claude',
  'claude-code-guide',
  'comment-thread-analyst',
  'fork',
  'general-purpose',
  'output-style-setup',
  'statusline-setup',
  'teammate',
])
/** Where transcripts of agents lie from 2.1 on. */
const IN_SESSION = /[\\/]subagents[\\/]/

/** How sessions and agents of Claude Code are taken up again; what each version can do is measured (docs/clients.md). */
export const recovery: ClientRecovery = {
  program: PROGRAM,
  version: {
    argv: [PROGRAM, '--version'],
    env: { DISABLE_AUTOUPDATER: '1', DISABLE_TELEMETRY: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    // `2.1.329 (Claude Code)`
    read: (text) => /^(\d{1,4}\.\d{1,4}\.\d{1,6})(?:\s|$)/.exec(text.trimStart())?.[1] ?? null,
  },
  advice: {
    logIn: `start ${PROGRAM} and type /login`,
    pay: (limit, kind) =>
      `Raise the ${limit} or add credits: ${kind === 'api_key' ? 'console.anthropic.com/settings/billing' : 'claude.ai/settings/usage'}, or /usage-credits in ${PROGRAM}`,
    seeReset: (limit) => `Find out when the ${limit} resets: /usage in ${PROGRAM} shows it`,
  },
  // A client that finds these takes itself for a tool of another session.
  notInherited: ['CLAUDECODE', 'CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_SSE_PORT', 'CLAUDE_CODE_CHILD_SESSION', 'CLAUDE_CODE_SESSION_ID'],
  isStart,
  isHeadless: (argv) => argv.includes('-p') || argv.includes('--print'),
  describeVersion,
  explainDoubt,
  buildStart,
  refuseMode,
  openInWords: 'claude --resume',
  openSession: (sessionId) => [PROGRAM, `${RESUME}${sessionId}`],
  attachTo: (jobId) => [PROGRAM, 'attach', jobId],
  stopJob: (jobId) => [PROGRAM, 'stop', jobId],
  isAttach: (argv) => isStart(argv) && argv[1] === 'attach',
  sessionOf: (argv) => argv.find((word) => word.startsWith(RESUME))?.slice(RESUME.length) ?? null,
  listNotes,
  ruleToRead,
  isAllowedBy,
  rulesFor,
  settingsInWords: '.claude/settings.local.json of the project',
  settingsLine: (rules) => `"permissions": { "allow": [${rules.map((rule) => JSON.stringify(rule)).join(', ')}] }`,
  sdk,

  messageTool: 'SendMessage',
  workflowTool: 'Workflow',
  refuseMessages(run, version) {
    if (!supportsAbility(version, 'sendMessage'))
      return `${describeVersion(version)} does not let a parent send messages to its agents (2.1.187 and later do)`
    return run.path !== null && IN_SESSION.test(run.path)
      ? null
      : 'its transcript has the layout of 2.0.x, in which later clients find no agent'
  },
  refuseMessageTo(run, isCalledStopped, version) {
    if (run.bytes > MAX_MESSAGED_BYTES && !supportsAbility(version, 'sendMessageToLarge'))
      return `its transcript has ${Math.round(run.bytes / 1024 / 1024)} MiB, and ${describeVersion(version)} continues none beyond 5 MiB`
    return isCalledStopped && !supportsAbility(version, 'sendMessageToStopped')
      ? 'the client has it as stopped by you, and lets no parent continue it until you type to it yourself'
      : null
  },
  refuseWorkflows: (version: ClientVersion) =>
    supportsAbility(version, 'resumeWorkflow')
      ? null
      : `${describeVersion(version)} is not known to resume workflow runs (2.1.156 and later do)`,
  refusePromotion: (version) =>
    supportsAbility(version, 'promote') ? null : `${describeVersion(version)} is not known to open a promoted session`,
  isOneShot: (agentType) => ONE_SHOT.has(agentType),
  keepsType: (agentType, version) =>
    /^[A-Za-z][\w-]{0,63}$/.test(agentType) && !BUILT_IN.has(agentType) && supportsAbility(version, 'promoteAsType'),
  messagePrompt,
  messageRequest,
  workflowPrompt,
  workflowRequest,
  isOwnScript(scriptPath, runId, mainPath) {
    const below = pathBelow(scriptPath, projectsOf(mainPath)) ?? ''
    if (pathInPrompt(scriptPath) === null || !isPlainPath(`/${below}`) || !scriptPath.endsWith(`${runId}.js`)) return false
    const folder = folderAbove(scriptPath)
    return isSamePath(folder, `${mainPath.replace(/\.jsonl$/, '')}/workflows/scripts`)
  },

  folderOfSession(main) {
    if (main.path === null) return null
    const slug = /([^\\/]+)[\\/][^\\/]+$/.exec(main.path)?.[1]
    return [main.cwd, ...main.folders].find((folder) => folder !== null && slug !== undefined && isSlugOf(slug, folder)) ?? null
  },
  rootOf: projectsOf,
  transcriptOf(root, folder, sessionId) {
    const slug = slugOf(folder)
    return slug === null ? null : `${root}/${slug}/${sessionId}.jsonl`
  },
  promotedSessionId,
  createPromotion,
}
