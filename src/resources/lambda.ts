import { counts, ELSEWHERE, type Ended, endCounts, type Kind, type Line, type Started } from './kind.ts'

const API = /^https:\/\/cloud\.lambda(?:labs\.com|\.ai)\/api\/v1\/instance-operations\/(launch|terminate)$/
const ID = /^[0-9a-f]{32}$/
const KIND = 'Lambda Cloud: instance'
/** The key is the person's own, and stands in no command: the shell takes it from the environment when the command runs. */
const GET = 'curl --fail --silent --show-error --user "${LAMBDA_API_KEY}:" "https://cloud.lambda.ai/api/v1/$1"'
const TERMINATE =
  'curl --fail --silent --show-error --user "${LAMBDA_API_KEY}:" --json "{\\"instance_ids\\": [\\"$1\\"]}" https://cloud.lambda.ai/api/v1/instance-operations/terminate'

/** Lambda Cloud has no program of its own: its API is called with curl (https://docs.lambda.ai/api/cloud, read at version 1.10). */
export const LAMBDA: Kind = {
  started(line) {
    const index = operation(line, 'launch')
    const command = line.commands[index]
    if (command === undefined) return []
    const ids = idsIn(line.shell.result?.text ?? '')
    // curl exits with 0 when the API refuses.
    if (!counts(command, line, ids.length > 0) || /"error"\s*:\s*\{/.test(line.shell.result?.text ?? '')) return []
    return (ids.length === 0 ? [null] : ids).map((identifier): Started => ({
      ...ELSEWHERE,
      kind: KIND,
      provider: 'Lambda Cloud',
      what: 'GPU instance',
      identifier,
      aliases: [],
      ratePerHour: null,
      excerpt: null,
      check: ['sh', '-c', GET, 'sh', identifier === null ? 'instances' : `instances/${identifier}`],
      end: identifier === null ? null : ['sh', '-c', TERMINATE, 'sh', identifier],
      index,
    }))
  },
  ended(line): readonly Ended[] {
    const index = operation(line, 'terminate')
    const command = line.commands[index]
    if (command === undefined || !endCounts(command, line) || /"error"\s*:\s*\{/.test(line.shell.result?.text ?? '')) return []
    const names = idsIn(command.args.filter((arg) => arg !== null).join(' '))
    return [{ kind: KIND, names: names.length === 0 ? null : names, index }]
  },
}

function operation({ commands }: Line, verb: 'launch' | 'terminate'): number {
  return commands.findIndex(
    ({ program, args }) =>
      program === 'curl' && args.some((arg) => arg !== null && API.exec(arg)?.[1] === verb) && !args.includes('--help'),
  )
}

function idsIn(text: string): readonly string[] {
  const list = /"instance_ids"\s*:\s*\[([^\]]{0,4000})\]/.exec(text)?.[1] ?? ''
  return [...list.matchAll(/"([^"]{1,64})"/g)].map((match) => match[1] ?? '').filter((id) => ID.test(id))
}
