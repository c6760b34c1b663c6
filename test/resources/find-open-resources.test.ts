import { describe, expect, it } from 'vitest'
import { MAY_RENT } from '../../src/facts/shell-command.ts'
import { findOpenResources } from '../../src/resources/find-open-resources.ts'
import { SERVICES } from '../../src/resources/services.ts'
import { type Call, CWD, openAfter, renting } from './session.ts'

const HEX = '3f2a1b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708'
const LAMBDA = 'https://cloud.lambda.ai/api/v1/instance-operations'

interface Known {
  readonly start: string
  readonly says?: string
  readonly id: string | null
  readonly check: string
  readonly end: string | null
  readonly ends: readonly (string | Call)[]
  /** Ends of something else. */
  readonly others?: readonly string[]
}

const TABLE: Readonly<Record<string, Known>> = {
  'vast.ai': {
    start: 'vastai create instance 6995713 --image pytorch/pytorch --disk 40 --ssh',
    says: "Started. {'success': True, 'new_contract': 28713341}",
    id: '28713341',
    check: 'vastai show instance 28713341',
    end: 'vastai destroy instance 28713341',
    ends: [
      'vastai destroy instance 28713341',
      'echo y | vastai destroy instance 28713341 --raw',
      'vastai stop instance 28713341',
      'for i in 28713341 5; do vastai destroy instance $i -y; done',
    ],
    others: ['vastai destroy instance 6995713', 'vastai show instance 28713341', 'vastai destroy instance --help'],
  },
  RunPod: {
    start: "runpodctl create pod --name t --gpuType 'NVIDIA A40' --imageName runpod/pytorch",
    says: 'pod "k3v9q2xdab12cd" created for $0.440 / hr',
    id: 'k3v9q2xdab12cd',
    check: 'runpodctl get pod k3v9q2xdab12cd',
    end: 'runpodctl remove pod k3v9q2xdab12cd',
    ends: ['runpodctl remove pod k3v9q2xdab12cd', 'runpodctl stop pod k3v9q2xdab12cd', 'runpodctl pod delete k3v9q2xdab12cd'],
    others: ['runpodctl remove pod otherpod1234'],
  },
  'RunPod, new words': {
    start: 'runpodctl pod create --name t --gpu-id "NVIDIA A40" --image x',
    says: '{"id": "k3v9q2xdab12cd", "name": "t"}',
    id: 'k3v9q2xdab12cd',
    check: 'runpodctl get pod k3v9q2xdab12cd',
    end: 'runpodctl remove pod k3v9q2xdab12cd',
    ends: ['runpodctl pod delete k3v9q2xdab12cd'],
  },
  'Lambda Cloud': {
    start: `curl -u "$KEY:" -X POST ${LAMBDA}/launch -d @launch.json`,
    says: '{"data": {"instance_ids": ["0920582c7ff041399e34823a0be62549"]}}',
    id: '0920582c7ff041399e34823a0be62549',
    check:
      'sh -c curl --fail --silent --show-error --user "$LAMBDA_API_KEY:" "https://cloud.lambda.ai/api/v1/$1" sh instances/0920582c7ff041399e34823a0be62549',
    end: `sh -c curl --fail --silent --show-error --user "$LAMBDA_API_KEY:" --json "{\\"instance_ids\\": [\\"$1\\"]}" ${LAMBDA}/terminate sh 0920582c7ff041399e34823a0be62549`,
    ends: [
      `curl -u k: ${LAMBDA}/terminate -d '{"instance_ids": ["0920582c7ff041399e34823a0be62549"]}'`,
      `curl ${LAMBDA}/terminate -d "$BODY"`,
    ],
    others: [`curl ${LAMBDA}/terminate -d '{"instance_ids": ["1920582c7ff041399e34823a0be62549"]}'`],
  },
  EC2: {
    start: 'aws --region eu-west-1 ec2 run-instances --image-id ami-1 --instance-type p4d.24xlarge --count 1',
    says: '{"Instances": [{"InstanceId": "i-0abc1234def567890"}]}',
    id: 'i-0abc1234def567890',
    check: 'aws ec2 describe-instances --instance-ids i-0abc1234def567890 --region=eu-west-1',
    end: 'aws ec2 terminate-instances --instance-ids i-0abc1234def567890 --region=eu-west-1',
    ends: [
      'aws ec2 terminate-instances --instance-ids i-0abc1234def567890',
      'aws ec2 stop-instances --instance-ids i-1 i-0abc1234def567890 --region eu-west-1',
    ],
    others: [
      'aws ec2 terminate-instances --instance-ids i-0abc1234def567891',
      'aws ec2 terminate-instances --dry-run --instance-ids i-0abc1234def567890',
    ],
  },
  ECS: {
    start: 'aws ecs run-task --cluster batch --task-definition train:3',
    says: '{"tasks": [{"taskArn": "arn:aws:ecs:us-east-1:123456789012:task/batch/0d1e2f3a4b5c"}]}',
    id: 'arn:aws:ecs:us-east-1:123456789012:task/batch/0d1e2f3a4b5c',
    check: 'aws ecs describe-tasks --tasks arn:aws:ecs:us-east-1:123456789012:task/batch/0d1e2f3a4b5c --cluster=batch',
    end: 'aws ecs stop-task --task arn:aws:ecs:us-east-1:123456789012:task/batch/0d1e2f3a4b5c --cluster=batch',
    ends: ['aws ecs stop-task --cluster batch --task arn:aws:ecs:us-east-1:123456789012:task/batch/0d1e2f3a4b5c'],
  },
  SageMaker: {
    start: 'aws sagemaker create-endpoint --endpoint-name demo --endpoint-config-name demo',
    id: 'demo',
    check: 'aws sagemaker describe-endpoint --endpoint-name demo',
    end: 'aws sagemaker delete-endpoint --endpoint-name demo',
    ends: ['aws sagemaker delete-endpoint --endpoint-name=demo'],
    others: [
      'aws sagemaker delete-endpoint-config --endpoint-config-name demo',
      'aws sagemaker stop-training-job --training-job-name demo',
    ],
  },
  'SageMaker job': {
    start: 'aws sagemaker create-training-job --training-job-name t1 --role-arn r',
    id: 't1',
    check: 'aws sagemaker describe-training-job --training-job-name t1',
    end: 'aws sagemaker stop-training-job --training-job-name t1',
    ends: ['aws sagemaker stop-training-job --training-job-name t1'],
  },
  'SageMaker notebook': {
    start: 'aws sagemaker create-notebook-instance --notebook-instance-name n1 --instance-type ml.p3.2xlarge --role-arn r',
    id: 'n1',
    check: 'aws sagemaker describe-notebook-instance --notebook-instance-name n1',
    end: 'aws sagemaker stop-notebook-instance --notebook-instance-name n1',
    ends: ['aws sagemaker stop-notebook-instance --notebook-instance-name n1'],
  },
  EKS: {
    start: 'aws eks create-cluster --name c1 --role-arn r --resources-vpc-config s',
    id: 'c1',
    check: 'aws eks describe-cluster --name c1',
    end: 'aws eks delete-cluster --name c1',
    ends: ['aws eks delete-cluster --name c1', 'eksctl delete cluster --name c1'],
  },
  eksctl: {
    start: 'eksctl create cluster --name c1 --region us-east-1 --nodes 3',
    id: 'c1',
    check: 'eksctl get cluster --name c1 --region=us-east-1',
    end: 'eksctl delete cluster --name c1 --region=us-east-1',
    ends: ['eksctl delete cluster c1', 'aws eks delete-cluster --name c1'],
  },
  RDS: {
    start: 'aws rds create-db-instance --db-instance-identifier shop-test --engine postgres --db-instance-class db.t3.micro',
    id: 'shop-test',
    check: 'aws rds describe-db-instances --db-instance-identifier shop-test',
    end: 'aws rds delete-db-instance --db-instance-identifier shop-test --final-db-snapshot-identifier shop-test-final',
    ends: ['aws rds delete-db-instance --db-instance-identifier shop-test --skip-final-snapshot'],
  },
  GCE: {
    start: 'gcloud --project shop compute instances create trainer --zone us-central1-a --machine-type a2-highgpu-1g',
    id: 'trainer',
    check: 'gcloud compute instances describe trainer --zone=us-central1-a --project=shop',
    end: 'gcloud compute instances delete trainer --zone=us-central1-a --project=shop',
    ends: ['gcloud compute instances delete trainer --zone us-central1-a --quiet', 'gcloud compute instances stop other trainer'],
    others: ['gcloud compute instances delete other -q', 'gcloud compute tpus tpu-vm delete trainer'],
  },
  TPU: {
    start: 'gcloud compute tpus tpu-vm create v4 --zone=us-central2-b --accelerator-type=v4-8 --version=tpu-ubuntu2204-base',
    id: 'v4',
    check: 'gcloud compute tpus tpu-vm describe v4 --zone=us-central2-b',
    end: 'gcloud compute tpus tpu-vm delete v4 --zone=us-central2-b',
    ends: ['gcloud compute tpus tpu-vm delete v4 --zone=us-central2-b --quiet', 'gcloud alpha compute tpus tpu-vm delete v4'],
  },
  'queued TPU': {
    start: 'gcloud compute tpus queued-resources create q1 --node-id n1 --zone us-central2-b --accelerator-type v4-8',
    id: 'q1',
    check: 'gcloud compute tpus queued-resources describe q1 --zone=us-central2-b',
    end: 'gcloud compute tpus queued-resources delete q1 --zone=us-central2-b',
    ends: ['gcloud compute tpus queued-resources delete q1 --zone us-central2-b --force'],
  },
  GKE: {
    start: 'gcloud container clusters create k1 --num-nodes 3 --region europe-west1',
    id: 'k1',
    check: 'gcloud container clusters describe k1 --region=europe-west1',
    end: 'gcloud container clusters delete k1 --region=europe-west1',
    ends: ['gcloud container clusters delete k1'],
  },
  'Azure VM': {
    start: 'az vm create -n box -g lab --image Ubuntu2204 --size Standard_NC6',
    id: 'box',
    check: 'az vm show --show-details --name box -g lab',
    end: 'az vm delete --name box -g lab',
    ends: ['az vm delete --name box --resource-group lab --yes', 'az vm deallocate -g lab -n box', 'az group delete --name lab --yes'],
    // A stopped VM goes on costing until it is deallocated.
    others: ['az vm stop -g lab -n box', 'az vm delete -n other -g lab', 'az group delete -n other'],
  },
  AKS: {
    start: 'az aks create --name k --resource-group lab --node-count 2',
    id: 'k',
    check: 'az aks show --name k --resource-group=lab',
    end: 'az aks delete --name k --resource-group=lab',
    ends: ['az aks delete -n k -g lab', 'az group delete -n lab'],
  },
  Hetzner: {
    start: 'hcloud server create --name slow --type cx22 --image debian-12',
    says: 'Server 58213077 created\nIPv4: 203.0.113.7',
    id: '58213077',
    check: 'hcloud server describe 58213077',
    end: 'hcloud server delete 58213077',
    ends: ['hcloud server delete slow', 'hcloud server delete 58213077'],
    others: ['hcloud server shutdown slow', 'hcloud server poweroff slow', 'hcloud server delete other'],
  },
  'Hetzner, quiet': {
    start: 'hcloud server create --name slow --type cx22 --image debian-12 >/dev/null',
    id: 'slow',
    check: 'hcloud server describe slow',
    end: 'hcloud server delete slow',
    ends: ['hcloud server delete slow'],
  },
  DigitalOcean: {
    start: 'doctl compute droplet create web --size s-1vcpu-1gb --image ubuntu-24-04-x64 --region fra1',
    id: 'web',
    check: 'doctl compute droplet get web',
    end: 'doctl compute droplet delete web',
    ends: ['doctl compute droplet delete web --force', 'doctl compute droplet rm -f web'],
    others: ['doctl compute droplet-action power-off 5', 'doctl compute droplet delete other'],
  },
  'Fly Machine': {
    start: 'fly machine run nginx --app shop --region fra',
    says: 'Success! A Machine has been successfully launched in app shop\n Machine ID: 148ed193b95948\n Instance ID: 01H',
    id: '148ed193b95948',
    check: 'fly machine status 148ed193b95948 --app=shop',
    end: 'fly machine destroy 148ed193b95948 --app=shop',
    ends: ['flyctl machine destroy --force 148ed193b95948', 'fly m stop 148ed193b95948'],
  },
  'Fly app': {
    start: 'fly deploy --remote-only',
    says: 'Visit your newly deployed app at https://shop-test.fly.dev/',
    id: 'shop-test',
    check: 'fly status --app shop-test',
    end: 'fly apps destroy shop-test',
    ends: ['fly apps destroy shop-test --yes', 'flyctl apps destroy -y shop-test'],
    others: ['fly machine destroy 148ed193b95948'],
  },
  Modal: {
    start: 'python -m modal deploy app.py --name trainer --env dev',
    id: 'trainer',
    check: 'modal app history trainer --env=dev',
    end: 'modal app stop trainer --env=dev',
    ends: ['modal app stop trainer -e dev', 'uv run modal app stop trainer -y'],
  },
  'Modal, detached': {
    start: 'modal run --detach train.py',
    says: 'View run at https://modal.com/apps/dev/main/ap-AbCdEfGhIjKlMnOpQrStUv',
    id: 'ap-AbCdEfGhIjKlMnOpQrStUv',
    check: 'modal app list',
    end: 'modal app stop ap-AbCdEfGhIjKlMnOpQrStUv',
    ends: ['modal app stop ap-AbCdEfGhIjKlMnOpQrStUv'],
  },
  Kubernetes: {
    start: 'kubectl -n lab apply -f train.yaml',
    says: 'configmap/x created\njob.batch/train created\nservice/y unchanged',
    id: 'job.batch/train',
    check: 'kubectl get job.batch/train -n lab',
    end: 'kubectl delete job.batch/train -n lab',
    ends: [
      'kubectl delete -f train.yaml',
      'kubectl -n lab delete job train',
      'kubectl delete jobs/train',
      'kubectl delete ns lab',
      'kubectl delete all --all',
    ],
    others: ['kubectl delete job other', 'kubectl delete -f other.yaml', 'kubectl delete pod train'],
  },
  'kubectl run': {
    start: 'kubectl run debug --image=busybox -- sleep infinity',
    says: 'pod/debug created',
    id: 'pod/debug',
    check: 'kubectl get pod/debug',
    end: 'kubectl delete pod/debug',
    ends: ['kubectl delete po debug'],
  },
  Helm: {
    start: 'helm upgrade --install shop ./chart -n lab',
    says: 'Release "shop" does not exist. Installing it now.\nNAME: shop\nSTATUS: deployed',
    id: 'shop',
    check: 'helm status shop -n lab',
    end: 'helm uninstall shop -n lab',
    ends: ['helm uninstall shop -n lab', 'helm delete shop'],
  },
  Terraform: {
    start: 'cd infra/gpu && terraform init && terraform apply -auto-approve',
    says: 'Apply complete! Resources: 4 added, 0 changed, 0 destroyed.',
    id: `${CWD}/infra/gpu`,
    check: `terraform -chdir=${CWD}/infra/gpu state list`,
    end: `terraform -chdir=${CWD}/infra/gpu destroy`,
    ends: ['terraform -chdir=infra/gpu destroy -auto-approve', 'cd infra/../infra/gpu; terraform apply -destroy -auto-approve'],
    others: [
      'terraform destroy -auto-approve',
      'terraform -chdir=infra/gpu destroy -target=a.b',
      'terraform -chdir=infra/gpu plan -destroy',
    ],
  },
  OpenTofu: {
    start: 'tofu apply -auto-approve',
    id: CWD,
    check: `tofu -chdir=${CWD} state list`,
    end: `tofu -chdir=${CWD} destroy`,
    ends: ['tofu destroy -auto-approve'],
  },
  Docker: {
    start: 'docker run --rm -dit -p 5432:5432 -e POSTGRES_PASSWORD=x --name pg postgres:16',
    says: `${HEX}\n`,
    id: HEX,
    check: `docker inspect --format {{.Name}} {{.State.Status}} {{.State.StartedAt}} ${HEX}`,
    end: `docker stop ${HEX}`,
    ends: [
      'docker rm -f pg',
      `docker stop -t 5 ${HEX.slice(0, 12)}`,
      'docker rm -f $(docker ps -aq)',
      'docker stop "$CID"',
      'docker ps -q | xargs docker kill',
    ],
    others: ['docker rm -f other', 'docker stop deadbeef0000'],
  },
  Compose: {
    start: 'docker compose -f deploy/compose.yaml up -d --build',
    id: `${CWD}/deploy/compose.yaml`,
    check: `docker compose --file ${CWD}/deploy/compose.yaml ps`,
    end: `docker compose --file ${CWD}/deploy/compose.yaml down`,
    ends: ['docker compose -f deploy/compose.yaml down -v', 'docker-compose -f ./deploy/compose.yaml down'],
    others: ['docker compose down', 'docker compose -f deploy/compose.yaml stop web'],
  },
  'docker-compose': {
    start: 'docker-compose up -d',
    id: CWD,
    check: `docker-compose --project-directory ${CWD} ps`,
    end: `docker-compose --project-directory ${CWD} down`,
    ends: ['docker-compose down', 'docker compose stop'],
  },
  tmux: {
    start: "tmux new-session -d -s train 'python train.py --help'",
    id: 'train',
    check: 'tmux has-session -t =train',
    end: 'tmux kill-session -t =train',
    ends: ['tmux kill-session -t train', 'tmux kill-server'],
    others: ['tmux kill-session -t other'],
  },
  screen: {
    start: 'screen -dmS train python train.py',
    id: 'train',
    check: 'screen -ls train',
    end: 'screen -S train -X quit',
    ends: ['screen -S train -X quit', 'screen -X -S train quit'],
    others: ['screen -S train -X stuff x'],
  },
  'a process': {
    start: 'nohup python train.py > log 2>&1 &\necho $!',
    says: '48213',
    id: '48213',
    check: 'ps -p 48213 -o pid,lstart,args',
    end: 'kill 48213',
    ends: ['kill -9 48213', 'pkill -f train.py', 'kill $(cat pid)'],
    others: ['kill -0 48213', 'kill 48214', 'pkill -f serve.py'],
  },
  'a process without a pid': {
    start: 'npm run dev &',
    id: null,
    check: 'ps -eo pid,lstart,args',
    end: null,
    ends: ['kill %1', 'kill 4711', 'pkill -f "npm run dev"'],
    others: ['pkill -f vite', 'killall node'],
  },
}

describe.each(Object.entries(TABLE))('%s', (_, { start, says = '', id, check, end, ends, others = [] }) => {
  const begin: Call = { run: start, says }

  it('is found, with what checks and what ends it', () => {
    expect(openAfter(begin)).toMatchObject([{ identifier: id, startedAt: Date.parse('2026-05-31T10:00:00Z'), answered: true }])
    const [rental] = openAfter(begin)
    expect([rental?.check?.join(' ') ?? null, rental?.end?.join(' ') ?? null]).toEqual([check, end])
  })

  it('passes the cheap test, and its ends too', () => {
    for (const line of [start, ...ends.map((each) => (typeof each === 'string' ? each : each.run))])
      expect([line, MAY_RENT.test(line)]).toEqual([line, true])
  })

  it.each(ends.map((each) => [typeof each === 'string' ? each : each.run, each] as const))('ends with %s', (_line, call) => {
    expect(openAfter(begin, call)).toEqual([])
    // Not when it failed, was not answered, came before, or is only spoken of.
    const line = typeof call === 'string' ? call : call.run
    expect(openAfter(begin, { run: line, fails: true })).toHaveLength(1)
    expect(openAfter(begin, { run: line, says: null })).toHaveLength(1)
    expect(openAfter(call, begin)).toHaveLength(1)
    expect(openAfter(begin, { run: `echo ${JSON.stringify(line).replaceAll('$', String.raw`\$`)}` })).toHaveLength(1)
    expect(openAfter(begin, { run: `false || { ${line}; }` })).toHaveLength(1)
  })

  it.each(others)('goes on after %s', (line) => expect(openAfter(begin, line)).toHaveLength(1))

  it('is not found where it is only spoken of, tried or refused', () => {
    const quoted = `'${start.replaceAll("'", "'\\''")}'`
    for (const line of [
      `echo ${quoted}`,
      `grep -rn ${quoted} docs`,
      `cat > run.sh <<'EOF'\n${start}\nEOF`,
      `# ${start.replaceAll('\n', ' ')}`,
      `git commit -m ${quoted}`,
    ]) {
      expect([line, openAfter({ run: line, says: '' })]).toEqual([line, []])
    }
    expect(openAfter({ run: start, fails: true, says: 'Permission to use Bash has been denied.' })).toEqual([])
  })

  it('is ended by another agent, in another session too where it is named', () => {
    const [last] = ends
    if (last === undefined) return
    const other = renting([last], { agentId: 'a2', from: 5 })
    expect(findOpenResources([renting([begin]), other])).toEqual([])
    expect(findOpenResources([other, renting([begin])])).toEqual([])
  })
})

it('the table has every service, and each names its source', () => {
  const provided = new Set(SERVICES.map(({ provider }) => provider))
  for (const provider of [
    'vast.ai',
    'RunPod',
    'AWS',
    'Google Cloud',
    'Azure',
    'Hetzner',
    'DigitalOcean',
    'Fly',
    'Modal',
    'Kubernetes',
    'Docker',
  ]) {
    expect(provided).toContain(provider)
  }
  for (const { source, check } of SERVICES) {
    expect(source).toMatch(/^https:\/\//)
    expect(check.join(' ')).not.toMatch(/delete|destroy|terminate|remove|stop|kill|create| rm /)
  }
})

it.each([
  ['--help', 'vastai create instance --help'],
  ['help', 'aws ec2 run-instances help'],
  ['-h', 'runpodctl create pod -h'],
  ['--dry-run', 'aws ec2 run-instances --dry-run --image-id ami-1'],
  ['--dry-run=client', 'kubectl apply -f x.yaml --dry-run=client'],
  ['a skeleton', 'aws ec2 run-instances --generate-cli-skeleton'],
  ['a container in the foreground', 'docker run --rm --name x alpine ls -d /'],
  ['a terminal in tmux', 'tmux new-session -s x'],
  ['a plan', 'terraform plan'],
  ['an apply that destroys', 'terraform apply -destroy -auto-approve'],
  ['compose in the foreground', 'docker compose up'],
  ['a run that is waited for', 'modal run train.py'],
  ['an upgrade', 'helm upgrade shop ./chart'],
  ['a build alone', 'fly deploy --build-only'],
  ['a process that is waited for', 'npm run a & npm run b & wait'],
  ['a sleep', 'sleep 60 &'],
  ['a remote command in quotes', "ssh box 'docker run -d nginx'"],
  ['another program of the same words', './run ec2 run-instances; compute instances create x'],
  ['what may not have run', 'docker ps | grep -q pg || docker run -d --name pg postgres'],
  ['a command that is cut off', "docker run -d --name 'pg"],
])('%s starts nothing', (_, line) => expect(openAfter(line)).toEqual([]))

it.each([
  ['an apply without changes', 'terraform apply -auto-approve', 'Apply complete! Resources: 0 added, 0 changed, 0 destroyed.'],
  ['a manifest without workloads', 'kubectl apply -f x.yaml', 'configmap/x created'],
  ['what ran before', 'kubectl apply -f x.yaml', 'deployment.apps/web configured'],
  ['a release that was there', 'helm upgrade --install shop ./chart', 'Release "shop" has been upgraded. Happy Helming!'],
  ['an API that refuses', `curl ${LAMBDA}/launch -d @x`, '{"error": {"code": "instance-operations/launch/insufficient-capacity"}}'],
])('%s starts nothing', (_, run, says) => expect(openAfter({ run, says })).toEqual([]))

it('a container name that is taken is no identifier', () => {
  const says = `docker: Error response from daemon: Conflict. The container name "/pg" is already in use by container "${HEX}".`
  expect(openAfter({ run: 'docker run -d --name pg postgres', says, fails: true })).toEqual([])
})

it('what may not have run counts when the result names it; so does a line that failed behind it', () => {
  const created = "{'success': True, 'new_contract': 28713341}"
  expect(openAfter({ run: 'test -f id || vastai create instance 1 --image x', says: created })).toMatchObject([{ identifier: '28713341' }])
  expect(openAfter({ run: 'vastai create instance 1 --image x && sleep 900', says: created, fails: true })).toMatchObject([
    { identifier: '28713341' },
  ])
})

it('a start that nothing answered counts, and says so', () => {
  expect(openAfter({ run: 'terraform apply -auto-approve', says: null })).toMatchObject([{ answered: false, identifier: CWD }])
})

it('several of one kind are told apart', () => {
  const run = 'for i in 1 2 3; do docker run -d --name w$i worker; done'
  expect(openAfter(run, 'docker rm -f w2').map(({ identifier }) => identifier)).toEqual(['w1', 'w3'])
  const many = { run: 'aws ec2 run-instances --count 2', says: '{"InstanceId": "i-0aaaaaaa"}, {"InstanceId": "i-0bbbbbbb"}' }
  expect(openAfter(many).map(({ identifier }) => identifier)).toEqual(['i-0aaaaaaa', 'i-0bbbbbbb'])
  // Which of them a variable named, only the machine knew.
  expect(openAfter(run, 'docker rm -f $NAME')).toHaveLength(3)
})

it('what was captured is ended by whatever name its end gives', () => {
  const captured = 'ID=$(vastai create instance 1 --image x --raw | jq .new_contract); echo $ID'
  expect(openAfter({ run: captured, says: '28713341' })).toMatchObject([
    { identifier: null, check: ['vastai', 'show', 'instances'], end: null },
  ])
  expect(openAfter({ run: captured, says: '28713341' }, 'vastai destroy instance 28713341')).toEqual([])
  expect(openAfter({ run: `${captured}; vastai destroy instance $ID`, says: '28713341' })).toEqual([])
})

it('stopped and started again is open again; the same twice is one', () => {
  expect(openAfter('docker run -d --name pg postgres', 'docker stop pg', 'docker start pg')).toMatchObject([{ identifier: 'pg' }])
  expect(openAfter('terraform apply -auto-approve', 'terraform apply -auto-approve')).toHaveLength(1)
})

it('an end of all is of the same session or folder only', () => {
  const start = renting(['docker run -d --name pg postgres'])
  const elsewhere = renting(['docker rm -f $(docker ps -aq)'], { sessionId: 's2', cwd: '/other', from: 5 })
  expect(findOpenResources([start, elsewhere])).toHaveLength(1)
  expect(findOpenResources([start, { ...elsewhere, cwd: CWD }])).toEqual([])
})

it('hostile identifiers become part of no command', () => {
  for (const name of ['--privileged', '$(touch x)', 'a;b', "a'b", 'a b', '-rf', 'ab', '../x']) {
    for (const [rental] of [
      openAfter(`docker run -d --name '${name.replaceAll("'", "'\\''")}' x`),
      openAfter(`az vm create -n box -g '${name.replaceAll("'", "'\\''")}'`),
      openAfter(`gcloud compute instances create '${name.replaceAll("'", "'\\''")}'`),
    ].map((rentals) => [rentals[0]] as const)) {
      expect([...(rental?.check ?? []), ...(rental?.end ?? [])]).not.toContain(name === 'ab' ? 'never' : name)
    }
  }
  expect(openAfter("cd $'x\\n' && terraform apply -auto-approve")).toMatchObject([{ identifier: null, end: null }])
  expect(openAfter('az vm create -n box')).toMatchObject([{ identifier: 'box', end: null, check: ['az', 'vm', 'list', '--show-details'] }])
  expect(openAfter('gcloud compute instances create box --zone $ZONE')).toMatchObject([{ end: null, check: null }])
})

describe('tasks of the client in the background', () => {
  const says = 'Command running in background with ID: b20hid1oz. Output is being written to: /tmp/b20hid1oz.output'
  const start: Call = { run: 'npm run dev', background: true, says }
  const at = Date.parse('2026-05-31T11:00:00Z')
  const where = { path: '/t/main.jsonl', line: 9, byteOffset: 900 }

  it('are found by their id, also when the client moved them there', () => {
    expect(openAfter(start)).toMatchObject([{ provider: 'shell', identifier: 'b20hid1oz', excerpt: 'npm run dev', end: null }])
    expect(openAfter({ run: 'npm run dev', says: 'Command was manually backgrounded by user with ID: b1' })).toMatchObject([
      { identifier: 'b1' },
    ])
    expect(openAfter({ ...start, fails: true, says: 'Error' })).toEqual([])
    expect(openAfter({ ...start, says: null })).toEqual([])
  })

  it.each([
    ['KillShell', { stopCalls: [{ id: 'b20hid1oz', at, where }] }],
    ['the output that says completed', { endedTasks: [{ id: 'b20hid1oz', at, where }] }],
    [
      'a notice',
      { words: [{ via: 'notification', agentId: 'b20hid1oz', toolUseId: null, workflowRunId: null, taskId: null, status: 'completed', outcome: 'finished', tells: null, text: '', worktree: null, at, where, delivered: true }] }, // prettier-ignore
    ],
  ] as const)('end with %s', (_, facts) => {
    expect(findOpenResources([renting([start], facts)])).toEqual([])
    const other = JSON.parse(JSON.stringify(facts).replaceAll('b20hid1oz', 'bother')) as typeof facts
    expect(findOpenResources([renting([start], other)])).toHaveLength(1)
  })

  it('and with pkill', () => expect(openAfter(start, 'pkill -f "run dev"')).toEqual([]))
})

it('a call that stands in two transcripts counts once', () => {
  const run = renting(['docker run -d --name pg postgres'])
  expect(findOpenResources([run, { ...run, agentId: 'a2' }])).toHaveLength(1)
})
