import { z } from 'zod'
import { ReadIssueSchema } from '../facts/source.ts'

/** `formatVersion` of the manifest: minor versions only add. */
export const SALVAGE_VERSION = '1.0'

/**
 * How much of a file is known. `whole`: written whole, or replayed on a base known whole. `replayed`: its edits were replayed on the
 * base that is named. `partial`: only parts of it are known. `unknown_base`: only the edits are known.
 */
const CERTAINTIES = ['whole', 'replayed', 'partial', 'unknown_base'] as const
/** One of `CERTAINTIES`. */
export type Certainty = (typeof CERTAINTIES)[number]

/** What may still be wrong about a file that is whole or replayed. A closed set. */
const DOUBTS = [
  /** CRLF or LF: what the agent was shown does not tell. */
  'line_ends',
  /** Whether the file begins with a byte-order mark. */
  'byte_order_mark',
  /** It is not UTF-8 in git; what was rebuilt is. */
  'encoding',
  /** Whether the last line ends. */
  'final_newline',
  /** Straight or curly quotes: clients of this version do either. */
  'quotes',
  /** The base is what git had; nothing shows that the working file was the same. */
  'base',
  /** The base went through a filter or a conversion of git's on its way to the disk. */
  'filter',
  /** A command that ran later may have changed or removed it. */
  'command',
  /** A call without an answer may have been applied, too. */
  'unanswered',
  /** A person changed what was proposed. */
  'user_modified',
  /** The client noticed a change that the transcript does not hold. */
  'changed_outside',
] as const
/** One of `DOUBTS`. */
export type Doubt = (typeof DOUBTS)[number]

/** Why something was not written below the folder. A closed set. */
const REFUSALS = [
  'outside',
  'dot_dot',
  'empty_name',
  'nul',
  'control_character',
  'not_unicode',
  'colon',
  'trailing_dot_or_space',
  'device_name',
  'git_folder',
  'name_too_long',
  'too_deep',
] as const
/** One of `REFUSALS`. */
export type Refusal = (typeof REFUSALS)[number]

/** A place in a transcript: the record of a call, and of its answer where it has one. */
const HandleSchema = z.strictObject({
  path: z.string(),
  line: z.int(),
  byteOffset: z.int(),
  tool: z.string(),
  callId: z.string(),
  outcome: z.enum(['applied', 'failed', 'unanswered', 'not_replayed']),
  answeredAt: z.strictObject({ line: z.int(), byteOffset: z.int() }).nullable(),
})
/** A call with its places. */
export type Handle = z.infer<typeof HandleSchema>

const PlaceSchema = z.strictObject({ path: z.string(), line: z.int(), byteOffset: z.int() })

const StoredSchema = z.strictObject({
  /** Below the output folder, with `/`; null: not written, `notStored` says why. */
  stored: z.string().nullable(),
  notStored: z.string().nullable(),
  bytes: z.int(),
  sha256: z.string(),
})

const COMPARISON = z.enum(['same', 'differs', 'missing', 'not_looked'])
/** How a rebuilt file compares with another place. */
export type Comparison = z.infer<typeof COMPARISON>

/** One file that the agent wrote or edited. */
const SalvagedFileSchema = z.strictObject({
  seq: z.int(),
  /** Secrets redacted, as in every text of the manifest. */
  path: z.string(),
  /** Relative to `root`, with `/`; null: outside of it. */
  relative: z.string().nullable(),
  certainty: z.enum(CERTAINTIES),
  /** Whole or replayed, and nothing speaks against it. */
  sure: z.boolean(),
  doubts: z.array(z.enum(DOUBTS)),
  base: z.strictObject({
    kind: z.enum(['none', 'git', 'read', 'recorded', 'file_history', 'unknown']),
    commit: z.string().nullable(),
    where: PlaceSchema.nullable(),
  }),
  /** `file`: the bytes of the file. `parts`: known lines and edits, in a form of ours. `nothing`: it was never there for certain. */
  storedAs: z.enum(['file', 'parts', 'nothing']),
  ...StoredSchema.shape,
  /** Where it could not lie in a tree, why; null: it could, or no tree was asked for. */
  refused: z.enum(REFUSALS).nullable(),
  /** Transcripts do not hold it. */
  mode: z.literal('unknown'),
  inPatch: z.boolean(),
  writes: z.int(),
  edits: z.int(),
  calls: z.array(HandleSchema),
  /** Other states that it may be in: with calls that were not answered, or before something that could not be replayed. */
  alternatives: z.array(
    z.strictObject({
      why: z.enum(['unanswered', 'before_mismatch', 'client_version']),
      doubts: z.array(z.enum(DOUBTS)),
      ...StoredSchema.shape,
      onDisk: z.boolean(),
    }),
  ),
  mayHaveChangedBy: z.array(PlaceSchema),
  onDisk: COMPARISON,
  inGit: COMPARISON,
  /** It looks like a file of secrets, by its name or its content. */
  secrets: z.enum(['name', 'content']).nullable(),
  notDone: z.array(z.string()),
})
/** One file that the agent wrote or edited. */
export type SalvagedFile = z.infer<typeof SalvagedFileSchema>

/** A command that may have changed files; it cannot be replayed. */
const CommandSchema = z.strictObject({
  ...PlaceSchema.shape,
  command: z.string(),
  /** `named`: files that it names. `any`: it may have changed whatever is below its folder. */
  touches: z.enum(['named', 'any']),
  names: z.array(z.string()),
})
/** A command that may have changed files. */
export type SalvagedCommand = z.infer<typeof CommandSchema>

/** What was rebuilt of one agent, or of a session's main thread (`agentId` null). */
const SalvagedAgentSchema = z.strictObject({
  agentId: z.string().nullable(),
  sessionId: z.string().nullable(),
  description: z.string().nullable(),
  clientVersion: z.string().nullable(),
  transcripts: z.array(z.string()),
  /** Below the output folder; `` for the folder itself. */
  folder: z.string(),
  /** The folder that paths are relative to: its worktree, else its repository, else where it ran. */
  root: z.string().nullable(),
  rootExists: z.boolean(),
  git: z.strictObject({
    repository: z.string().nullable(),
    base: z.string().nullable(),
    tip: z.string().nullable(),
    /** Why git was not asked, or could not answer. */
    unavailable: z.string().nullable(),
  }),
  /** Below the output folder; null: nothing could be put into one. */
  patch: z.string().nullable(),
  files: z.array(SalvagedFileSchema),
  /** Calls of file tools that changed nothing, by their answers, of files that are not in `files`. */
  failedCalls: z.array(z.strictObject({ ...HandleSchema.shape, file: z.string() })),
  /** Calls of file tools that could not be understood. */
  unreadCalls: z.array(z.strictObject({ ...PlaceSchema.shape, tool: z.string(), callId: z.string() })),
  commands: z.array(CommandSchema),
  readIssues: z.array(ReadIssueSchema),
})
/** What was rebuilt of one agent, or of a session's main thread. */
export type SalvagedAgent = z.infer<typeof SalvagedAgentSchema>

/** `manifest.json`, and what `salvage --json` prints. */
export const SalvageManifestSchema = z.strictObject({
  formatVersion: z.literal(SALVAGE_VERSION),
  tool: z.strictObject({ name: z.literal('agent-forensics'), version: z.string() }),
  /** False: something could not be read, rebuilt or written; the entries say what. */
  complete: z.boolean(),
  out: z.string(),
  layout: z.enum(['flat', 'tree']),
  agents: z.array(SalvagedAgentSchema),
})
/** `manifest.json`, and what `salvage --json` prints. */
export type SalvageManifest = z.infer<typeof SalvageManifestSchema>
