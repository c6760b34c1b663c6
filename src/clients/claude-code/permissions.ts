import type { DeniedCall } from '../../facts/run.ts'
import { type Files, FileUnavailable } from '../../ports/host.ts'
import { isObject } from '../../text/json.ts'
import type { PermissionSettings } from '../client.ts'
import { isWindowsPath } from '../../text/path.ts'
import { projectsOf } from './promoted-session.ts'

const MAX_SETTINGS_BYTES = 1024 * 1024
/** Rules that a person can still read. */
const MAX_RULES = 8
/** One rule for editing holds for every tool that edits files. */
const EDITORS: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'NotebookEdit', 'Write'])
/** A command that one rule can name: no redirection, substitution, quote or pattern. */
const SIMPLE = /^[\w@%+,./=-]+(?: [\w@%+:,./=-]+){0,30}$/
const SUBCOMMAND = /^[a-z][\w-]{0,40}$/

/** The rules that allow tools, in the settings of the user and of the project, where there are any. */
export async function readPermissions(
  transcript: string,
  folders: readonly string[],
  files: Files,
): Promise<readonly PermissionSettings[]> {
  const paths = [
    `${projectsOf(transcript).replace(/[\\/][^\\/]+$/, '')}/settings.json`,
    ...folders.flatMap((folder) => [`${folder}/.claude/settings.json`, `${folder}/.claude/settings.local.json`]),
  ]
  const found = await Promise.all([...new Set(paths)].map((path) => readSettings(path, files)))
  return found.filter((settings) => settings !== null)
}

async function readSettings(path: string, files: Files): Promise<PermissionSettings | null> {
  try {
    const { modifiedAt } = await files.facts(path)
    const raw: unknown = JSON.parse(await files.readText(path, MAX_SETTINGS_BYTES))
    const permissions = isObject(raw) && isObject(raw['permissions']) ? raw['permissions']['allow'] : undefined
    const allow = Array.isArray(permissions) ? permissions.filter((rule) => typeof rule === 'string') : []
    return allow.length === 0 ? null : { path, changedAt: modifiedAt, allow }
  } catch (error) {
    // Settings that cannot be read allow nothing that anybody knows of.
    if (error instanceof FileUnavailable || error instanceof SyntaxError) return null
    throw error
  }
}

/** Whether a rule allows a call, as far as its words tell. */
export function isAllowedBy(rule: string, { name, command, file }: DeniedCall): boolean {
  const [, tool = '', pattern] = /^([\w*-]+)(?:\((.*)\))?$/s.exec(rule) ?? []
  const isOfTool = tool === name || (tool === 'Edit' && EDITORS.has(name)) || isOfServer(tool, name)
  if (!isOfTool) return false
  if (pattern === undefined || pattern === '' || pattern === '*') return true
  if (command !== null) return partsOf(command).every((part) => matches(pattern, part))
  if (file === null || !pattern.startsWith('//')) return true
  const [asked, allowed] = [pathInRule(file), pattern]
  return isWindowsPath(file) ? matches(allowed.toLowerCase(), asked.toLowerCase()) : matches(allowed, asked)
}

/**
 * An absolute path as rules spell it: it begins with two slashes, and a drive is a folder (`//c/Users/ines`). What means something in a rule
 * stands for any one character.
 */
export function pathInRule(path: string): string {
  const isOfWindows = isWindowsPath(path)
  const slashes = isOfWindows ? path.replaceAll('\\', '/').replace(/^([A-Za-z]):/, (_, drive: string) => `/${drive.toLowerCase()}`) : path
  return `${slashes.startsWith('//') ? '' : '/'}${slashes.replace(/[()[\]*?\\]/g, '?')}`
}

/** `mcp__server` and `mcp__server__*` stand for all tools of a server. */
function isOfServer(tool: string, name: string): boolean {
  const server = tool.replace(/__\*$/, '')
  return /^mcp__[^_]/.test(server) && name.startsWith(`${server}__`)
}

/** `:*` at the end is ` *`: the words before it, and whatever follows them. */
function matches(pattern: string, text: string): boolean {
  const whole = pattern.replace(/:\*$/, ' *')
  const expression = whole
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*')
    .replace(/ \[\^\]\*$/, '(?: [^]*)?')
  return new RegExp(`^${expression}$`).test(text)
}

/** The commands that a command line joins: each is asked about by itself. */
function partsOf(command: string): readonly string[] {
  return command.split(/\s*(?:&&|\|\||;|\||\n)\s*/).filter((part) => part !== '')
}

/** The narrowest rules that allow the calls. */
export function rulesFor(denied: readonly DeniedCall[]): readonly string[] {
  const rules = [...new Set(denied.flatMap(rulesOf))]
  if (rules.length <= MAX_RULES) return rules
  return [...new Set(rules.map((rule) => rule.replace(/\(.*$/s, '')))].slice(0, MAX_RULES)
}

function rulesOf({ name, command, file }: DeniedCall): readonly string[] {
  if (!/^\w[\w-]{0,120}$/.test(name)) return []
  if (EDITORS.has(name)) {
    const isPlain = file !== null && /^(?:\/|[A-Za-z]:[\\/])[\p{L}\p{M}\p{N}\w@%+,./\\ -]+$/u.test(file)
    return [isPlain ? `Edit(${pathInRule(file)})` : 'Edit']
  }
  if (command === null) return [name]
  const parts = partsOf(command)
  if (parts.length === 0 || !parts.every((part) => SIMPLE.test(part))) return [name]
  return parts.filter((part) => !part.startsWith('cd ')).map((part) => `${name}(${patternOf(part)})`)
}

/** What runs scripts of a project by their names. */
const SCRIPT_RUNNERS: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun'])
const RUNS_SCRIPT: ReadonlySet<string> = new Set(['run', 'run-script'])
/** What runs whatever stands behind it: `:*` would allow everything. */
const RUNS_ANYTHING: ReadonlySet<string> = new Set(['run', 'run-script', 'exec', 'x', 'dlx', 'sh', 'shell', 'eval', 'ssh'])
const WRAPPERS: ReadonlySet<string> = new Set([
  'sudo',
  'doas',
  'env',
  'xargs',
  'nice',
  'nohup',
  'time',
  'timeout',
  'command',
  'exec',
  'sh',
  'bash',
  'zsh',
])

/** The program and what it is to do, and any words behind; where those may be anything, exactly this command. */
function patternOf(part: string): string {
  const [program = '', second = '', third = ''] = part.split(' ')
  if (SCRIPT_RUNNERS.has(program) && RUNS_SCRIPT.has(second))
    return third === '' || third.startsWith('-') ? part : `${program} ${second} ${third}:*`
  if (!SUBCOMMAND.test(second) || RUNS_ANYTHING.has(second) || WRAPPERS.has(program)) return part
  return `${program} ${second}:*`
}
