import { describe, expect, it } from 'vitest'
import { findCommandHazard } from '../../src/plan/names.ts'
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
      'sh -c curl --fail --silent --show-error --user "${LAMBDA_API_KEY}:" "https://cloud.lambda.ai/api/v1/$1" sh instances/0920582c7ff041399e34823a0be62549',
    end: `sh -c curl --fail --silent --show-error --user "\${LAMBDA_API_KEY}:" --json "{\\"instance_ids\\": [\\"$1\\"]}" ${LAMBDA}/terminate sh 0920582c7ff041399e34823a0be62549`,
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
    ends: ['kill -9 48213', 'pkill -f train.py', 'kill $(cat pid)', "kill `cat 'pid'`"],
    others: ['kill -0 48213', 'kill 48214', 'pkill -f serve.py'],
  },
  'a process whose pid went to a file': {
    start: 'cd run && nohup python train.py > log 2>&1 & echo $! > train.pid',
    id: null,
    check: 'sh -c ps -p "$(cat train.pid)" -o pid,lstart,args',
    end: 'sh -c kill "$(cat train.pid)"',
    ends: [
      'kill $(cat train.pid)',
      'kill "$(cat /home/dev/app/train.pid)"',
      'cd x; kill `cat ../train.pid`',
      'pkill -f train.py',
      'kill 48213',
    ],
    others: ['kill $(cat serve.pid)', 'cat train.pid', 'cd x && kill $(cat train.pid)', 'kill -0 $(cat train.pid)'],
  },
  'a process on another machine': {
    start: 'ssh gpu-box "cd run && nohup python train.py > train.log 2>&1 &"',
    id: null,
    check: 'ssh gpu-box ps -eo pid,lstart,args',
    end: null,
    ends: ['ssh gpu-box pkill -f train.py', "ssh dev@gpu-box 'kill %1'"],
    others: ['pkill -f train.py', 'ssh other pkill -f train.py', 'ssh gpu-box ps aux'],
  },
  'a process on another machine whose pid is in a file there': {
    start: `ssh -p 2222 -i key -o StrictHostKeyChecking=no root@gpu-box 'bash -c "nohup python train.py & echo \\$! > run/train.pid"'`,
    id: null,
    check: 'ssh -p 2222 root@gpu-box ps -p "$(cat run/train.pid)" -o pid,lstart,args',
    end: 'ssh -p 2222 root@gpu-box kill "$(cat run/train.pid)"',
    ends: ["ssh -p 2222 root@gpu-box 'pkill -f train.py'"],
  },
  'a process that ssh itself leaves there': {
    start: "ssh -f gpu-box 'cd run; python train.py --epochs $N'",
    id: null,
    check: 'ssh gpu-box ps -eo pid,lstart,args',
    end: null,
    ends: ['ssh gpu-box pkill -f train.py'],
  },
  'a script that another machine is given': {
    start: "ssh gpu-box 'bash -s' <<'EOF'\ncd run\nsetsid ./serve.sh < /dev/null &\nEOF",
    id: null,
    check: 'ssh gpu-box ps -eo pid,lstart,args',
    end: null,
    ends: ['ssh gpu-box pkill -f serve.sh'],
  },
  'a terminal on another machine': {
    start: `ssh gpu-box 'tmux new -d -s train "python train.py"'`,
    id: 'train',
    check: "ssh gpu-box tmux has-session -t '=train'",
    end: "ssh gpu-box tmux kill-session -t '=train'",
    ends: ['ssh gpu-box tmux kill-session -t train'],
    others: ['tmux kill-session -t train'],
  },
  'a container on another machine': {
    start: 'sshpass -p "$PW" ssh -J jump@gate box docker run -d --name web nginx',
    says: HEX,
    id: HEX,
    check: `ssh -J jump@gate box docker inspect --format '{{.Name}} {{.State.Status}} {{.State.StartedAt}}' ${HEX}`,
    end: `ssh -J jump@gate box docker stop ${HEX}`,
    ends: ['ssh box docker rm -f web'],
    others: ['docker stop web'],
  },
  'a process on a VM of Google': {
    start: `gcloud compute ssh dev@trainer-1 --zone=europe-west4-a --command='nohup python train.py &'`,
    id: null,
    check: 'gcloud compute ssh dev@trainer-1 --zone=europe-west4-a --command=ps -eo pid,lstart,args',
    end: null,
    ends: [`gcloud compute ssh trainer-1 --command "pkill -f train.py"`],
  },
  'a container in another context': {
    start: 'docker --context gpu run -d --name web nginx',
    id: 'web',
    check: 'docker --context=gpu inspect --format {{.Name}} {{.State.Status}} {{.State.StartedAt}} web',
    end: 'docker --context=gpu stop web',
    ends: ['docker --context gpu rm -f web'],
  },
  SkyPilot: {
    start: 'sky launch -y -c gpu-a --gpus A100:1 train.yaml',
    says: 'Cluster launched: gpu-a. Job submitted, ID: 1',
    id: 'gpu-a',
    check: 'sky status gpu-a',
    end: 'sky down gpu-a',
    ends: ['sky down -y gpu-a', 'sky stop gpu-b gpu-a', 'sky down -a -y', 'sky autostop gpu-a -i 10', 'sky autostop -i 5 --down gpu-a'],
    others: ['sky down gpu-b', 'sky cancel gpu-a 1', 'sky autostop gpu-a --cancel', 'sky exec gpu-a train2.yaml', 'sky jobs cancel 1'],
  },
  'SkyPilot, a job on a cluster': {
    start: 'sky exec -c gpu-a train2.yaml',
    says: 'Job submitted, ID: 2',
    id: 'gpu-a',
    check: 'sky status gpu-a',
    end: 'sky down gpu-a',
    ends: ['sky down gpu-a'],
  },
  'SkyPilot job': {
    start: 'sky jobs launch -n sweep -y train.yaml',
    says: 'Job submitted, ID: 7',
    id: '7',
    check: 'sky jobs queue',
    end: 'sky jobs cancel 7',
    ends: ['sky jobs cancel -y 7', 'sky jobs cancel -n sweep', 'sky jobs cancel --all'],
    others: ['sky jobs cancel 8', 'sky down 7'],
  },
  'SkyPilot service': {
    start: 'sky serve up -n llm service.yaml',
    id: 'llm',
    check: 'sky serve status llm',
    end: 'sky serve down llm',
    ends: ['sky serve down llm'],
    others: ['sky down llm'],
  },
  Slurm: {
    start: 'sbatch --gres=gpu:8 -J sweep --time=7-00:00:00 train.sbatch',
    says: 'Submitted batch job 881234',
    id: '881234',
    check: 'squeue -j 881234',
    end: 'scancel 881234',
    ends: ['scancel 881234', 'scancel 5 881234', 'scancel --name=sweep', 'scancel -u $USER', 'scancel --me'],
    others: ['scancel 881235', 'scancel 881234_3', 'scancel -u me -t PENDING', 'squeue -j 881234', 'scancel --name=other'],
  },
  'Slurm, only the number': {
    start: 'J=$(sbatch --parsable -M big train.sbatch); echo $J',
    says: '881234;big',
    id: '881234',
    check: 'squeue -j 881234 -M big',
    end: 'scancel 881234 -M big',
    ends: ['scancel 881234'],
  },
  'Slurm allocation': {
    start: 'salloc --no-shell -N1 --gres=gpu:1',
    says: 'salloc: Granted job allocation 65537',
    id: '65537',
    check: 'squeue -j 65537',
    end: 'scancel 65537',
    ends: ['scancel 65537'],
  },
  'Slurm in the background': {
    start: 'nohup srun --gres=gpu:1 python train.py > log 2>&1 &',
    says: 'srun: job 70123 queued and waiting for resources',
    id: '70123',
    check: 'squeue -j 70123',
    end: 'scancel 70123',
    ends: ['scancel 70123'],
  },
  'Slurm on another machine': {
    start: "ssh login1 'cd proj && sbatch train.sh'",
    says: 'Submitted batch job 44',
    id: '44',
    check: 'ssh login1 squeue -j 44',
    end: 'ssh login1 scancel 44',
    ends: ['ssh login1 scancel 44'],
    others: ['ssh login2 scancel 44'],
  },
  LSF: {
    start: 'bsub -q gpu -o out.txt ./train.sh',
    says: 'Job <1234> is submitted to queue <gpu>.',
    id: '1234',
    check: 'bjobs 1234',
    end: 'bkill 1234',
    ends: ['bkill 1234', 'bkill 0'],
    others: ['bkill 1235'],
  },
  PBS: {
    start: 'qsub -l select=1:ngpus=4 train.pbs',
    says: '1234.pbs01',
    id: '1234',
    check: 'qstat 1234',
    end: 'qdel 1234',
    ends: ['qdel 1234', 'qdel 1234.pbs01'],
    others: ['qdel 1235'],
  },
  'Grid Engine': {
    start: 'qsub -pe smp 8 train.sh',
    says: 'Your job 4321 ("train.sh") has been submitted',
    id: '4321',
    check: 'qstat -j 4321',
    end: 'qdel 4321',
    ends: ['qdel 4321'],
  },
  Ray: {
    start: 'ray job submit --address http://head:8265 --no-wait -- python train.py',
    says: "Job 'raysubmit_a1B2c3D4e5F6g7H8' submitted successfully",
    id: 'raysubmit_a1B2c3D4e5F6g7H8',
    check: 'ray job status --address=http://head:8265 raysubmit_a1B2c3D4e5F6g7H8',
    end: 'ray job stop --address=http://head:8265 raysubmit_a1B2c3D4e5F6g7H8',
    ends: ['ray job stop raysubmit_a1B2c3D4e5F6g7H8'],
  },
  'AWS Batch': {
    start: 'aws batch submit-job --job-name t --job-queue gpu --job-definition train',
    says: '{"jobName": "t", "jobId": "876da822-4198-45f2-a252-6cea32512ea8"}',
    id: '876da822-4198-45f2-a252-6cea32512ea8',
    check: 'aws batch describe-jobs --jobs 876da822-4198-45f2-a252-6cea32512ea8',
    end: 'aws batch terminate-job --job-id 876da822-4198-45f2-a252-6cea32512ea8 --reason unneeded',
    ends: ['aws batch terminate-job --job-id 876da822-4198-45f2-a252-6cea32512ea8 --reason done'],
  },
  EMR: {
    start: 'aws emr create-cluster --name t --release-label emr-7.0.0 --instance-type m5.xlarge --instance-count 3',
    says: '{"ClusterId": "j-2AXXXXXXGAPLF"}',
    id: 'j-2AXXXXXXGAPLF',
    check: 'aws emr describe-cluster --cluster-id j-2AXXXXXXGAPLF',
    end: 'aws emr terminate-clusters --cluster-ids j-2AXXXXXXGAPLF',
    ends: ['aws emr terminate-clusters --cluster-ids j-2AXXXXXXGAPLF'],
  },
  'Hugging Face': {
    start: 'hf jobs run -d --flavor a10g-small pytorch/pytorch python train.py',
    says: '69402ea6c9b2f1a2b3c4d5e6',
    id: '69402ea6c9b2f1a2b3c4d5e6',
    check: 'hf jobs inspect 69402ea6c9b2f1a2b3c4d5e6',
    end: 'hf jobs cancel 69402ea6c9b2f1a2b3c4d5e6',
    ends: ['hf jobs cancel 69402ea6c9b2f1a2b3c4d5e6'],
  },
  dstack: {
    start: 'dstack apply -f train.dstack.yml -n run-1 -y -d',
    id: 'run-1',
    check: 'dstack ps',
    end: 'dstack stop run-1',
    ends: ['dstack stop run-1 -y'],
  },
  'Prime Intellect': {
    start: 'prime pods create --id a1b2 --name train -y',
    says: 'Successfully created pod 0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    id: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    check: 'prime pods status 0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    end: 'prime pods terminate 0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    ends: ['prime pods terminate 0f1e2d3c4b5a69788796a5b4c3d2e1f0'],
  },
  Nebius: {
    start: 'nebius compute instance create --name t --parent-id project-e00x --format json',
    says: '{"metadata": {"id": "computeinstance-e00abc123def456", "name": "t"}}',
    id: 'computeinstance-e00abc123def456',
    check: 'nebius compute instance get --id computeinstance-e00abc123def456',
    end: 'nebius compute instance delete --id computeinstance-e00abc123def456',
    ends: ['nebius compute instance delete --id computeinstance-e00abc123def456'],
  },
  Paperspace: {
    start: 'pspace machine create --name t --machine-type A100 --template-id tq8 --region ny2 --disk-size 100 -j',
    says: '{"id": "psabc123def", "state": "provisioning"}',
    id: 'psabc123def',
    check: 'pspace machine get psabc123def',
    end: 'pspace machine delete psabc123def',
    ends: ['pspace machine delete psabc123def', 'pspace machine stop psabc123def'],
  },
  OpenStack: {
    start: 'openstack --os-cloud lab server create --flavor g1 --image deb12 train-1',
    id: 'train-1',
    check: 'openstack --os-cloud=lab server show train-1',
    end: 'openstack --os-cloud=lab server delete train-1',
    ends: ['openstack server delete train-1'],
  },
  'GitHub codespace': {
    start: 'gh codespace create -R dev/app -m largePremiumLinux',
    says: 'studious-space-waffle-x7q9w5vjr9hp4v5',
    id: 'studious-space-waffle-x7q9w5vjr9hp4v5',
    check: 'gh codespace view -c studious-space-waffle-x7q9w5vjr9hp4v5',
    end: 'gh codespace stop -c studious-space-waffle-x7q9w5vjr9hp4v5',
    ends: ['gh codespace delete -c studious-space-waffle-x7q9w5vjr9hp4v5'],
  },
  'a training operator': {
    start: 'kubectl create -f job.yaml',
    says: 'pytorchjob.kubeflow.org/train created',
    id: 'pytorchjob.kubeflow.org/train',
    check: 'kubectl get pytorchjob.kubeflow.org/train',
    end: 'kubectl delete pytorchjob.kubeflow.org/train',
    ends: ['kubectl delete -f job.yaml'],
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
    // No command of ours is taken for a secret.
    expect([...(rental?.check ?? []), ...(rental?.end ?? [])].map(findCommandHazard)).not.toContainEqual(expect.any(String))
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
  ['a remote command that is waited for', "ssh box 'python train.py'"],
  ['a remote script that is not known', 'ssh box bash -s < run.sh'],
  ['a tunnel', 'ssh -fN -L 8080:localhost:80 box'],
  ['a cluster that stops by itself', 'sky launch -c a -i 10 --down train.yaml'],
  ['a dry run of a cluster', 'sky launch -c a --dryrun train.yaml'],
  ['a job that is only tested', 'sbatch --test-only train.sbatch'],
  ['a shell in an allocation', 'salloc -N1'],
  ['a job step that is waited for', 'srun python train.py'],
  ['a job that is waited for', 'ray job submit -- python train.py'],
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

it('an agent’s background commands end with its final answer, where the client says so', () => {
  const start: Call = { run: 'make release', background: true, says: 'Command running in background with ID: b4d1z94ax.' }
  const run = renting([start, 'nohup ./serve.sh &'], { agentId: 'a1' })
  expect(findOpenResources([run], { endsTasks: ({ agentId }) => agentId === 'a1' }).map(({ excerpt }) => excerpt)).toEqual(['serve.sh'])
  expect(findOpenResources([run], { endsTasks: ({ agentId }) => agentId === 'a2' })).toHaveLength(2)
})

it('where the machine is not known, no command is given', () => {
  for (const start of [
    'ssh $HOST "nohup a.py &"',
    'ssh -F conf box "nohup a.py &"',
    'ssh -oProxyCommand="x %h" box "nohup a.py &"',
    'ssh -p $P box "nohup a.py &"',
    "ssh -- -oX 'nohup a.py &'",
  ])
    // prettier-ignore
    for (const rental of openAfter(start)) expect([start, rental.check, rental.end]).toEqual([start, null, null])
  expect(openAfter('ssh $HOST "nohup a.py &"')).toMatchObject([{ host: 'another machine', excerpt: 'a.py' }])
})

it('pids are told of several processes in their order', () => {
  const run = 'nohup a.py & echo $!; nohup b.py & echo "pid: $!"'
  expect(openAfter({ run, says: '4711\npid: 4712' }).map(({ pid, excerpt }) => [pid, excerpt])).toEqual([[4711, 'a.py'], [4712, 'b.py']]) // prettier-ignore
  expect(openAfter({ run: 'a.py & b.py &', says: '[1] 4711\n[2] 4712' }).map(({ pid }) => pid)).toEqual([4711, 4712])
  expect(openAfter({ run: 'a.py & b.py &', says: '[1] 4711' }).map(({ pid }) => pid)).toEqual([null, null])
})

it('a pid file is looked for where it was written', () => {
  expect(openAfter('nohup a.py & echo $! > run.pid')).toMatchObject([{ folder: CWD }])
  expect(openAfter('cd sub; nohup a.py & echo $! > run.pid')).toMatchObject([{ folder: CWD, check: ['sh', '-c', expect.stringContaining('cat sub/run.pid')] }]) // prettier-ignore
  expect(openAfter('nohup a.py & echo $! > /tmp/run.pid')).toMatchObject([{ folder: null }])
  expect(openAfter('nohup a.py & echo $! > "$D/run.pid"')).toMatchObject([{ folder: null, check: ['ps', '-eo', 'pid,lstart,args'] }])
  expect(openAfter("nohup a.py & echo $! > 'x; rm y'")).toMatchObject([{ check: ['sh', '-c', expect.stringContaining(`cat 'x; rm y'`)] }])
})

it('a call that stands in two transcripts counts once', () => {
  const run = renting(['docker run -d --name pg postgres'])
  expect(findOpenResources([run, { ...run, agentId: 'a2' }])).toHaveLength(1)
})
