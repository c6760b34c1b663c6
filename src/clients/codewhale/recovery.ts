import { folderAbove } from '../../text/path.ts'
import type { ClientRecovery, Start, StartCommand, StartSettings } from '../recovery.ts'
import type { ClientVersion } from '../client-version.ts'

const PROGRAM = 'codewhale'
const RESUME = 'resume'
const NO_MESSAGES = 'CodeWhale continues an agent only from within the session that started it, and no command does it from a shell'
const NO_PROMOTION = 'CodeWhale opens no agent as a session of its own'
const NO_WORKFLOWS = 'CodeWhale resumes no workflow run from a shell'

const HEADLESS =
  'Headless, CodeWhale calls no tool without --auto, and with it asks nobody. None is started so here: add --auto yourself if you trust the brief.'

/** The command that starts the client. The prompts are our own and begin with a letter, so that none can be taken for an option. */
function buildStart({ cwd, session, prompt }: Start, { headless }: StartSettings): StartCommand {
  const words = prompt === null ? [] : [prompt]
  // Never with `--auto`, by which it asks nobody: what an agent was to do stands in the workspace, where anybody may have put it.
  if (headless) return { cwd, argv: [PROGRAM, 'exec', ...(session === null ? [] : [`--${RESUME}`, session]), ...words] }
  return { cwd, argv: session === null ? [PROGRAM, ...words] : [PROGRAM, RESUME, session] }
}

function describeVersion({ version, source }: ClientVersion): string {
  if (version === null) return 'a CodeWhale of unknown version'
  return source === 'installed' ? `CodeWhale ${version}` : `CodeWhale ${version} (the transcript’s; the installed one was not asked)`
}

function listNotes(_recordedMode: string | null, { headless, budget, permissionMode }: StartSettings): readonly string[] {
  return [
    ...(headless ? [HEADLESS] : []),
    ...(permissionMode === null ? [] : [`CodeWhale is started without the permission mode ${permissionMode}: it knows none of that name.`]),
    ...(budget === null ? [] : ['CodeWhale takes no budget: nothing but its limits bounds what it spends.']),
  ]
}

/** How work of CodeWhale is taken up again: no shell command continues an agent, so that a fresh session gets a brief. */
export const recovery: ClientRecovery = {
  program: PROGRAM,
  version: {
    argv: [PROGRAM, '--version'],
    env: {},
    read: (text) => /^codewhale(?:-\w+)? v?(\d{1,4}\.\d{1,4}\.\d{1,6})/i.exec(text.trimStart())?.[1] ?? null,
  },
  advice: {
    logIn: `set the API key of its provider: ${PROGRAM} doctor says what is missing`,
    pay: (limit) => `Raise the ${limit} or buy credits with the provider of its model`,
    seeReset: (limit) => `Find out when the ${limit} resets: the provider of its model says it`,
  },
  notInherited: [],
  isStart: ([program]) => program !== undefined && /(?:^|[\\/])codewhale(?:\.exe)?$/.test(program),
  isHeadless: (argv) => argv[1] === 'exec',
  describeVersion,
  explainDoubt: () => 'No start of CodeWhale was measured: its commands are those of its documentation.',
  buildStart,
  // None is passed on.
  refuseMode: () => null,
  openInWords: `${PROGRAM} ${RESUME}`,
  openSession: (sessionId) => [PROGRAM, RESUME, sessionId],
  attachTo: (jobId) => [PROGRAM, RESUME, jobId],
  stopJob: (jobId) => [PROGRAM, RESUME, jobId],
  isAttach: () => false,
  sessionOf(argv) {
    const at = argv.findIndex((word) => word === RESUME || word === `--${RESUME}`)
    return at < 0 ? null : (argv[at + 1] ?? null)
  },
  listNotes,
  ruleToRead: (path) => path,
  isAllowedBy: () => false,
  rulesFor: () => [],
  settingsInWords: '~/.codewhale/config.toml',
  settingsLine: () => '',
  sdk: null,
  messageTool: 'agent',
  workflowTool: '',
  refuseMessages: () => NO_MESSAGES,
  refuseMessageTo: () => NO_MESSAGES,
  refuseWorkflows: () => NO_WORKFLOWS,
  refusePromotion: () => NO_PROMOTION,
  isOneShot: () => false,
  keepsType: () => false,
  messagePrompt: () => '',
  messageRequest: () => '',
  workflowPrompt: () => '',
  workflowRequest: () => '',
  isOwnScript: () => false,
  folderOfSession: (main) => main.cwd,
  rootOf: (transcript) => /^(.+[\\/]\.(?:codewhale|deepseek)[\\/]state)[\\/]/.exec(transcript)?.[1] ?? folderAbove(transcript),
  transcriptOf: () => null,
  promotedSessionId: () => null,
  createPromotion: null,
}
