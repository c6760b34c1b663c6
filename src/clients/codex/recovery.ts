import { folderAbove } from '../../text/path.ts'
import type { ClientRecovery, Start, StartCommand, StartSettings } from '../recovery.ts'
import type { ClientVersion } from '../client-version.ts'

const PROGRAM = 'codex'
const RESUME = 'resume'
/** The newest client of which it was seen that it goes on with a thread of an agent. */
const MEASURED = '0.171.0'
const NO_PARENT = 'Codex opens an agent by its own id, without its parent'
const NO_WORKFLOWS = 'Codex has no workflow runs'

/** The command that starts the client. The prompts are our own and begin with a letter, so that none can be taken for an option. */
function buildStart({ cwd, session, prompt }: Start, { headless }: StartSettings): StartCommand {
  const words = [...(session === null ? [] : [RESUME, session]), ...(prompt === null ? [] : [prompt])]
  return { cwd, argv: headless ? [PROGRAM, 'exec', ...words] : [PROGRAM, ...words] }
}

function isStart([program]: readonly string[]): boolean {
  return program !== undefined && /(?:^|[\\/])codex(?:\.exe)?$/.test(program)
}

function describeVersion({ version, source }: ClientVersion): string {
  if (version === null) return 'a Codex of unknown version'
  return source === 'installed' ? `Codex ${version}` : `Codex ${version} (the transcript’s; the installed one was not asked)`
}

function listNotes(_recordedMode: string | null, { headless, budget, permissionMode }: StartSettings): readonly string[] {
  return [
    ...(headless ? ['Headless, Codex asks nobody: its sandbox and its config.toml say what it may do, and not how it ran before.'] : []),
    ...(permissionMode === null ? [] : [`Codex knows no permission mode ${permissionMode}: it is started as its config.toml says.`]),
    ...(budget === null ? [] : ['Codex takes no budget: nothing but its limits bounds what it spends.']),
  ]
}

/** How threads of Codex are taken up again: those of agents as those of people, by their own ids (0.171.0, headless). */
export const recovery: ClientRecovery = {
  program: PROGRAM,
  version: {
    argv: [PROGRAM, '--version'],
    env: {},
    // `codex-cli 0.171.0`
    read: (text) => /^codex(?:-cli)? (\d{1,4}\.\d{1,4}\.\d{1,6})/.exec(text.trimStart())?.[1] ?? null,
  },
  advice: {
    logIn: `run ${PROGRAM} login`,
    pay: (limit) => `Raise the ${limit} or buy credits: chatgpt.com/settings/usage, or the billing page of the API key’s owner`,
    seeReset: (limit) => `Find out when the ${limit} resets: /status in ${PROGRAM} shows it`,
  },
  notInherited: [],
  isStart,
  isHeadless: (argv) => argv[1] === 'exec',
  describeVersion,
  explainDoubt: ({ version }) =>
    version === MEASURED ? null : `Measured with Codex ${MEASURED}; of ${version ?? 'another version'} the same is expected.`,
  buildStart,
  // None is passed on.
  refuseMode: () => null,
  openInWords: 'codex resume',
  openSession: (sessionId) => [PROGRAM, RESUME, sessionId],
  attachTo: (jobId) => [PROGRAM, RESUME, jobId],
  stopJob: (jobId) => [PROGRAM, RESUME, jobId],
  isAttach: () => false,
  sessionOf(argv) {
    const at = argv[1] === 'exec' ? 2 : 1
    return argv[at] === RESUME ? (argv[at + 1] ?? null) : null
  },
  listNotes,
  ruleToRead: (path) => path,
  isAllowedBy: () => false,
  rulesFor: () => [],
  settingsInWords: '$CODEX_HOME/config.toml',
  settingsLine: () => '',
  sdk: null,
  messageTool: 'send_input',
  workflowTool: '',
  refuseMessages: () => NO_PARENT,
  refuseMessageTo: () => NO_PARENT,
  refuseWorkflows: () => NO_WORKFLOWS,
  refusePromotion: () => null,
  isOneShot: () => false,
  keepsType: () => false,
  messagePrompt: () => '',
  messageRequest: () => '',
  workflowPrompt: () => '',
  workflowRequest: () => '',
  isOwnScript: () => false,
  folderOfSession: (main) => main.cwd,
  rootOf: (transcript) => /^(.+?[\\/]sessions)[\\/]/.exec(transcript)?.[1] ?? folderAbove(transcript),
  transcriptOf: () => null,
  promotedSessionId: ({ agentId }) => agentId,
  createPromotion: null,
}
