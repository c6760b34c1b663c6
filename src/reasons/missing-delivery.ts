import type { Run } from '../facts/run.ts'

/** A sentence that forbids what it names, or says what somebody else does. */
const FORBIDS = /\b(?:no|not|never|don['’]t|without|instead of|avoid|before (?:you|any)|who|which|that)\b/i
const FILE =
  /\b(?:write|create|save|produce|generate)\b[^.;\n]{0,40}?\s`?((?:[\w-]+\/)*[\w-]+\.(?:md|txt|json|csv|html|ya?ml|pdf|ts|js|py|go|rs))\b/i

/** What its prompt asks for and its transcript does not hold: a commit, a push or a file by its name. Undefined: nothing that can be told. */
export function findMissingDelivery(run: Run): string | undefined {
  // What a person asks of a main thread changes with every prompt.
  if (run.role !== 'agent' || run.firstPrompt === null) return undefined
  const asks = run.firstPrompt.split(/[.;](?:\s|$)|\n+/).filter((sentence) => !FORBIDS.test(sentence))
  const did = (command: RegExp): boolean => run.gitCommands.some(({ command: line, failed }) => failed !== true && command.test(line))
  if (
    asks.some((sentence) =>
      /\bcommit (?:and push|it|them|everything|(?:your|the|all) (?:work|changes?))\b|\band commit\b|, commit\b/i.test(sentence),
    ) &&
    !did(/\bcommit\b/)
  )
    return 'a commit'
  if (
    asks.some((sentence) => /\band push\b|\bpush (?:it|them|everything|(?:your|the) (?:work|changes?|branch))\b/i.test(sentence)) &&
    !did(/\bpush\b/)
  )
    return 'a push'
  const names = asks.flatMap((sentence) => FILE.exec(sentence)?.[1] ?? [])
  const missing = names.find(
    (name) => !run.writtenFiles.some((path) => path.endsWith(name)) && !run.gitCommands.some(({ command }) => command.includes(name)),
  )
  return missing === undefined ? undefined : 'a file'
}
