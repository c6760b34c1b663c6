import type { Given, Service } from './service.ts'

const has =
  (...names: readonly string[]) =>
  ({ options }: Given): boolean =>
    names.some((name) => options.has(name))
const NUMBER = /^\d{1,20}$/
/** Names as clouds take them: no blank, nothing that a shell reads, no dash in front. */
const NAME = /^[A-Za-z0-9][\w.-]{0,127}$/
const ARN_OR_NAME = /^[A-Za-z0-9][\w.:/-]{0,300}$/
const POD = /^[a-z0-9]{8,32}$/

const AWS = { provider: 'AWS', programs: ['aws'], carried: ['--region', '--profile'] } as const
const AWS_VALUED = ['--region', '--profile', '--output', '--endpoint-url', '--query', '--color', '--cli-input-json']
const GCLOUD_VALUED = ['--zone', '--region', '--project', '--format', '--configuration', '--account', '--machine-type', '--image', '--image-family', '--image-project', '--accelerator', '--accelerator-type', '--version', '--runtime-version', '--boot-disk-size', '--metadata', '--metadata-from-file', '--num-nodes', '--node-id', '--maintenance-policy', '--provisioning-model', '--network', '--subnet', '--tags', '--labels', '--scopes', '--service-account', '--cluster-version', '--source'] // prettier-ignore
const AZURE_VALUED = ['--name', '-n', '--resource-group', '-g', '--image', '--size', '--ids', '--location', '-l', '--subscription', '--output', '-o', '--query', '--admin-username', '--count', '--node-count', '--cpu', '--memory'] // prettier-ignore
const KUBECTL_VALUED = ['-n', '--namespace', '--context', '--kubeconfig', '--cluster', '-f', '--filename', '-k', '--kustomize', '-l', '--selector', '-o', '--output', '--image', '--replicas', '--port', '--env', '--overrides', '--restart', '--timeout', '--grace-period'] // prettier-ignore
const HELM_VALUED = ['-n', '--namespace', '--kube-context', '--kubeconfig', '-f', '--values', '--set', '--set-string', '--version', '--repo', '--timeout'] // prettier-ignore
const DOCKER_VALUED = ['--name', '-p', '--publish', '-v', '--volume', '-e', '--env', '--env-file', '--network', '--net', '-u', '--user', '-w', '--workdir', '-m', '--memory', '--cpus', '-l', '--label', '--restart', '--entrypoint', '--gpus', '--mount', '--shm-size', '--platform', '-h', '--hostname', '--ulimit', '--add-host', '--ipc', '--runtime', '--device', '--cap-add', '--tmpfs', '--pull', '--health-cmd', '--link', '-a', '--attach', '-c', '--cpu-shares', '--cpuset-cpus', '--dns', '--expose', '--ip', '--log-driver', '--log-opt', '--security-opt', '--stop-signal', '--stop-timeout', '--volumes-from', '--pids-limit', '--userns', '--uts', '--pid', '--cgroupns', '--memory-swap'] // prettier-ignore
const FLY_VALUED = ['-a', '--app', '-c', '--config', '-t', '--access-token', '-r', '--region', '-n', '--name', '-i', '--image', '--dockerfile', '-e', '--env', '-o', '--org', '--vm-size', '--vm-memory', '--vm-gpu-kind', '--strategy', '-p', '--port', '-v', '--volume'] // prettier-ignore

const known = (words: readonly (string | null | undefined)[]): readonly string[] =>
  words.filter((word) => word !== null && word !== undefined)
const valuesOf = ({ options }: Given, ...names: readonly string[]): readonly (string | null)[] =>
  names.flatMap((name) => options.get(name) ?? [])

/** Deleting a resource group deletes what is in it. */
function groupOf(given: Given): readonly string[] {
  return known(valuesOf(given, '--resource-group', '-g')).map((name) => `group ${name}`)
}
function azureEnd(given: Given): readonly (string | null)[] {
  const names = valuesOf(given, '--name', '-n')
  return given.subcommand === 'group delete'
    ? [...names, ...valuesOf(given, '--resource-group', '-g')].map((name) => (name === null ? null : `group ${name}`))
    : names
}

type Told = Pick<Service, 'what' | 'program' | 'start' | 'restart' | 'end' | 'source'>

/** What one option names, at AWS: `describe-…`, `list-…` and what ends it take the same one. */
function atAws(
  service: string,
  option: string,
  verbs: { readonly check: string; readonly list: readonly string[]; readonly finish: string },
  more: Told & Pick<Service, 'valued'>,
): Service {
  const one = (verb: string): readonly string[] => ['aws', service, verb, option, '{}', '{+}']
  return {
    ...AWS,
    named: [option],
    endNamed: [option],
    id: NAME,
    check: one(verbs.check),
    list: ['aws', service, ...verbs.list, '{+}'],
    finish: one(verbs.finish),
    ...more,
    valued: [...AWS_VALUED, option, ...more.valued],
  }
}

/** A group of commands of gcloud: all of them have the same verbs. */
function atGoogle(group: string, more: Told): Service {
  const words = ['gcloud', ...group.split(' ')]
  return {
    provider: 'Google Cloud',
    programs: ['gcloud'],
    carried: ['--zone', '--region', '--project'],
    valued: GCLOUD_VALUED,
    named: ['*'],
    endNamed: ['*'],
    id: NAME,
    check: [...words, 'describe', '{}', '{+}'],
    list: [...words, 'list', '{+}'],
    finish: [...words, 'delete', '{}', '{+}'],
    ...more,
  }
}

/** A group of commands of az: a thing has a name within a resource group. `details` are options that show more of it. */
function atAzure(group: string, details: readonly string[], more: Told): Service {
  return {
    provider: 'Azure',
    programs: ['az'],
    carried: ['--resource-group', '-g'],
    required: ['--resource-group', '-g'],
    valued: AZURE_VALUED,
    named: ['--name', '-n'],
    endNamed: ['--name', '-n'],
    id: NAME,
    alsoKnown: groupOf,
    endedBy: azureEnd,
    check: ['az', group, 'show', ...details, '--name', '{}', '{+}'],
    list: ['az', group, 'list', ...details],
    finish: ['az', group, 'delete', '--name', '{}', '{+}'],
    ...more,
  }
}

/** The short names of what runs. */
const KUBERNETES: ReadonlyMap<string, string> = new Map([
  ...['po', 'pod', 'pods'].map((name) => [name, 'pod'] as const),
  ...['deploy', 'deployment', 'deployments', 'deployment.apps'].map((name) => [name, 'deployment.apps'] as const),
  ...['sts', 'statefulset', 'statefulsets', 'statefulset.apps'].map((name) => [name, 'statefulset.apps'] as const),
  ...['ds', 'daemonset', 'daemonsets', 'daemonset.apps'].map((name) => [name, 'daemonset.apps'] as const),
  ...['rs', 'replicaset', 'replicasets', 'replicaset.apps'].map((name) => [name, 'replicaset.apps'] as const),
  ...['job', 'jobs', 'job.batch'].map((name) => [name, 'job.batch'] as const),
  ...['cj', 'cronjob', 'cronjobs', 'cronjob.batch'].map((name) => [name, 'cronjob.batch'] as const),
  ...['svc', 'service', 'services'].map((name) => [name, 'service'] as const),
])
function manifestsOf(given: Given): readonly string[] {
  return known(valuesOf(given, '-f', '--filename', '-k', '--kustomize')).map((file) => `file ${file}`)
}
function fullName(kind: string, name: string): string {
  return `${KUBERNETES.get(kind) ?? kind}/${name}`
}
function objectIn(word: string | null | undefined): readonly (string | null)[] {
  const [type, name] = word?.split('/') ?? []
  return type === undefined || name === undefined ? [null] : [fullName(type, name)]
}
/** `deployment web`, `deploy/web`, `-f web.yaml`, `all --all`, a whole namespace. */
function kubectlEnd(given: Given): readonly (string | null)[] | 'all' {
  const [kind, ...names] = given.words
  if (kind === 'namespace' || kind === 'ns' || kind === 'namespaces' || (kind === 'all' && given.options.has('--all'))) return 'all'
  const files = manifestsOf(given)
  if (kind === undefined) return files
  if (kind?.includes('/') === true) return [...files, ...given.words.flatMap(objectIn)]
  return [...files, ...names.map((name) => (name === null || kind === null ? null : fullName(kind, name)))]
}

/** A container in the background: `-d`, alone or among other letters, before the image. */
const isDetached = ({ options }: Given): boolean =>
  [...options.keys()].some((name) => name === '--detach' || /^-[a-zA-Z]{0,4}d[a-zA-Z]{0,4}$/.test(name))

/**
 * What is known of providers. Each line names the documentation of its commands; those of EC2, ECS, EKS, RDS, Azure, GCE, Docker, Kubernetes,
 * Helm, Terraform, tmux and screen were not looked up there. Identifiers in results are those that the programs print. What stops an instance without deleting it counts as an end where the provider stops to bill for computing then
 * (its storage may go on); where it goes on (DigitalOcean, Hetzner, `az vm stop`) it does not.
 */
export const SERVICES: readonly Service[] = [
  {
    provider: 'vast.ai',
    what: 'GPU instance',
    program: 'vastai',
    programs: ['vastai', 'vast.py'],
    start: ['create instance', 'launch instance'],
    restart: ['start instance', 'start instances'],
    end: ['destroy instance', 'destroy instances', 'stop instance', 'stop instances'],
    valued: [
      '--image',
      '--disk',
      '--label',
      '--env',
      '--onstart',
      '--onstart-cmd',
      '--bid_price',
      '--price',
      '--template_hash',
      '--login',
      '--api-key',
      '-g',
      '--gpu-name',
      '-n',
      '--num-gpus',
      '-i',
      '-r',
      '--region',
      '-d',
    ],
    // `create instance 123` names the offer, not what it becomes: only the result does.
    named: [],
    endNamed: ['*'],
    found: /['"]new_contract['"]:\s*(\d{1,20})\b/g,
    id: NUMBER,
    rate: /['"]dph_total['"]:\s*([\d.]{1,12})/,
    check: ['vastai', 'show', 'instance', '{}'],
    list: ['vastai', 'show', 'instances'],
    finish: ['vastai', 'destroy', 'instance', '{}'],
    source: 'https://docs.vast.ai/cli/hello-world',
  },
  {
    provider: 'RunPod',
    what: 'pod',
    program: 'runpodctl',
    programs: ['runpodctl'],
    start: ['create pod', 'create pods', 'pod create'],
    restart: ['start pod', 'pod start'],
    end: ['remove pod', 'remove pods', 'pod delete', 'pod remove', 'stop pod', 'pod stop'],
    valued: [
      '--name',
      '--gpuType',
      '--gpu-id',
      '--imageName',
      '--image',
      '--gpuCount',
      '--gpu-count',
      '--containerDiskSize',
      '--volumeSize',
      '--volumePath',
      '--mem',
      '--vcpu',
      '--ports',
      '--env',
      '--args',
      '--templateId',
      '--template-id',
      '--networkVolumeId',
      '--cost',
      '--podCount',
    ],
    named: [],
    endNamed: [''],
    found: /(?:pod "|"id":\s*")([a-z0-9]{8,32})"/g,
    id: POD,
    rate: /created for \$([\d.]{1,12}) \/ hr/,
    check: ['runpodctl', 'get', 'pod', '{}'],
    list: ['runpodctl', 'get', 'pod'],
    finish: ['runpodctl', 'remove', 'pod', '{}'],
    source: 'https://docs.runpod.io/runpodctl/reference/runpodctl_create_pod, https://docs.runpod.io/runpodctl/reference/runpodctl-pod',
  },
  {
    ...AWS,
    what: 'EC2 instance',
    program: 'ec2',
    start: ['ec2 run-instances'],
    restart: ['ec2 start-instances'],
    end: ['ec2 terminate-instances', 'ec2 stop-instances'],
    valued: [
      ...AWS_VALUED,
      '--instance-ids',
      '--image-id',
      '--instance-type',
      '--count',
      '--key-name',
      '--security-group-ids',
      '--subnet-id',
      '--user-data',
      '--tag-specifications',
    ],
    named: [],
    endNamed: ['--instance-ids'],
    found: /"InstanceId":\s*"(i-[0-9a-f]{8,17})"|^\s*(i-[0-9a-f]{8,17})\s*$/gm,
    id: /^i-[0-9a-f]{8,17}$/,
    check: ['aws', 'ec2', 'describe-instances', '--instance-ids', '{}', '{+}'],
    list: ['aws', 'ec2', 'describe-instances', '{+}'],
    finish: ['aws', 'ec2', 'terminate-instances', '--instance-ids', '{}', '{+}'],
    source: 'https://docs.aws.amazon.com/cli/latest/reference/ec2/run-instances.html',
  },
  {
    ...AWS,
    what: 'ECS task',
    program: 'ecs',
    start: ['ecs run-task', 'ecs start-task'],
    end: ['ecs stop-task'],
    carried: [...AWS.carried, '--cluster'],
    valued: [
      ...AWS_VALUED,
      '--cluster',
      '--task',
      '--task-definition',
      '--launch-type',
      '--count',
      '--network-configuration',
      '--overrides',
      '--reason',
    ],
    named: [],
    endNamed: ['--task'],
    found: /"taskArn":\s*"(arn:aws[\w-]*:ecs:[\w:/-]{1,200})"/g,
    id: ARN_OR_NAME,
    check: ['aws', 'ecs', 'describe-tasks', '--tasks', '{}', '{+}'],
    list: ['aws', 'ecs', 'list-tasks', '{+}'],
    finish: ['aws', 'ecs', 'stop-task', '--task', '{}', '{+}'],
    source: 'https://docs.aws.amazon.com/cli/latest/reference/ecs/run-task.html',
  },
  atAws(
    'sagemaker',
    '--endpoint-name',
    { check: 'describe-endpoint', list: ['list-endpoints'], finish: 'delete-endpoint' },
    {
      what: 'SageMaker endpoint',
      program: 'sagemaker endpoint',
      start: ['sagemaker create-endpoint'],
      end: ['sagemaker delete-endpoint'],
      valued: ['--endpoint-config-name', '--tags'],
      source: 'https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-delete-resources.html',
    },
  ),
  atAws(
    'sagemaker',
    '--training-job-name',
    { check: 'describe-training-job', list: ['list-training-jobs', '--status-equals', 'InProgress'], finish: 'stop-training-job' },
    {
      what: 'SageMaker training job',
      program: 'sagemaker job',
      start: ['sagemaker create-training-job'],
      end: ['sagemaker stop-training-job'],
      valued: [
        '--role-arn',
        '--algorithm-specification',
        '--resource-config',
        '--output-data-config',
        '--stopping-condition',
        '--input-data-config',
        '--hyper-parameters',
      ],
      source: 'https://docs.aws.amazon.com/cli/latest/reference/sagemaker/create-training-job.html',
    },
  ),
  atAws(
    'sagemaker',
    '--notebook-instance-name',
    { check: 'describe-notebook-instance', list: ['list-notebook-instances'], finish: 'stop-notebook-instance' },
    {
      what: 'SageMaker notebook',
      program: 'sagemaker notebook',
      start: ['sagemaker create-notebook-instance'],
      restart: ['sagemaker start-notebook-instance'],
      end: ['sagemaker stop-notebook-instance', 'sagemaker delete-notebook-instance'],
      valued: ['--instance-type', '--role-arn'],
      source: 'https://docs.aws.amazon.com/cli/v1/reference/sagemaker/delete-notebook-instance.html',
    },
  ),
  atAws(
    'eks',
    '--name',
    { check: 'describe-cluster', list: ['list-clusters'], finish: 'delete-cluster' },
    {
      what: 'EKS cluster',
      program: 'eks',
      start: ['eks create-cluster'],
      end: ['eks delete-cluster'],
      valued: ['--role-arn', '--resources-vpc-config'],
      source: 'https://docs.aws.amazon.com/cli/latest/reference/eks/create-cluster.html',
    },
  ),
  {
    ...AWS,
    what: 'RDS database',
    program: 'rds',
    start: ['rds create-db-instance'],
    restart: ['rds start-db-instance'],
    end: ['rds delete-db-instance', 'rds stop-db-instance'],
    valued: [
      ...AWS_VALUED,
      '--db-instance-identifier',
      '--db-instance-class',
      '--engine',
      '--master-username',
      '--master-user-password',
      '--allocated-storage',
      '--final-db-snapshot-identifier',
    ],
    named: ['--db-instance-identifier'],
    endNamed: ['--db-instance-identifier'],
    id: /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
    check: ['aws', 'rds', 'describe-db-instances', '--db-instance-identifier', '{}', '{+}'],
    list: ['aws', 'rds', 'describe-db-instances', '{+}'],
    finish: ['aws', 'rds', 'delete-db-instance', '--db-instance-identifier', '{}', '--final-db-snapshot-identifier', '{}-final', '{+}'],
    source: 'https://docs.aws.amazon.com/cli/latest/reference/rds/delete-db-instance.html',
  },
  {
    ...AWS,
    what: 'EKS cluster',
    program: 'eks',
    programs: ['eksctl'],
    start: ['create cluster'],
    end: ['delete cluster'],
    valued: ['--name', '-n', '--region', '-r', '--profile', '--nodes', '-N', '--node-type', '-t', '--version', '-f', '--config-file'],
    named: ['--name', '-n', ''],
    endNamed: ['--name', '-n', ''],
    id: NAME,
    check: ['eksctl', 'get', 'cluster', '--name', '{}', '{+}'],
    list: ['eksctl', 'get', 'cluster', '{+}'],
    finish: ['eksctl', 'delete', 'cluster', '--name', '{}', '{+}'],
    source: 'https://docs.aws.amazon.com/eks/latest/eksctl/creating-and-managing-clusters.html',
  },
  atGoogle('compute instances', {
    what: 'VM',
    program: 'instances',
    start: ['compute instances create', 'beta compute instances create', 'alpha compute instances create'],
    restart: ['compute instances start'],
    end: ['compute instances delete', 'compute instances stop'],
    source: 'https://cloud.google.com/sdk/gcloud/reference/compute/instances/create',
  }),
  atGoogle('compute tpus tpu-vm', {
    what: 'TPU',
    program: 'tpu-vm',
    start: ['compute tpus tpu-vm create', 'alpha compute tpus tpu-vm create'],
    restart: ['compute tpus tpu-vm start'],
    end: ['compute tpus tpu-vm delete', 'alpha compute tpus tpu-vm delete', 'compute tpus tpu-vm stop'],
    source: 'https://cloud.google.com/sdk/gcloud/reference/compute/tpus',
  }),
  atGoogle('compute tpus queued-resources', {
    what: 'queued TPU',
    program: 'queued-resources',
    start: ['compute tpus queued-resources create', 'alpha compute tpus queued-resources create'],
    end: ['compute tpus queued-resources delete', 'alpha compute tpus queued-resources delete'],
    source: 'https://cloud.google.com/sdk/gcloud/reference/compute/tpus/queued-resources/delete',
  }),
  atGoogle('container clusters', {
    what: 'GKE cluster',
    program: 'clusters',
    start: ['container clusters create', 'container clusters create-auto'],
    end: ['container clusters delete'],
    source: 'https://cloud.google.com/sdk/gcloud/reference/container/clusters/create',
  }),
  atAzure('vm', ['--show-details'], {
    what: 'VM',
    program: 'vm',
    start: ['vm create'],
    restart: ['vm start'],
    end: ['vm delete', 'vm deallocate', 'group delete'],
    source: 'https://learn.microsoft.com/cli/azure/vm',
  }),
  atAzure('aks', [], {
    what: 'AKS cluster',
    program: 'aks',
    start: ['aks create'],
    restart: ['aks start'],
    end: ['aks delete', 'aks stop', 'group delete'],
    source: 'https://learn.microsoft.com/cli/azure/aks',
  }),
  {
    provider: 'Hetzner',
    what: 'server',
    program: 'hcloud',
    programs: ['hcloud'],
    start: ['server create'],
    end: ['server delete'],
    valued: [
      '--name',
      '--type',
      '--image',
      '--location',
      '--datacenter',
      '--ssh-key',
      '--label',
      '--user-data-from-file',
      '--volume',
      '--network',
      '--firewall',
      '--context',
      '--config',
      '-o',
      '--output',
      '--placement-group',
      '--primary-ipv4',
      '--primary-ipv6',
    ],
    named: ['--name'],
    endNamed: ['*'],
    found: /^Server (\d{1,20}) created$/gm,
    id: NAME,
    check: ['hcloud', 'server', 'describe', '{}'],
    list: ['hcloud', 'server', 'list'],
    finish: ['hcloud', 'server', 'delete', '{}'],
    source: 'https://github.com/hetznercloud/cli/blob/main/docs/reference/manual/hcloud_server_create.md',
  },
  {
    provider: 'DigitalOcean',
    what: 'Droplet',
    program: 'doctl',
    programs: ['doctl'],
    start: ['compute droplet create', 'compute d create', 'compute droplet c'],
    end: ['compute droplet delete', 'compute droplet rm', 'compute droplet d', 'compute droplet del', 'compute d delete', 'compute d rm'],
    valued: [
      '--size',
      '--image',
      '--region',
      '--ssh-keys',
      '--tag-name',
      '--tag-names',
      '--user-data',
      '--user-data-file',
      '--vpc-uuid',
      '--volumes',
      '--format',
      '--context',
      '-t',
      '--access-token',
      '-c',
      '--config',
      '-o',
      '--output',
      '--project-id',
    ],
    named: ['*'],
    endNamed: ['*'],
    id: NAME,
    check: ['doctl', 'compute', 'droplet', 'get', '{}'],
    list: ['doctl', 'compute', 'droplet', 'list'],
    finish: ['doctl', 'compute', 'droplet', 'delete', '{}'],
    source: 'https://docs.digitalocean.com/reference/doctl/reference/compute/droplet/delete/',
  },
  {
    provider: 'Fly',
    what: 'Machine',
    program: 'machine',
    programs: ['fly', 'flyctl'],
    start: ['machine run', 'machines run', 'm run', 'machine clone'],
    restart: ['machine start', 'machines start'],
    end: [
      'machine destroy',
      'machine stop',
      'machine kill',
      'machine remove',
      'machine rm',
      'machines destroy',
      'machines stop',
      'm destroy',
      'm stop',
    ],
    starts: ({ options }) => !options.has('--rm'),
    valued: FLY_VALUED,
    named: [],
    endNamed: ['*'],
    carried: ['--app', '-a'],
    found: /\bMachine ID: ([0-9a-f]{10,20})\b/g,
    id: /^[0-9a-f]{10,20}$/,
    check: ['fly', 'machine', 'status', '{}', '{+}'],
    list: ['fly', 'machine', 'list', '{+}'],
    finish: ['fly', 'machine', 'destroy', '{}', '{+}'],
    source: 'https://fly.io/docs/flyctl/machine-run/',
  },
  {
    provider: 'Fly',
    what: 'app',
    program: 'app',
    programs: ['fly', 'flyctl'],
    start: ['deploy', 'launch'],
    end: ['apps destroy', 'app destroy', 'destroy', 'apps suspend'],
    starts: ({ options }) => !options.has('--build-only') && !options.has('--no-deploy'),
    valued: FLY_VALUED,
    named: ['--app', '-a', '--name', '-n'],
    endNamed: ['', '--app', '-a'],
    found: /\bhttps:\/\/([a-z0-9-]{1,63})\.fly\.dev\b/g,
    id: /^[a-z0-9][a-z0-9-]{0,62}$/,
    check: ['fly', 'status', '--app', '{}'],
    list: ['fly', 'apps', 'list'],
    finish: ['fly', 'apps', 'destroy', '{}'],
    source: 'https://fly.io/docs/flyctl/apps-destroy/',
  },
  {
    provider: 'Modal',
    what: 'app',
    program: 'modal',
    programs: ['modal'],
    start: ['deploy', 'app deploy'],
    end: ['app stop'],
    valued: ['--name', '-e', '--env', '--tag', '--strategy', '-m'],
    named: ['--name'],
    endNamed: [''],
    found: /\bhttps:\/\/modal\.com\/(?:apps\/)?[\w-]+\/[\w-]+\/(?:deployed\/([\w.-]{1,64})|(ap-[A-Za-z0-9]{10,30}))/g,
    id: NAME,
    carried: ['--env', '-e'],
    check: ['modal', 'app', 'history', '{}', '{+}'],
    list: ['modal', 'app', 'list', '{+}'],
    finish: ['modal', 'app', 'stop', '{}', '{+}'],
    source: 'https://modal.com/docs/cli/latest/app',
  },
  {
    provider: 'Modal',
    what: 'detached run',
    program: 'modal',
    programs: ['modal'],
    start: ['run'],
    end: ['app stop'],
    starts: has('--detach', '-d'),
    valued: ['-e', '--env', '-w', '-m'],
    named: [],
    endNamed: [''],
    found: /\b(ap-[A-Za-z0-9]{10,30})\b/g,
    id: /^ap-[A-Za-z0-9]{10,30}$/,
    carried: ['--env', '-e'],
    check: ['modal', 'app', 'list', '{+}'],
    list: ['modal', 'app', 'list', '{+}'],
    finish: ['modal', 'app', 'stop', '{}', '{+}'],
    source: 'https://modal.com/docs/cli/latest/app',
  },
  {
    // Only what runs is claimed, and only where the result says that it was new.
    provider: 'Kubernetes',
    what: 'workload',
    program: 'kubectl',
    programs: ['kubectl', 'oc'],
    start: ['apply', 'create', 'run', 'expose'],
    end: ['delete'],
    starts: ({ options }) => !options.has('--rm'),
    onlyFound: true,
    valued: KUBECTL_VALUED,
    named: [],
    endNamed: [],
    alsoKnown: manifestsOf,
    endedBy: kubectlEnd,
    carried: ['--namespace', '-n', '--context'],
    found:
      /^((?:pod|deployment\.apps|statefulset\.apps|daemonset\.apps|replicaset\.apps|job\.batch|cronjob\.batch|service)\/[a-z0-9][a-z0-9.-]{0,252}) (?:created|exposed)$/gm,
    id: /^[a-z][a-z.]{0,40}\/[a-z0-9][a-z0-9.-]{0,252}$/,
    check: ['kubectl', 'get', '{}', '{+}'],
    list: ['kubectl', 'get', 'all', '{+}'],
    finish: ['kubectl', 'delete', '{}', '{+}'],
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_delete/',
  },
  {
    provider: 'Kubernetes',
    what: 'Helm release',
    program: 'helm',
    programs: ['helm'],
    start: ['install', 'upgrade'],
    end: ['uninstall', 'delete', 'del', 'un'],
    starts: ({ subcommand, options }) => subcommand === 'install' || options.has('--install') || options.has('-i'),
    found: /^NAME: ([a-z0-9][a-z0-9.-]{0,52})$/gm,
    unlessSaid: /^Release "[^"]{0,60}" has been upgraded/m,
    valued: HELM_VALUED,
    named: [''],
    endNamed: ['*'],
    carried: ['--namespace', '-n', '--kube-context'],
    id: /^[a-z0-9][a-z0-9.-]{0,52}$/,
    check: ['helm', 'status', '{}', '{+}'],
    list: ['helm', 'list', '{+}'],
    finish: ['helm', 'uninstall', '{}', '{+}'],
    source: 'https://helm.sh/docs/helm/helm_uninstall/',
  },
  {
    provider: 'Docker',
    what: 'container',
    program: 'docker',
    programs: ['docker', 'podman'],
    start: ['run', 'container run'],
    restart: ['start', 'container start'],
    end: ['stop', 'rm', 'kill', 'container stop', 'container rm', 'container kill'],
    endsAll: (line) => /\bps\s+(?:-[a-z]*q|--quiet)/.test(line),
    starts: isDetached,
    valued: DOCKER_VALUED,
    endValued: ['-t', '--time', '--timeout', '-s', '--signal'],
    optionsFirst: true,
    named: ['--name'],
    endNamed: ['*'],
    found: /^([0-9a-f]{64})$/gm,
    id: NAME,
    check: ['docker', 'inspect', '--format', '{{.Name}} {{.State.Status}} {{.State.StartedAt}}', '{}'],
    list: ['docker', 'ps'],
    finish: ['docker', 'stop', '{}'],
    source: 'https://docs.docker.com/reference/cli/docker/container/run/',
  },
  {
    provider: 'tmux',
    what: 'session in the background',
    program: 'tmux',
    programs: ['tmux'],
    start: ['new-session', 'new'],
    end: ['kill-session'],
    endAll: ['kill-server'],
    starts: ({ options }) => [...options.keys()].some((name) => /^-[A-Z]{0,2}d[s]?$/.test(name)),
    valued: ['-s', '-ds', '-n', '-c', '-t', '-x', '-y', '-e', '-F', '-L', '-S', '-f'],
    optionsFirst: true,
    named: ['-s', '-ds'],
    endNamed: ['-t'],
    id: /^[A-Za-z0-9][\w-]{0,63}$/,
    check: ['tmux', 'has-session', '-t', '={}'],
    list: ['tmux', 'list-sessions'],
    finish: ['tmux', 'kill-session', '-t', '={}'],
    source: 'https://man.openbsd.org/tmux.1',
  },
  {
    provider: 'screen',
    what: 'session in the background',
    program: 'screen',
    programs: ['screen'],
    start: [''],
    end: [''],
    starts: ({ options }) => [...options.keys()].some((name) => name.startsWith('-dm')),
    ends: ({ options, words }) => options.has('-X') && words.includes('quit'),
    valued: ['-dmS', '-S', '-t', '-c', '-h', '-s', '-T', '-p'],
    named: ['-dmS', '-S'],
    endNamed: ['-S'],
    id: /^[A-Za-z0-9][\w.-]{0,63}$/,
    check: ['screen', '-ls', '{}'],
    list: ['screen', '-ls'],
    finish: ['screen', '-S', '{}', '-X', 'quit'],
    source: 'https://www.gnu.org/software/screen/manual/screen.html',
  },
]
