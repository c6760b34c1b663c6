// The house rules of src/ as lint rules: which room may import what, and that only a client's own folder names its things. An import is
// resolved before it is judged, so that no detour hides where it leads. test/architecture.test.ts plants breaches and expects complaints.

import { dirname, join, relative, sep } from 'node:path'

/** What the other rooms see of a client: its interface. */
const CLIENT = ['clients/client.ts', 'clients/client-version.ts', 'clients/recovery.ts', 'clients/worktree-conventions.ts']
/** The same with the list of all clients; no room but clients/ names one of them. */
const CLIENTS = [...CLIENT, 'clients/index.ts']

/**
 * A room is a folder of src/, or a file or folder in it that keeps a rule of its own (the longest name that fits a file counts).
 * `rooms`: what it may import beside itself, by folder or file; `packages`: which packages and modules of Node.
 * @type {Readonly<Record<string, { rooms: readonly string[], packages: readonly string[], why: string, notItself?: boolean }>>}
 */
export const ROOMS = {
  text: { rooms: ['facts', 'time'], packages: ['node:buffer'], why: 'src/text/ and src/time/ are pure functions for every room.' },
  time: { rooms: ['facts', 'text'], packages: [], why: 'src/text/ and src/time/ are pure functions for every room.' },
  facts: { rooms: [], packages: ['zod'], why: 'src/facts/ is pure data that everything depends on.' },
  reasons: {
    rooms: ['facts', 'text', 'time'],
    packages: [],
    why: 'src/reasons/ judges finished facts: it reads no file and knows no client.',
  },
  ports: { rooms: ['facts'], packages: [], why: 'The ports are interfaces: every room would depend on what they pull in.' },
  clients: {
    rooms: [
      'facts',
      'reasons',
      'ports',
      'plan/candidate.ts',
      'plan/strategies/strategy.ts',
      'clients/claude-code/skim/layout.ts',
      'text',
      'time',
    ],
    packages: ['zod', 'node:path', 'node:path/posix', 'node:buffer', 'node:crypto', '#generated/skim'],
    why: 'src/clients/ holds what knows a product, below every stage.',
  },
  'clients/claude-code/skim': {
    rooms: [],
    packages: [],
    why: 'skim/ is compiled to WebAssembly: there is nothing else in its world.',
  },
  transcript: {
    rooms: ['facts', 'ports', ...CLIENT, 'text', 'time'],
    packages: ['node:path', 'node:path/posix', 'node:buffer', 'node:crypto', '#generated/build'],
    why: 'src/transcript/ turns bytes into runs, through the client that a source comes with.',
  },
  worktree: {
    rooms: ['facts', 'ports', 'clients/worktree-conventions.ts', 'text', 'time'],
    packages: ['zod'],
    why: 'src/worktree/ asks git and the forges about places, whoever worked there.',
  },
  incident: {
    rooms: ['facts', 'reasons', 'worktree/worktree-report.ts', 'text', 'time'],
    packages: ['zod'],
    why: 'src/incident/ joins judged runs to work items and incidents: it reads nothing.',
  },
  resources: {
    rooms: ['facts', 'text', 'time'],
    packages: ['unbash'],
    why: 'src/resources/ finds in commands what they started elsewhere: it reads nothing.',
  },
  plan: {
    rooms: [
      'facts',
      'reasons',
      ...CLIENT,
      'incident',
      'resources/external-resource.ts',
      'worktree/worktree-report.ts',
      'worktree/notes.ts',
      'preserve/rows.ts',
      'text',
      'time',
    ],
    packages: ['zod'],
    why: 'A plan is pure data: it turns what is known into actions, and starts nothing.',
  },
  report: {
    rooms: [
      'facts',
      'reasons',
      'ports/host.ts',
      ...CLIENTS,
      'incident/incident.ts',
      'incident/summary.ts',
      'incident/work-item.ts',
      'plan/action.ts',
      'plan/action-kinds.ts',
      'preserve/rows.ts',
      'worktree/worktree-report.ts',
      'worktree/notes.ts',
      'text',
      'time',
    ],
    packages: ['zod', 'chalk', 'cli-table3', '#generated/page'],
    why: 'src/report/ turns a report into text: it must render without a scan.',
  },
  scan: {
    rooms: ['facts', 'reasons', 'ports', ...CLIENTS, 'transcript', 'worktree', 'incident', 'resources', 'plan', 'report', 'text', 'time'],
    packages: [],
    why: 'src/scan/ is where the stages meet, and nothing else: the host is an argument.',
  },
  show: {
    rooms: [
      'facts',
      'reasons',
      'ports',
      ...CLIENTS,
      'transcript',
      'incident',
      'report',
      'scan',
      'worktree/worktree-report.ts',
      'plan/action.ts',
      'text',
      'time',
    ],
    packages: ['zod', 'chalk', 'cli-table3', 'node:path'],
    why: 'src/show/ scans, then reads one transcript a second time.',
  },
  emit: {
    rooms: ['facts', ...CLIENTS, 'plan/action.ts', 'plan/action-kinds.ts', 'text', 'time'],
    packages: [],
    why: 'src/emit/ writes finished actions in the language of a shell or of a person, and decides nothing.',
  },
  recover: {
    rooms: [
      'facts',
      'reasons',
      'ports',
      ...CLIENTS,
      'plan/action.ts',
      'plan/action-kinds.ts',
      'plan/find-actions.ts',
      'preserve',
      'report/report.ts',
      'text',
      'time',
    ],
    packages: [],
    why: 'src/recover/ carries out a plan: what is to be done, the plan says, and what was done, the transcripts.',
  },
  salvage: {
    rooms: ['facts', 'ports', ...CLIENTS, 'transcript', 'report', 'text', 'time'],
    packages: ['zod', 'diff', 'node:path', 'node:crypto'],
    why: 'src/salvage/ reads transcripts for the files in them: how runs are judged is nothing to it.',
  },
  preserve: {
    rooms: ['facts', 'ports', 'preserve/rows.ts', ...CLIENTS, 'report', 'worktree/worktree-report.ts', 'worktree/notes.ts', 'text', 'time'],
    packages: ['node:buffer', 'picomatch', 'zod'],
    why: 'src/preserve/ saves finished rows through the port of git: what a scan looks at is nothing to it.',
  },
  'preserve/rows.ts': {
    rooms: ['facts', 'text', 'worktree/worktree-report.ts', 'worktree/notes.ts'],
    packages: [],
    why: 'Which rows are to be saved is known to plans too: it is pure.',
  },
  hook: {
    rooms: [
      'facts',
      'reasons',
      'ports',
      ...CLIENTS,
      'clients/hooks.ts',
      'scan',
      'incident/story.ts',
      'preserve',
      'resources/external-resource.ts',
      'worktree/places.ts',
      'worktree/orphans.ts',
      'worktree/worktree-report.ts',
      'text',
      'time',
    ],
    packages: [],
    why: 'src/hook/ says what a scan of one session shows, in words of our own: a client waits for it.',
  },
  promote: {
    rooms: ['facts', 'reasons', 'ports', ...CLIENTS, 'transcript', 'text', 'time'],
    packages: ['node:path'],
    why: 'src/promote/ reads one transcript and writes it anew as a session.',
  },
  demo: {
    rooms: ['ports', 'node/leftovers.ts', 'node/programs.ts'],
    packages: ['node:*'],
    why: 'src/demo/ sets up what fixtures/demo/ holds, and plays the client in it: it knows nothing of the stages that read it.',
  },
  cli: {
    rooms: [
      'facts',
      'reasons',
      'ports/host.ts',
      'ports/journal.ts',
      ...CLIENTS,
      'clients/hooks.ts',
      'plan',
      'report',
      'scan',
      'show',
      'emit',
      'hook',
      'preserve',
      'recover',
      'salvage',
      'preserve',
      'promote',
      'render',
      'text',
      'time',
    ],
    packages: ['commander', 'node:path', 'zod', '#generated/version'],
    why: 'src/cli/ is commander around the commands: the stages and the real host stay out of it.',
  },
  node: {
    rooms: ['facts', 'ports', 'text', 'time'],
    packages: ['node:*', 'fast-glob', 'simple-git', 'zod'],
    why: 'src/node/ implements the ports and knows nothing of the stages that use it.',
  },
  render: {
    rooms: ['facts', 'reasons', 'incident', 'worktree/worktree-report.ts', 'report', 'text', 'time'],
    packages: [],
    why: 'src/render/ joins finished reports: it reads nothing.',
  },
  program: {
    rooms: ['cli/main.ts', 'library/machine.ts', 'node'],
    packages: [],
    notItself: true,
    why: 'src/program/ only joins the real host to what runs in a process: whatever else it did could not be tested without them.',
  },
  library: {
    rooms: ['cli/version.ts', 'clients/index.ts', 'demo', 'node', 'ports', 'report', 'scan', 'show'],
    packages: [],
    why: 'src/library/ only joins the real host to what a program imports.',
  },
  'index.ts': {
    rooms: ['library', 'facts', 'reasons', 'ports', 'incident', 'plan', 'report', 'scan', 'show', 'worktree/worktree-report.ts'],
    packages: [],
    why: 'src/index.ts is the public face: it exports, and nothing else.',
  },
}

/** Detectors do not know each other, nor their rank: only the list knows them. What reasons share is imported by name. */
const SHARED_BY_REASONS = [
  'absence.ts',
  'announcement.ts',
  'exit.ts',
  'claim.ts',
  'gateway-failure.ts',
  'limit-reset.ts',
  'last-word.ts',
  'missing-delivery.ts',
  'proof.ts',
  'reason.ts',
]
/** What comes behind the list, and `finding.ts` for the type of its names. */
const KNOWS_ALL_REASONS = ['index.ts', 'undecided.ts', 'terminal-reason.ts', 'diagnose.ts', 'claim.ts', 'finding.ts', 'judged.ts']

/** The rule of a path below src/; undefined: its folder is no room yet. */
function roomOf(path) {
  const names = Object.keys(ROOMS).filter((name) => path === name || path.startsWith(`${name}/`))
  return names.toSorted((a, b) => b.length - a.length)[0]
}

function covers(allowed, path) {
  return path === allowed || path.startsWith(`${allowed}/`)
}

function mayImportPackage(packages, specifier) {
  return packages.some((name) => name === specifier || (name === 'node:*' && specifier.startsWith('node:')))
}

/** Why a file of src/ may not import a specifier; undefined: it may. */
export function findBreach(file, specifier) {
  const room = roomOf(file)
  if (room === undefined) return 'This folder is no room yet: give it a line in scripts/lint/house.mjs.'
  const { rooms, packages, why, notItself = false } = ROOMS[room]
  if (!specifier.startsWith('.')) return mayImportPackage(packages, specifier) ? undefined : why
  const target = join(dirname(file), specifier).split(sep).join('/')
  if (target.startsWith('..')) return 'What src/ needs lies in src/.'
  if (roomOf(target) === room && !notItself) return findDetectorBreach(file, target)
  return rooms.some((allowed) => covers(allowed, target)) ? undefined : why
}

function findDetectorBreach(file, target) {
  const [room, name] = file.split('/')
  if (room !== 'reasons' || KNOWS_ALL_REASONS.includes(name)) return undefined
  return SHARED_BY_REASONS.includes(target.split('/')[1]) ? undefined : 'A reason does not know the others, nor its rank among them.'
}

/** Tools of clients whose names are no common words: they stand nowhere else, not even in a sentence of code. */
const TOOLS =
  /\b(?:SendMessage|TaskStop|TaskOutput|TaskCreate|TaskUpdate|KillShell|BashOutput|StructuredOutput|SubagentHandback|TodoWrite|MultiEdit|NotebookEdit|ToolSearch)\b/
/** Folders, names and endings of the files that clients write, and what they are started with. */
const PATHS =
  /--resume\b|(?:^|[^\w-])\.(?:claude|codewhale|deepseek)\b|\.jsonl\b|\.meta\.json\b|\bsubagents\b|\btool-results\b|\bfile-history\b|CLAUDE_/
/** What a client calls its records, its tools, the ends of its agents and itself, where code compares with it or keeps it in a list. */
const WORDS = new Set(
  [
    'claude assistant attachment queue-operation fork-context-ref api-request last-prompt server_tool_use thinking',
    'Agent Task Workflow Bash PowerShell Read Write Edit Monitor',
    'async_launched remote_launched queued_to_running',
  ].flatMap((line) => line.split(' ')),
)
/** Sentences for people: what evidence of a reason looks like is said in the words of the client that leaves it. */
const PROSE = new Set(['texts', 'shows', 'summary'])
/** Who may name a client: its own folder, and the sample incident. */
const MAY_NAME = ['clients/', 'demo/']

function isProse(node) {
  for (let at = node; at !== null && at !== undefined; at = at.parent) {
    if (at.type === 'Property' && PROSE.has(at.key.name)) return true
    if (at.type === 'CallExpression' && ['absenceOf', 'recordOf'].includes(at.callee.name)) return true
  }
  return false
}

/** Whether code decides by a text: it compares with it, or keeps it in a list or a table. */
function isDecidedBy({ parent }) {
  return ['BinaryExpression', 'SwitchCase', 'ArrayExpression'].includes(parent?.type)
}

const clientWords = {
  meta: { type: 'problem', docs: { description: 'keeps what a client calls its things in its own folder' } },
  create(context) {
    const file = fileBelowSource(context)
    if (file === undefined || MAY_NAME.some((place) => file.startsWith(place))) return {}
    const check = (node, text) => {
      const isNamed = TOOLS.test(text) || PATHS.test(text) || (WORDS.has(text) && isDecidedBy(node))
      if (!isNamed || isProse(node)) return
      context.report({ node, message: 'This is a word of a client: ask for it through src/clients/client.ts.' })
    }
    return {
      Literal(node) {
        if (typeof node.value === 'string') check(node, node.value)
        else if (node.regex !== undefined) check(node, node.regex.pattern.replaceAll('\\', ''))
      },
      TemplateElement: (node) => check(node, node.value.raw),
    }
  },
}

/** The path of a linted file below src/; undefined: it lies elsewhere. */
function fileBelowSource({ cwd = process.cwd(), filename }) {
  const file = relative(join(cwd, 'src'), filename).split(sep).join('/')
  return file.startsWith('..') ? undefined : file
}

const layers = {
  meta: { type: 'problem', docs: { description: 'holds every room of src/ to what it may import' } },
  create(context) {
    const file = fileBelowSource(context)
    if (file === undefined) return {}
    const check = (node, specifier) => {
      if (typeof specifier !== 'string') return
      const message = findBreach(file, specifier)
      if (message !== undefined) context.report({ node, message })
    }
    const checkSource = (node) => check(node, node.source?.value)
    return {
      ImportDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ImportExpression: checkSource,
    }
  },
}

export default { meta: { name: 'house' }, rules: { layers, 'client-words': clientWords } }
