/** Something that left the machine. */
export interface Delivery {
  readonly kind: 'push' | 'pull_request'
  readonly what: string
}

/** More than a person wants to see of one command. */
const MOST = 50
/** How much of an output is searched, from its end: the last lines say what became of the command. Characters. */
const LOOKED_AT = 65_536

const PUSHING = /\bgit\b[^\n]{0,400}?\bpush\b/
const REQUESTING = /\bgh\b[^\n]{0,200}?\bpr\s+create\b|\bglab\b[^\n]{0,200}?\bmr\s+create\b/

/** The branches that a command pushed, and the addresses of the requests that it opened. */
export function findDeliveries(command: string, output: string): readonly Delivery[] {
  const head = command.slice(0, 4_000)
  const end = output.slice(-LOOKED_AT)
  const pushed = PUSHING.test(head)
    ? [...end.matchAll(/^ (?:[*+ ]) {1,3}(?:\[new branch\]|[0-9a-f]{7,40}\.{2,3}[0-9a-f]{7,40}) {1,40}\S{1,250} -> (\S{1,250})/gm)]
    : []
  const requested = REQUESTING.test(head) ? [...end.matchAll(/https:\/\/[^\s"'<>]{1,200}\/(?:pull|merge_requests)\/\d{1,9}\b/g)] : []
  return [
    ...pushed.slice(0, MOST).map(([, branch = '']): Delivery => ({ kind: 'push', what: branch })),
    ...[...new Set(requested.map(([address]) => address))].slice(0, MOST).map((what): Delivery => ({ kind: 'pull_request', what })),
  ]
}
