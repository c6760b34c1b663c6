import { execFile } from 'node:child_process'
import { z } from 'zod'
import type { ForgeProject, ForgeRequest, ForgeTools } from '../ports/forge.ts'
import { createPrivateFolder } from './private-folder.ts'
import { type Env, findProgram, trustedEnvironment } from './programs.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 8 * 1024 * 1024
/** Requests asked for in one call: those of the agents are among the latest. */
const LATEST = 200
/** What the tools need to find their sign-in and the network, and nothing that could mislead them. */
const PASSED = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'XDG_CONFIG_HOME',
  'GH_CONFIG_DIR',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GLAB_CONFIG_DIR',
  'GITLAB_TOKEN',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
  'SystemRoot',
  'DBUS_SESSION_BUS_ADDRESS',
] as const

const GitHubRequest = z.object({
  number: z.int(),
  state: z.string(),
  url: z.string(),
  headRefName: z.string(),
  headRefOid: z.string().optional(),
})
const GitLabRequest = z.object({
  iid: z.int(),
  state: z.string(),
  web_url: z.string(),
  source_branch: z.string(),
  sha: z.string().nullish(),
})

/** `gh` and `glab` as a person installed them; they are run from an empty folder, so that no repository configures them. */
export function createForgeTools(env: Env = process.env): ForgeTools {
  const passed = Object.fromEntries(PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const quiet = {
    ...trustedEnvironment(passed),
    GH_PROMPT_DISABLED: '1',
    GH_NO_UPDATE_NOTIFIER: '1',
    NO_PROMPT: '1',
    NO_COLOR: '1',
    GIT_TERMINAL_PROMPT: '0',
  }
  return {
    async requests(project) {
      const text = await run(...commandFor(project), quiet)
      return text === null ? null : requestsIn(text, project)
    },
  }
}

function commandFor({ kind, host, name }: ForgeProject): [string, readonly string[]] {
  return kind === 'github'
    ? ['gh', ['pr', 'list', `--repo=${host}/${name}`, '--state=all', `--limit=${LATEST}`, '--json=number,state,url,headRefName,headRefOid']]
    : ['glab', ['mr', 'list', `--repo=https://${host}/${name}`, '--all', `--per-page=${Math.min(LATEST, 100)}`, '--output=json']]
}

async function run(tool: string, args: readonly string[], env: Env): Promise<string | null> {
  const program = findProgram(tool, env)
  const folder = program === null ? null : await createPrivateFolder('agent-forensics-forge-').catch(() => null)
  if (program === null || folder === null) return null
  try {
    return await new Promise((resolve) => {
      const child = execFile(
        program,
        args,
        { cwd: folder.path, env: { ...env }, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, killSignal: 'SIGKILL', windowsHide: true },
        (error, stdout) => resolve(error === null ? stdout : null),
      )
      child.stdin?.end()
    })
  } finally {
    await folder.remove()
  }
}

/** The tool's JSON as requests; null when it is none, an entry that is not understood is left out. */
export function requestsIn(text: string, { kind }: Pick<ForgeProject, 'kind'>): readonly ForgeRequest[] | null {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(raw)) return null
  return raw.flatMap((item: unknown): readonly ForgeRequest[] => {
    if (kind === 'github') {
      const parsed = GitHubRequest.safeParse(item)
      const state = parsed.success ? stateOf(parsed.data.state) : undefined
      if (!parsed.success || state === undefined) return []
      const { number, url, headRefName, headRefOid } = parsed.data
      return [{ number, state, url, branch: headRefName, head: headRefOid ?? null }]
    }
    const parsed = GitLabRequest.safeParse(item)
    const state = parsed.success ? stateOf(parsed.data.state) : undefined
    if (!parsed.success || state === undefined) return []
    return [{ number: parsed.data.iid, state, url: parsed.data.web_url, branch: parsed.data.source_branch, head: parsed.data.sha ?? null }]
  })
}

/** `OPEN`, `CLOSED`, `MERGED` (gh); `opened`, `closed`, `merged`, `locked` (glab). */
function stateOf(word: string): ForgeRequest['state'] | undefined {
  const lower = word.toLowerCase()
  if (lower === 'open' || lower === 'opened') return 'open'
  if (lower === 'closed' || lower === 'locked') return 'closed'
  return lower === 'merged' ? 'merged' : undefined
}
