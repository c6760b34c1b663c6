import type { Given, Service } from './service.ts'

const NUMBER = /^\d{1,20}$/
const NAME = /^[A-Za-z0-9][\w.-]{0,127}$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const UUIDS = /\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g

const has =
  (...names: readonly string[]) =>
  ({ options }: Given): boolean =>
    names.some((name) => options.has(name))
const runs =
  (...programs: readonly string[]) =>
  ({ program }: Given): boolean =>
    programs.includes(program)
/** The words of an end, or all: an option says so. */
const wordsOrAll =
  (...all: readonly string[]) =>
  (given: Given): Given['words'] | 'all' =>
    has(...all)(given) ? 'all' : given.words

const SKY_VALUED = ['-c', '--cluster', '-n', '--name', '-i', '--idle-minutes-to-autostop', '--infra', '--cloud', '--region', '--zone', '--gpus', '--cpus', '--memory', '--num-nodes', '-t', '--instance-type', '--workdir', '--env', '--env-file', '--secret', '--image-id', '--disk-size', '--disk-tier', '--ports', '--config', '--num-jobs', '-p', '--pool', '--priority', '--job-recovery', '--service-name', '--git-url', '--git-ref'] // prettier-ignore
const SBATCH_VALUED = ['-J', '-p', '-N', '-n', '-c', '-t', '-o', '-e', '-A', '-a', '-d', '-q', '-w', '-x', '-D', '-G', '-M', '-C', '-L', '--job-name', '--partition', '--nodes', '--ntasks', '--cpus-per-task', '--time', '--output', '--error', '--account', '--array', '--dependency', '--qos', '--mem', '--gres', '--gpus', '--constraint', '--clusters', '--wrap', '--chdir', '--export', '--mail-user', '--mail-type', '--nodelist', '--exclude'] // prettier-ignore
const SCANCEL_VALUED = ['-n', '--name', '--jobname', '-u', '--user', '-p', '--partition', '-t', '--state', '-M', '--clusters', '-A', '--account', '-s', '--signal', '-w', '--nodelist', '-q', '--qos'] // prettier-ignore

/** Clusters end by themselves where their launch says so: after idle minutes, or when the job is done. */
function endsBySky({ options }: Given): boolean {
  const idle = [...(options.get('-i') ?? []), ...(options.get('--idle-minutes-to-autostop') ?? [])].at(-1)
  return options.has('--down') || (idle !== undefined && idle?.startsWith('-') !== true)
}

/** By what an end of Slurm's names jobs: numbers, names, or all of a user's. Single tasks of an array leave the others. */
function endedByScancel(given: Given): Given['words'] | 'all' {
  const { words, options } = given
  const names = ['-n', '--name', '--jobname']
    .flatMap((name) => options.get(name) ?? [])
    .map((name) => (name === null ? null : `name ${name}`))
  return words.length + names.length === 0 && has('-u', '--user', '--me')(given) ? 'all' : [...words, ...names]
}

const SLURM = {
  provider: 'Slurm',
  what: 'job',
  program: 'slurm',
  programs: ['sbatch', 'salloc', 'srun', 'scancel'],
  valued: [...SBATCH_VALUED, ...SCANCEL_VALUED],
  named: [],
  endNamed: [],
  alsoKnown: ({ options }: Given) =>
    ['-J', '--job-name'].flatMap((name) => options.get(name) ?? []).flatMap((name) => (name === null ? [] : `name ${name}`)),
  id: NUMBER,
  carried: ['-M', '--clusters'],
  check: ['squeue', '-j', '{}', '{+}'],
  list: ['squeue', '--me', '{+}'],
  finish: ['scancel', '{}', '{+}'],
  source: 'https://slurm.schedmd.com/sbatch.html, https://slurm.schedmd.com/scancel.html',
} as const satisfies Partial<Service>

/**
 * What runs jobs for people: schedulers of clusters, and programs that rent machines for a job. The words of results are those that the
 * programs print; what they print without words (`--parsable`, PBS) is only taken where nothing else can be meant.
 */
export const JOB_SERVICES: readonly Service[] = [
  {
    provider: 'SkyPilot',
    what: 'cluster',
    program: 'cluster',
    programs: ['sky'],
    start: ['launch'],
    restart: ['exec', 'start'],
    end: ['down', 'stop', 'autostop'],
    starts: (given) => !endsBySky(given),
    ends: ({ subcommand, options }) => subcommand !== 'autostop' || !options.has('--cancel'),
    valued: SKY_VALUED,
    named: ['-c', '--cluster'],
    endNamed: ['-c', '--cluster', ''],
    endedBy: wordsOrAll('-a', '--all', '-u', '--all-users'),
    found: /\bCluster (?:launched|name): ['"]?([A-Za-z][\w-]*(?:\.[\w-]+)*)/g,
    id: NAME,
    check: ['sky', 'status', '{}'],
    list: ['sky', 'status'],
    finish: ['sky', 'down', '{}'],
    source: 'https://docs.skypilot.co/en/stable/reference/cli.html',
  },
  {
    provider: 'SkyPilot',
    what: 'managed job',
    program: 'jobs',
    programs: ['sky'],
    start: ['jobs launch', 'spot launch'],
    end: ['jobs cancel', 'spot cancel'],
    valued: SKY_VALUED,
    named: [],
    endNamed: ['*'],
    alsoKnown: ({ options }) =>
      ['-n', '--name'].flatMap((name) => options.get(name) ?? []).flatMap((name) => (name === null ? [] : `name ${name}`)),
    endedBy: (given) => {
      if (has('-a', '--all', '-u', '--all-users')(given)) return 'all'
      const names = ['-n', '--name'].flatMap((name) => given.options.get(name) ?? [])
      return [...given.words, ...names.map((name) => (name === null ? null : `name ${name}`))]
    },
    found: /\b(?:Job submitted, ID|Managed Job ID|Job ID): (\d{1,12})\b/gi,
    id: NUMBER,
    check: ['sky', 'jobs', 'queue'],
    list: ['sky', 'jobs', 'queue'],
    finish: ['sky', 'jobs', 'cancel', '{}'],
    source: 'https://docs.skypilot.co/en/stable/reference/cli.html',
  },
  {
    provider: 'SkyPilot',
    what: 'service',
    program: 'serve',
    programs: ['sky'],
    start: ['serve up'],
    end: ['serve down'],
    valued: SKY_VALUED,
    named: ['-n', '--service-name'],
    endNamed: ['*'],
    endedBy: wordsOrAll('-a', '--all'),
    found: /\bService name: ([A-Za-z][\w-]*)/g,
    id: NAME,
    check: ['sky', 'serve', 'status', '{}'],
    list: ['sky', 'serve', 'status'],
    finish: ['sky', 'serve', 'down', '{}'],
    source: 'https://docs.skypilot.co/en/stable/reference/cli.html',
  },
  {
    ...SLURM,
    start: [''],
    end: [''],
    starts: (given) =>
      !has('--test-only', '--parsable')(given) &&
      (runs('sbatch')(given) || (runs('salloc')(given) && has('--no-shell')(given)) || (runs('srun')(given) && given.background)),
    // Only those that wait, or of one partition: which, only the machine knew.
    ends: (given) => runs('scancel')(given) && (given.words.length > 0 || !has('-t', '--state', '-p', '--partition')(given)),
    endedBy: endedByScancel,
    found:
      /\bSubmitted batch job (\d{1,20})\b|\bGranted job allocation (\d{1,20})\b|^srun: (?:launching|[Jj]ob) (?:StepId=)?(\d{1,20})\b/gm,
  },
  {
    ...SLURM,
    start: [''],
    end: [],
    starts: (given) => runs('sbatch')(given) && has('--parsable')(given) && !has('--test-only')(given),
    found: /^(\d{1,20})(?:;[\w.-]{1,64})?$/gm,
  },
  {
    provider: 'LSF',
    what: 'job',
    program: 'lsf',
    programs: ['bsub', 'bkill'],
    start: [''],
    end: [''],
    starts: ({ program, options }) => program === 'bsub' && !['-I', '-Ip', '-Is', '-K'].some((name) => options.has(name)),
    ends: runs('bkill'),
    valued: ['-J', '-q', '-n', '-o', '-e', '-W', '-R', '-M', '-P', '-G', '-g', '-m', '-w', '-gpu', '-oo', '-eo', '-cwd', '-u', '-s'],
    named: [],
    endNamed: [],
    endedBy: ({ words, options }) => (words.includes('0') && !options.has('-J') ? 'all' : words),
    found: /^Job <(\d{1,20})> is submitted\b/gm,
    id: NUMBER,
    check: ['bjobs', '{}'],
    list: ['bjobs'],
    finish: ['bkill', '{}'],
    source: 'https://www.ibm.com/docs/en/spectrum-lsf/10.1.0?topic=reference-bsub',
  },
  {
    provider: 'PBS',
    what: 'job',
    program: 'pbs',
    programs: ['qsub', 'qdel'],
    start: [''],
    end: [''],
    onlyFound: true,
    starts: ({ program, options }) => program === 'qsub' && !options.has('-I'),
    ends: runs('qdel'),
    valued: ['-N', '-l', '-q', '-o', '-e', '-A', '-P', '-W', '-v', '-J', '-t', '-M', '-m', '-j', '-S', '-p', '-k'],
    named: [],
    endNamed: [],
    // `1234.server` is `1234` on its own server.
    endedBy: ({ words }) => words.map((word) => word?.replace(/(?:\[\])?\..*$/, '') ?? null),
    found: /^(\d{1,20})(?:\[\])?\.[A-Za-z][\w.-]{0,100}$/gm,
    id: NUMBER,
    check: ['qstat', '{}'],
    list: ['qstat'],
    finish: ['qdel', '{}'],
    source: 'https://2021.help.altair.com/2021.1.2/PBS%20Professional/PBSUserGuide2021.1.2.pdf',
  },
  {
    provider: 'Grid Engine',
    what: 'job',
    program: 'sge',
    programs: ['qsub', 'qdel'],
    start: [''],
    end: [''],
    onlyFound: true,
    starts: runs('qsub'),
    ends: runs('qdel'),
    valued: ['-N', '-l', '-q', '-o', '-e', '-A', '-P', '-pe', '-v', '-t', '-M', '-m', '-j', '-S', '-p', '-b'],
    named: [],
    endNamed: ['*'],
    found: /^Your job(?:-array)? (\d{1,20})\b/gm,
    id: NUMBER,
    check: ['qstat', '-j', '{}'],
    list: ['qstat'],
    finish: ['qdel', '{}'],
    source: 'https://gridscheduler.sourceforge.net/htmlman/htmlman1/qsub.html',
  },
  {
    provider: 'Ray',
    what: 'job',
    program: 'job',
    programs: ['ray'],
    start: ['job submit'],
    end: ['job stop'],
    valued: ['--address', '--submission-id', '--job-id', '--runtime-env', '--runtime-env-json', '--working-dir', '--entrypoint-num-cpus', '--entrypoint-num-gpus', '--metadata-json'], // prettier-ignore
    named: ['--submission-id'],
    endNamed: [''],
    // Without `--no-wait` it returns when the job is over, unless the call was cut off.
    starts: ({ options, background }) => options.has('--no-wait') || background,
    carried: ['--address'],
    found: /\b(raysubmit_[A-Za-z0-9]{8,32})\b/g,
    id: NAME,
    check: ['ray', 'job', 'status', '{+}', '{}'],
    list: ['ray', 'job', 'list', '{+}'],
    finish: ['ray', 'job', 'stop', '{+}', '{}'],
    source: 'https://docs.ray.io/en/latest/cluster/running-applications/job-submission/cli.html',
  },
  {
    provider: 'Hugging Face',
    what: 'job',
    program: 'jobs',
    programs: ['hf', 'hfjobs'],
    start: ['jobs run', 'jobs uv run', 'run'],
    end: ['jobs cancel', 'cancel'],
    starts: ({ program, subcommand, options }) =>
      (program === 'hfjobs') === (subcommand === 'run') && (options.has('-d') || options.has('--detach')),
    valued: ['-e', '--env', '-s', '--secrets', '--env-file', '--secrets-file', '--flavor', '--timeout', '--token', '--namespace', '-l', '--label', '--image', '--with', '-p', '--python', '-v', '--volume'], // prettier-ignore
    named: [],
    endNamed: [''],
    carried: ['--namespace'],
    found: /\b([0-9a-f]{24})\b/g,
    id: /^[0-9a-f]{24}$/,
    check: ['hf', 'jobs', 'inspect', '{}', '{+}'],
    list: ['hf', 'jobs', 'ps', '{+}'],
    finish: ['hf', 'jobs', 'cancel', '{}', '{+}'],
    source: 'https://huggingface.co/docs/huggingface_hub/guides/jobs',
  },
  {
    provider: 'dstack',
    what: 'run',
    program: 'dstack',
    programs: ['dstack'],
    start: ['apply'],
    end: ['stop'],
    starts: has('-d', '--detach'),
    valued: ['-f', '--file', '-n', '--name', '--project', '-P', '--max-offers', '-e', '--env', '--gpu'],
    named: ['-n', '--name'],
    endNamed: ['*'],
    carried: ['--project'],
    id: NAME,
    check: ['dstack', 'ps', '{+}'],
    list: ['dstack', 'ps', '{+}'],
    finish: ['dstack', 'stop', '{}', '{+}'],
    source: 'https://dstack.ai/docs/reference/cli/dstack/apply/',
  },
  {
    provider: 'Prime Intellect',
    what: 'pod',
    program: 'pods',
    programs: ['prime'],
    start: ['pods create'],
    end: ['pods terminate'],
    valued: [
      '--id',
      '--cloud-id',
      '--gpu-type',
      '--gpu-count',
      '--name',
      '--disk-size',
      '--vcpus',
      '--memory',
      '--image',
      '--team-id',
      '--env',
    ],
    named: [],
    endNamed: [''],
    found: /\bSuccessfully created pod ([A-Za-z0-9]{8,40})\b/g,
    id: /^[A-Za-z0-9]{8,40}$/,
    check: ['prime', 'pods', 'status', '{}'],
    list: ['prime', 'pods', 'list'],
    finish: ['prime', 'pods', 'terminate', '{}'],
    source: 'https://pypi.org/project/prime/',
  },
  {
    provider: 'Paperspace',
    what: 'machine',
    program: 'machine',
    programs: ['pspace', 'paperspace'],
    start: ['machine create', 'machines create'],
    restart: ['machine start', 'machines start'],
    end: ['machine delete', 'machine stop', 'machines destroy', 'machines stop'],
    valued: ['-n', '--name', '--machine-type', '--machineType', '--template-id', '--templateId', '--network-id', '--region', '--disk-size', '--size', '--api-key', '-F', '--fields', '--machineId', '--id', '-l'], // prettier-ignore
    named: [],
    endNamed: ['', '--machineId', '--id'],
    found: /"?\bid"?:\s*"?(ps[a-z0-9]{6,24})\b/g,
    id: /^ps[a-z0-9]{6,24}$/,
    check: ['pspace', 'machine', 'get', '{}'],
    list: ['pspace', 'machine', 'list'],
    finish: ['pspace', 'machine', 'delete', '{}'],
    source: 'https://docs.digitalocean.com/reference/paperspace/pspace/commands/machine/',
  },
  {
    provider: 'Nebius',
    what: 'VM',
    program: 'compute',
    programs: ['nebius'],
    start: ['compute instance create', 'compute v1 instance create'],
    restart: ['compute instance start'],
    end: ['compute instance delete', 'compute v1 instance delete', 'compute instance stop'],
    valued: ['--name', '--parent-id', '--id', '--profile', '-p', '--format', '--resources-platform', '--resources-preset', '--boot-disk-existing-disk-id', '--network-interfaces', '--cloud-init-user-data', '--file'], // prettier-ignore
    named: [],
    endNamed: ['--id', ''],
    carried: ['--profile'],
    found: /\b(computeinstance-[a-z0-9]{8,40})\b/g,
    id: /^computeinstance-[a-z0-9]{8,40}$/,
    check: ['nebius', 'compute', 'instance', 'get', '--id', '{}', '{+}'],
    list: ['nebius', 'compute', 'instance', 'list', '{+}'],
    finish: ['nebius', 'compute', 'instance', 'delete', '--id', '{}', '{+}'],
    source: 'https://docs.nebius.com/cli/reference/compute/instance',
  },
  {
    provider: 'Vultr',
    what: 'instance',
    program: 'vultr',
    programs: ['vultr-cli', 'vultr'],
    start: ['instance create', 'bare-metal create'],
    restart: ['instance start'],
    end: ['instance delete', 'bare-metal delete'],
    valued: [
      '-r',
      '--region',
      '-p',
      '--plan',
      '-o',
      '--os',
      '-l',
      '--label',
      '--host',
      '--image',
      '--snapshot',
      '--ssh-keys',
      '--script-id',
      '--userdata',
      '--config',
    ],
    named: [],
    endNamed: ['*'],
    found: UUIDS,
    id: UUID,
    check: ['vultr-cli', 'instance', 'get', '{}'],
    list: ['vultr-cli', 'instance', 'list'],
    finish: ['vultr-cli', 'instance', 'delete', '{}'],
    source: 'https://docs.vultr.com/reference/vultr-cli/instance',
  },
  {
    provider: 'Scaleway',
    what: 'instance',
    program: 'scaleway',
    programs: ['scw'],
    start: ['instance server create'],
    restart: ['instance server start'],
    end: ['instance server terminate', 'instance server delete', 'instance server stop'],
    valued: ['-o', '--output', '-p', '--profile', '-c', '--config'],
    named: [],
    endNamed: [''],
    found: /^\s*"?(?:ID|id)"?:?\s+"?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/gm,
    id: UUID,
    check: ['scw', 'instance', 'server', 'get', '{}'],
    list: ['scw', 'instance', 'server', 'list'],
    finish: ['scw', 'instance', 'server', 'terminate', '{}'],
    source: 'https://github.com/scaleway/scaleway-cli/blob/master/docs/commands/instance.md',
  },
  {
    provider: 'OpenStack',
    what: 'server',
    program: 'openstack',
    programs: ['openstack'],
    start: ['server create'],
    restart: ['server start'],
    end: ['server delete'],
    valued: ['--image', '--flavor', '--network', '--nic', '--key-name', '--security-group', '--user-data', '--availability-zone', '--boot-from-volume', '--property', '--os-cloud', '-f', '-c', '--min', '--max', '--volume', '--snapshot'], // prettier-ignore
    named: [''],
    endNamed: ['*'],
    carried: ['--os-cloud'],
    id: NAME,
    check: ['openstack', '{+}', 'server', 'show', '{}'],
    list: ['openstack', '{+}', 'server', 'list'],
    finish: ['openstack', '{+}', 'server', 'delete', '{}'],
    source: 'https://docs.openstack.org/python-openstackclient/latest/cli/command-objects/server.html',
  },
  {
    provider: 'GitHub',
    what: 'codespace',
    program: 'codespace',
    programs: ['gh'],
    start: ['codespace create', 'cs create'],
    end: ['codespace delete', 'codespace stop', 'cs delete', 'cs stop'],
    valued: ['-R', '--repo', '-b', '--branch', '-m', '--machine', '-d', '--display-name', '-l', '--location', '--idle-timeout', '--retention-period', '--devcontainer-path', '-c', '--codespace'], // prettier-ignore
    named: [],
    endNamed: ['-c', '--codespace'],
    endedBy: (given) => (has('--all')(given) ? 'all' : ['-c', '--codespace'].flatMap((name) => given.options.get(name) ?? [])),
    found: /^([a-z]+-[a-z]+(?:-[a-z]+)*-[a-z0-9]{8,32})$/gm,
    id: NAME,
    check: ['gh', 'codespace', 'view', '-c', '{}'],
    list: ['gh', 'codespace', 'list'],
    finish: ['gh', 'codespace', 'stop', '-c', '{}'],
    source: 'https://cli.github.com/manual/gh_codespace_create',
  },
]
