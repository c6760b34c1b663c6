import type { LastWord, Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { findCleanEnd } from './last-word.ts'

/** A gateway says what failed in a line or two; whoever writes more reports something. Characters. */
const MAX_LENGTH = 400
/** How such a text begins. Gateways are many and their words few: a request, a provider or an upstream, and that it failed. */
const BEGINS =
  /^(?:API Error\b|\{\s*"(?:error"\s*:|type"\s*:\s*"error")|(?:\[?(?:HTTP )?(?:error|错误)?\]?[\s:#]*(?:code\s*)?[45]\d\d\b[\s:—-]*)?(?:\[?error\]?:?\s+)?(?:internal (?:server )?error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|upstream\b[^.\n]{0,40}\b(?:error|fail|time|unavail|overload|limit)|(?:the )?(?:[\w/.-]+ ){0,3}(?:request|call|provider|upstream|API|server)(?: has| is)? (?:failed|error|errored|timed out|unavailable|overloaded)(?= ?(?:[.:;,!([—-]|$|with\b|after\b))|(?:rate|usage|quota|concurrency) limit (?:exceeded|reached|hit)|too many requests|no (?:available|healthy) (?:upstream|channel|provider|account)|insufficient (?:quota|balance)|(?:当前分组)?上游|请求失败|服务(?:器)?(?:繁忙|异常)|您当前使用该API的并发数过高|已达到 ?\d+ ?小时的使用上限))/i
/** The id of a request, or a code of z.ai's for too many requests (1302) and a used-up limit (1308). */
const NAMES_REQUEST = /\breq(?:uest)?[ _-]?id\b|\brequestId\b|\breq_[\w-]{6,}|\b(?:trace|x-request)[ _-]?id\b/i
const FAILS = /\b(?:fail(?:ed|ure)?|error|unavailable|timed? ?out|exceeded|overloaded|refused|rejected)\b|失败|错误/i
const CODE = /(?:\bcode"?\s*[:=]\s*"?|\[|\berror\s+)130[2-9]\b/i

/** Whether a text is the failure of a gateway and nothing else. */
export function isGatewayFailure(text: string): boolean {
  const words = text.trim()
  if (words.length > MAX_LENGTH) return false
  return BEGINS.test(words) || CODE.test(words) || (NAMES_REQUEST.test(words) && FAILS.test(words))
}

/** The only answer of an agent that never called a tool, where it is a gateway's failure handed on as if the model had said it. */
export function findGatewayFailure(run: Run, context: RunContext): (LastWord & { readonly kind: 'turn' }) | undefined {
  if (run.role !== 'agent' || run.toolCalls > 0 || run.latest.turns > 1) return undefined
  const turn = findCleanEnd(run, context)
  return turn !== undefined && isGatewayFailure(turn.text) ? turn : undefined
}
