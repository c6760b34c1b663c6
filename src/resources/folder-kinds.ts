import { counts, ELSEWHERE, type Ended, endCounts, type Kind, type Line, type Started } from './kind.ts'
import { normalizePath, resolvePath } from './resolve-path.ts'
import { type Given, argumentsOf, type Service } from './service.ts'
import type { SimpleCommand } from './simple-commands.ts'

/** Something that is known by the folder (or the file) in which it is described. */
interface FolderService extends Pick<Service, 'programs' | 'start' | 'end' | 'valued' | 'unlessSaid' | 'source'> {
  readonly provider: string
  readonly what: string
  readonly starts: (given: Given) => boolean
  readonly ends: (given: Given) => boolean
  /** The options that name another place, the first that is given. */
  readonly places: readonly string[]
  readonly check: (program: string, place: string, option: string | null) => readonly string[]
  readonly finish: (program: string, place: string, option: string | null) => readonly string[]
}

/** Absolute, and of nothing but visible characters in their own order. */
const PLACE = /^\/[^\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Surrogate}]{0,1000}$/u
const isDetached = ({ options }: Given): boolean => options.has('-d') || options.has('--detach') || options.has('--wait')
const inCompose = (program: string, place: string, option: string | null, word: string): readonly string[] => [
  ...(program === 'docker-compose' ? [program] : [program, 'compose']),
  ...(option === '-f' || option === '--file' ? ['--file', place] : ['--project-directory', place]),
  word,
]

const FOLDER_SERVICES: readonly FolderService[] = [
  {
    provider: 'Terraform',
    what: 'infrastructure',
    programs: ['terraform', 'tofu'],
    start: ['apply'],
    end: ['destroy', 'apply'],
    valued: ['-target', '-var', '-var-file', '-state', '-lock-timeout'],
    starts: ({ options }) => !options.has('-destroy'),
    // What is aimed at a part leaves the rest.
    ends: ({ subcommand, options }) => (subcommand === 'destroy' || options.has('-destroy')) && !options.has('-target'),
    unlessSaid: /Resources: 0 added, 0 changed|^No changes\./m,
    places: ['-chdir'],
    check: (program, place) => [program, `-chdir=${place}`, 'state', 'list'],
    finish: (program, place) => [program, `-chdir=${place}`, 'destroy'],
    source: 'https://developer.hashicorp.com/terraform/cli/commands/destroy, https://opentofu.org/docs/cli/commands/destroy/',
  },
  {
    provider: 'Docker',
    what: 'Compose project',
    programs: ['docker', 'docker-compose', 'podman'],
    start: ['compose up', 'up'],
    end: ['compose down', 'compose stop', 'compose kill', 'down', 'stop', 'kill'],
    valued: [
      '-f',
      '--file',
      '-p',
      '--project-name',
      '--project-directory',
      '--profile',
      '--env-file',
      '--scale',
      '-t',
      '--timeout',
      '--pull',
    ],
    starts: isDetached,
    // `docker stop web` is about containers, and `compose stop web` about a part.
    ends: ({ words }) => words.length === 0,
    places: ['-f', '--file', '--project-directory'],
    check: (program, place, option) => inCompose(program, place, option, 'ps'),
    finish: (program, place, option) => inCompose(program, place, option, 'down'),
    source: 'https://docs.docker.com/reference/cli/docker/compose/down/',
  },
]

/** What is started and ended in a folder: Terraform, OpenTofu, Docker Compose. */
export const FOLDER_KINDS: readonly Kind[] = FOLDER_SERVICES.map(folderKind)

function folderKind(service: FolderService): Kind {
  const { provider, what } = service
  const kind = `${provider}: ${what}`
  return {
    started(line) {
      if (service.unlessSaid?.test(line.shell.result?.text ?? '') === true) return []
      return line.commands.flatMap((command, index): readonly Started[] => {
        if (!counts(command, line, false)) return []
        const given = givenOf(command, service, service.start)
        if (given === null || !service.starts(given)) return []
        const { place, option } = placeOf(given, command, line, service)
        const identifier = place !== null && PLACE.test(place) ? place : null
        return [
          {
            ...ELSEWHERE,
            kind,
            provider: command.program === 'tofu' ? 'OpenTofu' : provider,
            what,
            identifier,
            aliases: [],
            ratePerHour: null,
            excerpt: null,
            check: identifier === null ? null : service.check(command.program, identifier, option),
            end: identifier === null ? null : service.finish(command.program, identifier, option),
            index,
          },
        ]
      })
    },
    ended(line) {
      return line.commands.flatMap((command, index): readonly Ended[] => {
        if (!endCounts(command, line)) return []
        const given = givenOf(command, service, service.end)
        if (given === null || !service.ends(given)) return []
        const { place } = placeOf(given, command, line, service)
        return [{ kind, names: place === null ? null : [place], index }]
      })
    },
  }
}

/** `docker up` is no command, and `docker-compose compose up` neither. */
function givenOf(command: SimpleCommand, service: FolderService, subcommands: readonly string[]): Given | null {
  const isOne = command.program === 'docker' || command.program === 'podman'
  const fitting = service.programs.includes('docker') ? subcommands.filter((each) => each.startsWith('compose ') === isOne) : subcommands
  return argumentsOf(command, { ...service, program: '', named: [], endNamed: [], id: /^$/, check: [], list: [], finish: [] }, fitting)
}

function placeOf(
  given: Given,
  { folder }: SimpleCommand,
  { shell }: Line,
  { places }: FolderService,
): { readonly place: string | null; readonly option: string | null } {
  const base =
    folder === null || (folder !== undefined && !folder.startsWith('/') && shell.cwd === null) ? null : resolvePath(shell.cwd, folder ?? '')
  for (const option of places) {
    const value = given.options.get(option)?.[0]
    if (value === null) return { place: null, option }
    if (value !== undefined)
      return { place: value.startsWith('/') ? normalizePath(value) : base === null ? null : normalizePath(`${base}/${value}`), option }
  }
  return { place: base, option: null }
}
